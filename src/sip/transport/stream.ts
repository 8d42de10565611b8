import { connect, createServer, type Server, type Socket } from 'node:net'
import { isIPv6 } from 'node:net'
import type { Clock, Timer } from '../../foundation/clock.js'
import type { Log } from '../../foundation/log.js'
import { millis } from '../../foundation/time.js'
import { Connection, type ConnectionLimits } from './connection.js'
import type { Rejection } from './counters.js'
import { defaultFramingLimits, type FramingFault } from './framing.js'
import type { Hop, ListenPoint } from './transport.js'

export interface StreamLimits extends ConnectionLimits {
  /** Connections in all. Default 4,096. */
  readonly connections: number
  /** Connections with one address. Default 1,024: a load generator opens one per call. */
  readonly connectionsPerPeer: number
}

export const defaultStreamLimits: StreamLimits = {
  ...defaultFramingLimits,
  idleMs: 600_000,
  slowMs: 15_000,
  connectMs: 4_000,
  unreadBytes: 1024 * 1024,
  connections: 4_096,
  connectionsPerPeer: 1_024,
}

export interface StreamOptions {
  readonly clock: Clock
  readonly log: Log
  readonly limits: StreamLimits
  message(bytes: Buffer, source: Hop): void
  unreadable(fault: FramingFault, source: Hop): void
  rejected(why: Rejection): void
  closed(source: Hop): void
}

/** How often connections are looked at for their limits. */
const lookEvery = millis(1_000)

/** All TCP connections: those that peers open to our listen points and those that we open (RFC 3261 §18). */
export class TcpStreams {
  readonly #servers: Server[] = []
  readonly #connections = new Map<number, Connection>()
  readonly #byHost = new Map<string, Set<Connection>>()
  #lastId = 0
  #look: Timer | undefined
  #closed = false

  constructor(private readonly options: StreamOptions) {}

  get size(): number {
    return this.#connections.size
  }

  /** Rejects when the address can't be bound. */
  listen(at: ListenPoint): Promise<ListenPoint> {
    return new Promise((resolve, reject) => {
      const server = createServer(socket => this.#accept(socket))
      server.once('error', reject)
      server.listen({ host: at.host, port: at.port, ipv6Only: isIPv6(at.host) }, () => {
        server.off('error', reject)
        server.on('error', error => this.options.log.warn(`TCP socket at ${at.host}: ${error.message}; it goes on`))
        this.#servers.push(server)
        const bound = server.address()
        resolve({ ...at, port: bound !== null && typeof bound === 'object' ? bound.port : at.port })
      })
    })
  }

  /**
   * On the hop's own connection while it stands, else on any to that address and port, else on a new one (§18.1.1, §18.2.2).
   * `failed` is never told before this returns.
   */
  send(bytes: Buffer, hop: Hop, failed?: () => void): void {
    const connection = this.#standing(hop) ?? (hop.only ? undefined : this.#open(hop))
    if (connection) connection.send(bytes, failed)
    else if (failed) queueMicrotask(failed)
  }

  /** Whether an idle connection stays. */
  hold({ connection }: Hop, held: boolean): void {
    if (connection !== undefined) this.#connections.get(connection)?.hold(held)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#look?.cancel()
    const closing = this.#servers.map(server => new Promise(resolve => server.close(resolve)))
    for (const connection of [...this.#connections.values()]) connection.close()
    await Promise.all(closing)
  }

  #standing(hop: Hop): Connection | undefined {
    const own = hop.connection === undefined ? undefined : this.#connections.get(hop.connection)
    if (own?.open || hop.only) return own?.open ? own : undefined
    for (const connection of this.#byHost.get(hop.host) ?? []) {
      if (connection.source.port === hop.port && connection.open) return connection
    }
    return undefined
  }

  #open({ host, port }: Hop): Connection | undefined {
    if (this.#closed || !this.#admits(host)) return undefined
    return this.#hold(connect({ host, port }), host, port, true)
  }

  #accept(socket: Socket): void {
    const { remoteAddress: host, remotePort: port } = socket
    // Both are absent when the peer has gone again already.
    if (this.#closed || host === undefined || port === undefined || !this.#admits(host)) socket.destroy()
    else this.#hold(socket, host, port, false)
  }

  #admits(host: string): boolean {
    const { connections, connectionsPerPeer } = this.options.limits
    const admitted = this.#connections.size < connections && (this.#byHost.get(host)?.size ?? 0) < connectionsPerPeer
    if (!admitted) this.options.rejected('tooManyConnections')
    return admitted
  }

  #hold(socket: Socket, host: string, port: number, connecting: boolean): Connection {
    const { options } = this
    const connection = new Connection(
      ++this.#lastId,
      socket,
      { host, port, connecting },
      options.limits,
      {
        message: (bytes, source) => options.message(bytes, source),
        unreadable: (fault, source) => options.unreadable(fault, source),
        closed: gone => {
          this.#forget(gone)
          options.closed(gone.source)
        },
        notReading: () => options.rejected('notReading'),
      },
      () => options.clock.monotonic(),
    )
    this.#connections.set(connection.id, connection)
    const ofHost = this.#byHost.get(host)
    if (ofHost) ofHost.add(connection)
    else this.#byHost.set(host, new Set([connection]))
    this.#look ??= options.clock.after(lookEvery, this.#lookAround)
    return connection
  }

  #forget(connection: Connection): void {
    const { host } = connection.source
    this.#connections.delete(connection.id)
    const ofHost = this.#byHost.get(host)
    ofHost?.delete(connection)
    if (ofHost?.size === 0) this.#byHost.delete(host)
  }

  readonly #lookAround = (): void => {
    this.#look = undefined
    const now = this.options.clock.monotonic()
    for (const connection of [...this.#connections.values()]) {
      const why = connection.overdue(now)
      if (why === undefined) continue
      if (why === 'slow') this.options.rejected('slowPeer')
      connection.close()
    }
    if (this.#connections.size > 0) this.#look = this.options.clock.after(lookEvery, this.#lookAround)
  }
}
