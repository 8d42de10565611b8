import type { Body, ExtraHeader } from './body.js'
import type { InboundInfo, InfoOutcome } from './info.js'
import type { LegEnd } from './leg-end.js'
import type { Reason } from './reason.js'
import type { ReferProgress, Replaces } from './refer.js'
import type { InboundRenegotiation, RenegotiationOutcome } from './renegotiation.js'

/** What an engine needs to restore a leg or an INVITE after a restart. Plain JSON that only the engine reads. */
export type LegState = object

/** A REFER from the peer (RFC 3515): it asks us to call somebody else in its place. Call exactly one of `accept` and `reject`, once. */
export interface InboundRefer {
  /** Who to call: a SIP, SIPS or tel URI without header fields. */
  readonly to: string
  /** Attended transfer: the dialog with `to` that the new call replaces, and our leg if it is one of ours. */
  readonly replaces?: Replaces & { readonly leg?: Leg }
  /** Sends 202 and the notification that the call is being tried. */
  accept(): ReferProgress
  reject(status: number, headers?: readonly ExtraHeader[]): void
}

/**
 * What a leg reports to its owner. A missing method has a default: renegotiation → 488, INFO → 200 without effect, REFER → 603.
 */
export interface LegListener {
  /** The ACK for our 2xx came, with the SDP answer if our 200 had the offer. Only for inbound legs. */
  confirmed?(answer?: Body): void
  renegotiation?(request: InboundRenegotiation): void
  info?(request: InboundInfo): void
  refer?(request: InboundRefer): void
  /** The connection on which the leg started has closed. The leg continues, because its peer may be reachable on another. */
  cutOff?(): void
  /**
   * Called once, whichever side ended the leg, even after `hangUp`. No other event follows. A listener that is set after the end is called
   * at once.
   */
  ended(end: LegEnd): void
}

/** One SIP dialog of a call. */
export interface Leg {
  /** The SIP Call-ID of this dialog, for logs. */
  readonly sipCallId: string
  /** When the peer last sent anything in this dialog, in ms of the clock's monotonic time. Responses count too. */
  readonly heardAt: number
  /** The IP address from which the peer's SIP comes. Undefined: it is not known, or it says nothing about the peer's media. */
  readonly source?: string | undefined
  /** The leg came by WebSocket, so `source` may be a proxy's address. */
  readonly proxied?: true | undefined
  /** The peer's INVITE started the dialog, so the peer chose the Call-ID (RFC 3261 §14.1). Undefined: not known. */
  readonly begunByPeer?: boolean
  /** The peer is a browser. Its descriptions are written by our gateway. */
  readonly ours?: true
  /** A leg has one listener. A new one replaces the previous one. */
  listen(listener: LegListener): void
  /**
   * Sends a re-INVITE with this SDP offer, or without one to ask the peer for an offer. While one is open, a second gets the outcome 491.
   */
  renegotiate(body: Body | undefined, outcome: (outcome: RenegotiationOutcome) => void): void
  info(body: Body | undefined, headers: readonly ExtraHeader[], outcome: InfoOutcome): void
  /**
   * Sends BYE. If the ACK for our 2xx is missing, waits for it or for its time-out first (RFC 3261 §15). Does nothing on a leg that has
   * ended.
   */
  hangUp(reason?: Reason): void
  /** The input of `Signaling.restoreLeg`. */
  state(): LegState
  /** Asks the peer whether it still has the dialog, without changing media. If it does not, `ended` is called. */
  probe(): void
  /** Sends nothing more to the peer, because the next process continues the leg. */
  letGo(): void
}

export interface AnsweredLeg extends Leg {
  /** The SDP of the 2xx: the answer, or the peer's offer if we sent none. */
  readonly body?: Body
  /** Sends the ACK, with the SDP answer if the 2xx had the offer. Must be called once, unless `hangUp` is. */
  acknowledge(answer?: Body): void
}
