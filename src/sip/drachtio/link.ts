import type { WireSocket } from 'drachtio-srf/lib/wire-protocol.js'
import type { Clock, Timer } from '../../foundation/clock.js'
import { seconds } from '../../foundation/time.js'
import { asBytes, encodeUtf8 } from '../message/grammar.js'
import { readFrame, type Frame, type Reply } from './frames.js'
import { isTooLong, Wire } from './wire.js'

export interface ServerAddress {
  readonly host: string
  readonly port: number
  readonly secret: string
  /** Undefined: plain TCP. */
  readonly tls?: { readonly ca?: string }
}

/** Why a connection is over. */
export type LinkEnd = { readonly kind: 'lost'; readonly what: string } | { readonly kind: 'refused'; readonly what: string }

interface LinkListener {
  /** The server has accepted us. `hostports`: the addresses on which it listens for SIP. */
  ready(hostports: readonly string[], version: string): void
  sip(frame: Extract<Frame, { kind: 'sip' }>): void
  /** Called once. All pending commands have failed before. */
  closed(end: LinkEnd): void
  /** A command was not sent, because the server could not have read it. */
  tooLong(): void
}

/** A command that the server did not get: the connection broke, or the command is longer than the server can read. */
interface Unsent {
  readonly ok: false
  readonly reason: string
  readonly unsent: 'lost' | 'tooLong'
}

type Outcome = (Reply & { readonly unsent?: undefined }) | Unsent

export type Told = (outcome: Outcome) => void

/** How long the server may take to accept us. */
const patience = seconds(10)
/** How often we check that the server is there, because a dead host closes no connection. */
const pingEvery = seconds(15)

/** The methods that we handle outside dialogs. The server answers others itself. */
const routed = ['invite', 'register', 'options', 'subscribe', 'publish', 'notify', 'info', 'message', 'refer']

/**
 * One connection to a drachtio-server, from the attempt to its end. The library's own reconnecting is off: it would reconnect without
 * TLS, and it would try a wrong secret forever.
 */
export class Link {
  readonly #wire = new Wire()
  readonly #told = new Map<string, Told>()
  #socket: WireSocket | undefined
  #ready = false
  #over = false
  #timer: Timer

  constructor(
    private readonly server: ServerAddress,
    private readonly clock: Clock,
    private readonly listener: LinkListener,
  ) {
    const { host, port, tls } = server
    this.#wire.on('connect', (socket: WireSocket) => this.#connected(socket))
    this.#wire.on('msg', (_socket: WireSocket, bytes: Buffer) => this.#received(bytes))
    this.#wire.on('error', (error: Error) => this.#end({ kind: 'lost', what: error.message }))
    this.#wire.on('close', () => this.#end({ kind: 'lost', what: 'the server closed the connection' }))
    this.#timer = clock.after(patience, () => this.#end({ kind: 'lost', what: 'no answer within 10 s' }))
    this.#wire.connect({ host, port, ...(tls && { tls }), reconnect: { maxAttempts: 1 } })
  }

  /** The connection is established, and the server has accepted us. */
  get isReady(): boolean {
    return this.#ready && !this.#over
  }

  /**
   * Sends a command. `text`: the command without its id. `told` is called once: with the server's answer, when the connection breaks, or
   * at once when the command is too long.
   */
  command(text: string, told: Told): void {
    if (this.#over || !this.#socket) return told({ ok: false, reason: 'no connection', unsent: 'lost' })
    const bytes = asBytes(text)
    if (!isTooLong(bytes)) return void this.#told.set(this.#wire.send(this.#socket, bytes), told)
    this.listener.tooLong()
    told({ ok: false, reason: 'longer than the server can read', unsent: 'tooLong' })
  }

  /** Closes after everything is sent. */
  close(): void {
    this.#end({ kind: 'lost', what: 'closed' }, true)
  }

  #connected(socket: WireSocket): void {
    if (this.#over) return void socket.destroy()
    this.#socket = socket
    this.command(`authenticate|${encodeUtf8(this.server.secret)}|`, reply => {
      if (!reply.ok) {
        if (reply.unsent === undefined) this.#end({ kind: 'refused', what: reply.reason })
        return
      }
      this.#timer.cancel()
      this.#ready = true
      for (const method of routed) this.command(`route|${method}`, () => undefined)
      this.#pingLater()
      this.listener.ready((reply.values[0] ?? '').split(','), reply.values[1] ?? '')
    })
  }

  #pingLater(): void {
    this.#timer = this.clock.after(pingEvery, () => {
      this.#timer = this.clock.after(patience, () => this.#end({ kind: 'lost', what: 'no answer to a ping within 10 s' }))
      this.command('ping', reply => {
        if (!reply.ok || this.#over) return
        this.#timer.cancel()
        this.#pingLater()
      })
    })
  }

  #received(bytes: Buffer): void {
    if (this.#over) return
    const frame = readFrame(bytes)
    if (frame.kind === 'sip' && this.#ready) this.listener.sip(frame)
    if (frame.kind !== 'reply') return
    if (this.#socket) this.#wire.answered(this.#socket, frame.id)
    const told = this.#told.get(frame.id)
    this.#told.delete(frame.id)
    told?.(frame)
  }

  #end(end: LinkEnd, gently = false): void {
    if (this.#over) return
    this.#over = true
    this.#timer.cancel()
    const socket = this.#socket
    if (socket && gently) this.#wire.disconnect(socket)
    else socket?.destroy()
    const open = [...this.#told.values()]
    this.#told.clear()
    for (const told of open) told({ ok: false, reason: 'the connection broke', unsent: 'lost' })
    this.listener.closed(end)
  }
}
