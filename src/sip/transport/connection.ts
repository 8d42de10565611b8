import type { Socket } from 'node:net'
import { Framer } from './framing.js'
import { leastCost, tellLater, type Link, type LinkLimits, type LinkSink, type Overdue } from './link.js'
import { LinkUse } from './link-use.js'
import { Pong } from './pings.js'
import type { Hop, SendFailed } from './transport.js'

interface Waiting {
  readonly bytes: Buffer
  readonly failed: SendFailed | undefined
}

/** Most NATs forget a silent TCP connection after some minutes. */
const keepAliveMs = 60_000
const pong = Buffer.from('\r\n')

type State =
  /** Messages to send wait until the connection is established. */
  | { readonly kind: 'connecting'; readonly waiting: Waiting[] }
  /** `awaitedSince`: since when we wait for a message. Undefined: we wait for none. */
  | { readonly kind: 'open'; awaitedSince: number | undefined }
  /** Nothing more is read. What was written is still sent. */
  | { readonly kind: 'closing' }
  | { readonly kind: 'closed' }

const closing: State = { kind: 'closing' }
const closed: State = { kind: 'closed' }

/** One TCP or TLS connection, opened by either side. */
export class Connection implements Link {
  readonly #framer: Framer
  readonly #use: LinkUse
  readonly #pong: Pong
  #state: State
  /** In bytes: how much of the current chunk belongs to SIP messages, or is counted already. */
  #accounted = 0

  constructor(
    private readonly socket: Socket,
    readonly source: Hop,
    /** For a connection that we open: the event that says that it is established. */
    awaited: 'connect' | 'secureConnect' | undefined,
    private readonly limits: LinkLimits,
    private readonly sink: LinkSink,
    monotonic: () => number,
  ) {
    this.#use = new LinkUse(limits, monotonic, () => sink.sender(this))
    this.#pong = new Pong(left => socket.write(pong, left))
    this.#state = awaited ? { kind: 'connecting', waiting: [] } : { kind: 'open', awaitedSince: this.#use.usedAt }
    this.#framer = new Framer(limits, {
      message: bytes => this.#message(bytes),
      ping: () => this.open && this.#pong.answer(),
    })
    socket.setNoDelay(true)
    if (awaited) socket.once(awaited, () => this.#connected())
    socket.on('data', chunk => this.#data(chunk))
    socket.on('error', () => this.close()) // `close` reports the lost messages.
    socket.on('close', () => this.close())
  }

  get usedAt(): number {
    return this.#use.usedAt
  }

  get open(): boolean {
    return this.#state.kind === 'connecting' || this.#state.kind === 'open'
  }

  send(bytes: Buffer, failed?: SendFailed): void {
    this.#use.used()
    const state = this.#state
    if (state.kind === 'connecting') state.waiting.push({ bytes, failed })
    else if (state.kind === 'open') this.#write(bytes, failed)
    else tellLater(failed)
  }

  /** While the connection is held, the kernel checks regularly whether the peer is there. This also keeps NATs open. */
  hold(held: boolean): void {
    this.#use.isHeld = held
    this.socket.setKeepAlive(held, keepAliveMs)
  }

  overdue(now: number, isStranger = false): Overdue | undefined {
    const state = this.#state
    const { connectMs, slowMs } = this.limits
    if (state.kind === 'connecting') return now - this.usedAt > connectMs ? 'slow' : undefined
    if (state.kind === 'open' && state.awaitedSince !== undefined && now - state.awaitedSince > slowMs) return 'slow'
    const stranger = isStranger ? this.#use.strangerOverdue(now) : undefined
    return stranger ?? this.#use.unread(now, this.socket.writableLength) ?? this.#idle(now)
  }

  close(): void {
    const before = this.#state
    if (before.kind === 'closed') return
    this.#state = closed
    this.socket.destroy()
    if (before.kind === 'connecting') for (const { failed } of before.waiting) tellLater(failed)
    this.sink.closed(this, before.kind !== 'connecting')
  }

  #idle(now: number): 'idle' | undefined {
    if (this.#state.kind === 'open') return this.#use.idle(now)
    return now - this.usedAt > this.limits.slowMs ? 'idle' : undefined
  }

  /** Reads nothing more. What was written is still sent. */
  #closeAfterWriting(): void {
    this.#state = closing
    this.socket.removeAllListeners('data')
    this.socket.resume()
    this.socket.end(() => this.close())
  }

  #write(bytes: Buffer, failed: SendFailed | undefined): void {
    if (this.socket.writableLength + bytes.length > this.limits.unreadBytes) {
      this.sink.notReading()
      tellLater(failed, 'cut')
      this.close()
    } else if (failed) this.socket.write(bytes, error => error && failed('cut'))
    else this.socket.write(bytes)
  }

  #connected(): void {
    const before = this.#state
    if (before.kind !== 'connecting') return
    this.#state = { kind: 'open', awaitedSince: undefined }
    for (const { bytes, failed } of before.waiting) this.#write(bytes, failed)
  }

  #data(chunk: Buffer): void {
    const now = this.#use.used()
    const arrived = this.#framer.heldBytes + chunk.length
    this.#accounted = 0
    const fault = this.#framer.push(chunk)
    this.#take(arrived - this.#accounted - this.#framer.heldBytes)
    if (fault && this.open) {
      this.sink.unreadable(fault, this.source)
      return this.#closeAfterWriting()
    }
    if (this.#state.kind === 'open')
      this.#state.awaitedSince = this.#framer.partial ? (this.#state.awaitedSince ?? now) : undefined
  }

  #message(bytes: Buffer): void {
    if (this.#state.kind !== 'open') return
    this.#state.awaitedSince = undefined
    this.#accounted += bytes.length
    if (this.sink.message(bytes, this.source)) this.#use.message()
    else this.#take(Math.max(leastCost, bytes.length))
  }

  /** Counts what came besides messages. Closes the connection if it is too much. */
  #take(bytes: number): void {
    if (!this.open || this.#use.takes(bytes)) return
    this.sink.overstepping()
    this.close()
  }
}
