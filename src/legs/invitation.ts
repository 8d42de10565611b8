import type { Millis } from '../foundation/time.js'
import type { Attachment, Body, ExtraHeader } from './body.js'
import type { AnsweredLeg, LegState } from './leg.js'
import type { Party } from './party.js'
import type { Reason } from './reason.js'

/** Where an outbound INVITE goes. */
export interface Target {
  /** The Request-URI. */
  readonly uri: string
  /** The next hop, if it is not the host of the Request-URI: an outbound proxy, sent as a loose route in the Route header. */
  readonly route?: string
  /** An address of record. All phones registered for it ring: instead of `uri` if it equals `uri`, otherwise in addition to it. */
  readonly phones?: string
}

/** How far an INVITE goes, and for how long. */
export interface InviteLimits {
  /** Max-Forwards (RFC 3261 §8.1.1.6). Default: 70. */
  readonly maxForwards?: number
  /** How many branches may be open at the same time, here and at later proxies (RFC 5393 §5.3.3). At least 1, default 60. */
  readonly maxBreadth?: number
  /**
   * Gives up after this time without a final response: sends CANCEL and reports 408. Default: the engine's own limit (a little
   * over 3 minutes, timer C).
   */
  readonly expires?: Millis
  /**
   * Gives up if an address sends nothing for this long, not even 100, and no other address is left: reports 408. A phone that
   * answers later is told that the call is over. Default: 32 s (timer B); while another address is left, 5 s.
   */
  readonly heardWithin?: Millis
}

export interface InviteOptions {
  readonly from: Party
  /** The To. Default: the target's URI. */
  readonly to?: Party
  /** The SDP offer. Absent: the peer is asked for one. */
  readonly body?: Body
  readonly headers: readonly ExtraHeader[]
  /** Sent beside the SDP offer. Left out if the phone does not accept multipart bodies. */
  readonly attachments?: readonly Attachment[]
  /** Our id of the call. People find its messages by this id. */
  readonly call?: string
  readonly limits?: InviteLimits
}

/** Why our INVITE was not answered with 2xx. */
export interface CallFailure {
  readonly status: number
  readonly reasonPhrase: string
  /** The INVITE could not be sent to any address. */
  readonly unreachable?: true
  /** The phone sent nothing, not even 100. `status` is then our own 408. */
  readonly silent?: true
}

/** The events of an outbound INVITE. No event follows `answered`, `refused` or `cancel()`. */
export interface OutboundCallListener {
  /** A 180 or 183 came. Called once for each of them. */
  ringing?(status: number): void
  /** The first 2xx has come and waits for `AnsweredLeg.acknowledge`. */
  answered(leg: AnsweredLeg): void
  /** A failure: 3xx to 6xx as received (3xx is never followed), 408 for no answer, 503 for a transport fault at every address. */
  refused(failure: CallFailure): void
}

/** An INVITE that we sent. */
export interface OutboundCall {
  readonly sipCallId: string
  /**
   * Stops the INVITE in any state. Before a provisional response nothing is sent: the CANCEL follows that response (RFC 3261 §9.1), and the
   * next INVITE to the same phone follows the CANCEL (decision 060). If a 200 crosses our CANCEL, the engine sends ACK and BYE. Does
   * nothing if the INVITE is over.
   */
  cancel(reason?: Reason): void
  /** The input of `Signaling.stopRinging`, one for each phone that rings and that another process can reach. */
  kept(): readonly LegState[]
}
