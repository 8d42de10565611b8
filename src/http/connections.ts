import type { Socket } from 'node:net'
import type { Server } from 'node:http'
import type { ConnectionSettings } from '../config/settings.js'
import type { Clock } from '../foundation/clock.js'
import { AddressList, Buckets, sourceOf, TlsRecords } from '../sip/index.js'
import { isLoopbackName } from './addresses.js'
import type { Ended } from './pipelines.js'

/** Of one person or token: what goes beyond counts as strangers' do. Six connections a browser, in some five windows. */
const mostPerPerson = 32

/** New connections of one stranger's address. A browser opens six; an office of many people may have one address. */
const arrivals = { burst: 200, perSecond: 20 }
/** Of a connection with more requests than may wait, or much besides content: some ms of work. */
const costOfJunk = 5
/** New connections beyond that of an address where a session or token was shown lately; what junk costs is not taken from them. */
const keptArrivals = { burst: 100, perSecond: 20 }
/** In ms: a day, so that people come in on the next morning. */
const lately = 86_400_000
/** Addresses that are remembered for it. Beyond that, the oldest is dropped. */
const mostRemembered = 10_000

export interface ConnectionStatistics {
  /** Open now, by whose they are: `known` has logged in, sends a token, is this machine or a proxy of ours. */
  readonly known: number
  readonly strangers: number
  /** Closed by us, by why. */
  readonly refused: ReadonlyMap<string, number>
}

interface Connection {
  readonly socket: Socket
  /** Remote: an IPv4 address, or an IPv6 network of a site. */
  readonly address: string
  whose: 'stranger' | 'known' | 'gone'
  /** Once: a connection can be proven and doubted in turn. */
  isRefunded?: true
  /** It was let in by what is kept for addresses where somebody was known. */
  readonly isKept: boolean
  /** From this machine or a proxy of ours. */
  readonly isOurs: boolean
  /** Absent while it is a stranger's, and for this machine and proxies. */
  person?: string
}

/**
 * Whose connections stay. A connection is a stranger's until a request by it was authenticated. Strangers have a limit for each address
 * and one in all; when that is full, the stranger who has been there longest goes, so that somebody with a password can always come in.
 * Each connection is counted by its socket: two may have the same remote address and port, at two addresses of ours.
 */
export class Connections {
  /** In the order in which they came. */
  readonly #strangers = new Set<Connection>()
  readonly #ofSocket = new WeakMap<Socket, Connection>()
  /** By both ends. For TLS: its socket is another object than the one that was accepted. */
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
  /** When a session or token was last shown there, in ms of the monotonic clock; the oldest first. */
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

  /** Closed by us for another reason than how many there are. */
  closed(why: Ended | 'requests', socket?: Socket): void {
    this.#refused.set(why, (this.#refused.get(why) ?? 0) + 1)
    const connection = socket && this.#find(socket)
    if (why === 'unanswered' && connection?.whose === 'stranger') this.#arrivals.charge(connection.address, costOfJunk)
  }

  /** What the latest request by this connection has proven: who asks; undefined: nobody, also where somebody asked before. */
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
    // A program that opens a connection for each request is no stranger.
    if (!connection.isRefunded) (connection.isKept ? this.#keptArrivals : this.#arrivals).charge(connection.address, -1)
    connection.isRefunded = true
  }

  #accept(socket: Socket): void {
    const address = (socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/i, '')
    // Gone again already.
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
      // The next one with the same ends may have come before this one's close was told.
      if (this.#byEnds.get(ends) === connection) this.#byEnds.delete(ends)
    })
  }

  #roomOf(source: string): 'usual' | 'kept' | 'rate' | 'perAddress' {
    const known = this.clock.monotonic() - (this.#provenAt.get(source) ?? -Infinity) < lately
    const room = this.#arrivals.take(source) ? 'usual' : known && this.#keptArrivals.take(source) ? 'kept' : 'rate'
    if (room === 'rate' || (this.#ofAddress.get(source) ?? 0) < this.limits.perAddress) return room
    // Somebody who is known may be behind the new one: who has said nothing for longest makes room.
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

  /** Who has logged out, or lost a right, is a stranger again. */
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

  /** False: there is none. */
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

  /** Takes back exactly what was counted for it. */
  #leaves(connection: Connection): void {
    const { whose, person, address } = connection
    connection.whose = 'gone'
    if (whose === 'stranger' && this.#strangers.delete(connection)) lessOf(this.#ofAddress, address)
    if (whose !== 'known') return
    this.#known -= 1
    if (person !== undefined) lessOf(this.#ofPerson, person)
  }
}

/** Both addresses and ports: no two open connections share all four. */
const endsOf = ({ remoteAddress, remotePort, localAddress, localPort }: Socket): string =>
  [remoteAddress, remotePort, localAddress, localPort].join(' ')

function lessOf(counts: Map<string, number>, key: string): void {
  const left = (counts.get(key) ?? 0) - 1
  if (left > 0) counts.set(key, left)
  else counts.delete(key)
}
