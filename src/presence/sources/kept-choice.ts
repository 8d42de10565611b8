import { fromWall, toWall, type Clock } from '../../foundation/clock.js'
import { instant, wallTime, type Instant } from '../../foundation/time.js'
import { isPresenceState } from '../documents/meanings.js'
import type { PresenceState } from '../port.js'

/** The state that an agent chose, as it is kept over restarts. */
export interface Choice {
  readonly state: PresenceState
  readonly at: Instant
  /** Absent: until replaced. */
  readonly expires?: Instant
}

/** Moments are stored as wall-clock time, because the next process has its own time. */
export function textOf({ state, at, expires }: Choice, clock: Clock): string {
  return JSON.stringify({ state, at: toWall(clock, at), ...(expires !== undefined && { expires: toWall(clock, expires) }) })
}

/**
 * Undefined: `textOf` did not write the text. If the wall clock was set back since then, the choice seems to be in the future. Its
 * start is then moved to now, and it keeps its length.
 */
export function choiceIn(text: string, clock: Clock): Choice | undefined {
  try {
    const kept: unknown = JSON.parse(text)
    if (typeof kept !== 'object' || kept === null) return undefined
    const { state, at, expires } = kept as Readonly<Record<string, unknown>>
    if (!isPresenceState(state) || typeof at !== 'number') return undefined
    const made = fromWall(clock, wallTime(at))
    const ahead = Math.max(0, made - clock.now())
    const moment = (wall: number): Instant => instant(fromWall(clock, wallTime(wall)) - ahead)
    return { state, at: moment(at), ...(typeof expires === 'number' && { expires: moment(expires) }) }
  } catch {
    return undefined // Somebody edited the file. The agent must choose again.
  }
}
