import type { Clock } from '../../foundation/clock.js'
import { networkAt } from '../message/ipv6.js'

/** How many addresses are remembered. */
const mostRemembered = 10_000

export interface Rate {
  readonly burst: number
  readonly perSecond: number
}

/**
 * The cost of a stranger's request besides the response. `stateless`: nothing remains. `open`: anybody gets a response, so this is the only limit;
 * nothing remains either. `proven`: the sender has read a response from us, so its address is not forged; a transaction keeps our response for
 * 32 s, and the response is about as long as the request.
 */
export type StrangerCost = 'stateless' | 'open' | 'proven'

/** The limit of responses to the strangers at one address. */
const perAddress: Rate = { burst: 10, perSecond: 2 }
/**
 * The limits of responses to all strangers together, because sender addresses are easily forged. A response without a transaction
 * costs about 0.1 ms and no memory, and a low limit would lock out new phones. Requests that are open to all have a limit of their own, so that
 * they do not use up that of phones that register (docs/decisions/043-floods-and-rooms.md).
 */
const together: Readonly<Record<Exclude<StrangerCost, 'proven'>, Rate>> = {
  stateless: { burst: 4_000, perSecond: 4_000 },
  open: { burst: 400, perSecond: 200 },
}
/** Bytes of a kept request that count as one request. A REGISTER with credentials has about 1,000. */
const keptBytes = 4 * 1024
/** In bytes: what the transactions of all strangers keep for 32 s, and those of all known addresses, however many addresses they have. */
const strangersKept: Rate = { burst: 8 * 1024 * 1024, perSecond: 1024 * 1024 }
const allKnownKept: Rate = { burst: 16 * 1024 * 1024, perSecond: 2 * 1024 * 1024 }
/** For each address that showed a password: OPTIONS, in requests, and the memory of transactions before the password is checked, in bytes. */
const knownOpen: Rate = { burst: 400, perSecond: 200 }
const knownKept: Rate = { burst: 4 * 1024 * 1024, perSecond: 256 * 1024 }

/** Token buckets: one per address and two for all strangers. */
export class StrangerLimit {
  readonly #ofNetworks: Buckets
  readonly #all: Readonly<Record<Exclude<StrangerCost, 'proven'>, Bucket>>
  readonly #kept: Bucket

  constructor(private readonly clock: Clock) {
    const now = clock.monotonic()
    this.#ofNetworks = new Buckets(clock, perAddress)
    this.#kept = new Bucket(strangersKept, now)
    this.#all = { stateless: new Bucket(together.stateless, now), open: new Bucket(together.open, now) }
  }

  /** Whether this address gets one more response. `size`: that of the request, in bytes. */
  allows(host: string, cost: StrangerCost, size: number): boolean {
    const network = networkAt(host, 64)
    if (cost === 'proven') {
      const ofNetwork = this.#ofNetworks.take(network, Math.max(1, Math.ceil(size / keptBytes)))
      return ofNetwork && this.#kept.take(this.clock.monotonic(), size)
    }
    return this.#ofNetworks.take(network) && this.#all[cost].take(this.clock.monotonic())
  }
}

/**
 * The limits for each address from which a right password came. Requests that cost only their response have no limit, because others could
 * forge the address and lock its phones out.
 */
export class KnownLimit {
  readonly #opens: Buckets
  readonly #kept: Buckets
  readonly #keptTogether: Bucket

  constructor(private readonly clock: Clock) {
    this.#opens = new Buckets(clock, knownOpen)
    this.#kept = new Buckets(clock, knownKept)
    this.#keptTogether = new Bucket(allKnownKept, clock.monotonic())
  }

  allows(host: string, cost: StrangerCost, size: number): boolean {
    if (cost === 'stateless') return true
    const network = networkAt(host, 64)
    if (cost === 'open') return this.#opens.take(network)
    return this.#kept.take(network, size) && this.#keptTogether.take(this.clock.monotonic(), size)
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
    return this.#of(name, now).take(now, cost)
  }

  /** Takes the cost in any case, even if it exceeds what is left. A negative cost is given back. */
  charge(name: string, cost: number): void {
    const now = this.clock.monotonic()
    this.#of(name, now).charge(now, cost)
  }

  /** Whether one more could be taken. */
  has(name: string): boolean {
    return this.#buckets.get(shortened(name))?.take(this.clock.monotonic(), 0) !== false
  }

  #of(name: string, now: number): Bucket {
    const key = shortened(name)
    return this.#buckets.get(key) ?? this.#open(key, now)
  }

  #open(name: string, now: number): Bucket {
    if (this.#buckets.size >= mostRemembered) for (const [oldest] of this.#buckets) if (this.#buckets.delete(oldest)) break
    const bucket = new Bucket(this.rate, now)
    // A copy: the name may be a piece of a datagram's text, all of which it would keep in memory.
    this.#buckets.set(Buffer.from(name).toString(), bucket)
    return bucket
  }
}

/** Names come from outside and may have any length. */
const longestName = 256
const shortened = (name: string): string => (name.length > longestName ? name.slice(0, longestName) : name)

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

  /** The debt is limited to the size of the bucket. */
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
