import { fromWall, toWall, type Clock } from '../../foundation/clock.js'
import { instant, wallTime, type Instant } from '../../foundation/time.js'
import { isPresenceState } from '../documents/meanings.js'
import type { PresenceState } from '../port.js'

/** What an agent chose to be, as it outlives the process. */
export interface Choice {
  readonly state: PresenceState
  readonly at: Instant
  /** Absent: until replaced. */
  readonly expires?: Instant
}

/** In wall time: the next process has a time of its own. */
export function textOf({ state, at, expires }: Choice, clock: Clock): string {
  return JSON.stringify({ state, at: toWall(clock, at), ...(expires !== undefined && { expires: toWall(clock, expires) }) })
}

/** Undefined: it is none of ours. One that was made later than now, by a clock that was set back since, holds as long as was asked for. */
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
    return undefined // an edited file: the agent chooses anew
  }
}
