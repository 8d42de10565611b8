import type { Clock, Timer } from '../foundation/clock.js'
import type { Log } from '../foundation/log.js'
import { seconds, type Millis } from '../foundation/time.js'

const everyMinute = seconds(60)

/** Logs once a minute what the draining server waits for. `longest`: the longest wait. `size`: the number of calls in progress. */
export function tellOfDrain(clock: Clock, log: Log, longest: Millis, size: () => number): Timer {
  const end = clock.now() + longest
  let next: Timer | undefined
  const tell = (): void => {
    const minutes = Math.ceil((end - clock.now()) / everyMinute)
    const left = size()
    if (minutes <= 0) return
    log.info?.(
      `draining: no new call; ${left} ${left === 1 ? 'call' : 'calls'} in progress; exits in ${minutes} min at the latest`,
      { event: 'server.draining', inProgress: left },
    )
    next = clock.after(everyMinute, tell)
  }
  tell()
  return { cancel: () => next?.cancel() }
}
