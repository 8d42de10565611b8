import type { Endpoint } from '../sdp.js'

/**
 * Where to send: to where packets come from, as callers behind address translation do not know their own address (symmetric RTP, RFC 4961).
 * The first source is followed, and left only for the negotiated address itself: a stranger who comes later, or first, can't keep the stream.
 */
export class Latch {
  #source: Endpoint | undefined

  constructor(private readonly negotiated: Endpoint) {}

  /** Whether what comes from there counts. */
  admits(source: Endpoint): boolean {
    if (this.#source && same(source, this.#source)) return true
    if (this.#source && !same(source, this.negotiated)) return false
    this.#source = { address: source.address, port: source.port }
    return true
  }

  get target(): Endpoint {
    return this.#source ?? this.negotiated
  }

  /** For the same negotiated address what was learnt stays. */
  follows(endpoint: Endpoint): boolean {
    return same(endpoint, this.negotiated)
  }
}

const same = (a: Endpoint, b: Endpoint): boolean => a.port === b.port && a.address === b.address
