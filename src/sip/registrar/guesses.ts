import type { Clock } from '../../foundation/clock.js'
import { networkAt } from '../message/ipv6.js'

/**
 * How many wrong passwords a source may send for one account before it is slowed, and how long it then waits for each further
 * one.
 */
const burst = 5
export const secondsPerGuess = 10
/** How many wrong passwords a source may send for all accounts together. Many users may share an address. */
const burstOfSource = 20
/** How many sources, and pairs of source and account, are remembered. Beyond that, the oldest is dropped. */
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
  readonly #right = new Set<string>()
  readonly #rightSources = new Set<string>()

  constructor(private readonly clock: Pick<Clock, 'monotonic'>) {}

  /** True: the next password is not even checked. */
  isSlowed(host: string, account: string): boolean {
    const pair = pairOf(host, account)
    if (this.#left(pair, burst) < 1) return true
    return !this.#right.has(pair) && this.#left(sourceOf(host), burstOfSource) < 1
  }

  failed(host: string, account: string): void {
    const pair = pairOf(host, account)
    this.#take(pair, burst)
    if (!this.#right.has(pair)) this.#take(sourceOf(host), burstOfSource)
    forgetFirst(this.#buckets)
  }

  /** The password was right, now or before a restart. */
  succeeded(host: string, account: string): void {
    remember(this.#right, pairOf(host, account))
    remember(this.#rightSources, host)
  }

  /** Whether any password was right from there. */
  knows(host: string): boolean {
    return this.#rightSources.has(host)
  }

  #take(key: string, most: number): void {
    const left = Math.max(0, this.#left(key, most) - 1)
    this.#buckets.delete(key)
    this.#buckets.set(key, { left, at: this.clock.monotonic() })
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
const pairOf = (host: string, account: string): string => `${networkAt(host, 64)} ${account.slice(0, 256)}`

function remember(set: Set<string>, key: string): void {
  set.delete(key)
  set.add(key)
  forgetFirst(set)
}

function forgetFirst(kept: { readonly size: number; keys(): IterableIterator<string>; delete(key: string): boolean }): void {
  for (const first of kept.keys()) {
    if (kept.size <= mostRemembered) return
    kept.delete(first)
  }
}
