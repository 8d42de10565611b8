import { Bucket, type Rate } from './peers.js'

/** Whose connection it is: a trusted peer's, that of somebody who showed a password or was called by us, or a stranger's. */
export type Sender = 'trusted' | 'known' | 'stranger'

/** In bytes. */
export interface OverheadLimits {
  readonly stranger: Rate
  readonly known: Rate
}

/**
 * What one peer may send besides SIP messages: line breaks, pings, heads of frames, messages that can't be read, and TLS without content. Each of
 * them is cheap for its sender and costs us a step of a parser, so a peer that sends much of it would stop the signalling of all. Trusted peers
 * have no limit.
 */
export class Overhead {
  readonly #stranger: Bucket
  readonly #known: Bucket

  constructor(
    { stranger, known }: OverheadLimits,
    now: number,
    /** Only asked when a stranger would be past the limit. */
    private readonly sender: () => Sender,
  ) {
    this.#stranger = new Bucket(stranger, now)
    this.#known = new Bucket(known, now)
  }

  /** False: so many bytes more are too many. */
  takes(bytes: number, now: number): boolean {
    if (bytes <= 0) return true
    const isFewForKnown = this.#known.take(now, bytes)
    if (this.#stranger.take(now, bytes)) return true
    const sender = this.sender()
    return sender === 'trusted' || (sender === 'known' && isFewForKnown)
  }
}
