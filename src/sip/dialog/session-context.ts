import type { Clock } from '../../foundation/clock.js'
import type { ExtraHeader } from '../../legs/body.js'
import type { Leg } from '../../legs/leg.js'
import type { Replaces } from '../../legs/refer.js'
import type { Transactions } from '../transaction/user.js'
import type { SessionIntervals } from './session-timer.js'

/** What a session needs of the endpoint. Sessions share one. */
export interface SessionContext {
  readonly transactions: Transactions
  readonly clock: Clock
  /** Header fields of every request of ours. */
  readonly requestHeaders: readonly ExtraHeader[]
  /** Header fields of our re-INVITEs and UPDATEs. */
  readonly refreshHeaders: readonly ExtraHeader[]
  /** Header fields of every 2xx and 405 of ours. */
  readonly answerHeaders: readonly ExtraHeader[]
  readonly intervals: SessionIntervals
  /** The confirmed dialog that is so named from our side. */
  sessionOf(replaces: Replaces): Leg | undefined
  /** A whole number of 32 random bits. */
  random(): number
  /** The dialog is over: its requests are answered with 481 from now on. */
  forget(session: { readonly key: string }): void
}
