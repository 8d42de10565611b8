import type { Socket } from 'node:net'
import type { Server } from 'node:http'
import type { ConnectionSettings } from '../config/settings.js'
import type { Clock } from '../foundation/clock.js'
import { AddressList, Buckets, sourceOf, TlsRecords } from '../sip/index.js'
import { isLoopbackName } from './addresses.js'
import type { Ended } from './pipelines.js'

/** The most connections of one person or token. Further ones count as strangers'. A browser has six connections, here for about five windows. */
const mostPerPerson = 32

/** New connections from one stranger's address. A browser opens six, and an office of many people may share one address. */
const arrivals = { burst: 200, perSecond: 20 }
/** The cost of a connection with too many pending requests or too much data without content: some ms of work. */
const costOfJunk = 5
/** Further new connections from an address where a session or token was used lately. Junk is not charged to them. */
const keptArrivals = { burst: 100, perSecond: 20 }
/** How long an address is remembered, in ms: a day, so that people can connect on the next morning. */
const lately = 86_400_000
/** How many such addresses are remembered. Above that, the oldest is dropped. */
const mostRemembered = 10_000

export interface ConnectionStatistics {
  /** Open connections by kind. `known`: it has logged in, sends a token, or belongs to this machine or a proxy of ours. */
  readonly known: number
  readonly strangers: number
  /** Connections that we closed, by reason. */
  readonly refused: ReadonlyMap<string, number>
}

interface Connection {
  readonly socket: Socket
  /** The remote IPv4 address, or the IPv6 network of a site. */
  readonly address: string
  whose: 'stranger' | 'known' | 'gone'
  /** Kept only once, because a connection can become known and unknown several times. */
  isRefunded?: true
  /** It was admitted from the reserve for addresses with known people. */
  readonly isKept: boolean
  /** It comes from this machine or a proxy of ours. */
  readonly isOurs: boolean
  /** Absent for strangers, this machine and proxies. */
  person?: string
}

/**
 * Decides which connections stay. A connection counts as a stranger's until one of its requests was authenticated. Strangers have a limit
 * for each address and one in all. When the second is reached, the stranger who has been connected longest is dropped, so that somebody
 * with a password can always connect. Connections are counted by socket, because two may have the same remote address and port at two
 * addresses of ours.
 */
export class Connections {
  /** In the order in which they connected. */
  readonly #strangers = new Set<Connection>()
  readonly #ofSocket = new WeakMap<Socket, Connection>()
  /** By both ends, for TLS: its socket object differs from the accepted one. */
  readonly #byEnds = new Map<string, Connection>()
  readonly #ofAddress = new Map<string, number>()
  #known = 0
  readonly #ofPerson = new Map<string, number>()
  readonly #refused = new Map<string, number>([
    ['perAddress', 0],
    ['strangers', 0],
    ['most', 0],
    ['rate', 0],
    ['unanswered', 0],
    ['unread', 0],
    ['pieces', 0],
    ['requests', 0],
    ['records', 0],
  ])
  readonly #proxies: AddressList
  readonly #arrivals: Buckets
  readonly #keptArrivals: Buckets
  /** When a session or token was last used from an address, in ms of the monotonic clock. The oldest come first. */
  readonly #provenAt = new Map<string, number>()
  readonly #records: TlsRecords

  constructor(
    private readonly limits: ConnectionSettings,
    proxies: readonly string[],
    private readonly clock: Clock,
  ) {
    this.#proxies = new AddressList(proxies)
    this.#arrivals = new Buckets(clock, arrivals)
    this.#keptArrivals = new Buckets(clock, keptArrivals)
    this.#records = new TlsRecords(clock)
  }

  get statistics(): ConnectionStatistics {
    return { known: this.#known, strangers: this.#strangers.size, refused: this.#refused }
  }

  guard(server: Server): void {
    server.on('connection', (socket: Socket) => this.#accept(socket))
    server.on('secureConnection', (content: Socket) => this.#watchRecords(content))
  }

  /** Closes a connection for another reason than the limits. */
  closed(why: Ended | 'requests', socket?: Socket): void {
    this.#refused.set(why, (this.#refused.get(why) ?? 0) + 1)
    const connection = socket && this.#find(socket)
    if (why === 'unanswered' && connection?.whose === 'stranger') this.#arrivals.charge(connection.address, costOfJunk)
  }

  /** The person whom the latest request on this connection proved. Undefined: nobody, even if an earlier request proved somebody. */
  prove(socket: Socket, person: string | undefined): void {
    const connection = this.#find(socket)
    if (person === undefined) return this.#doubt(connection)
    if (connection && !connection.isOurs) this.#remember(connection.address)
    if (connection?.whose !== 'stranger') return
    const before = this.#ofPerson.get(person) ?? 0
    if (before >= mostPerPerson) return
    this.#leaves(connection)
    connection.whose = 'known'
    connection.person = person
    this.#known += 1
    this.#ofPerson.set(person, before + 1)
    // A program that opens a connection for each request is not a stranger.
    if (!connection.isRefunded) (connection.isKept ? this.#keptArrivals : this.#arrivals).charge(connection.address, -1)
    connection.isRefunded = true
  }

  #accept(socket: Socket): void {
    const address = (socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/i, '')
    // The connection is already closed.
    if (address === '') return void socket.destroy()
    const isOurs = isLoopbackName(address) || this.#proxies.includes(address)
    const source = sourceOf(address)
    const room = isOurs ? 'usual' : this.#roomOf(source)
    if (room === 'rate' || room === 'perAddress') return this.#refuse(room, socket)
    if (!isOurs && this.#strangers.size >= this.limits.strangers) this.#dropOldest('strangers')
    if (this.#known + this.#strangers.size >= this.limits.most && !this.#dropOldest('most')) return this.#refuse('most', socket)
    const connection: Connection = { socket, address: source, whose: 'known', isOurs, isKept: room === 'kept' }
    if (isOurs) this.#known += 1
    else this.#welcome(connection)
    const ends = endsOf(socket)
    this.#ofSocket.set(socket, connection)
    this.#byEnds.set(ends, connection)
    socket.once('close', () => {
      this.#leaves(connection)
      // A new connection with the same ends may have come before this close was reported.
      if (this.#byEnds.get(ends) === connection) this.#byEnds.delete(ends)
    })
  }

  #roomOf(source: string): 'usual' | 'kept' | 'rate' | 'perAddress' {
    const known = this.clock.monotonic() - (this.#provenAt.get(source) ?? -Infinity) < lately
    const room = this.#arrivals.take(source) ? 'usual' : known && this.#keptArrivals.take(source) ? 'kept' : 'rate'
    if (room === 'rate' || (this.#ofAddress.get(source) ?? 0) < this.limits.perAddress) return room
    // The new connection may belong to a known person, so the stranger who has been silent longest makes room.
    if (!known) return 'perAddress'
    this.#drop(
      [...this.#strangers].find(({ address }) => address === source),
      'perAddress',
    )
    return room
  }

  #remember(address: string): void {
    this.#provenAt.delete(address)
    this.#provenAt.set(address, this.clock.monotonic())
    if (this.#provenAt.size > mostRemembered) for (const [oldest] of this.#provenAt) if (this.#provenAt.delete(oldest)) break
  }

  #watchRecords(content: Socket): void {
    const connection = this.#find(content)
    if (!connection) return
    this.#records.watch({
      raw: connection.socket,
      content,
      sender: () => (connection.isOurs ? 'trusted' : connection.whose === 'known' ? 'known' : 'stranger'),
      overstepping: () => {
        if (connection.whose === 'stranger') this.#arrivals.charge(connection.address, costOfJunk)
        this.#refuse('records', connection.socket)
      },
    })
  }

  /** A person who has logged out or lost a right counts as a stranger again. */
  #doubt(connection: Connection | undefined): void {
    if (connection?.person === undefined || connection.whose !== 'known') return
    this.#leaves(connection)
    delete connection.person
    if (this.#strangers.size >= this.limits.strangers) this.#dropOldest('strangers')
    this.#welcome(connection)
  }

  #welcome(connection: Connection): void {
    connection.whose = 'stranger'
    this.#strangers.add(connection)
    this.#ofAddress.set(connection.address, (this.#ofAddress.get(connection.address) ?? 0) + 1)
  }

  #find(socket: Socket): Connection | undefined {
    const known = this.#ofSocket.get(socket) ?? this.#byEnds.get(endsOf(socket))
    if (known) this.#ofSocket.set(socket, known)
    return known
  }

  #refuse(why: string, socket: Socket): void {
    this.#refused.set(why, (this.#refused.get(why) ?? 0) + 1)
    socket.destroy()
  }

  /** False: there is no such connection. */
  #dropOldest(why: string): boolean {
    const [oldest] = this.#strangers
    return this.#drop(oldest, why)
  }

  #drop(stranger: Connection | undefined, why: string): boolean {
    if (!stranger) return false
    this.#leaves(stranger)
    this.#refuse(why, stranger.socket)
    return true
  }

  /** Undoes exactly what was counted for it. */
  #leaves(connection: Connection): void {
    const { whose, person, address } = connection
    connection.whose = 'gone'
    if (whose === 'stranger' && this.#strangers.delete(connection)) lessOf(this.#ofAddress, address)
    if (whose !== 'known') return
    this.#known -= 1
    if (person !== undefined) lessOf(this.#ofPerson, person)
  }
}

/** Both addresses and ports. No two open connections share all four. */
const endsOf = ({ remoteAddress, remotePort, localAddress, localPort }: Socket): string =>
  [remoteAddress, remotePort, localAddress, localPort].join(' ')

function lessOf(counts: Map<string, number>, key: string): void {
  const left = (counts.get(key) ?? 0) - 1
  if (left > 0) counts.set(key, left)
  else counts.delete(key)
}
