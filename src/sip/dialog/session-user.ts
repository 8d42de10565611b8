import type { Clock } from '../../foundation/clock.js'
import type { ReasonValue } from '../message/reason.js'
import type { Transactions } from '../transaction/user.js'
import type { Body, ExtraHeader } from './dialog.js'

/** Why a session is over. `noAck`: RFC 3261 §13.3.1.4; `noDialog`: a request in it got 408 or 481 (§12.2.1.2). */
export type SessionEnd =
  | { readonly kind: 'hungUp'; readonly reason?: ReasonValue }
  | { readonly kind: 'hungUpByUs' }
  | { readonly kind: 'lost'; readonly why: 'noAck' | 'noDialog' | 'transport' }

/** A re-INVITE by the peer. Exactly one of `accept` and `reject` is called, once; what comes after a CANCEL or a BYE is ignored. */
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
  respond(status: number, body?: Body): void
}

/** What the owner is told; what it leaves out has a lawful default: a re-INVITE gets 488, an INFO 200. */
export interface SessionListener {
  confirmed?(answer?: Body): void
  renegotiation?(request: InboundReinvite): void
  info?(request: InboundInfo): void
  ended(end: SessionEnd): void
}

/** What a session needs of the endpoint. Sessions share one. */
export interface SessionGround {
  readonly transactions: Transactions
  readonly clock: Clock
  /** Header fields of every request of ours. */
  readonly requestHeaders: readonly ExtraHeader[]
  /** Header fields of every 2xx and 405 of ours. */
  readonly answerHeaders: readonly ExtraHeader[]
  /** A whole number of 32 random bits. */
  random(): number
  /** The dialog is over: its requests are answered with 481 from now on. */
  forget(session: { readonly key: string }): void
}
