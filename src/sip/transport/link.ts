import type { FramingFault, FramingLimits } from './framing.js'
import type { OverheadLimits, Sender } from './overhead.js'
import type { Hop, SendFailed } from './transport.js'

/** The limits of one connection, in milliseconds and bytes. */
export interface LinkLimits extends FramingLimits {
  /** A connection without any traffic for this long is closed. In-dialog requests open it again. Default 10 min. */
  readonly idleMs: number
  /** A stranger's connection without a message for this long is closed, even if line breaks arrive. Default 1 min. */
  readonly strangerIdleMs: number
  /**
   * A handshake, a message that has started, and the first message of a new connection must be complete within this time; and the peer must read
   * what we send. Default 15 s.
   */
  readonly slowMs: number
  /** The limit for connecting. Default 4 s. Then the next address is tried. */
  readonly connectMs: number
  /** How many bytes may wait for the peer to read. Default 1 MiB. */
  readonly unreadBytes: number
  /**
   * How many bytes may come besides SIP messages, at once and per second, before the connection is closed. Each frame of a
   * WebSocket and each message that can't be read counts as 64 bytes at least. Default for strangers: 4 KiB and 256 bytes.
   * Default for known senders: 128 KiB and 16 KiB.
   */
  readonly overhead: OverheadLimits
}

/** Receives the messages and events of a connection. */
export interface LinkSink {
  /** Returns whether it was a SIP message. */
  message(bytes: Buffer, source: Hop): boolean
  /** The connection can't be read further. It closes once everything sent now is out. */
  unreadable(fault: FramingFault, source: Hop): void
  /** `stood`: the connection had been established. */
  closed(link: Link, stood: boolean): void
  /** The peer leaves more bytes unread than allowed. */
  notReading(): void
  /** The peer sends more besides SIP messages than allowed. The connection closes. */
  overstepping(): void
  /** The current owner of the connection. */
  sender(link: Link): Sender
}

/** In bytes. A frame, or a message that can't be read, costs us at least as much as this many bytes of a message, however short it is. */
export const leastCost = 64

export type Overdue = 'idle' | 'slow' | 'gone' | 'unread'

/** One connection with a peer, with any protocol except UDP. */
export interface Link {
  readonly source: Hop
  /** When something was last sent or received, in ms of monotonic time. */
  readonly usedAt: number
  /** Whether new messages may be sent on it. */
  readonly open: boolean
  /** `failed` is called if the bytes can't be passed to the network, but never before this returns. */
  send(bytes: Buffer, failed?: SendFailed): void
  /** Somebody can only be reached on it, so it stays open even if idle. */
  hold(held: boolean): void
  /** Asks a silent peer whether it is still there. */
  keepAlive?(now: number): void
  /**
   * Why the connection should be closed now. `gone`: the peer does not answer. `unread`: it does not read. `isStranger`: it belongs to a stranger.
   * Ask about every second.
   */
  overdue(now: number, isStranger?: boolean): Overdue | undefined
  /** Closes at once. Only the first call has an effect. Messages that were not passed to the network have failed. */
  close(): void
}

export function tellLater(failed: SendFailed | undefined, how?: 'cut'): void {
  if (failed) queueMicrotask(() => failed(how))
}
