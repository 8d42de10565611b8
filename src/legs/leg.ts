import type { Body, ExtraHeader } from './body.js'
import type { InboundInfo, InfoOutcome } from './info.js'
import type { LegEnd } from './leg-end.js'
import type { Reason } from './reason.js'
import type { ReferProgress, Replaces } from './refer.js'
import type { InboundRenegotiation, RenegotiationOutcome } from './renegotiation.js'

/** What an engine needs to take up a leg, or an INVITE, again after a restart: plain JSON, which the engine alone reads. */
export type LegState = object

/** A REFER by the peer (RFC 3515): the wish that another is called in its place. Exactly one of `accept` and `reject` is called, once. */
export interface InboundRefer {
  /** Whom to call: a SIP, SIPS or tel URI without header fields. */
  readonly to: string
  /** Attended transfer: the dialog with `to` that the new call is to take the place of, and our leg when it is one of ours. */
  readonly replaces?: Replaces & { readonly leg?: Leg }
  /** 202, and the news that it is being tried. */
  accept(): ReferProgress
  reject(status: number, headers?: readonly ExtraHeader[]): void
}

/** What a leg tells its owner. A method that is left out has a lawful default: renegotiation → 488, INFO → 200 with nothing done, REFER → 603. */
export interface LegListener {
  /** The ACK for our 2xx came; with the SDP answer when our 200 held the offer. Inbound legs only. */
  confirmed?(answer?: Body): void
  renegotiation?(request: InboundRenegotiation): void
  info?(request: InboundInfo): void
  refer?(request: InboundRefer): void
  /** The connection by which the leg began is gone. The leg stands: its peer may be reached by another. */
  cutOff?(): void
  /** Told once, whoever ended it, also after `hangUp`; a listener that comes later is told at once. Nothing follows. */
  ended(end: LegEnd): void
}

/** One SIP dialog of a call. */
export interface Leg {
  /** SIP's Call-ID of this dialog, for logs. */
  readonly sipCallId: string
  /** When the peer said anything in this dialog last, be it by an answer, by the clock's monotonic time. */
  readonly heardAt: number
  /** The IP address that the peer's SIP comes from; undefined: not known, or nothing to do with its media. */
  readonly source?: string | undefined
  /** The leg has one listener: a new one takes the place of the one before. */
  listen(listener: LegListener): void
  /** Re-INVITE with this SDP offer, or with none to ask the peer for one. One at a time: a second while one is open is rejected with 491. */
  renegotiate(body: Body | undefined, outcome: (outcome: RenegotiationOutcome) => void): void
  info(body: Body | undefined, headers: readonly ExtraHeader[], outcome: InfoOutcome): void
  /** BYE. Before the ACK came it waits for it, or for its time-out (RFC 3261 §15). Harmless on a leg that has ended. */
  hangUp(reason?: Reason): void
  /** For `Signaling.restoreLeg`. */
  state(): LegState
  /** Asks the peer, without a word of media, whether it still has the dialog; `ended` tells when not. */
  probe(): void
  /** Ends here, and nothing is said to the peer: the next process goes on with it. */
  letGo(): void
}

export interface AnsweredLeg extends Leg {
  /** The SDP of the 2xx: the answer, or the peer's offer when ours was delayed. */
  readonly body?: Body
  /** Sends the ACK, with the SDP answer when the 2xx held the offer. Must be called once, unless `hangUp` is. */
  acknowledge(answer?: Body): void
}
