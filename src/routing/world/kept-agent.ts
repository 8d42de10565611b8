import type { Instant } from '../../foundation/time.js'
import type { AgentUri } from './ids.js'

/** An agent as they outlive the process; plain JSON. Sign-ins, chosen presence and registrations are kept by their own. */
export interface KeptAgent {
  readonly agent: AgentUri
  readonly idleSince: Instant
  /** Whether idle time ran: the agent was available or inactive. */
  readonly wasIdle: boolean
  readonly wrapUpUntil?: Instant
}
