import type { CacheStatistics } from '../foundation/cache.js'
import type { Count } from '../foundation/count.js'
import type { Result } from '../foundation/result.js'
import type { Instant, Millis } from '../foundation/time.js'
import type { InboundCall } from '../legs/answering.js'
import type { InviteOptions, OutboundCall, OutboundCallListener, Target } from '../legs/invitation.js'
import type { Leg, LegState } from '../legs/leg.js'
import type { Party } from '../legs/party.js'
import type { Reason } from '../legs/reason.js'

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
  readonly caches: readonly CacheStatistics[]
}

/** One SIP message of a call, as it went over the wire. */
export interface CallMessage {
  readonly at: Instant
  readonly direction: 'in' | 'out'
  /** `udp`, `tcp` … */
  readonly transport: string
  /** The other side's address and port: the source of a received message, the destination of a sent one. */
  readonly peer: string
  /** The number of the leg in its call: 0 is the caller's, the others follow in the order in which they began. */
  readonly leg: number
  readonly sipCallId: string
  /** The method of the request. For a response: of the request that it answers. `unreadable`: neither can be read. */
  readonly method: string
  /** Present only for a response. */
  readonly status?: number
  readonly reasonPhrase?: string
  /** URIs of From and To; empty when they can't be read. */
  readonly from: string
  readonly to: string
  /** The Content-Type, such as `application/sdp`. Absent: the message has no body. */
  readonly contentType?: string
  /** A retransmission: the same message was sent in the same direction before. */
  readonly repeated: boolean
  /** The whole message as Unicode text, without passwords, digests and media keys. `…` at the end: it is cut. */
  readonly text: string
  /** How many messages before this one are left out, because the call has too many. Absent: none. */
  readonly leftOutBefore?: number
}

/** The SIP side of the server. Both engines implement it: `embedded` and `drachtio` (docs/design.md §5). */
export interface Signaling {
  /** Resolves with the addresses it listens on, with the bound ports, such as `udp://127.0.0.1:5060`. A rejection names the failed address. */
  start(): Promise<readonly string[]>
  onInvite(handler: (call: InboundCall) => void): void
  invite(target: Target, options: InviteOptions, listener: OutboundCallListener): OutboundCall
  /**
   * Restores a leg that existed before a restart. Sends nothing. Undefined: its state can't be read. Call it before `start`, because the
   * peer's next request needs its leg.
   */
  restoreLeg(state: LegState): Leg | undefined
  /** Restores an INVITE that was pending before a restart. Calls `taken` before it returns, or not at all. Call it after `start`. */
  restoreCall(state: LegState, taken: (call: InboundCall) => void): void
  /** Stops a phone that the previous process rang. If it has answered meanwhile, its leg ends. Call it after `start`. */
  stopRinging(state: LegState, reason: Reason): void
  /**
   * Records that this leg belongs to the call, so that the leg's messages are found by the call's id. For incoming and restored legs. `tag`:
   * the caller's. Others can use the same Call-ID, but they don't know both.
   */
  belongs(sipCallId: string, call: string, tag?: string): void
  /** The number of legs and INVITEs that have not ended. Drain waits for zero. */
  openLegs(): number
  statistics(): SignalingStatistics
  /** Replaces the list of trusted peers after a config reload. Listen addresses change only with a restart. */
  trust(peers: readonly string[]): void
  stop(): Promise<void>
}

/** An event package that describes an agent: presence (RFC 3856) with PIDF documents, or dialog (RFC 4235) with dialog-info. */
export type WatchEvent = 'presence' | 'dialog'

/** One notification about the watched agent. */
export interface WatchNews {
  /** The document as Unicode text. Absent: the notification has no body. */
  readonly document?: string
  /** The notification is valid until then, or until the next one. */
  readonly until: Instant
  /** The notifier still waits for permission, so the document is not the real state (RFC 6665). */
  readonly pending: boolean
}

export interface WatchListener {
  /** A subscription begins, the first one too. Version numbers in its documents start again. */
  begun(): void
  notified(news: WatchNews): void
  /** The notifier does not know the watched agent, or must not tell us. Earlier notifications are void. */
  denied(): void
}

/** Something that is watched, by one subscription after another, until `stop`. */
export interface Subscription {
  /** `waiting`: the next try is scheduled. `pending`: asked, without an answer yet. */
  readonly state: 'waiting' | 'pending' | 'active' | 'stopped'
  /** Asks for the whole state again. */
  refresh(): void
  stop(): void
}

export interface SubscribeOptions {
  /** The subscriber. */
  readonly from: Party
  /** The requested duration of one subscription. The notifier may grant less. */
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
  /** Whether state of this entity may be published. */
  knows(entity: string): boolean
  /** A publication is new or replaces the one with the same key. A fault: it can't be read, and nothing changed. */
  published(publication: Publication): Result<undefined>
  refreshed(key: string, until: Instant): void
  /** It was removed, or its time is over. */
  withdrawn(key: string): void
}

/** Presence over SIP: subscriptions of ours, and publications to us. */
export interface PresenceSignaling {
  subscribe(target: Target, event: WatchEvent, options: SubscribeOptions, listener: WatchListener): Subscription
  /** Accepts PUBLISH from trusted peers. Without a taker PUBLISH is refused. */
  onPublish(taker: PublicationTaker): void
}
