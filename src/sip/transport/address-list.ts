import { BlockList, isIP } from 'node:net'
import { mappedIPv4 } from '../message/ipv6.js'

/** How many look-ups are cached. When the cache is full, it starts again empty. */
const mostRemembered = 10_000
/** The number of bits before the IPv4 address in an IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2). */
const mappedBits = 96

/**
 * IP addresses and CIDR blocks. An IPv4-mapped IPv6 address counts as its IPv4 address. No other IPv6 block contains an IPv4
 * address; otherwise `::/8` would contain all of them. The config reports malformed entries; here they match nothing.
 */
export class AddressList {
  readonly #lists = { 4: new BlockList(), 6: new BlockList() } as const
  readonly #known = new Map<string, boolean>()

  constructor(entries: readonly string[]) {
    for (const entry of entries) this.#add(entry)
  }

  includes(host: string): boolean {
    const known = this.#known.get(host)
    if (known !== undefined) return known
    if (this.#known.size >= mostRemembered) this.#known.clear()
    const address = mappedIPv4(host) ?? host
    const family = isIP(address)
    const included =
      (family === 4 && this.#lists[4].check(address, 'ipv4')) || (family === 6 && this.#lists[6].check(address, 'ipv6'))
    this.#known.set(host, included)
    return included
  }

  #add(entry: string): void {
    const [text = '', prefix] = entry.split('/')
    const mapped = mappedIPv4(text)
    const address = mapped ?? text
    const family = isIP(address)
    const whole = family === 4 ? 32 : 128
    const bits = prefix === undefined ? whole : Number(prefix) - (mapped === undefined ? 0 : mappedBits)
    if (!Number.isInteger(bits) || bits < 0 || bits > whole) return
    if (family === 4) this.#lists[4].addSubnet(address, bits, 'ipv4')
    else if (family === 6) this.#lists[6].addSubnet(address, bits, 'ipv6')
  }
}
