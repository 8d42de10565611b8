import { BlockList, isIP } from 'node:net'
import { mappedIPv4 } from '../message/ipv6.js'

/** Looked-up addresses that are remembered; a flood of new ones begins afresh. */
const mostRemembered = 10_000
/** Bits of an IPv4-mapped IPv6 address before the IPv4 address (RFC 4291 §2.5.5.2). */
const mappedBits = 96

/**
 * IP addresses and CIDR blocks. An IPv4-mapped IPv6 address is the IPv4 address, and no other IPv6 block holds an IPv4 address: `::/8` would
 * hold each of them. Entries that are no address or block are told by the config; here they match nothing.
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
