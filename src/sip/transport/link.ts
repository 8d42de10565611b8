import type { FramingFault, FramingLimits } from './framing.js'
import type { Hop, SendFailed } from './transport.js'

/** How long and how much a connection may keep us busy. Milliseconds and bytes. */
export interface LinkLimits extends FramingLimits {
  /** Nothing sent nor received for so long closes it; in-dialog requests open it again. Default 10 min. */
  readonly idleMs: number
  /** Of a stranger's connection: so long without a message, however often line breaks keep it open, closes it. Default 1 min. */
  readonly strangerIdleMs: number
  /** Handshakes, a message that has begun, and the first message of a new connection must be whole within this. Default 15 s. */
  readonly slowMs: number
  /** To connect. Default 4 s: then the next address is tried. */
  readonly connectMs: number
  /** Bytes that wait for the peer to read. Default 1 MiB. */
  readonly unreadBytes: number
}

/** Takes what comes on a connection, and what becomes of it. */
export interface LinkSink {
  /** Whether it was a SIP message. */
  message(bytes: Buffer, source: Hop): boolean
  /** It can't be read on; it closes once what is sent now has gone out. */
  unreadable(fault: FramingFault, source: Hop): void
  /** `stood`: messages could be sent on it before. */
  closed(link: Link, stood: boolean): void
  /** The peer leaves more unread than allowed. */
  notReading(): void
}

/** One connection with a peer, of any protocol but UDP. */
export interface Link {
  readonly source: Hop
  /** When something last went or came. */
  readonly usedAt: number
  /** Whether new messages may be sent on it. */
  readonly open: boolean
  /** `failed` is told when the bytes can't be handed to the network; never before this returns. */
  send(bytes: Buffer, failed?: SendFailed): void
  /** Somebody is reached by it alone: it stays open though idle. */
  hold(held: boolean): void
  /** Asks a peer that has been silent whether it is there. */
  keepAlive?(now: number): void
  /** Why it must not live on, at this moment; `gone`: the peer does not answer. `isStranger`: whose it is, nobody knows. */
  overdue(now: number, isStranger?: boolean): 'idle' | 'slow' | 'gone' | undefined
  /** At once, and once: what was not handed to the network has failed. */
  close(): void
}

/** When a peer last sent what is SIP. Line breaks and junk keep no stranger's connection open. */
export class LastMessage {
  #hasCome = false

  constructor(
    /** At first, when the connection came to be. */
    private at: number,
  ) {}

  came(now: number): void {
    this.#hasCome = true
    this.at = now
  }

  /** Why a stranger's connection must not live on. */
  overdue(now: number, { slowMs, strangerIdleMs }: LinkLimits): 'idle' | 'slow' | undefined {
    const since = now - this.at
    if (this.#hasCome) return since > strangerIdleMs ? 'idle' : undefined
    return since > slowMs ? 'slow' : undefined
  }
}

export function tellLater(failed: SendFailed | undefined, how?: 'cut'): void {
  if (failed) queueMicrotask(() => failed(how))
}
