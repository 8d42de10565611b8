import type { Link } from './link.js'
import type { Sender } from './overhead.js'
import { Rooms, type Admitted, type Guest, type RoomLimits, type Standing } from './rooms.js'
import type { Hop } from './transport.js'

/** All connections by number, and who has each of them. */
export class Links {
  readonly #byNumber = new Map<number, Link>()
  readonly #rooms: Rooms
  /** Connections that we opened. */
  readonly #ours = new WeakSet<Link>()
  /** Connections that are the only way to a phone. */
  readonly #held = new WeakSet<Link>()
  /** Connections on which a right password came. */
  readonly #proven = new WeakSet<Link>()
  #last = 0

  constructor(
    limits: RoomLimits,
    /** Who opens connections from this source. */
    private readonly guestAt: (source: Hop) => Guest,
  ) {
    this.#rooms = new Rooms(limits)
  }

  get size(): number {
    return this.#byNumber.size
  }

  get strangers(): number {
    return this.#rooms.strangers
  }

  get all(): readonly Link[] {
    return [...this.#byNumber.values()]
  }

  /** A number for a new connection. No number comes twice. */
  nextNumber(): number {
    return ++this.#last
  }

  /** Whether there is room for one more connection. */
  admits(host: string, guest: Guest): Admitted {
    return this.#rooms.admits(host, guest)
  }

  numbered(connection: number | undefined): Link | undefined {
    return connection === undefined ? undefined : this.#byNumber.get(connection)
  }

  /** An open connection for that hop: its own, or else any to the same address and port. */
  towards(hop: Hop): Link | undefined {
    const own = this.numbered(hop.connection)
    if (own?.open || hop.only) return own?.open ? own : undefined
    for (const link of this.#rooms.of(hop.host)) if (link.open && leadsTo(link, hop)) return link
    return undefined
  }

  /** Replaces the connection with the same number. */
  keep(link: Link): void {
    const before = this.numbered(link.source.connection)
    if (before) this.forget(before)
    this.#byNumber.set(link.source.connection ?? 0, link)
    this.#rooms.add(link, this.#standingOf(link))
  }

  /** Keeps a connection that we opened. */
  keepOurs(link: Link): void {
    this.#ours.add(link)
    this.keep(link)
  }

  forget(link: Link): void {
    const { connection = 0 } = link.source
    if (this.#byNumber.get(connection) !== link) return
    this.#byNumber.delete(connection)
    this.#rooms.delete(link)
  }

  /** Sets whether the connection is the only way to a phone, and so stays open when idle. */
  hold(link: Link, held: boolean): void {
    link.hold(held)
    if (held) this.#held.add(link)
    else this.#held.delete(link)
    this.#rooms.move(link, this.#standingOf(link))
  }

  /** A right password came on this connection. */
  prove(link: Link): void {
    if (this.#proven.has(link)) return
    this.#proven.add(link)
    this.#rooms.move(link, this.#standingOf(link))
  }

  /** Who has the connection now. A stranger's address may have become known since. */
  standing(link: Link): Standing | undefined {
    if (this.#rooms.standing(link) === 'stranger') this.#rooms.move(link, this.#standingOf(link))
    return this.#rooms.standing(link)
  }

  /**
   * We only connect to phones and servers that are configured or registered, so they count as known. The limits for known senders
   * still apply to them.
   */
  senderOf(source: Hop, link: Link | undefined): Sender {
    const guest = this.guestAt(source)
    if (guest !== 'stranger' || !link) return guest
    return this.#ours.has(link) || this.#held.has(link) || this.#proven.has(link) ? 'known' : guest
  }

  #standingOf(link: Link): Standing {
    if (this.#ours.has(link)) return 'trusted'
    const guest = this.guestAt(link.source)
    if (guest === 'trusted') return guest
    return this.#held.has(link) ? 'phone' : this.#proven.has(link) ? 'proven' : guest
  }
}

/** For TLS it must also have a certificate with the name that the hop requires (RFC 5923 §8.1). */
const leadsTo = ({ source }: Link, { transport, port, name }: Hop): boolean =>
  source.transport === transport && source.port === port && (name === undefined || name === source.name)
