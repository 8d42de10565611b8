import type { Instant } from '../../foundation/time.js'
import type { AgentUri } from './ids.js'

/** The state of an agent that survives a restart, as plain JSON. Sign-ins, chosen presence and registrations are stored elsewhere. */
export interface KeptAgent {
  readonly agent: AgentUri
  readonly idleSince: Instant
  /** Whether idle time ran: the agent was available or inactive. */
  readonly wasIdle: boolean
  readonly wrapUpUntil?: Instant
  /** The agent is paused because they missed too many calls. */
  readonly pausedSince?: Instant
}
