import type { FramingFault, FramingLimits } from './framing.js'
import type { Hop } from './transport.js'

/** How long and how much a connection may keep us busy. Milliseconds and bytes. */
export interface LinkLimits extends FramingLimits {
  /** Nothing sent nor received for so long closes it; in-dialog requests open it again. Default 10 min. */
  readonly idleMs: number
  /** Handshakes, a message that has begun, and the first message of a new connection must be whole within this. Default 15 s. */
  readonly slowMs: number
  /** To connect. Default 4 s: then the next address is tried. */
  readonly connectMs: number
  /** Bytes that wait for the peer to read. Default 1 MiB. */
  readonly unreadBytes: number
}

/** Takes what comes on a connection, and what becomes of it. */
export interface LinkSink {
  message(bytes: Buffer, source: Hop): void
  /** It can't be read on; it closes once what is sent now has gone out. */
  unreadable(fault: FramingFault, source: Hop): void
  closed(link: Link): void
  /** The peer leaves more unread than allowed. */
  notReading(): void
}

/** One connection with a peer, of any protocol but UDP. */
export interface Link {
  readonly source: Hop
  /** Whether new messages may be sent on it. */
  readonly open: boolean
  /** `failed` is told when the bytes can't be handed to the network; never before this returns. */
  send(bytes: Buffer, failed?: () => void): void
  /** Somebody is reached by it alone: it stays open though idle. */
  hold(held: boolean): void
  /** Asks a peer that has been silent whether it is there. */
  keepAlive?(now: number): void
  /** Why it must not live on, at this moment; `gone`: the peer does not answer. */
  overdue(now: number): 'idle' | 'slow' | 'gone' | undefined
  /** At once, and once: what was not handed to the network has failed. */
  close(): void
}

export function tellLater(failed: (() => void) | undefined): void {
  if (failed) queueMicrotask(failed)
}
