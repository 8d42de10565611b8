import { detached } from '../../foundation/detached.js'
import type { Clock } from '../../foundation/clock.js'
import { networkAt } from '../message/ipv6.js'
import { RightPlaces } from './right-places.js'

/**
 * How many wrong passwords a source may send for one account before it is slowed, and how long it then waits for each further
 * one.
 */
const burst = 5
export const secondsPerGuess = 10
/** How many wrong passwords a source may send for all accounts together. Many users may share an address. */
const burstOfSource = 20
/** How many sources, and pairs of source and account, are counted. Beyond that, the oldest is dropped. */
const mostRemembered = 10_000

interface Bucket {
  readonly left: number
  readonly at: number
}

/**
 * Slows down password guessing by source: for each source and account, and for each source. There is no limit per account alone,
 * because then anybody could lock out its owner. A source from which an account's password was right has its own limit for that
 * account, which guesses at other accounts do not use up. (docs/decisions/027-who-may-register-from-where.md)
 */
export class Guesses {
  readonly #buckets = new Map<string, Bucket>()
  readonly #right = new RightPlaces()

  constructor(private readonly clock: Pick<Clock, 'monotonic'>) {}

  /**
   * True: the next password is not even checked. `unsureBehind`: the proxy that passed on the guess, if the guesser may have
   * written `host` itself. Then all places behind that proxy where the account's password was never right also count together.
   */
  isSlowed(host: string, account: string, unsureBehind?: string): boolean {
    if (this.#left(pairOf(host, account), burst) < 1) return true
    if (this.#right.has(host, shortened(account))) return false
    return sharedBy(host, account, unsureBehind).some(key => this.#left(key, burstOfSource) < 1)
  }

  failed(host: string, account: string, unsureBehind?: string): void {
    this.#take(pairOf(host, account), burst)
    if (!this.#right.has(host, shortened(account)))
      for (const key of sharedBy(host, account, unsureBehind)) this.#take(key, burstOfSource)
    forgetFirst(this.#buckets)
  }

  /** The password was right, now or before a restart. */
  succeeded(host: string, account: string): void {
    this.#right.add(host, shortened(account))
  }

  /** Whether this account's password was right from there. */
  hasProven(host: string, account: string): boolean {
    return this.#right.has(host, shortened(account))
  }

  /** Whether any password was right from there. */
  knows(host: string): boolean {
    return this.#right.includes(host)
  }

  #take(key: string, most: number): void {
    const left = Math.max(0, this.#left(key, most) - 1)
    this.#buckets.delete(key)
    this.#buckets.set(detached(key), { left, at: this.clock.monotonic() })
  }

  #left(key: string, most: number): number {
    const bucket = this.#buckets.get(key)
    if (!bucket) return most
    return Math.min(most, bucket.left + (this.clock.monotonic() - bucket.at) / (secondsPerGuess * 1000))
  }
}

/** The network that counts as one guesser. The holder of one IPv6 address has a whole network, at most a site's /48. */
export const sourceOf = (host: string): string => networkAt(host, 48)
/** A person's own network is a /64. The space separates source and account, because no source contains one. */
const pairOf = (host: string, account: string): string => `${networkAt(host, 64)} ${shortened(account)}`
/** The limits that a guess shares with guesses at other accounts, or from other places. */
const sharedBy = (host: string, account: string, unsureBehind?: string): string[] => [
  sourceOf(host),
  ...(unsureBehind === undefined ? [] : [`behind ${pairOf(unsureBehind, account)}`]),
]
const shortened = (account: string): string => account.slice(0, 256)

function forgetFirst(kept: { readonly size: number; keys(): IterableIterator<string>; delete(key: string): boolean }): void {
  for (const first of kept.keys()) {
    if (kept.size <= mostRemembered) return
    kept.delete(first)
  }
}
