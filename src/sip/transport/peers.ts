import { BlockList, isIP, isIPv6 } from 'node:net'
import type { Clock } from '../../foundation/clock.js'

/** Looked-up addresses that are remembered; a flood of new ones begins afresh. */
const mostRemembered = 10_000

/** Who may call: IP addresses and CIDR blocks, IPv4-mapped IPv6 addresses counted as IPv4. */
export class TrustedPeers {
  readonly #list = new BlockList()
  readonly #known = new Map<string, boolean>()

  /** Entries that are no address or block are told by the config; here they match nothing. */
  constructor(peers: readonly string[]) {
    for (const peer of peers) {
      const [address = '', prefix] = peer.split('/')
      const family = isIPv6(address) ? 'ipv6' : 'ipv4'
      if (isIP(address) === 0) continue
      if (prefix === undefined) this.#list.addAddress(address, family)
      else this.#list.addSubnet(address, Number(prefix), family)
    }
  }

  includes(host: string): boolean {
    const known = this.#known.get(host)
    if (known !== undefined) return known
    if (this.#known.size >= mostRemembered) this.#known.clear()
    const trusted = isIP(host) > 0 && this.#list.check(host, isIPv6(host) ? 'ipv6' : 'ipv4')
    this.#known.set(host, trusted)
    return trusted
  }
}

interface Bucket {
  tokens: number
  at: number
}

/** Answers to strangers: ten at once, then two a second per address. */
const burst = 10
const perSecond = 2

/** A token bucket per address; when there are too many addresses, the one that has been there longest is forgotten. */
export class StrangerLimit {
  readonly #buckets = new Map<string, Bucket>()

  constructor(private readonly clock: Clock) {}

  /** Whether this address gets one more answer. */
  allows(host: string): boolean {
    const now = this.clock.monotonic()
    const bucket = this.#buckets.get(host) ?? this.#open(host, now)
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) / 1000) * perSecond)
    bucket.at = now
    if (bucket.tokens < 1) return false
    bucket.tokens -= 1
    return true
  }

  #open(host: string, now: number): Bucket {
    if (this.#buckets.size >= mostRemembered) for (const [oldest] of this.#buckets) if (this.#buckets.delete(oldest)) break
    const bucket = { tokens: burst, at: now }
    this.#buckets.set(host, bucket)
    return bucket
  }
}
