import { detached } from '../../foundation/detached.js'
import type { Clock } from '../../foundation/clock.js'
import { networkAt } from '../message/ipv6.js'
import type { Hop } from './transport.js'

/** How many addresses are remembered. */
const mostRemembered = 10_000

export interface Rate {
  readonly burst: number
  readonly perSecond: number
}

/**
 * How a stranger's request is counted. Nothing of it remains in memory. `refused`: it gets a refusal. `challenged`: a REGISTER that answers no
 * challenge of ours. `proven`: one that does, so its address is not forged. `open`: anybody gets a response, so this is the only limit.
 */
export type StrangerCost = 'refused' | 'challenged' | 'proven' | 'open'

/**
 * The limits of responses to the strangers at one address. Datagrams and connections are counted separately, because the source
 * of a datagram may be forged. To delay the first REGISTER of a new phone, somebody must forge its address 50 times a second. The
 * REGISTER that answers our challenge is not delayed.
 */
const perAddress: Readonly<Record<StrangerCost, Rate>> = {
  refused: { burst: 10, perSecond: 2 },
  challenged: { burst: 100, perSecond: 50 },
  proven: { burst: 100, perSecond: 50 },
  open: { burst: 10, perSecond: 2 },
}
/**
 * The limits of responses to all strangers together, because sender addresses are easily forged. A response without a transaction
 * costs about 0.1 ms and no memory, and a low limit would lock out new phones. Requests that are open to all have a limit of their own, so that
 * they do not use up that of phones that register (docs/decisions/043-floods-and-rooms.md).
 */
const together = {
  stateless: { burst: 4_000, perSecond: 4_000 },
  open: { burst: 400, perSecond: 200 },
} as const satisfies Record<string, Rate>
/** OPTIONS of each address that showed a password. */
const knownOpen: Rate = { burst: 400, perSecond: 200 }

/** New calls of each such address that count as a known phone's while calls are refused. Behind the address of an office are many phones. */
const knownCalls: Rate = { burst: 40, perSecond: 20 }

/** Token buckets for each address, and two for all strangers. */
export class StrangerLimit {
  readonly #ofNetworks: Readonly<Record<StrangerCost, Buckets>>
  readonly #stateless: Bucket
  readonly #open: Bucket

  constructor(private readonly clock: Clock) {
    const now = clock.monotonic()
    const buckets = (cost: StrangerCost): Buckets => new Buckets(clock, perAddress[cost])
    this.#ofNetworks = {
      refused: buckets('refused'),
      challenged: buckets('challenged'),
      proven: buckets('proven'),
      open: buckets('open'),
    }
    this.#stateless = new Bucket(together.stateless, now)
    this.#open = new Bucket(together.open, now)
  }

  /** Whether this source gets one more response. */
  allows({ host, transport }: Pick<Hop, 'host' | 'transport'>, cost: StrangerCost): boolean {
    const isDatagram = transport === 'udp'
    if (!this.#ofNetworks[cost].take(`${isDatagram ? 'udp' : 'connection'} ${networkAt(host, 64)}`)) return false
    if (cost === 'open') return this.#open.take(this.clock.monotonic())
    // A connection's address is not forged, and strangers' connections have limits of their own.
    return cost === 'proven' || !isDatagram || this.#stateless.take(this.clock.monotonic())
  }
}

/**
 * The limit for each address from which a right password came. Requests that are challenged have no limit, because others could forge the
 * address and lock its phones out.
 */
export class KnownLimit {
  readonly #opens: Buckets
  readonly #calls: Buckets

  constructor(clock: Clock) {
    this.#opens = new Buckets(clock, knownOpen)
    this.#calls = new Buckets(clock, knownCalls)
  }

  allows({ host }: Pick<Hop, 'host'>, cost: StrangerCost): boolean {
    return cost !== 'open' || this.#opens.take(networkAt(host, 64))
  }

  /** Whether one more new call counts as a known phone's. The address may be forged, so a flood from it counts as a stranger's. */
  calls({ host }: Pick<Hop, 'host'>): boolean {
    return this.#calls.take(networkAt(host, 64))
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
    this.#buckets.set(detached(name), bucket)
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
