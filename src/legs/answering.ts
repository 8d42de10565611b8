import type { Attachment, Body, ExtraHeader } from './body.js'
import type { Leg, LegState } from './leg.js'
import type { Party } from './party.js'
import type { Reason } from './reason.js'

/** Whether a caller's side is there. Silence says nothing, and is not told. */
export type PeerAnswer = 'answered' | 'unreachable'

/** An INVITE that came and was let in, answered by 100 already. Its owner answers or rejects it. */
export interface InboundCall {
  readonly sipCallId: string
  readonly from: Party
  readonly to: Party
  /** The Request-URI: what was dialled. */
  readonly requestUri: string
  /** It came from a trusted peer, whose word for the caller's name is taken; else the From was proven by credentials. */
  readonly trusted: boolean
  /** The caller's SDP offer; absent for a delayed offer. */
  readonly body?: Body
  /** Parts of its body that are for the phone that rings. */
  readonly attachments?: readonly Attachment[]
  /**
   * The confirmed leg that the caller wants this call to take the place of (RFC 3891): whoever takes the call up answers it and hangs that
   * leg up. A Replaces that names none of our legs was refused already.
   */
  readonly replaces?: Leg
  /** The IP address that it came from; undefined: before a restart. */
  readonly source?: string
  /** Tells callers of one PBX or phone from others; empty: not known. */
  readonly peer: string
  /** Asks whether the caller's side is there, whatever it knows of the call. */
  probe(told: (answer: PeerAnswer) => void): void
  /** A header field's values as they came, for passing on (History-Info, Diversion, P-Asserted-Identity, Privacy). */
  header(name: string): readonly string[]
  listen(listener: InboundCallListener): void
  /** 180 or 182 without a body. `reasonPhrase` may tell the queue's state. */
  progress(status: 180 | 182, reasonPhrase?: string): void
  /**
   * 200. The body is our SDP answer, or our offer when theirs was delayed. When the caller left before, or the call was rejected, nothing is
   * sent and the leg is over from the start.
   */
  answer(body: Body | undefined, headers?: readonly ExtraHeader[]): Leg
  /** Harmless when it has its final response. */
  reject(status: number, options?: { readonly reason?: Reason; readonly headers?: readonly ExtraHeader[] }): void
  /** For `Signaling.restoreCall`. Undefined: it can't be taken up again, or has its final response. */
  state(): LegState | undefined
  /** Nothing more is said to the caller: the next process goes on with it. */
  letGo(): void
}

export interface InboundCallListener {
  /**
   * CANCEL, or the INVITE's transaction was lost, before we answered; already answered with 487. Or the caller, who required reliable
   * progress (RFC 3262), acknowledged none for 32 s; already answered with 504. Told once.
   */
  cancelled(): void
  /** The connection by which the INVITE came is gone, and it was not answered. */
  cutOff?(): void
}
