import type { Clock } from '../../foundation/clock.js'

/** Wrong passwords that pass unslowed, and how often another one does after them. */
const burst = 5
export const secondsPerGuess = 10
/** Addresses and accounts that are remembered; past it the one that has been there longest is forgotten. */
const mostRemembered = 10_000

interface Bucket {
  readonly left: number
  readonly at: number
}

/**
 * Slows whoever guesses passwords: by the address they come from and by the account they try, known or not. A phone that had the right
 * password before from that address has an allowance of its own, so that nobody can shut it out by guessing.
 */
export class Guesses {
  readonly #buckets = new Map<string, Bucket>()
  readonly #good = new Set<string>()
  readonly #goodHosts = new Set<string>()

  constructor(private readonly clock: Pick<Clock, 'monotonic'>) {}

  /** True: the next guess is not even looked at. */
  isSlowed(host: string, account: string): boolean {
    const pair = pairOf(host, account)
    if (this.#good.has(pair)) return this.#left(pair) < 1
    return this.#left(host) < 1 || this.#left(nameOf(account)) < 1
  }

  failed(host: string, account: string): void {
    const pair = pairOf(host, account)
    for (const key of this.#good.has(pair) ? [pair] : [host, nameOf(account)]) {
      const left = Math.max(0, this.#left(key) - 1)
      this.#buckets.delete(key)
      this.#buckets.set(key, { left, at: this.clock.monotonic() })
    }
    forgetFirst(this.#buckets)
  }

  succeeded(host: string, account: string): void {
    remember(this.#good, pairOf(host, account))
    remember(this.#goodHosts, host)
  }

  /** Whether somebody had the right password from there. */
  knows(host: string): boolean {
    return this.#goodHosts.has(host)
  }

  #left(key: string): number {
    const bucket = this.#buckets.get(key)
    if (!bucket) return burst
    return Math.min(burst, bucket.left + (this.clock.monotonic() - bucket.at) / (secondsPerGuess * 1000))
  }
}

/** Apart from each other and from addresses, which hold no space. */
const nameOf = (account: string): string => ` ${account.slice(0, 256)}`
const pairOf = (host: string, account: string): string => `${host}${nameOf(account)}`

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
