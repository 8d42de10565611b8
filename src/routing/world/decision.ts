import type { Instant } from '../../foundation/time.js'
import type { Presence } from './events.js'
import type { AgentUri, CallId, GroupName, OfferId, QueueName } from './ids.js'
import type { Exclusion, RoutingMethodName } from './words.js'

/** One routing choice: kept with its offer, printed by `carillon explain`. */
export interface Decision {
  readonly at: Instant
  readonly call: CallId
  readonly offer: OfferId
  readonly queue: QueueName
  readonly group: GroupName
  readonly method: RoutingMethodName
  readonly chosen: AgentUri
  /** Eligible agents in the order of the method, the chosen one first; at most `listed` of them. */
  readonly candidates: readonly Candidacy[]
  readonly excluded: readonly ExcludedAgent[]
  /** Members of the group beyond the bound of this list (256): neither named above nor below. */
  readonly unlisted: number
  /** Groups that stand earlier in the queue's order and were passed over, each with its agents' reasons. */
  readonly passedOver: readonly {
    readonly group: GroupName
    readonly excluded: readonly ExcludedAgent[]
    readonly unlisted: number
  }[]
}

export interface Candidacy {
  readonly agent: AgentUri
  /** What ordered this agent: idle since (longestIdle), else the place in the group's list, from 0. */
  readonly key: { readonly idleSince: Instant } | { readonly position: number }
}

export interface ExcludedAgent {
  readonly agent: AgentUri
  readonly why: Exclusion
  readonly presence: Presence
  /** For exclusions that end by themselves. */
  readonly until?: Instant
}
