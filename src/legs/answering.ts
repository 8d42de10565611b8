import type { Attachment, Body, ExtraHeader, Writer } from './body.js'
import type { Leg, LegState } from './leg.js'
import type { Party } from './party.js'
import type { Reason } from './reason.js'

/** Whether the caller's side still exists. Silence proves nothing, so nothing is reported then. */
export type PeerAnswer = 'answered' | 'unreachable'

/** The content of a received INVITE. The call record keeps it. */
export interface ReceivedInvite {
  readonly sipCallId: string
  /** The caller's tag. Empty: a caller of RFC 2543. Absent: an INVITE that another version stored. */
  readonly tag?: string
  readonly from: Party
  readonly to: Party
  /** The Request-URI, which is what was dialled. */
  readonly requestUri: string
  /** The URIs of P-Asserted-Identity: who calls, as the sender says (RFC 3325 §9.1). Absent: none. */
  readonly asserted?: readonly string[]
  /** The URIs of P-Preferred-Identity: in whose name the caller wants to call (RFC 3325 §9.2). Absent: none. */
  readonly preferred?: readonly string[]
  /** The caller's SDP offer. Absent for a delayed offer. */
  readonly body?: Body
  /** Parts of the body that are meant for the phone that rings. */
  readonly attachments?: readonly Attachment[]
}

/** Where an INVITE came from. The caller's session descriptions come from there, too. */
export interface Origin extends Writer {
  /** True: the INVITE came from a trusted peer, so we believe its caller names. False: the caller proved the From with credentials. */
  readonly trusted: boolean
  /** Identifies the caller's PBX or phone. Empty: not known. */
  readonly peer: string
  /** Calls of this peer may arrive on several connections, so silence on one of them proves nothing about the others. */
  readonly severalWays?: true | undefined
}

/** A received INVITE that was admitted and already answered with 100. Its owner answers or rejects it. */
export interface InboundCall {
  readonly invite: ReceivedInvite
  readonly origin: Origin
  /**
   * The confirmed leg that this call replaces (RFC 3891). The code that handles the call must answer it and hang that leg up. A
   * Replaces that names none of our legs was already refused.
   */
  readonly replaces?: Leg
  /** Asks whether the caller's side still exists. The answer proves nothing about this call: the peer need not know it. */
  probe(told: (answer: PeerAnswer) => void): void
  /** The values of a header field as received, for passing them on (History-Info, Diversion, P-Asserted-Identity, Privacy). */
  header(name: string): readonly string[]
  listen(listener: InboundCallListener): void
  /** Sends 180 or 182 without a body. `reasonPhrase` may describe the queue. */
  progress(status: 180 | 182, reasonPhrase?: string): void
  /**
   * Sends 200. The body is our SDP answer, or our offer if theirs is delayed. If the caller has left or the call was rejected,
   * nothing is sent and the leg is over from the start.
   */
  answer(body: Body | undefined, headers?: readonly ExtraHeader[]): Leg
  /** Does nothing after a final response. */
  reject(status: number, options?: { readonly reason?: Reason; readonly headers?: readonly ExtraHeader[] }): void
  /** The input of `Signaling.restoreCall`. Undefined: the call can't be restored, or it already has its final response. */
  state(): LegState | undefined
  /** Sends nothing more to the caller, because the next process continues the call. */
  letGo(): void
}

export interface InboundCallListener {
  /**
   * Called at most once, before we answered. Either the caller sent CANCEL or the INVITE's transaction was lost, and 487 was already sent.
   * Or the caller required reliable provisional responses (RFC 3262) and acknowledged none for 32 s, and 504 was already sent.
   */
  cancelled(): void
  /** The connection on which the INVITE came has closed before the INVITE was answered. */
  cutOff?(): void
}
