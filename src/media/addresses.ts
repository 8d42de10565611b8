import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { Clock } from '../foundation/clock.js'
import type { Instant } from '../foundation/time.js'

/** Milliseconds. Reading the interfaces takes system calls, and hundreds of calls may come in this time. */
const readAgainAfter = 1_000

/**
 * The addresses by which others reach a socket bound to `address`. They are read again and again, because interfaces come and go while
 * the server runs: a VPN, or a network that comes up late.
 */
export class ReachableAddresses {
  #read: { readonly at: Instant; readonly addresses: readonly string[] } | undefined

  constructor(
    private readonly address: string,
    private readonly family: 4 | 6,
    private readonly clock: Pick<Clock, 'now'>,
    private readonly interfaces: Interfaces = networkInterfaces,
  ) {}

  /** What is wrong with the addresses, in words for an admin. `elsewhere`: how many browser legs use an address that is gone. */
  troubles(elsewhere: number): readonly string[] {
    return addressTroubles(this.now(), isUnspecified(this.address), elsewhere)
  }

  /** The addresses now: at least one, the likeliest first. */
  now(): readonly [string, ...string[]] {
    const at = this.clock.now()
    if (!this.#read || at - this.#read.at >= readAgainAfter)
      this.#read = { at, addresses: reachableAt(this.address, this.family, this.interfaces) }
    const [first = this.address, ...others] = this.#read.addresses
    return [first, ...others]
  }
}

/** The address that the descriptions of one session name. */
export class NamedAddress {
  #named: string | undefined

  /** `reachable`: the addresses by which others reach us now, at least one, the likeliest first. */
  constructor(private readonly reachable: () => readonly string[]) {}

  /** The address for the next description. It stays the same while the machine has it, even if other interfaces come up. */
  next(): string {
    const [likeliest = ''] = this.reachable()
    if (this.#named === undefined || this.isGone) this.#named = likeliest
    return this.#named
  }

  /** The address in the last description. */
  get current(): string {
    return this.#named ?? this.next()
  }

  /** The machine no longer has the address that was named last. */
  get isGone(): boolean {
    return this.#named !== undefined && !this.reachable().includes(this.#named)
  }
}

/** What is wrong with these addresses, for the server's health page. */
function addressTroubles(reachable: readonly string[], isBoundToAll: boolean, elsewhere: number): readonly string[] {
  const isAlone = isBoundToAll && reachable.every(address => isLoopback(address) || isUnspecified(address))
  return [
    ...(isAlone ? ['media: this machine has only loopback addresses, so callers elsewhere have no sound'] : []),
    ...(elsewhere > 0
      ? [
          `media: the network of this machine has changed, and ${elsewhere} browser leg${elsewhere === 1 ? ' uses' : 's use'} an address of before: without sound until the browser reconnects`,
        ]
      : []),
  ]
}

const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1'
const isUnspecified = (address: string): boolean => address === '0.0.0.0' || address === '::'

type Interfaces = () => ReturnType<typeof networkInterfaces>

/** The addresses by which others reach a socket bound to `address`, the likeliest first. Loopback only if there are no others. */
function reachableAt(address: string, family: 4 | 6, interfaces: Interfaces): readonly string[] {
  if (!isUnspecified(address)) return [address]
  const all = Object.values(interfaces()).flatMap(addresses => addresses ?? [])
  const usable = all.filter(({ family: its, address: own }) => its === `IPv${family}` && !own.startsWith('fe80'))
  const outward = usable.filter(({ internal }) => !internal)
  const named = (outward.length > 0 ? outward : usable).map(({ address: own }) => own)
  return named.length > 0 ? named : [address]
}

/** The network that limits count an address for. IPv6: its /48, the usual size of one customer. IPv4: the address itself. */
export const networkOf = (address: string): string =>
  isIP(address) === 6 ? addressBytes(address).subarray(0, 6).toString('hex') : address

/** The address as four bytes (IPv4) or sixteen (IPv6). */
export function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number))
  const [plain = ''] = address.split('%')
  const [before = '', after] = plain.split('::')
  const [left, right] = [before, after ?? ''].map(groupsOf)
  const zeros = Array<number>(Math.max(0, 8 - (left?.length ?? 0) - (right?.length ?? 0))).fill(0)
  const bytes = Buffer.alloc(16)
  for (const [index, group] of [...(left ?? []), ...zeros, ...(right ?? [])].slice(0, 8).entries())
    bytes.writeUInt16BE(group, 2 * index)
  return bytes
}

const groupsOf = (text: string): number[] => (text === '' ? [] : text.split(':').map(group => parseInt(group, 16)))
