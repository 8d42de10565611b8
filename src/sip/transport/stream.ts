import { connect, createServer, isIPv6, type Server, type Socket } from 'node:net'
import type { Clock, Timer } from '../../foundation/clock.js'
import type { Log } from '../../foundation/log.js'
import { millis } from '../../foundation/time.js'
import { networkAt } from '../message/ipv6.js'
import { Arrival } from './arrival.js'
import { Connection } from './connection.js'
import type { Rejection } from './counters.js'
import { defaultFramingLimits, type FramingFault } from './framing.js'
import { Handshakes } from './handshakes.js'
import { tellLater, type Link, type LinkLimits, type LinkSink } from './link.js'
import { Links } from './links.js'
import { Buckets } from './peers.js'
import { isWebSocket, protocols } from './protocols.js'
import { defaultRoomLimits, type Guest, type RoomLimits } from './rooms.js'
import type { TlsSettings } from './tls.js'
import type { Hop, ListenPoint, SendFailed } from './transport.js'
import { WebSocketConnection } from './websocket-connection.js'

export type StreamLimits = LinkLimits & RoomLimits

export const defaultStreamLimits: StreamLimits = {
  ...defaultFramingLimits,
  ...defaultRoomLimits,
  idleMs: 600_000,
  strangerIdleMs: 60_000,
  slowMs: 15_000,
  connectMs: 4_000,
  unreadBytes: 1024 * 1024,
  overhead: { stranger: { burst: 4 * 1024, perSecond: 256 }, known: { burst: 128 * 1024, perSecond: 16 * 1024 } },
}

interface StreamOptions {
  readonly clock: Clock
  readonly log: Log
  readonly limits: StreamLimits
  readonly tls: TlsSettings
  /** Origins of the pages that may currently connect by WebSocket. Undefined: only pages of this machine, on this machine. */
  readonly origins: () => readonly string[] | undefined
  /** Who opens connections from this source. */
  readonly guestAt: (source: Hop) => Guest
  readonly listener: StreamListener
}

interface StreamListener {
  /** Returns whether it was a SIP message. */
  message(bytes: Buffer, source: Hop): boolean
  unreadable(fault: FramingFault, source: Hop): void
  rejected(why: Rejection): void
  closed(source: Hop, stood: boolean): void
}

/**
 * The rate of new connections of strangers at one address (an IPv6 /64) by WebSocket or TLS, because a handshake costs more than a message. All
 * phones of a site may return at once.
 */
const arrivals = { burst: 100, perSecond: 10 }

/** How often connections are checked against their limits. */
const lookEvery = millis(1_000)

/** All connections: those that peers open to our listen points, and those that we open (RFC 3261 §18, RFC 7118). */
export class Streams {
  readonly #servers: Server[] = []
  readonly #links: Links
  readonly #sink: LinkSink
  readonly #handshakes: Handshakes
  readonly #arrivals: Buckets
  #look: Timer | undefined
  #closed = false

  constructor(private readonly options: StreamOptions) {
    const { clock, log, limits, tls, origins, guestAt, listener } = options
    this.#links = new Links(limits, guestAt)
    this.#sink = {
      message: (bytes, source) => listener.message(bytes, source),
      unreadable: (fault, source) => listener.unreadable(fault, source),
      closed: (link, stood) => {
        this.#links.forget(link)
        listener.closed(link.source, stood)
      },
      notReading: () => listener.rejected('notReading'),
      overstepping: () => listener.rejected('overhead'),
      sender: link => this.#links.senderOf(link.source, link),
    }
    this.#handshakes = new Handshakes({
      ...{ clock, log, limits, tls, origins },
      owner: {
        rejected: why => listener.rejected(why),
        secured: (socket, source) => this.#keep(this.#make(socket, source, undefined)),
        entered: (webSocket, socket, source) =>
          this.#keep(new WebSocketConnection(webSocket, socket, source, limits, this.#sink, () => this.#now())),
        senderOf: source => this.#links.senderOf(source, this.#links.numbered(source.connection)),
        overstepped: ({ connection }) => {
          listener.rejected('overhead')
          this.#links.numbered(connection)?.close()
        },
      },
    })
    this.#arrivals = new Buckets(clock, arrivals)
  }

  get size(): number {
    return this.#links.size
  }

  get strangers(): number {
    return this.#links.strangers
  }

  /**
   * Sets the certificates for new connections. If trust by certificate changes, connections that rely on it are closed, and the
   * peers connect again.
   */
  secure(settings: TlsSettings): void {
    if (!this.#handshakes.secure(settings)) return
    for (const link of this.#links.all) if (link.source.trusted === true) link.close()
  }

  /** Rejects if the address can't be bound. */
  listen(at: ListenPoint): Promise<ListenPoint> {
    if (protocols[at.transport].secure && !this.#handshakes.canListen) return Promise.reject(new Error('there is no certificate'))
    return new Promise((resolve, reject) => {
      const server = createServer(socket => this.#accept(at, socket))
      server.once('error', reject)
      server.listen({ host: at.host, port: at.port, ipv6Only: isIPv6(at.host) }, () => {
        server.off('error', reject)
        server.on('error', error =>
          this.options.log.warn(`TCP socket at ${at.host}: ${error.message}; it stays open`, { event: 'sip.socket' }),
        )
        this.#servers.push(server)
        const bound = server.address()
        resolve({ ...at, port: bound !== null && typeof bound === 'object' ? bound.port : at.port })
      })
    })
  }

  /**
   * Sends on the hop's own connection while it is open, or else on any to the same address and port, or else on a new one
   * (§18.1.1, §18.2.2). `failed` is never called before this returns.
   */
  send(bytes: Buffer, hop: Hop, failed?: SendFailed): void {
    const link = this.#links.towards(hop) ?? (hop.only ? undefined : this.#open(hop))
    if (link) link.send(bytes, failed)
    else tellLater(failed)
  }

  /** Sets whether the connection stays open when idle. */
  hold({ connection }: Hop, held: boolean): void {
    const link = this.#links.numbered(connection)
    if (link) this.#links.hold(link, held)
  }

  /** A right password came on this connection. */
  proven({ connection }: Hop): void {
    const link = this.#links.numbered(connection)
    if (link) this.#links.prove(link)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#look?.cancel()
    this.#handshakes.stop()
    const closing = this.#servers.map(server => new Promise(resolve => server.close(resolve)))
    for (const link of this.#links.all) link.close()
    await Promise.all(closing)
  }

  /** Nobody accepts WebSockets from us. */
  #open({ transport, host, port, name }: Hop): Link | undefined {
    if (this.#closed || isWebSocket(transport) || !this.#admits(host, 'trusted')) return undefined
    const source: Hop = { transport, host, port, connection: this.#links.nextNumber(), ...(name !== undefined && { name }) }
    const [socket, stands] =
      transport === 'tls'
        ? ([this.#handshakes.dial(host, port, name), 'secureConnect'] as const)
        : ([connect({ host, port }), 'connect'] as const)
    const link = this.#make(socket, source, stands)
    this.#links.keepOurs(link)
    this.#watch()
    return link
  }

  #accept({ transport }: ListenPoint, socket: Socket): void {
    const { remoteAddress: host, remotePort: port } = socket
    // Both are undefined if the peer has already disconnected.
    if (this.#closed || host === undefined || port === undefined) return void socket.destroy()
    const source: Hop = { transport, host, port, connection: this.#links.nextNumber() }
    const guest = this.options.guestAt(source)
    if (guest === 'stranger' && transport !== 'tcp' && !this.#arrivals.take(networkAt(host, 64))) {
      this.options.listener.rejected('tooManyConnections')
      return void socket.destroy()
    }
    if (!this.#admits(host, guest)) return void socket.destroy()
    if (transport === 'tcp') return this.#keep(this.#make(socket, source, undefined))
    this.#arrive(socket, source)
    this.#handshakes.greet(socket, source)
  }

  #admits(host: string, guest: Guest): boolean {
    const admitted = this.#links.admits(host, guest)
    if (admitted === 'full' || admitted.evicted) this.options.listener.rejected('tooManyConnections')
    if (admitted === 'full') return false
    admitted.evicted?.close()
    return true
  }

  /** The time limit for its handshakes starts now. */
  #arrive(socket: Socket, source: Hop): void {
    const times = { since: this.#now(), patienceMs: this.options.limits.slowMs }
    this.#keep(new Arrival(source, socket, times, arrival => this.#links.forget(arrival)))
  }

  #make(socket: Socket, source: Hop, awaited: 'connect' | 'secureConnect' | undefined): Link {
    return new Connection(socket, source, awaited, this.options.limits, this.#sink, () => this.#now())
  }

  /** Replaces its `Arrival`, if it had one. */
  #keep(link: Link): void {
    this.#links.keep(link)
    this.#watch()
  }

  #watch(): void {
    this.#look ??= this.options.clock.after(lookEvery, this.#lookAround)
  }

  #now(): number {
    return this.options.clock.monotonic()
  }

  readonly #lookAround = (): void => {
    this.#look = undefined
    const now = this.#now()
    for (const link of this.#links.all) {
      link.keepAlive?.(now)
      const standing = this.#links.standing(link)
      const why = link.overdue(now, standing === 'stranger')
      // A trusted peer may be slow for a while under load. A new connection would not make it faster.
      if (why === undefined || (why === 'unread' && standing === 'trusted')) continue
      if (why === 'unread') this.options.listener.rejected('notReading')
      if (why === 'slow') this.options.listener.rejected('slowPeer')
      link.close()
    }
    if (this.#links.size > 0) this.#look = this.options.clock.after(lookEvery, this.#lookAround)
  }
}
