import type { Reason } from './reason.js'

/** Why a leg is over. */
export type LegEnd =
  /** The peer sent BYE. */
  | { readonly kind: 'hungUp'; readonly reason?: Reason }
  /** We sent BYE, or we answered a caller who had already left. */
  | { readonly kind: 'hungUpByUs' }
  | { readonly kind: 'lost'; readonly why: LegLoss }

export type LegLoss =
  /** The ACK for our 2xx never came (RFC 3261 §13.3.1.4). */
  | 'noAck'
  /** The ACK came without the answer to our offer (RFC 3261 §13.2.2.4). */
  | 'noAnswer'
  /** A request in the dialog got 408 or 481 (RFC 3261 §12.2.1.2). */
  | 'noDialog'
  /** The session was not refreshed in time (RFC 4028 §10). */
  | 'expired'
  /** The connection of the leg is gone. */
  | 'transport'
