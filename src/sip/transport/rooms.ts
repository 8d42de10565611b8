import { networkAt } from '../message/ipv6.js'
import type { Link } from './link.js'

/** How many connections there may be, and of whom. An address is an IPv4 address, or the /64 of an IPv6 address, but for trusted peers. */
export interface RoomLimits {
  /** In all. Default 4,096. */
  readonly connections: number
  /** Of `connections`, kept free for trusted peers and for those that we open. Default 1,024. */
  readonly reserved: number
  /** With one address. Default 1,024: a load generator opens one per call. */
  readonly connectionsPerPeer: number
  /** At one address where a password was shown: those on which neither a password was shown nor a phone registered. Default 64. */
  readonly knownPerAddress: number
  /** Of strangers in all: no trusted peers, no registered phone, and no password was shown from their address. Default 512. */
  readonly strangers: number
  /** Of strangers at one address. Default 32. */
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

/** Whose connection it is to be. `known`: a password was shown from its address. */
export type Guest = 'trusted' | 'known' | 'stranger'

/** Whose connection it is. `proven`: a password was shown on it. `phone`: a registered phone is reached by it. */
export type Standing = Guest | 'proven' | 'phone'

/** The connection that has to end for the new one, if there is no room beside it. */
export type Admitted = { readonly evicted?: Link } | 'full'

/** The connections of one address that is no trusted peer's. */
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

  /** Those that may end for others: nobody is reached by them. */
  get guests(): number {
    return this.#links.known.size + this.#links.proven.size
  }

  get size(): number {
    return this.guests + this.#links.stranger.size + this.#links.phone.size
  }

  /** The one that was idle longest. */
  get leastMissed(): Link | undefined {
    return idlest(this.#links.known) ?? idlest(this.#links.proven)
  }
}

/**
 * Who has a connection, and who may have one more. An account can open as many connections as it likes and show its password on each. So only
 * registered phones and trusted peers keep theirs for sure: when there is no room, the address with most of the others gives up one.
 */
export class Rooms {
  readonly #standings = new Map<Link, Standing>()
  readonly #byHost = new Map<string, Set<Link>>()
  readonly #places = new Map<string, Place>()
  /** In the order in which they came. */
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

  /** More is known of whose it is. */
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

  /** A stranger who is quick to say who they are loses nothing by a slow one: the stranger who came first ends. */
  #admitsOther(host: string, guest: 'known' | 'stranger'): Admitted {
    const { connectionsPerPeer, knownPerAddress, strangers, strangersPerAddress } = this.limits
    const place = this.#places.get(networkAt(host, 64))
    if (place && place.size >= connectionsPerPeer) return evicting(place.leastMissed)
    if (guest === 'known') return place && place.of('known').size >= knownPerAddress ? evicting(idlest(place.of('known'))) : {}
    if (place && place.of('stranger').size >= strangersPerAddress) return 'full'
    return this.#strangers.size < strangers ? {} : evicting(first(this.#strangers))
  }

  /** Of the address with most connections that nobody is reached by, since that address fills the room; all strangers count as one address. */
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
