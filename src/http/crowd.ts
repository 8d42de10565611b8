import type { Socket } from 'node:net'
import type { Arrival } from './arrivals.js'

export interface Connection {
  readonly socket: Socket
  /** The remote IPv4 address, or the IPv6 network of a site. */
  readonly address: string
  whose: 'stranger' | 'known' | 'gone'
  /** Set when the arrival was refunded. It is refunded once, although a connection can become known and unknown several times. */
  isRefunded?: true
  readonly arrival: Arrival
  /** It comes from this machine or a proxy of ours. */
  readonly isOurs: boolean
  /** Absent for strangers, this machine and proxies. */
  person?: string
}

/** The most connections of one person or token. Further ones count as strangers'. A browser has six connections, here for about five windows. */
const mostPerPerson = 32

/** Open connections, counted by the person or address that they belong to. */
export class Crowd {
  /** In the order in which they connected. */
  readonly #strangers = new Set<Connection>()
  readonly #ofAddress = new Map<string, number>()
  #known = 0
  readonly #ofPerson = new Map<string, number>()

  get strangers(): number {
    return this.#strangers.size
  }

  get known(): number {
    return this.#known
  }

  get size(): number {
    return this.#known + this.#strangers.size
  }

  /** Strangers' connections at this address. */
  strangersAt(address: string): number {
    return this.#ofAddress.get(address) ?? 0
  }

  /** The stranger who has been connected longest, from this address or from any. */
  oldestStranger(address?: string): Connection | undefined {
    for (const stranger of this.#strangers) if (address === undefined || stranger.address === address) return stranger
    return undefined
  }

  addOurs(connection: Connection): void {
    connection.whose = 'known'
    this.#known += 1
  }

  addStranger(connection: Connection): void {
    connection.whose = 'stranger'
    this.#strangers.add(connection)
    this.#ofAddress.set(connection.address, this.strangersAt(connection.address) + 1)
  }

  /** A stranger turns out to be this person. False: the person has as many connections as one may have. */
  prove(connection: Connection, person: string): boolean {
    const before = this.#ofPerson.get(person) ?? 0
    if (before >= mostPerPerson) return false
    this.leave(connection)
    connection.whose = 'known'
    connection.person = person
    this.#known += 1
    this.#ofPerson.set(person, before + 1)
    return true
  }

  leave(connection: Connection): void {
    const { whose, person, address } = connection
    connection.whose = 'gone'
    delete connection.person
    if (whose === 'stranger' && this.#strangers.delete(connection)) lessOf(this.#ofAddress, address)
    if (whose !== 'known') return
    this.#known -= 1
    if (person !== undefined) lessOf(this.#ofPerson, person)
  }
}

function lessOf(counts: Map<string, number>, key: string): void {
  const left = (counts.get(key) ?? 0) - 1
  if (left > 0) counts.set(key, left)
  else counts.delete(key)
}
