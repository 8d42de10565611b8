import type { Socket } from 'node:net'
import type { Clock } from '../../foundation/clock.js'
import type { Log } from '../../foundation/log.js'
import { OnceAMinute } from '../../foundation/once-a-minute.js'
import type { Rejection } from './counters.js'
import type { FramingLimits } from './framing.js'
import type { Sender } from './overhead.js'
import { TlsDoor, type TlsSettings } from './tls.js'
import { TlsRecords } from './tls-records.js'
import type { Hop } from './transport.js'
import { WebSocketDoor, type EnteredSocket } from './websocket.js'

interface HandshakesOptions {
  readonly clock: Clock
  readonly log: Log
  readonly limits: FramingLimits
  readonly tls: TlsSettings
  /** Origins of the pages that may currently connect by WebSocket. Undefined: only pages of this machine, on this machine. */
  readonly origins: () => readonly string[] | undefined
  readonly owner: HandshakesOwner
}

/** The owner of the connections. */
interface HandshakesOwner {
  rejected(why: Rejection): void
  /** A TLS connection is ready for SIP. */
  secured(socket: Socket, source: Hop): void
  /** A WebSocket is ready for SIP. */
  entered(webSocket: EnteredSocket, socket: Socket, source: Hop): void
  /** The current owner of the connection. */
  senderOf(source: Hop): Sender
  /** The connection has brought too much besides content. */
  overstepped(source: Hop): void
}

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

/** The handshakes of TLS and WebSocket. Refused ones are counted, and logged once a minute for each address. */
export class Handshakes {
  readonly #tls: TlsDoor
  readonly #webSockets: WebSocketDoor
  readonly #records: TlsRecords
  readonly #warnings: OnceAMinute

  constructor(private readonly options: HandshakesOptions) {
    const { clock, log, limits, tls, origins } = options
    this.#warnings = new OnceAMinute(clock, log, 'refused SIP connections')
    this.#records = new TlsRecords(clock)
    this.#tls = new TlsDoor(tls, {
      refused: (what, from) => this.#refused('handshake', `TLS: ${what}`, from),
      distrusted: (why, from) => this.#refused('badCertificate', why, from),
    })
    this.#webSockets = new WebSocketDoor({
      messageBytes: limits.messageBytes,
      headBytes: limits.headBytes,
      origins,
      refused: (why, what, from) => this.#refused(why, what, from),
    })
  }

  /** Whether there is a certificate. */
  get canListen(): boolean {
    return this.#tls.canListen
  }

  /** Sets the certificates for new connections. Returns whether trust by certificate changed. */
  secure(settings: TlsSettings): boolean {
    return this.#tls.replace(settings)
  }

  /** A peer connected to a listen point for TLS or WebSocket. */
  greet(socket: Socket, source: Hop): void {
    if (source.transport === 'ws') return this.#enter(socket, source)
    this.#tls.greet(socket, (secure, trusted) => {
      const known: Hop = { ...source, ...(trusted && { trusted }) }
      this.#watch(socket, secure, known)
      if (source.transport === 'wss') this.#enter(secure, known)
      else this.options.owner.secured(secure, known)
    })
  }

  /** Opens a TLS connection. */
  dial(host: string, port: number, name: string | undefined): Socket {
    const socket = this.#tls.dial(host, port, name)
    // Logged, because an operator must know why TLS fails. Usually the cause is a certificate.
    socket.once('error', (error: Error) =>
      this.options.log.warn(`no TLS with ${name ?? host} at ${host} port ${port}: ${error.message}`, { event: 'sip.tlsFailed' }),
    )
    return socket
  }

  stop(): void {
    this.#records.stop()
  }

  #enter(socket: Socket, source: Hop): void {
    this.#webSockets.greet(socket, webSocket => this.options.owner.entered(webSocket, socket, source))
  }

  #watch(raw: Socket, content: Socket, source: Hop): void {
    const { owner } = this.options
    this.#records.watch({
      raw,
      content,
      sender: () => owner.senderOf(source),
      overstepping: () => owner.overstepped(source),
    })
  }

  #refused(why: RefusedHandshake, what: string, from = 'an unknown address'): void {
    this.options.owner.rejected(why)
    const fields = { event: why === 'badCertificate' ? 'sip.badCertificate' : 'sip.connectionRefused', why, address: from }
    this.#warnings.warn(`${why} ${from}`, () => `${said[why]} ${from} (${what}): ${remedies[why]}`, fields)
  }
}
