import type { Instant } from '../../foundation/time.js'
import type { Presence } from './events.js'
import type { AgentUri, CallId, GroupName, OfferId, QueueName } from './ids.js'
import type { Exclusion, RoutingMethodName } from './words.js'

/** A decision looks at this many members of a group, so that its cost is bounded. */
export const mostListed = 256

/** One routing choice. It is kept with its offer and printed by `carillon explain`. */
export interface Decision {
  readonly at: Instant
  readonly call: CallId
  readonly offer: OfferId
  readonly queue: QueueName
  readonly group: GroupName
  readonly method: RoutingMethodName
  readonly chosen: AgentUri
  /**
   * Eligible agents in the order of the method, the chosen one first. If the method rings one phone, the chosen one and those who would be
   * next, at most 16. If it rings all, at most 256 together with `excluded`.
   */
  readonly candidates: readonly Candidacy[]
  readonly excluded: readonly ExcludedAgent[]
  /** How many members of the group are in neither list. */
  readonly unlisted: number
  /** Groups earlier in the queue's order that had nobody for this call, each with its agents' reasons. */
  readonly passedOver: readonly {
    readonly group: GroupName
    readonly excluded: readonly ExcludedAgent[]
    readonly unlisted: number
  }[]
}

export interface Candidacy {
  readonly agent: AgentUri
  /** The value by which the method ordered this agent: `idleSince` for longestIdle, otherwise the place in the group's list, from 0. */
  readonly key: { readonly idleSince: Instant } | { readonly position: number }
}

export interface ExcludedAgent {
  readonly agent: AgentUri
  readonly why: Exclusion
  readonly presence: Presence
  /** When the exclusion ends, if it ends by itself. */
  readonly until?: Instant
}
