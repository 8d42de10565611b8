import type { Link } from './link.js'

/** How many connections there may be, and of whom. */
export interface RoomLimits {
  /** In all. Default 4,096. */
  readonly connections: number
  /** Of `connections`, kept free for trusted peers and for those that we open. Default 1,024. */
  readonly reserved: number
  /** With one address. Default 1,024: a load generator opens one per call. */
  readonly connectionsPerPeer: number
  /** Of strangers in all: no trusted peers, no registered phone, and no password was shown from their address. Default 512. */
  readonly strangers: number
  /** Of strangers at one address. Default 32. */
  readonly strangersPerAddress: number
}

export const defaultRoomLimits: RoomLimits = {
  connections: 4_096,
  reserved: 1_024,
  connectionsPerPeer: 1_024,
  strangers: 512,
  strangersPerAddress: 32,
}

/** Whose connection it is to be. */
export type Guest = 'trusted' | 'known' | 'stranger'

/** Who has a connection, and who may have one more. */
export class Rooms {
  readonly #byHost = new Map<string, Set<Link>>()
  /** In the order in which they came. */
  readonly #strangers = new Set<Link>()
  readonly #strangersByHost = new Map<string, number>()
  #size = 0

  constructor(private readonly limits: RoomLimits) {}

  get size(): number {
    return this.#size
  }

  get strangers(): number {
    return this.#strangers.size
  }

  of(host: string): Iterable<Link> {
    return this.#byHost.get(host) ?? []
  }

  /** `evicted`: the connection that has to end for it, the stranger's that came first. A stranger who is quick to say who they are loses nothing by a slow one. */
  admits(host: string, guest: Guest): { readonly evicted?: Link } | 'full' {
    const { connections, reserved, connectionsPerPeer, strangers, strangersPerAddress } = this.limits
    if ((this.#byHost.get(host)?.size ?? 0) >= connectionsPerPeer) return 'full'
    if (this.#size >= (guest === 'trusted' ? connections : connections - reserved)) return 'full'
    if (guest !== 'stranger') return {}
    if ((this.#strangersByHost.get(host) ?? 0) >= strangersPerAddress) return 'full'
    if (this.#strangers.size < strangers) return {}
    const [evicted] = this.#strangers
    return evicted ? { evicted } : 'full'
  }

  add(link: Link, isStranger: boolean): void {
    const { host } = link.source
    const ofHost = this.#byHost.get(host)
    if (ofHost) ofHost.add(link)
    else this.#byHost.set(host, new Set([link]))
    this.#size += 1
    if (!isStranger) return
    this.#strangers.add(link)
    this.#strangersByHost.set(host, (this.#strangersByHost.get(host) ?? 0) + 1)
  }

  isStranger(link: Link): boolean {
    return this.#strangers.has(link)
  }

  /** Whose it is has come out. */
  welcome(link: Link): void {
    if (!this.#strangers.delete(link)) return
    const { host } = link.source
    const left = (this.#strangersByHost.get(host) ?? 1) - 1
    if (left > 0) this.#strangersByHost.set(host, left)
    else this.#strangersByHost.delete(host)
  }

  delete(link: Link): void {
    this.welcome(link)
    const { host } = link.source
    const ofHost = this.#byHost.get(host)
    if (ofHost?.delete(link) !== true) return
    this.#size -= 1
    if (ofHost.size === 0) this.#byHost.delete(host)
  }
}
