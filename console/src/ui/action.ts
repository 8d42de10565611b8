import { useState } from 'preact/hooks'
import { OneAtATime } from '../one-at-a-time.js'

/** An action of a button. The button is disabled while `busy`, and a second click meanwhile does nothing. */
export function useAction(): { readonly busy: boolean; readonly run: (action: () => Promise<void>) => void } {
  const [busy, setBusy] = useState(false)
  const [turn] = useState(() => new OneAtATime(setBusy))
  return { busy, run: action => void turn.run(action) }
}
