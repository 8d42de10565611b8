import type { Count } from '../foundation/count.js'
import type { Result } from '../foundation/result.js'
import type { Instant, Millis } from '../foundation/time.js'
import type { InboundCall } from '../legs/answering.js'
import type { InviteOptions, OutboundCall, OutboundCallListener, Target } from '../legs/invitation.js'
import type { Leg, LegState } from '../legs/leg.js'
import type { Party } from '../legs/party.js'

/** Counters of the engine, read when metrics are scraped. */
export interface SignalingStatistics {
  readonly requests: readonly Count<'direction' | 'method' | 'transport'>[]
  /** `class`: such as `2xx`. */
  readonly responses: readonly Count<'direction' | 'method' | 'class'>[]
  readonly responseCodes: readonly Count<'direction' | 'code'>[]
  /** By direction: `in` and `out`. */
  readonly retransmissions: ReadonlyMap<string, number>
  /** By reason: `untrusted`, `malformed`, `tooLarge`, `rateLimited`, … */
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
