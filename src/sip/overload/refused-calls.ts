import type { Clock } from '../../foundation/clock.js'

/** The most calls that are remembered: a power of two. One call takes 12 bytes. */
const most = 2 ** 17
/** In ms: how long a request may be retransmitted (64*T1, RFC 3261 §17.1.1.2). */
const kept = 32_000
/** FNV-1a, 32 bits. */
const fnvPrime = 0x01000193

/**
 * The calls that were refused lately. Their retransmissions are refused too, because the sender may have seen the refusal and given up the call.
 * The table has a fixed size, and a later call may displace an earlier one. Calls are known by a hash with a secret start.
 */
export class RefusedCalls {
  #hashes: Int32Array | undefined
  #times: Float64Array | undefined
  #lastAt = -Infinity

  constructor(
    private readonly clock: Pick<Clock, 'monotonic'>,
    private readonly secret: number,
  ) {}

  /** Whether a call was refused so lately that it may come again. */
  get hasAny(): boolean {
    // Asked for each message, so the clock is read only after a refusal.
    return this.#lastAt !== -Infinity && this.clock.monotonic() - this.#lastAt < kept
  }

  has(key: string): boolean {
    const hash = this.#hash(key)
    const at = hash & (most - 1)
    return this.#hashes?.[at] === hash && this.clock.monotonic() - (this.#times?.[at] ?? -Infinity) < kept
  }

  add(key: string): void {
    this.#hashes ??= new Int32Array(most)
    this.#times ??= new Float64Array(most).fill(-Infinity)
    const hash = this.#hash(key)
    const at = hash & (most - 1)
    this.#lastAt = this.clock.monotonic()
    this.#hashes[at] = hash
    this.#times[at] = this.#lastAt
  }

  #hash(key: string): number {
    let hash = this.secret | 0
    for (let at = 0; at < key.length; at += 1) hash = Math.imul(hash ^ key.charCodeAt(at), fnvPrime)
    return hash
  }
}
