import type { Socket } from 'node:net'
import type { Server } from 'node:http'
import type { ConnectionSettings } from '../config/settings.js'
import type { Clock } from '../foundation/clock.js'
import { AddressList, sourceOf, TlsRecords } from '../sip/index.js'
import { isLoopbackName } from './addresses.js'
import { Arrivals, type Arrival } from './arrivals.js'
import { BySocket } from './by-socket.js'
import { Crowd, type Connection } from './crowd.js'
import type { Ended } from './pipelines.js'

export interface ConnectionStatistics {
  /** Open connections by kind. `known`: it has logged in, sends a token, or belongs to this machine or a proxy of ours. */
  readonly known: number
  readonly strangers: number
  /** Connections that we closed, by reason. */
  readonly refused: ReadonlyMap<string, number>
}

/**
 * Decides which connections stay. A connection counts as a stranger's until one of its requests was authenticated. Strangers have a limit
 * for each address and one in all. When the second is reached, the stranger who has been connected longest is dropped, so that somebody
 * with a password can always connect. Connections are counted by socket, because two may have the same remote address and port at two
 * addresses of ours.
 */
export class Connections {
  readonly #crowd = new Crowd()
  readonly #bySocket = new BySocket()
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
  readonly #arrivals: Arrivals
  readonly #records: TlsRecords

  constructor(
    private readonly limits: ConnectionSettings,
    proxies: readonly string[],
    clock: Clock,
  ) {
    this.#proxies = new AddressList(proxies)
    this.#arrivals = new Arrivals(clock)
    this.#records = new TlsRecords(clock)
  }

  get statistics(): ConnectionStatistics {
    return { known: this.#crowd.known, strangers: this.#crowd.strangers, refused: this.#refused }
  }

  guard(server: Server): void {
    server.on('connection', (socket: Socket) => this.#accept(socket))
    server.on('secureConnection', (content: Socket) => this.#watchRecords(content))
  }

  /** Counts a connection that is closed for another reason than the limits here. */
  closed(why: Ended | 'requests', socket?: Socket): void {
    this.#refused.set(why, (this.#refused.get(why) ?? 0) + 1)
    const connection = socket && this.#bySocket.find(socket)
    if (why === 'unanswered' && connection?.whose === 'stranger') this.#arrivals.junk(connection.address)
  }

  /** The person who made the latest request on this connection. Undefined: that request proved nobody, even if an earlier one did. */
  prove(socket: Socket, person: string | undefined): void {
    const connection = this.#bySocket.find(socket)
    if (person === undefined) return this.#doubt(connection)
    if (connection && !connection.isOurs) this.#arrivals.proven(connection.address)
    if (connection?.whose !== 'stranger' || !this.#crowd.prove(connection, person)) return
    if (!connection.isRefunded) this.#arrivals.refund(connection.address, connection.arrival)
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
    if (!isOurs && this.#crowd.strangers >= this.limits.strangers) this.#dropOldest('strangers')
    if (this.#crowd.size >= this.limits.most && !this.#dropOldest('most')) return this.#refuse('most', socket)
    const connection: Connection = { socket, address: source, whose: 'gone', isOurs, arrival: room }
    if (isOurs) this.#crowd.addOurs(connection)
    else this.#crowd.addStranger(connection)
    const closed = this.#bySocket.add(connection)
    socket.once('close', () => {
      this.#crowd.leave(connection)
      closed()
    })
  }

  #roomOf(source: string): Arrival | 'rate' | 'perAddress' {
    const arrival = this.#arrivals.take(source)
    if (arrival === undefined) return 'rate'
    if (this.#crowd.strangersAt(source) < this.limits.perAddress) return arrival
    // The new connection may belong to a known person, so the stranger from there who has been connected longest is dropped.
    if (!this.#arrivals.isKnown(source)) return 'perAddress'
    this.#drop(this.#crowd.oldestStranger(source), 'perAddress')
    return arrival
  }

  #watchRecords(content: Socket): void {
    const connection = this.#bySocket.find(content)
    if (!connection) return
    this.#records.watch({
      raw: connection.socket,
      content,
      sender: () => (connection.isOurs ? 'trusted' : connection.whose === 'known' ? 'known' : 'stranger'),
      overstepping: () => {
        if (connection.whose === 'stranger') this.#arrivals.junk(connection.address)
        this.#refuse('records', connection.socket)
      },
    })
  }

  /** The connection of a person who has logged out or lost a right counts as a stranger's again. */
  #doubt(connection: Connection | undefined): void {
    if (connection?.person === undefined || connection.whose !== 'known') return
    this.#crowd.leave(connection)
    if (this.#crowd.strangers >= this.limits.strangers) this.#dropOldest('strangers')
    this.#crowd.addStranger(connection)
  }

  #refuse(why: string, socket: Socket): void {
    this.#refused.set(why, (this.#refused.get(why) ?? 0) + 1)
    socket.destroy()
  }

  /** False: no stranger is connected. */
  #dropOldest(why: string): boolean {
    return this.#drop(this.#crowd.oldestStranger(), why)
  }

  #drop(stranger: Connection | undefined, why: string): boolean {
    if (!stranger) return false
    this.#crowd.leave(stranger)
    this.#refuse(why, stranger.socket)
    return true
  }
}
