import { instant, type Instant } from '../../foundation/time.js'
import { isPresenceState } from '../documents/meanings.js'
import type { PresenceState } from '../port.js'

/** What an agent chose to be, as it outlives the process. */
export interface Choice {
  readonly state: PresenceState
  readonly at: Instant
  /** Absent: until replaced. */
  readonly expires?: Instant
}

export const textOf = (choice: Choice): string => JSON.stringify(choice)

/** Undefined: it is none of ours. */
export function choiceIn(text: string): Choice | undefined {
  try {
    const kept: unknown = JSON.parse(text)
    if (typeof kept !== 'object' || kept === null) return undefined
    const { state, at, expires } = kept as Readonly<Record<string, unknown>>
    if (!isPresenceState(state) || typeof at !== 'number') return undefined
    return { state, at: instant(at), ...(typeof expires === 'number' && { expires: instant(expires) }) }
  } catch {
    return undefined // an edited file: the agent chooses anew
  }
}
