import type { Clock } from '../../foundation/clock.js'

/** Addresses that are remembered. */
const mostRemembered = 10_000

interface Rate {
  readonly burst: number
  readonly perSecond: number
}

/** Answers to strangers: to each address, and to all of them together, since a sender's address is easily forged. */
const perAddress: Rate = { burst: 10, perSecond: 2 }
const together: Rate = { burst: 400, perSecond: 200 }

/** Token buckets, one per address and one for all; when there are too many addresses, the one that has been there longest is forgotten. */
export class StrangerLimit {
  readonly #buckets = new Map<string, Bucket>()
  readonly #all: Bucket

  constructor(private readonly clock: Clock) {
    this.#all = new Bucket(together, clock.monotonic())
  }

  /** Whether this address gets one more answer. */
  allows(host: string): boolean {
    const now = this.clock.monotonic()
    return (this.#buckets.get(host) ?? this.#open(host, now)).take(now) && this.#all.take(now)
  }

  #open(host: string, now: number): Bucket {
    if (this.#buckets.size >= mostRemembered) for (const [oldest] of this.#buckets) if (this.#buckets.delete(oldest)) break
    const bucket = new Bucket(perAddress, now)
    this.#buckets.set(host, bucket)
    return bucket
  }
}

class Bucket {
  #tokens: number

  constructor(
    private readonly rate: Rate,
    private at: number,
  ) {
    this.#tokens = rate.burst
  }

  take(now: number): boolean {
    const { burst, perSecond } = this.rate
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.at) / 1000) * perSecond)
    this.at = now
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }
}
