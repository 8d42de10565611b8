import { wallNow, type Clock } from '../foundation/clock.js'
import type { WallTime } from '../foundation/time.js'

/**
 * How far the wall clock was set back since the last process wrote, in ms. Stored times move back by it, so that none is in the future and
 * their order stays.
 *
 * `latest` is the latest stored time. It alone is not enough: a row that somebody else wrote may be far in the future, and all calls and
 * agents would move back with it. `wroteAt` alone is not enough either, because somebody may change it, too.
 */
export const setBackBy = (clock: Pick<Clock, 'now' | 'wallOffset'>, wroteAt: WallTime | undefined, latest: number): number =>
  Math.max(0, Math.min(wroteAt ?? 0, latest) - wallNow(clock))
