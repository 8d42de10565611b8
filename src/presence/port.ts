import type { Instant } from '../foundation/time.js'
import type { PresenceState } from '../routing/world/words.js'
import type { AgentUri } from '../routing/world/ids.js'

export type { PresenceState }

/**
 * The sources that may speak for an agent. `calls` is our own source, which speaks for every agent. If two sources report the same state,
 * the earlier one in this list gives the reason, so that the reason does not flap.
 */
export const presenceSourceNames = ['calls', 'console', 'registration', 'subscribe', 'publish', 'http'] as const
export type PresenceSourceName = (typeof presenceSourceNames)[number]

/** A report of one source about one agent. A later report of the same source replaces it. */
export interface PresenceReport {
  readonly agent: AgentUri
  readonly source: PresenceSourceName
  readonly state: PresenceState
  /** In the source's words, for people: `set by HTTP`, `in a call`. */
  readonly reason: string
  readonly at: Instant
  /**
   * Orders the reports of one source. One with a lower version than the last is dropped (presence-in-order). Absent: `at` orders
   * them.
   */
  readonly version?: number
  /** After this moment the report no longer counts. Absent: it counts until replaced. */
  readonly expires?: Instant
  /**
   * What the state rests on: somebody's choice, an actual call, or a device (registered or not). The agent's choice on the
   * console outranks only what other people chose. Default: `call` for calls, `device` for registration, otherwise `person`.
   */
  readonly basis?: 'person' | 'call' | 'device'
}

/** Where the sources put what they learn. */
export interface PresenceSink {
  report(report: PresenceReport): void
  /** The source no longer says anything about this agent. */
  withdraw(agent: AgentUri, source: PresenceSourceName): void
}
