import type { Clock } from '../../foundation/clock.js'
import type { ExtraHeader } from '../../legs/body.js'
import type { Leg } from '../../legs/leg.js'
import type { Replaces } from '../../legs/refer.js'
import type { Transactions } from '../transaction/user.js'
import type { SessionIntervals } from './session-timer.js'

/** Header fields that we add to our messages in dialogs. */
interface StandingHeaders {
  /** For our requests. */
  readonly requests: readonly ExtraHeader[]
  /** For our re-INVITEs and UPDATEs, instead of `requests`. */
  readonly refreshes: readonly ExtraHeader[]
  /** For our 2xx responses. */
  readonly answers: readonly ExtraHeader[]
}

/** The endpoint's services for sessions. All share one object. */
export interface SessionContext {
  readonly transactions: Transactions
  readonly clock: Clock
  readonly headers: StandingHeaders
  readonly intervals: SessionIntervals
  /** The confirmed dialog with these values, from our side. */
  sessionOf(replaces: Replaces): Leg | undefined
  /** 32 random bits as a whole number. */
  random(): number
  /** The dialog is over. Its requests now get 481. */
  forget(session: { readonly key: string }): void
}
