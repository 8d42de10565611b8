import type { Socket } from 'node:net'
import { Framer } from './framing.js'
import { leastCost, LastMessage, tellLater, Unread, type Link, type LinkLimits, type LinkSink, type Overdue } from './link.js'
import { Overhead } from './overhead.js'
import type { Hop, SendFailed } from './transport.js'

interface Waiting {
  readonly bytes: Buffer
  readonly failed: SendFailed | undefined
}

/** Most NATs forget a silent TCP connection after some minutes. */
const keepAliveMs = 60_000
const pong = Buffer.from('\r\n')

/** One TCP or TLS connection, opened by either side. */
export class Connection implements Link {
  readonly #framer: Framer
  /** Messages to send once the connection is established. */
  #waiting: Waiting[] | undefined
  #lastUse: number
  readonly #lastMessage: LastMessage
  readonly #unread = new Unread()
  readonly #overhead: Overhead
  /** What the current chunk brought of SIP messages, or was counted already. */
  #accounted = 0
  /** Since when we wait for a message. Undefined: we wait for none. */
  #awaitedSince: number | undefined
  #open = true
  /** A pong has not left yet: it answers all pings until it has. */
  #ponging = false
  /** Somebody can only be reached on this connection. */
  #held = false
  #ended = false

  constructor(
    private readonly socket: Socket,
    readonly source: Hop,
    /** For a connection that we open: the event that says that it is established. */
    awaited: 'connect' | 'secureConnect' | undefined,
    private readonly limits: LinkLimits,
    private readonly sink: LinkSink,
    private readonly monotonic: () => number,
  ) {
    this.#lastUse = monotonic()
    this.#lastMessage = new LastMessage(this.#lastUse)
    this.#overhead = new Overhead(limits.overhead, this.#lastUse, () => sink.sender(this))
    this.#awaitedSince = awaited ? undefined : this.#lastUse
    this.#waiting = awaited && []
    this.#framer = new Framer(limits, {
      message: bytes => this.#message(bytes),
      ping: () => this.#ping(),
    })
    socket.setNoDelay(true)
    if (awaited) socket.once(awaited, () => this.#connected())
    socket.on('data', chunk => this.#data(chunk))
    socket.on('error', () => this.close()) // `close` reports the lost messages.
    socket.on('close', () => this.close())
  }

  get usedAt(): number {
    return this.#lastUse
  }

  get open(): boolean {
    return this.#open
  }

  send(bytes: Buffer, failed?: SendFailed): void {
    this.#lastUse = this.monotonic()
    if (this.#waiting) this.#waiting.push({ bytes, failed })
    else if (!this.#open) tellLater(failed)
    else this.#write(bytes, failed)
  }

  /** The kernel then checks regularly whether the peer is there. This also keeps NATs open. */
  hold(held: boolean): void {
    this.#held = held
    this.socket.setKeepAlive(held, keepAliveMs)
  }

  overdue(now: number, isStranger = false): Overdue | undefined {
    const { connectMs, slowMs } = this.limits
    if (this.#waiting) return now - this.#lastUse > connectMs ? 'slow' : undefined
    if (this.#awaitedSince !== undefined && now - this.#awaitedSince > slowMs) return 'slow'
    const stranger = isStranger ? this.#lastMessage.overdue(now, this.limits) : undefined
    return stranger ?? this.#unread.overdue(now, this.socket.writableLength, this.limits) ?? this.#idle(now)
  }

  close(): void {
    if (this.#ended) return
    this.#ended = true
    this.#open = false
    const waiting = this.#waiting
    this.#waiting = undefined
    this.socket.destroy()
    for (const { failed } of waiting ?? []) tellLater(failed)
    this.sink.closed(this, waiting === undefined)
  }

  #idle(now: number): 'idle' | undefined {
    if (this.#open && this.#held) return undefined
    const { slowMs, idleMs } = this.limits
    return now - this.#lastUse > (this.#open ? idleMs : slowMs) ? 'idle' : undefined
  }

  /** Reads nothing more. What was written is still sent. */
  #closeAfterWriting(): void {
    this.#open = false
    this.#awaitedSince = undefined
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
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    for (const { bytes, failed } of waiting) this.#write(bytes, failed)
  }

  #data(chunk: Buffer): void {
    const now = this.monotonic()
    this.#lastUse = now
    const arrived = this.#framer.heldBytes + chunk.length
    this.#accounted = 0
    const fault = this.#framer.push(chunk)
    this.#take(arrived - this.#accounted - this.#framer.heldBytes)
    if (fault && this.#open) {
      this.sink.unreadable(fault, this.source)
      this.#closeAfterWriting()
    } else this.#awaitedSince = this.#framer.partial ? (this.#awaitedSince ?? now) : undefined
  }

  #message(bytes: Buffer): void {
    this.#awaitedSince = undefined
    if (!this.#open) return
    this.#accounted += bytes.length
    if (this.sink.message(bytes, this.source)) this.#lastMessage.came(this.monotonic())
    else this.#take(Math.max(leastCost, bytes.length))
  }

  /** What came besides messages. */
  #take(bytes: number): void {
    if (!this.#open || this.#overhead.takes(bytes, this.monotonic())) return
    this.sink.overstepping()
    this.close()
  }

  /** A peer that pings and does not read costs one pong, not one for each ping. */
  #ping(): void {
    if (!this.#open || this.#ponging) return
    this.#ponging = true
    this.socket.write(pong, () => (this.#ponging = false))
  }
}
