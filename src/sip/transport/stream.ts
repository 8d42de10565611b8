import { connect, createServer, isIPv6, type Server, type Socket } from 'node:net'
import type { Clock, Timer } from '../../foundation/clock.js'
import type { Log } from '../../foundation/log.js'
import { OnceAMinute } from '../../foundation/once-a-minute.js'
import { millis } from '../../foundation/time.js'
import { networkAt } from '../message/ipv6.js'
import { Arrival } from './arrival.js'
import { Connection } from './connection.js'
import type { Rejection } from './counters.js'
import { defaultFramingLimits, type FramingFault } from './framing.js'
import { tellLater, type Link, type LinkLimits, type LinkSink } from './link.js'
import { Links } from './links.js'
import { Buckets } from './peers.js'
import { isWebSocket, protocols } from './protocols.js'
import { defaultRoomLimits, type Guest, type RoomLimits } from './rooms.js'
import { TlsRecords } from './tls-records.js'
import { TlsDoor, type TlsSettings } from './tls.js'
import type { Hop, ListenPoint, SendFailed } from './transport.js'
import { WebSocketConnection } from './websocket-connection.js'
import { WebSocketDoor } from './websocket.js'

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
  /** Origins of the pages that may currently connect by WebSocket. Undefined: those of the host to which they connect. */
  origins(): readonly string[] | undefined
  /** Returns whether it was a SIP message. */
  message(bytes: Buffer, source: Hop): boolean
  /** Who opens connections from this source. */
  guestAt(source: Hop): Guest
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

type RefusedHandshake = Extract<Rejection, 'handshake' | 'foreignOrigin' | 'badCertificate'>

const said: Readonly<Record<RefusedHandshake, string>> = {
  handshake: 'refused a connection from',
  foreignOrigin: 'refused a connection from',
  badCertificate: 'does not trust the certificate of',
}
const remedies: Readonly<Record<RefusedHandshake, string>> = {
  handshake:
    'the peer does not accept our certificate (sip.tls.certificate), or it does not speak TLS or SIP over WebSocket (RFC 7118) here',
  foreignOrigin: 'sip.webSocket.origins names the web pages that may connect',
  badCertificate: 'its certificate has expired or is not from the CA in sip.tls.clientCa; the peer is not trusted',
}

/** All connections: those that peers open to our listen points, and those that we open (RFC 3261 §18, RFC 7118). */
export class Streams {
  readonly #servers: Server[] = []
  readonly #links: Links
  readonly #sink: LinkSink
  readonly #tls: TlsDoor
  readonly #webSockets: WebSocketDoor
  readonly #records: TlsRecords
  readonly #arrivals: Buckets
  readonly #warnings: OnceAMinute
  #look: Timer | undefined
  #closed = false

  constructor(private readonly options: StreamOptions) {
    const { limits } = options
    this.#links = new Links(limits, source => options.guestAt(source))
    this.#warnings = new OnceAMinute(options.clock, options.log, 'refused SIP connections')
    this.#sink = {
      message: (bytes, source) => options.message(bytes, source),
      unreadable: (fault, source) => options.unreadable(fault, source),
      closed: (link, stood) => {
        this.#links.forget(link)
        options.closed(link.source, stood)
      },
      notReading: () => options.rejected('notReading'),
      overstepping: () => options.rejected('overhead'),
      sender: link => this.#links.senderOf(link.source, link),
    }
    this.#records = new TlsRecords(options.clock)
    this.#tls = new TlsDoor(options.tls, {
      refused: (what, from) => this.#refused('handshake', `TLS: ${what}`, from),
      distrusted: (why, from) => this.#refused('badCertificate', why, from),
    })
    this.#webSockets = new WebSocketDoor({
      messageBytes: limits.messageBytes,
      headBytes: limits.headBytes,
      origins: () => options.origins(),
      refused: (why, what, from) => this.#refused(why, what, from),
    })
    this.#arrivals = new Buckets(options.clock, arrivals)
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
    if (!this.#tls.replace(settings)) return
    for (const link of this.#links.all) if (link.source.trusted === true) link.close()
  }

  /** Rejects if the address can't be bound. */
  listen(at: ListenPoint): Promise<ListenPoint> {
    if (protocols[at.transport].secure && !this.#tls.canListen) return Promise.reject(new Error('there is no certificate'))
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
    this.#records.stop()
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
        ? ([this.#dial(host, port, name), 'secureConnect'] as const)
        : ([connect({ host, port }), 'connect'] as const)
    const link = this.#make(socket, source, stands)
    this.#links.keepOurs(link)
    this.#watch()
    return link
  }

  #dial(host: string, port: number, name: string | undefined): Socket {
    const socket = this.#tls.dial(host, port, name)
    // Logged, because an operator must know why TLS fails. Usually the cause is a certificate.
    socket.once('error', (error: Error) =>
      this.options.log.warn(`no TLS with ${name ?? host} at ${host} port ${port}: ${error.message}`, { event: 'sip.tlsFailed' }),
    )
    return socket
  }

  #accept({ transport }: ListenPoint, socket: Socket): void {
    const { remoteAddress: host, remotePort: port } = socket
    // Both are undefined if the peer has already disconnected.
    if (this.#closed || host === undefined || port === undefined) return void socket.destroy()
    const source: Hop = { transport, host, port, connection: this.#links.nextNumber() }
    const guest = this.options.guestAt(source)
    if (guest === 'stranger' && transport !== 'tcp' && !this.#arrivals.take(networkAt(host, 64))) {
      this.options.rejected('tooManyConnections')
      return void socket.destroy()
    }
    if (!this.#admits(host, guest)) return void socket.destroy()
    if (transport === 'tcp') return this.#keep(this.#make(socket, source, undefined))
    this.#arrive(socket, source)
    if (transport === 'ws') return this.#greet(socket, source)
    this.#tls.greet(socket, (secure, trusted) => {
      const known: Hop = { ...source, ...(trusted && { trusted }) }
      this.#watchRecords(socket, secure, known)
      if (transport === 'wss') this.#greet(secure, known)
      else this.#keep(this.#make(secure, known, undefined))
    })
  }

  #watchRecords(raw: Socket, content: Socket, source: Hop): void {
    const link = () => this.#links.numbered(source.connection)
    this.#records.watch({
      raw,
      content,
      sender: () => this.#links.senderOf(source, link()),
      overstepping: () => {
        this.options.rejected('overhead')
        link()?.close()
      },
    })
  }

  #greet(socket: Socket, source: Hop): void {
    this.#webSockets.greet(socket, webSocket => {
      this.#keep(new WebSocketConnection(webSocket, socket, source, this.options.limits, this.#sink, () => this.#now()))
    })
  }

  #refused(why: RefusedHandshake, what: string, from = 'an unknown address'): void {
    this.options.rejected(why)
    const fields = { event: why === 'badCertificate' ? 'sip.badCertificate' : 'sip.connectionRefused', why, address: from }
    this.#warnings.warn(`${why} ${from}`, () => `${said[why]} ${from} (${what}): ${remedies[why]}`, fields)
  }

  #admits(host: string, guest: Guest): boolean {
    const admitted = this.#links.admits(host, guest)
    if (admitted === 'full' || admitted.evicted) this.options.rejected('tooManyConnections')
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
      if (why === 'unread') this.options.rejected('notReading')
      if (why === 'slow') this.options.rejected('slowPeer')
      link.close()
    }
    if (this.#links.size > 0) this.#look = this.options.clock.after(lookEvery, this.#lookAround)
  }
}
