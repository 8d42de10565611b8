import { Bucket, type Rate } from './peers.js'

/** The owner of a connection: a trusted peer, a peer that showed a password or to which we connected, or a stranger. */
export type Sender = 'trusted' | 'known' | 'stranger'

/** In bytes. */
export interface OverheadLimits {
  readonly stranger: Rate
  readonly known: Rate
}

/**
 * Limits what one peer may send besides SIP messages: line breaks, pings, heads of frames, unreadable messages, and TLS without content. Each is
 * cheap for its sender and costs us a step of a parser, so large amounts would stop the signalling of all. Trusted peers have no limit.
 */
export class Overhead {
  readonly #stranger: Bucket
  readonly #known: Bucket

  constructor(
    { stranger, known }: OverheadLimits,
    now: number,
    /** Called only when the limit of strangers is exceeded. */
    private readonly sender: () => Sender,
  ) {
    this.#stranger = new Bucket(stranger, now)
    this.#known = new Bucket(known, now)
  }

  /** False: this many further bytes are too many. */
  takes(bytes: number, now: number): boolean {
    if (bytes <= 0) return true
    const isFewForKnown = this.#known.take(now, bytes)
    if (this.#stranger.take(now, bytes)) return true
    const sender = this.sender()
    return sender === 'trusted' || (sender === 'known' && isFewForKnown)
  }
}
