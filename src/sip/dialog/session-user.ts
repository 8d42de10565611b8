import type { Clock } from '../../foundation/clock.js'
import type { Replaces } from '../message/extensions.js'
import type { ReasonValue } from '../message/reason.js'
import type { Transactions } from '../transaction/user.js'
import type { Body, ExtraHeader } from './dialog.js'
import type { SessionState } from './session-state.js'
import type { SessionIntervals } from './session-timer.js'

/**
 * Why a session is over. `noAck`: RFC 3261 §13.3.1.4; `noAnswer`: the ACK owed an SDP answer and has none; `noDialog`: a request in it got 408 or 481 (§12.2.1.2); `expired`: it was not
 * refreshed in time (RFC 4028 §10).
 */
export type SessionEnd =
  | { readonly kind: 'hungUp'; readonly reason?: ReasonValue }
  | { readonly kind: 'hungUpByUs' }
  | { readonly kind: 'lost'; readonly why: SessionLoss }

export type SessionLoss = 'noAck' | 'noAnswer' | 'noDialog' | 'expired' | 'transport'

/**
 * A re-INVITE by the peer, or an UPDATE with an offer. Exactly one of `accept` and `reject` is called, once; what comes after a CANCEL, a
 * BYE, or 20 s for an UPDATE, is ignored.
 */
export interface InboundReinvite {
  readonly body?: Body
  accept(body: Body | undefined, confirmed: (answer?: Body) => void): void
  reject(status: number, headers?: readonly ExtraHeader[]): void
}

/** How a re-INVITE of ours ended. */
export type ReinviteOutcome =
  | { readonly kind: 'accepted'; readonly body?: Body; acknowledge(answer?: Body): void }
  | { readonly kind: 'rejected'; readonly status: number; readonly headers: readonly ExtraHeader[] }

/** An INFO by the peer. `respond` is called once. */
export interface InboundInfo {
  readonly body?: Body
  readonly headers: readonly ExtraHeader[]
  respond(status: number, body?: Body, headers?: readonly ExtraHeader[]): void
}

/** How an INFO of ours was answered; of a refusal, with what it says that the peer takes (Accept, Recv-Info). */
export type InfoOutcome = (status: number, body?: Body, headers?: readonly ExtraHeader[]) => void

/** A REFER by the peer (RFC 3515). Exactly one of `accept` and `reject` is called, once. */
export interface InboundRefer {
  /** Whom to call: a SIP, SIPS or tel URI without header fields. */
  readonly to: string
  /** The dialog that the new call is to take the place of (RFC 3891), and our leg when it is one of ours. */
  readonly replaces?: Replaces & { readonly leg?: SessionFace }
  /** 202, and the news that it is being tried. */
  accept(): ReferProgress
  reject(status: number, headers?: readonly ExtraHeader[]): void
}

/** Tells the one who referred how the new call goes, unless they asked for no news (RFC 4488). Harmless when nobody listens any more. */
export interface ReferProgress {
  ringing(): void
  /** The final status of the new call; nothing follows. Must be called once. */
  done(status: number, reasonPhrase?: string): void
}

/** What the owner is told; what it leaves out has a lawful default: a re-INVITE gets 488, an INFO 200, a REFER 603. */
export interface SessionListener {
  confirmed?(answer?: Body): void
  renegotiation?(request: InboundReinvite): void
  info?(request: InboundInfo): void
  refer?(request: InboundRefer): void
  /** The connection by which it began is gone; the session stands. */
  cutOff?(): void
  ended(end: SessionEnd): void
}

/** A session as its owner sees it. */
export interface SessionFace {
  readonly sipCallId: string
  /** When the peer said anything in this dialog last, by the clock's monotonic time. */
  readonly heardAt: number
  listen(listener: SessionListener): void
  renegotiate(body: Body | undefined, outcome: (outcome: ReinviteOutcome) => void): void
  info(body: Body | undefined, headers: readonly ExtraHeader[], outcome: InfoOutcome): void
  hangUp(reason?: ReasonValue): void
  state(): SessionState
  probe(): void
  letGo(): void
}

/** What a session needs of the endpoint. Sessions share one. */
export interface SessionGround {
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
  sessionOf(replaces: Replaces): SessionFace | undefined
  /** A whole number of 32 random bits. */
  random(): number
  /** The dialog is over: its requests are answered with 481 from now on. */
  forget(session: { readonly key: string }): void
}
