import type { Millis } from '../foundation/time.js'
import type { Body } from '../legs/body.js'
import type { Refusal } from '../legs/gateway.js'
import type { Digit } from '../routing/world/words.js'
import type { PromptId } from '../routing/world/ids.js'

export type { Digit } from '../routing/world/words.js'

/** What callers hear from Carillon itself, and what it hears of them. */
export interface Media {
  /** Whether `open` would take this offer, a free port given. */
  speaks(offer: Body | undefined): boolean
  /**
   * A stream to one caller: with the caller's SDP offer our answer, without one our offer, whose answer `accept` takes (RFC 3264).
   * Nothing is sent before the caller's description is known. `signaling`: the IP address that the caller's INVITE came from.
   */
  open(offer: Body | undefined, listener: StreamListener, signaling?: string): Opened
  /** Streams open now. */
  readonly streams: number
  /** Ends every stream and frees the ports. */
  stop(): Promise<void>
}

export type Opened =
  | { readonly kind: 'opened'; readonly stream: Stream; readonly body: Body }
  /** The offer's media is none that we speak (SRTP, DTLS, no codec in common), or no port is free: the caller gets ringback instead. */
  | { readonly kind: 'unsupported'; readonly because: string }

export interface Stream {
  /** The answer to an offer of ours. False: it can't be used, and what was agreed before stands. */
  accept(answer: Body): boolean
  /** The caller's re-INVITE or UPDATE while they hear us: our answer, or an offer where theirs is to come; undefined: 488, and what was agreed stands. */
  renegotiate(offer: Body | undefined): Body | undefined
  /** Once, in place of what plays; `finished` tells its end. A prompt without sound (its file is broken, no voice) ends at once. */
  play(prompt: PromptId): void
  /** Again and again, in place of what plays, until told otherwise; going on where it was when it is the same as before. */
  loop(music: PromptId): void
  silence(): void
  /** When RTP or RTCP of the caller came last, to some seconds, by the clock's monotonic time. Undefined: never. */
  heardAt(): number | undefined
  close(): void
}

/** Called from a later turn of the event loop, never from within a call of ours; not at all after `close`. */
export interface StreamListener {
  /** The prompt was played to its end; not told when another took its place. */
  finished(prompt: PromptId): void
  /** A key, once, by telephone-event (RFC 4733). */
  digit(digit: Digit): void
  /** The stream is over for its caller. */
  lost(why: StreamLoss): void
  /** The caller hears nothing any more, until a packet comes from them: nothing proved that they are where their description says. */
  muted?(places: MediaPlaces): void
}

export type StreamLoss =
  /** No RTP and no RTCP came for long while the caller should send. `heard`: some came before. */
  | { readonly kind: 'silent'; readonly places: MediaPlaces; readonly heard: boolean; readonly after: Millis }
  /** Our own engine ended under it. */
  | { readonly kind: 'broken' }

/** Where a caller's packets should come from and go, as `address:port`: what an admin looks for in a firewall. */
export interface MediaPlaces {
  /** What the caller's description names. */
  readonly theirs: string
  /** What ours names. */
  readonly ours: string
}

/** For metrics. */
export interface MediaStatistics {
  readonly streams: number
  /** Legs with browsers. */
  readonly gateways: number
  readonly packetsSent: number
  readonly packetsReceived: number
  /** Sent by us and refused by the kernel. */
  readonly packetsDropped: number
  /** Of browsers' legs: they came faster than a leg may have them. */
  readonly packetsRefused: number
  /** Ticks of 10 ms whose time was over when it came. */
  readonly lateTicks: number
  /** Legs with browsers that were lost, by why. */
  readonly gatewaysLost: Readonly<Record<LossReason, number>>
  /** Legs that were refused, by why. */
  readonly gatewaysRefused: Readonly<Record<Refusal, number>>
  /** How often the process of browsers' media ended, and another took its place. */
  readonly restarts: number
}

/** Why a leg with a browser is lost. */
export type LossReason =
  /** No connectivity check came soon enough after the agreement. */
  | 'noCheck'
  /** Checks came, and no handshake was completed in time. */
  | 'noHandshake'
  /** The handshake failed, or the browser is not who its description says. */
  | 'handshakeFailed'
  /** The browser asks no more: it has gone. */
  | 'silent'
  /** It sent far more than a browser does. */
  | 'wasteful'
  /** A fault of ours. */
  | 'fault'
  /** The process that held it ended. */
  | 'processEnded'
