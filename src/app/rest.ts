import { performance } from 'node:perf_hooks'
import type { Clock } from '../foundation/clock.js'
import { millis } from '../foundation/time.js'

/** Looked at anew after this long. */
const span = millis(100)
/** A thread that waits for events for a smaller part of its time never comes to the end of what its sockets hold. */
const leastRest = 0.03

/** Tells whether this thread has had hardly a rest of late. `rested`: for how long it has waited for events in all, in ms. */
export function watchRest(clock: Clock, rested = () => performance.eventLoopUtilization().idle): () => boolean {
  let since = clock.monotonic()
  let before = rested()
  let isBehind = false
  return () => {
    const now = clock.monotonic()
    if (now - since < span) return isBehind
    const sum = rested()
    isBehind = sum - before < leastRest * (now - since)
    since = now
    before = sum
    return isBehind
  }
}
