import { BlockList, isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { Clock } from '../foundation/clock.js'
import type { Writer } from '../legs/body.js'
import type { Vouching } from './rtp/latch.js'
import { unspecified, type Endpoint } from './sdp.js'

interface EvidenceOptions {
  /** Whether this IP address currently belongs to a trusted peer. */
  readonly trusts: (address: string) => boolean
  /** The ports of our SIP listeners. */
  readonly sipPorts: readonly number[]
  readonly mediaPorts: { readonly first: number; readonly last: number }
  /** The address of the first listener, and `sip.advertise`. */
  readonly addresses: readonly string[]
  readonly clock: Pick<Clock, 'monotonic'>
  /** The addresses of the machine now. */
  readonly machine?: () => readonly string[]
}

/** How long the list of the machine's addresses is used before it is read again, in ms. */
const machineForMs = 5_000

/** Addresses that mean this machine wherever they are used: loopback, and "this network", which Linux delivers locally (RFC 6890). */
const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8)
loopback.addSubnet('0.0.0.0', 8)
loopback.addAddress('::1', 'ipv6')
loopback.addAddress('::', 'ipv6')

/** Link-local addresses: the same address may be another host on another network. */
const linkLocal = new BlockList()
linkLocal.addSubnet('169.254.0.0', 16)
linkLocal.addSubnet('fe80::', 10, 'ipv6')

/**
 * The evidence for an address in a description before a packet came from it (docs/decisions/059). Addresses of this machine and of its
 * own links are accepted only if the writer's signalling comes from there too. Another writer might name them to reach services that it
 * can't reach itself.
 */
export class Evidence {
  /** The machine's addresses, and when they were read, in ms of monotonic time. */
  #machine: { readonly addresses: BlockList; readonly at: number } | undefined
  /** The addresses on which we listen or are reached. */
  readonly #ours: BlockList

  constructor(private readonly options: EvidenceOptions) {
    this.#ours = listOf(options.addresses)
  }

  vouch({ address, port }: Endpoint, { source, proxied, ours }: Writer): Vouching {
    if (ours) return { known: true }
    const trusted = source !== undefined && this.options.trusts(source)
    const said = source === undefined ? {} : { signaling: source, trusted }
    const place = this.#place({ address, port }, proxied ? undefined : source, trusted)
    if (place !== 'elsewhere') return { known: place === 'theirs', ...said, ...(place === 'withheld' && { withheld: true }) }
    return { known: address === source || this.options.trusts(address), ...said }
  }

  /** `source` is undefined for descriptions that may have come through a proxy. */
  #place({ address, port }: Endpoint, source: string | undefined, trusted: boolean): Place {
    if (unspecified.has(address)) return 'elsewhere'
    const asked: Asked = { address, port, trusted, source, isFromHere: source !== undefined && this.#isHere(source) }
    const isHere = this.#isHere(address)
    if ((isHere || isIn(this.#ours, address) || this.options.addresses.includes(address)) && this.#isOurs(port))
      return this.#atOurPort(asked)
    return isHere ? this.#atMachine(asked) : this.#elsewhere(asked)
  }

  /** The address has our SIP port or one of our media ports. A PBX that carries no media may send our own description back to us. */
  #atOurPort({ address, port, trusted, isFromHere }: Asked): Place {
    if (this.options.sipPorts.includes(port) || !trusted) return 'withheld'
    return isFromHere || !isIn(loopback, address) ? 'unproven' : 'withheld'
  }

  #atMachine({ address, trusted, isFromHere }: Asked): Place {
    // An address of 127.0.0.0/8 that no interface has gets the first seconds, like an address of another host.
    if (isFromHere) return this.#isOwn(address) ? 'theirs' : 'elsewhere'
    return trusted && !isIn(loopback, address) ? 'unproven' : 'withheld'
  }

  #elsewhere({ address, source, isFromHere }: Asked): Place {
    if (!isIn(linkLocal, address) || this.options.trusts(address) || isFromHere) return 'elsewhere'
    return source !== undefined && isIn(linkLocal, source) ? 'elsewhere' : 'withheld'
  }

  #isOurs(port: number): boolean {
    const { sipPorts, mediaPorts } = this.options
    return sipPorts.includes(port) || (port >= mediaPorts.first && port <= mediaPorts.last)
  }

  #isHere(address: string): boolean {
    return isIn(loopback, address) || this.#isOwn(address)
  }

  #isOwn(address: string): boolean {
    const now = this.options.clock.monotonic()
    if (!this.#machine || now - this.#machine.at >= machineForMs) {
      const machine = this.options.machine ?? addressesOfMachine
      this.#machine = { addresses: listOf(machine()), at: now }
    }
    return isIn(this.#machine.addresses, address)
  }
}

/** The owner of an address. `unproven`: not known, but it may get the first seconds. `elsewhere`: the rules for other hosts apply. */
type Place = 'theirs' | 'unproven' | 'withheld' | 'elsewhere'

/** The address in a description, and the writer of the description. */
interface Asked extends Endpoint {
  readonly source: string | undefined
  readonly trusted: boolean
  readonly isFromHere: boolean
}

const addressesOfMachine = (): readonly string[] =>
  Object.values(networkInterfaces()).flatMap(addresses => addresses?.map(({ address }) => address) ?? [])

/** Addresses have many spellings, so the list compares them as numbers. Names are left out. */
function listOf(addresses: readonly string[]): BlockList {
  const list = new BlockList()
  for (const address of addresses) {
    const bare = withoutZone(address)
    const family = isIP(bare)
    if (family !== 0) list.addAddress(bare, family === 6 ? 'ipv6' : 'ipv4')
  }
  return list
}

const withoutZone = (address: string): string => address.replace(/%.*/s, '')

/** For an IPv4-mapped IPv6 address, which a dual-stack socket reaches, the IPv4 address counts. */
function isIn(list: BlockList, address: string): boolean {
  const bare = withoutZone(address)
  const family = isIP(bare)
  return family !== 0 && list.check(bare, family === 6 ? 'ipv6' : 'ipv4')
}
