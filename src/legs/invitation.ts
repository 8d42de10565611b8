import type { Millis } from '../foundation/time.js'
import type { Attachment, Body, ExtraHeader } from './body.js'
import type { AnsweredLeg } from './leg.js'
import type { Party } from './party.js'
import type { Reason } from './reason.js'

/** Where an outbound INVITE goes. */
export interface Target {
  /** The Request-URI. */
  readonly uri: string
  /** The next hop, where it is not the Request-URI's own: an outbound proxy, put into Route as a loose route. */
  readonly route?: string
  /** An address of record whose registered phones all ring, in place of a `uri` that is the same, beside one that is another. */
  readonly phones?: string
}

export interface InviteOptions {
  readonly from: Party
  /** The To; default: the target's URI. */
  readonly to?: Party
  /** The SDP offer; absent to ask the peer for one. */
  readonly body?: Body
  readonly headers: readonly ExtraHeader[]
  /** Sent beside the SDP offer; left out for a phone that takes no body of several parts. */
  readonly attachments?: readonly Attachment[]
  /** Max-Forwards (RFC 3261 §8.1.1.6). Default: 70. */
  readonly maxForwards?: number
  /** How many branches may be open for it at once, here and further on (RFC 5393 §5.3.3). At least 1; default 60. */
  readonly maxBreadth?: number
  /** Our id of the call that it is for, by which its messages are asked for. */
  readonly call?: string
  /** Gives up when no final response came: CANCEL, then refused with 408. Default: the engine's own (3 minutes and a bit, timer C). */
  readonly expires?: Millis
  /**
   * Gives up when an address says nothing at all for so long, not even 100, and no other is left: refused with 408. A phone that speaks later is
   * told that it is over. Default: 32 s (timer B); while another address is left, 5 s.
   */
  readonly heardWithin?: Millis
}

/** Why nobody answered an INVITE of ours. */
export interface CallFailure {
  readonly status: number
  readonly reasonPhrase: string
  /** It could not be sent there. */
  readonly unreachable?: true
}

/** What an outbound INVITE tells its owner. After `answered`, `refused` or `cancel()` nothing follows. */
export interface OutboundCallListener {
  /** 180 or 183; told once for each. */
  ringing?(status: number): void
  /** The first 2xx is in hand and waits for `AnsweredLeg.acknowledge`. */
  answered(leg: AnsweredLeg): void
  /** A failure: 3xx to 6xx as it came (3xx is never followed), 408 for silence, 503 for a transport fault on every address. */
  refused(failure: CallFailure): void
}

/** An INVITE that we sent. */
export interface OutboundCall {
  readonly sipCallId: string
  /**
   * Stops it whatever its state: nothing is sent before a provisional came (the CANCEL follows it, RFC 3261 §9.1), and a 200
   * that crossed our CANCEL is ACKed and BYEd by the engine. Harmless when over.
   */
  cancel(reason?: Reason): void
}
