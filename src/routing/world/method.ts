import type { Instant } from '../../foundation/time.js'
import type { RoutingMethodName } from './words.js'

/** What a method may use to order the agents of a group. */
interface Candidate {
  /** When the agent became Available or Inactive without a break since then, or when their last call ended. */
  readonly idleSince: Instant
  /** Place in the group's list, from 0. */
  readonly position: number
}

/** A routing method as a value. A new method needs one file here and one line in methods.ts (response-group.md §2). */
export interface RoutingMethod {
  readonly name: RoutingMethodName
  /** `one`: rings one agent at a time. `all`: rings all eligible agents together. */
  readonly rings: 'one' | 'all'
  /** `free`: agents who are available and hold no lease. `present`: all signed-in agents, except Do Not Disturb and Offline. */
  readonly takes: 'free' | 'present'
  /** A total order: it never returns 0 for two agents of a group. */
  order(a: Candidate, b: Candidate): number
  /** Starts after the agent who was offered the last call, and continues at the top of the list. */
  readonly startsAfterLastOffered: boolean
  /** What decisions show as the reason for the order. */
  readonly orderedBy: 'idleSince' | 'position'
}

export const byPosition = (a: Candidate, b: Candidate): number => a.position - b.position
