import type { Clock } from '../../foundation/clock.js'
import { networkAt } from '../message/ipv6.js'

/** How many addresses are remembered. */
const mostRemembered = 10_000

export interface Rate {
  readonly burst: number
  readonly perSecond: number
}

/**
 * What a stranger's request costs, besides the response. `stateless`: nothing remains. `open`: anybody is answered, so nothing but this limits it;
 * nothing remains either. `proven`: the sender has read a response from us, so its address is not forged; a transaction keeps our answer for 32 s,
 * and the answer is about as long as the request.
 */
export type StrangerCost = 'stateless' | 'open' | 'proven'

/** The limit of responses to the strangers at one address. */
const perAddress: Rate = { burst: 10, perSecond: 2 }
/**
 * The limits of responses to all strangers together, because sender addresses are easily forged. A response without a transaction
 * costs about 0.1 ms and no memory, and a low limit would lock out new phones. What is open to all has a limit of its own, so that it does not use up
 * that of phones that register. (docs/decisions/043-floods-and-rooms.md)
 */
const together: Readonly<Record<Exclude<StrangerCost, 'proven'>, Rate>> = {
  stateless: { burst: 4_000, perSecond: 4_000 },
  open: { burst: 400, perSecond: 200 },
}
/** Of what one kept request counts as one, in bytes. A REGISTER with credentials has some 1,000. */
const keptBytes = 4 * 1024
/** For each address that showed a password: OPTIONS, in requests; and what a transaction keeps before its password is looked at, in bytes. */
const knownOpen: Rate = { burst: 400, perSecond: 200 }
const knownKept: Rate = { burst: 16 * 1024 * 1024, perSecond: 1024 * 1024 }

/** Token buckets: one per address and two for all strangers. */
export class StrangerLimit {
  readonly #ofNetworks: Buckets
  readonly #all: Readonly<Record<Exclude<StrangerCost, 'proven'>, Bucket>>

  constructor(private readonly clock: Clock) {
    const now = clock.monotonic()
    this.#ofNetworks = new Buckets(clock, perAddress)
    this.#all = { stateless: new Bucket(together.stateless, now), open: new Bucket(together.open, now) }
  }

  /** Whether this address gets one more response. `size`: of the request, in bytes. */
  allows(host: string, cost: StrangerCost, size: number): boolean {
    const network = networkAt(host, 64)
    if (cost === 'proven') return this.#ofNetworks.take(network, Math.max(1, Math.ceil(size / keptBytes)))
    return this.#ofNetworks.take(network) && this.#all[cost].take(this.clock.monotonic())
  }
}

/**
 * The limits for each address from which a right password came. What costs nothing but its answer has none, since others can forge the address and
 * would keep its phones out.
 */
export class KnownLimit {
  readonly #opens: Buckets
  readonly #kept: Buckets

  constructor(clock: Clock) {
    this.#opens = new Buckets(clock, knownOpen)
    this.#kept = new Buckets(clock, knownKept)
  }

  allows(host: string, cost: StrangerCost, size: number): boolean {
    if (cost === 'stateless') return true
    const network = networkAt(host, 64)
    return cost === 'open' ? this.#opens.take(network) : this.#kept.take(network, size)
  }
}

/** Token buckets, one per name. If there are too many, the oldest is dropped. */
export class Buckets {
  readonly #buckets = new Map<string, Bucket>()

  constructor(
    private readonly clock: Pick<Clock, 'monotonic'>,
    private readonly rate: Rate,
  ) {}

  /** Takes the cost from the bucket. False: not enough is left. */
  take(name: string, cost = 1): boolean {
    const now = this.clock.monotonic()
    return (this.#buckets.get(name) ?? this.#open(name, now)).take(now, cost)
  }

  /** Takes the cost in any case, also of what is not left; a negative one is given back. */
  charge(name: string, cost: number): void {
    const now = this.clock.monotonic()
    ;(this.#buckets.get(name) ?? this.#open(name, now)).charge(now, cost)
  }

  /** Whether one more could be taken. */
  has(name: string): boolean {
    return this.#buckets.get(name)?.take(this.clock.monotonic(), 0) !== false
  }

  #open(name: string, now: number): Bucket {
    if (this.#buckets.size >= mostRemembered) for (const [oldest] of this.#buckets) if (this.#buckets.delete(oldest)) break
    const bucket = new Bucket(this.rate, now)
    this.#buckets.set(name, bucket)
    return bucket
  }
}

/** A token bucket. */
export class Bucket {
  #tokens: number

  constructor(
    private readonly rate: Rate,
    private at: number,
  ) {
    this.#tokens = rate.burst
  }

  /** At least one token must be left, even for a cost of 0. */
  take(now: number, cost = 1): boolean {
    this.#fill(now)
    if (this.#tokens < Math.max(1, cost)) return false
    this.#tokens -= cost
    return true
  }

  /** At most as much is owed as there may be. */
  charge(now: number, cost: number): void {
    this.#fill(now)
    const { burst } = this.rate
    this.#tokens = Math.max(-burst, Math.min(burst, this.#tokens - cost))
  }

  #fill(now: number): void {
    const { burst, perSecond } = this.rate
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.at) / 1000) * perSecond)
    this.at = now
  }
}
