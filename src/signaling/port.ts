import type { Result } from '../foundation/result.js'
import type { Instant, Millis } from '../foundation/time.js'

/** A session description as it stands in a message body; Carillon passes it on and reads none of it here. */
export interface Body {
  /** The Content-Type, such as `application/sdp`. */
  readonly type: string
  /** Bytes as latin1 text, so that nothing is changed in passing. */
  readonly text: string
  /** The IP address of who wrote it, as SIP saw it, where it is known; not sent. It speaks for media from there. */
  readonly source?: string
}

/** A part of an INVITE's body beside the session description (RFC 5621), such as ISUP or a place: passed on, and not read. */
export interface Attachment extends Body {
  /** The Content-Disposition. */
  readonly disposition?: string
}

/** Who stands in a From or To: a URI as text and the display name, unquoted. */
export interface Party {
  readonly uri: string
  readonly displayName?: string
}

/** What an engine needs to take up a leg, or an INVITE, again after a restart: plain JSON, which it alone reads. */
export type LegState = object

/** A header field to add to a request, name and value as they go out. */
export type ExtraHeader = readonly [name: string, value: string]

/** A value of the Reason header (RFC 3326), such as `SIP;cause=200;text="Call completed elsewhere"`. */
export interface Reason {
  /** `SIP`, `Q.850` … */
  readonly protocol: string
  /** A status code for SIP, a cause value for Q.850. */
  readonly cause?: number
  readonly text?: string
}

/** Why a leg is over. */
export type LegEnd =
  /** The peer's BYE. */
  | { readonly kind: 'hungUp'; readonly reason?: Reason }
  /** Our BYE, or our answer to a caller that left. */
  | { readonly kind: 'hungUpByUs' }
  /**
   * The ACK for our 2xx never came (RFC 3261 §13.3.1.4), or without the answer to our offer (§13.2.2.4); a request in the dialog got 408 or 481 (§12.2.1.2), nobody refreshed the session
   * (RFC 4028 §10), or its connection is lost.
   */
  | { readonly kind: 'lost'; readonly why: 'noAck' | 'noAnswer' | 'noDialog' | 'expired' | 'transport' }

/**
 * A re-INVITE by the peer, or an UPDATE with an SDP offer (RFC 3311). Exactly one of `accept` and `reject` is called, once; for an UPDATE
 * within 20 s, else it is answered with 504 and what comes later is ignored.
 */
export interface InboundRenegotiation {
  /** The peer's SDP offer; absent when the peer asks for ours (delayed offer). */
  readonly body?: Body
  /** 200 with our SDP. `confirmed` gives the peer's ACK, which carries the answer to a delayed offer; after an UPDATE, which has none, it is told at once. */
  accept(body: Body | undefined, confirmed: (answer?: Body) => void): void
  reject(status: number, headers?: readonly ExtraHeader[]): void
}

/** How a re-INVITE of ours ended. */
export type RenegotiationOutcome =
  | {
      readonly kind: 'accepted'
      readonly body?: Body
      /** Sends the ACK; with the SDP answer after a delayed offer. Must be called once. */
      acknowledge(answer?: Body): void
    }
  | { readonly kind: 'rejected'; readonly status: number; readonly headers: readonly ExtraHeader[] }

/** An INFO by the peer (RFC 6086 and the older DTMF use): passed on, answered with what the other side says. */
export interface InboundInfo {
  readonly body?: Body
  /** Info-Package, Accept and other header fields worth passing on. */
  readonly headers: readonly ExtraHeader[]
  respond(status: number, body?: Body, headers?: readonly ExtraHeader[]): void
}

/** How an INFO of ours was answered; of a refusal, with what it says that the peer takes (Accept, Recv-Info). */
export type InfoOutcome = (status: number, body?: Body, headers?: readonly ExtraHeader[]) => void

/** The dialog that a new call is to take the place of (RFC 3891 §6.1), as the called side sees it. */
export interface Replaces {
  /** SIP's Call-ID. */
  readonly callId: string
  /** The tag of the side that is called. */
  readonly toTag: string
  readonly fromTag: string
  /** Only while that dialog is not answered. */
  readonly earlyOnly: boolean
}

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

/**
 * Tells the one who referred how the new call goes (NOTIFY with message/sipfrag), unless they asked for no news (RFC 4488). May be used
 * when their leg has ended. Harmless when nobody listens any more.
 */
export interface ReferProgress {
  ringing(): void
  /** The final status of the new call; nothing follows. Must be called once. */
  done(status: number, reasonPhrase?: string): void
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
  /** Told once, whoever ended it, also after `hangUp`. Nothing follows. */
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

/** An INVITE from a trusted peer, answered by 100 already. */
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
  /** Asks whether the caller's side is there, whatever it knows of the call. Silence is not told. */
  probe(told: (answer: 'answered' | 'unreachable') => void): void
  /** A header field's values as they came, for passing on (History-Info, Diversion, P-Asserted-Identity, Privacy). */
  header(name: string): readonly string[]
  listen(listener: InboundCallListener): void
  /** 180 or 182 without a body. `reasonPhrase` may tell the queue's state. */
  progress(status: 180 | 182, reasonPhrase?: string): void
  /** 200. The body is our SDP answer, or our offer when theirs was delayed. */
  answer(body: Body | undefined, headers?: readonly ExtraHeader[]): Leg
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
  /** The peer's name to be hidden in what we send: Contact and SIP Call-ID never hold it anyway. */
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

/** What an outbound INVITE tells its owner. After `answered`, `refused` or `cancel()` nothing follows. */
export interface OutboundCallListener {
  /** 180 or 183; told once for each. */
  ringing?(status: number): void
  /** The first 2xx is in hand and waits for `AnsweredLeg.acknowledge`. */
  answered(leg: AnsweredLeg): void
  /** A failure: 3xx to 6xx as it came (3xx is never followed), 408 for silence, 503 for a transport fault on every address. */
  refused(failure: { readonly status: number; readonly reasonPhrase: string }): void
}

export interface AnsweredLeg extends Leg {
  /** The SDP of the 2xx: the answer, or the peer's offer when ours was delayed. */
  readonly body?: Body
  /** Sends the ACK, with the SDP answer when the 2xx held the offer. Must be called once, unless `hangUp` is. */
  acknowledge(answer?: Body): void
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

/** Counts that the engine keeps by the way; read when metrics are scraped. Keys are label values joined by a comma. */
export interface SignalingStatistics {
  /** `direction,method,transport` */
  readonly requests: ReadonlyMap<string, number>
  /** `direction,method,class`, the class as `2xx` */
  readonly responses: ReadonlyMap<string, number>
  /** Keys: `direction,code`. */
  readonly responseCodes: ReadonlyMap<string, number>
  /** `in` and `out` */
  readonly retransmissions: ReadonlyMap<string, number>
  /** `untrusted`, `malformed`, `tooLarge`, `rateLimited`, … */
  readonly rejected: ReadonlyMap<string, number>
}

/** One SIP message of a call, as it went over the wire. */
export interface CallMessage {
  readonly at: Instant
  readonly direction: 'in' | 'out'
  /** `udp`, `tcp` … */
  readonly transport: string
  /** Whence it came, or where it went: an address and a port. */
  readonly peer: string
  /** Which of the call's legs: 0 is the caller's, in the order in which they came to be. */
  readonly leg: number
  readonly sipCallId: string
  /** Of the request, or of that which the response answers. */
  readonly method: string
  /** Of a response. */
  readonly status?: number
  readonly reasonPhrase?: string
  /** URIs of From and To; empty when they can't be read. */
  readonly from: string
  readonly to: string
  /** `application/sdp` …; absent: nothing is in it. */
  readonly contentType?: string
  /** The same message went the same way before. */
  readonly repeated: boolean
  /** The whole of it, as Unicode text, without passwords, digests and the keys of media. */
  readonly text: string
}

/** The SIP side of the server, whatever engine stands behind it (design: two engines, one contract test). */
export interface Signaling {
  /** Resolves with the addresses it listens on, such as `udp://127.0.0.1:5060`, ports as bound. Rejects with the address at fault. */
  start(): Promise<readonly string[]>
  onInvite(handler: (call: InboundCall) => void): void
  invite(target: Target, options: InviteOptions, listener: OutboundCallListener): OutboundCall
  /** A leg of before a restart; sends nothing. Undefined: its state can't be read. Before `start`, so that no request of the peer's finds nobody. */
  restoreLeg(state: LegState): Leg | undefined
  /** An INVITE of before a restart, as if it had just come; `taken` is called before this returns, or not at all. After `start`. */
  restoreCall(state: LegState, taken: (call: InboundCall) => void): void
  /** A leg that came, or came back after a restart, is one of this call of ours, by whose id its messages are asked for. */
  belongs(sipCallId: string, call: string): void
  /** Legs and INVITEs that are not over yet; drain waits for zero. */
  openLegs(): number
  statistics(): SignalingStatistics
  /** Who may call, after a reload. Listen addresses change only with a restart. */
  trust(peers: readonly string[]): void
  stop(): Promise<void>
}

/** An event package that tells of an agent: presence (RFC 3856) with PIDF documents, or dialog (RFC 4235) with dialog-info. */
export type WatchEvent = 'presence' | 'dialog'

/** What a notifier says of the one who is watched. */
export interface WatchNews {
  /** Absent: it says nothing. As Unicode text. */
  readonly document?: string
  /** What it says holds until then, unless it says something else. */
  readonly until: Instant
  /** The notifier has to ask somebody first: what it says is not the real state. */
  readonly pending: boolean
}

export interface WatchListener {
  /** A subscription begins, the first one too: its documents are counted anew. */
  begun(): void
  notified(news: WatchNews): void
  /** The notifier does not know the one who is watched, or must not tell us: what it said before is void. */
  denied(): void
}

/** Something that is watched, by one subscription after another, until `stop`. */
export interface Subscription {
  /** `waiting`: for its next try. `pending`: asked, and not told yet. */
  readonly state: 'waiting' | 'pending' | 'active' | 'stopped'
  /** Asks for the whole state again. */
  refresh(): void
  stop(): void
}

export interface SubscribeOptions {
  /** Who asks. */
  readonly from: Party
  /** How long one subscription is to stand; the notifier may grant less. */
  readonly expires: Millis
}

/** One piece of state that an agent's phone or PBX published (RFC 3903). */
export interface Publication {
  /** Tells the pieces apart: an agent may have several phones. */
  readonly key: string
  /** Whose state it is: a SIP URI as text. */
  readonly entity: string
  readonly event: WatchEvent
  /** As Unicode text. */
  readonly document: string
  readonly until: Instant
}

export interface PublicationTaker {
  /** Whether anything may be published of them. */
  knows(entity: string): boolean
  /** New, or in the place of that of the same key. A fault: it can't be read, and changed nothing. */
  published(publication: Publication): Result<undefined>
  refreshed(key: string, until: Instant): void
  /** It was removed, or its time is over. */
  withdrawn(key: string): void
}

/** Presence by SIP: what we watch, and what is published to us. */
export interface PresenceSignaling {
  subscribe(target: Target, event: WatchEvent, options: SubscribeOptions, listener: WatchListener): Subscription
  /** Takes PUBLISH of trusted peers; without a taker it is refused. */
  onPublish(taker: PublicationTaker): void
}
