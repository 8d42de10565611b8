import type { Instant } from '../../foundation/time.js'
import type { RoutingMethodName } from './words.js'

/** What a method may use to order the agents of a group. */
interface Candidate {
  /** Since when the agent has been Available or Inactive without a break, or the end of their last call. */
  readonly idleSince: Instant
  /** Place in the group's list, from 0. */
  readonly position: number
}

/** A routing method is a value. A new one is one file here and one line in methods.ts (response-group.md §2). */
export interface RoutingMethod {
  readonly name: RoutingMethodName
  /** One agent at a time, or all eligible agents together. */
  readonly rings: 'one' | 'all'
  /** `free`: agents who are available and hold no lease. `present`: all signed-in agents, except Do Not Disturb and Offline. */
  readonly takes: 'free' | 'present'
  /** A total order: it never returns 0 for two agents of a group. */
  order(a: Candidate, b: Candidate): number
  /** Start after the agent who was offered the last call, and go round. */
  readonly startsAfterLastOffered: boolean
  /** What decisions show as the reason for the order. */
  readonly orderedBy: 'idleSince' | 'position'
}

export const byPosition = (a: Candidate, b: Candidate): number => a.position - b.position
