import { useState } from 'preact/hooks'
import { OneAtATime } from '../one-at-a-time.js'

/** Runs the action of a button. While it runs, `busy` is true, and a second click does nothing. */
export function useAction(): { readonly busy: boolean; readonly run: (action: () => Promise<void>) => void } {
  const [busy, setBusy] = useState(false)
  const [turn] = useState(() => new OneAtATime(setBusy))
  return { busy, run: action => void turn.run(action) }
}
