import { performance } from 'node:perf_hooks'
import type { Clock } from '../foundation/clock.js'
import { millis } from '../foundation/time.js'

/** How often the result is computed again. */
const span = millis(100)
/** The least share of idle time, from 0 to 1. A thread with less never catches up with its sockets. */
const leastRest = 0.03

/**
 * Returns a function that tells whether this thread has had almost no idle time lately. `rested`: its total idle time so far, in
 * ms.
 */
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
