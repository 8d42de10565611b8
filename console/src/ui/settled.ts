import { useEffect, useState } from 'preact/hooks'
import { AtMost } from '../at-most.js'
import { after } from '../clock.js'
import type { Store } from '../store.js'

/** The store's value, updated at most once in `every` milliseconds. Otherwise a busy server would cause too many readings. */
export function useSettled<State>(store: Store<State>, every: number): State {
  const [state, setState] = useState(() => store.state)
  useEffect(() => {
    const taking = new AtMost(every, after, () => setState(() => store.state))
    taking.ask()
    const unsubscribe = store.subscribe(() => taking.ask())
    return () => {
      unsubscribe()
      taking.stop()
    }
  }, [store, every])
  return state
}
