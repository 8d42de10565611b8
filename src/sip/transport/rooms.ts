import { networkAt } from '../message/ipv6.js'
import type { Link } from './link.js'

/** The limits of connections. An address here is an IPv4 address or the /64 of an IPv6 address, except for trusted peers. */
export interface RoomLimits {
  /** All connections. Default 4,096. */
  readonly connections: number
  /** The part of `connections` that is reserved for trusted peers and for connections that we open. Default 1,024. */
  readonly reserved: number
  /** Connections with one address. Default 1,024, because a load generator opens one per call. */
  readonly connectionsPerPeer: number
  /**
   * At one address from which a right password came: connections without their own password and without a registered phone.
   * Default 64.
   */
  readonly knownPerAddress: number
  /**
   * Connections of all strangers: not a trusted peer, no registered phone, and no right password from their address. Default 512.
   */
  readonly strangers: number
  /** Strangers' connections at one address. Default 32. */
  readonly strangersPerAddress: number
}

export const defaultRoomLimits: RoomLimits = {
  connections: 4_096,
  reserved: 1_024,
  connectionsPerPeer: 1_024,
  knownPerAddress: 64,
  strangers: 512,
  strangersPerAddress: 32,
}

/** Who opens a connection. `known`: a right password came from the address before. */
export type Guest = 'trusted' | 'known' | 'stranger'

/** Who has a connection. `proven`: a right password came on it. `phone`: a registered phone is reached on it. */
export type Standing = Guest | 'proven' | 'phone'

/** The connection to close for the new one, if there is no space for both. */
export type Admitted = { readonly evicted?: Link } | 'full'

/** The connections of one address, other than trusted peers'. */
class Place {
  readonly #links: Record<Exclude<Standing, 'trusted'>, Set<Link>> = {
    stranger: new Set(),
    known: new Set(),
    proven: new Set(),
    phone: new Set(),
  }

  of(standing: Exclude<Standing, 'trusted'>): Set<Link> {
    return this.#links[standing]
  }

  /** The number of connections that may be closed for others, because nobody is reached on them. */
  get guests(): number {
    return this.#links.known.size + this.#links.proven.size
  }

  get size(): number {
    return this.guests + this.#links.stranger.size + this.#links.phone.size
  }

  /** The connection that was idle for the longest time. Connections without their own password are chosen first. */
  get leastMissed(): Link | undefined {
    return idlest(this.#links.known) ?? idlest(this.#links.proven)
  }
}

/**
 * Who has a connection, and who may have one more. An account can open any number of connections and prove its password on each.
 * So only registered phones and trusted peers never lose theirs. If there is no space, the address with the most other
 * connections loses one.
 */
export class Rooms {
  readonly #standings = new Map<Link, Standing>()
  readonly #byHost = new Map<string, Set<Link>>()
  readonly #places = new Map<string, Place>()
  /** In the order of arrival. */
  readonly #strangers = new Set<Link>()

  constructor(private readonly limits: RoomLimits) {}

  get size(): number {
    return this.#standings.size
  }

  get strangers(): number {
    return this.#strangers.size
  }

  of(host: string): Iterable<Link> {
    return this.#byHost.get(host) ?? []
  }

  standing(link: Link): Standing | undefined {
    return this.#standings.get(link)
  }

  admits(host: string, guest: Guest): Admitted {
    const { connections, reserved } = this.limits
    const ofGuest = guest === 'trusted' ? this.#admitsTrusted(host) : this.#admitsOther(host, guest)
    if (ofGuest === 'full' || ofGuest.evicted) return ofGuest
    return this.size < (guest === 'trusted' ? connections : connections - reserved) ? ofGuest : evicting(this.#leastMissed())
  }

  add(link: Link, standing: Standing): void {
    const { host } = link.source
    const ofHost = this.#byHost.get(host)
    if (ofHost) ofHost.add(link)
    else this.#byHost.set(host, new Set([link]))
    this.#standings.set(link, standing)
    if (standing === 'stranger') this.#strangers.add(link)
    if (standing !== 'trusted') this.#placeOf(host).of(standing).add(link)
  }

  /** More is known now about who has this connection. */
  move(link: Link, standing: Standing): void {
    const before = this.#standings.get(link)
    if (before === undefined || before === standing) return
    this.#leave(link, before)
    this.#standings.set(link, standing)
    if (standing === 'stranger') this.#strangers.add(link)
    if (standing !== 'trusted') this.#placeOf(link.source.host).of(standing).add(link)
  }

  delete(link: Link): void {
    const standing = this.#standings.get(link)
    if (standing === undefined) return
    this.#leave(link, standing)
    this.#standings.delete(link)
    const { host } = link.source
    const ofHost = this.#byHost.get(host)
    ofHost?.delete(link)
    if (ofHost?.size === 0) this.#byHost.delete(host)
  }

  #admitsTrusted(host: string): Admitted {
    return (this.#byHost.get(host)?.size ?? 0) >= this.limits.connectionsPerPeer ? 'full' : {}
  }

  /** A slow stranger must not block those who prove who they are quickly. So the stranger who came first is closed. */
  #admitsOther(host: string, guest: 'known' | 'stranger'): Admitted {
    const { connectionsPerPeer, knownPerAddress, strangers, strangersPerAddress } = this.limits
    const place = this.#places.get(networkAt(host, 64))
    if (place && place.size >= connectionsPerPeer) return evicting(place.leastMissed)
    if (guest === 'known') return place && place.of('known').size >= knownPerAddress ? evicting(idlest(place.of('known'))) : {}
    if (place && place.of('stranger').size >= strangersPerAddress) return 'full'
    return this.#strangers.size < strangers ? {} : evicting(first(this.#strangers))
  }

  /**
   * Chosen from the address with the most connections on which nobody is reached, because that address uses up the space. All
   * strangers together count as one address.
   */
  #leastMissed(): Link | undefined {
    let most: Place | undefined
    for (const place of this.#places.values()) if (place.guests > (most?.guests ?? 0)) most = place
    return most && most.guests > this.#strangers.size ? most.leastMissed : first(this.#strangers)
  }

  #placeOf(host: string): Place {
    const network = networkAt(host, 64)
    const place = this.#places.get(network) ?? new Place()
    this.#places.set(network, place)
    return place
  }

  #leave(link: Link, standing: Standing): void {
    this.#strangers.delete(link)
    if (standing === 'trusted') return
    const network = networkAt(link.source.host, 64)
    const place = this.#places.get(network)
    place?.of(standing).delete(link)
    if (place?.size === 0) this.#places.delete(network)
  }
}

const first = (links: Iterable<Link>): Link | undefined => {
  for (const link of links) return link
  return undefined
}

const evicting = (evicted: Link | undefined): Admitted => (evicted ? { evicted } : 'full')

function idlest(links: Iterable<Link>): Link | undefined {
  let found: Link | undefined
  for (const link of links) if (!found || link.usedAt < found.usedAt) found = link
  return found
}
