import type { Instant } from '../../foundation/time.js'
import type { RoutingMethodName } from './words.js'

/** What a method may order an agent of a group by. */
export interface Candidate {
  /** Longest in Available or Inactive without a break, or since the last call's end. */
  readonly idleSince: Instant
  /** Place in the group's list, from 0. */
  readonly position: number
}

/** A routing method is a value: a sixth is one file here and one line in methods.ts (response-group.md §2). */
export interface RoutingMethod {
  readonly name: RoutingMethodName
  /** One agent at a time, or all eligible agents together. */
  readonly rings: 'one' | 'all'
  /** Free: available and with no lease. Present: whoever is signed in, unless Do Not Disturb or Offline. */
  readonly takes: 'free' | 'present'
  /** Total over a group's agents: it never answers 0 for two of them. */
  order(a: Candidate, b: Candidate): number
  /** Begin behind the agent offered last, and go round. */
  readonly startsAfterLastOffered: boolean
  /** What decisions show as the reason for the order. */
  readonly orderedBy: 'idleSince' | 'position'
}

export const byPosition = (a: Candidate, b: Candidate): number => a.position - b.position
