import { isUtf8 } from 'node:buffer'
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import { Frames } from './frames.js'
import { leastCost, LastMessage, tellLater, Unread, type Link, type LinkLimits, type LinkSink, type Overdue } from './link.js'
import { Overhead } from './overhead.js'
import type { Hop, SendFailed } from './transport.js'

/** A peer that was silent for this long gets a ping. */
const pingAfterMs = 30_000
const ping = '\r\n\r\n'
const pong = Buffer.from('\r\n')
/** What may be held of one message with all heads and control frames between, as a multiple of the largest message. */
const mostHeld = 2
/** The server ends, or no longer needs the connection (RFC 6455 §7.4.1). */
const goingAway = 1001

/** One WebSocket of a browser or a similar client (RFC 7118). Each of its messages is one complete SIP message. */
export class WebSocketConnection implements Link {
  #lastUse: number
  #lastHeard: number
  readonly #lastMessage: LastMessage
  readonly #unread = new Unread()
  readonly #overhead: Overhead
  /** Since when we wait for the answer to a ping. */
  #askedAt: number | undefined
  readonly #frames = new Frames()
  /** Since when the end of a message that has begun is awaited. */
  #begunAt: number | undefined
  /** A pong has not left yet: it answers all pings until it has. */
  #ponging = false
  #held = false
  #ended = false

  constructor(
    private readonly webSocket: WebSocket,
    socket: Socket,
    readonly source: Hop,
    private readonly limits: LinkLimits,
    private readonly sink: LinkSink,
    private readonly monotonic: () => number,
  ) {
    this.#lastUse = this.#lastHeard = monotonic()
    this.#lastMessage = new LastMessage(this.#lastUse)
    this.#overhead = new Overhead(limits.overhead, this.#lastUse, () => sink.sender(this))
    this.#readBefore(socket)
    webSocket.on('message', bytes => this.#message(bytes))
    webSocket.on('ping', () => this.#heard())
    webSocket.on('pong', () => this.#heard())
    webSocket.on('error', error => this.#unreadable(error))
    webSocket.on('close', () => this.close())
  }

  get usedAt(): number {
    return this.#lastUse
  }

  get open(): boolean {
    return this.webSocket.readyState === this.webSocket.OPEN
  }

  send(bytes: Buffer, failed?: SendFailed): void {
    this.#lastUse = this.monotonic()
    if (!this.open) return tellLater(failed)
    if (this.webSocket.bufferedAmount + bytes.length > this.limits.unreadBytes) {
      this.sink.notReading()
      tellLater(failed, 'cut')
      return this.close()
    }
    // Text if the bytes are UTF-8, because some browser phones can't read binary messages (RFC 7118 §4.2).
    this.webSocket.send(bytes, { binary: !isUtf8(bytes) }, error => error && failed?.('cut'))
  }

  hold(held: boolean): void {
    this.#held = held
  }

  keepAlive(now: number): void {
    if (this.#askedAt !== undefined || now - this.#lastHeard <= pingAfterMs) return
    this.#askedAt = now
    this.webSocket.ping()
  }

  overdue(now: number, isStranger = false): Overdue | undefined {
    const { slowMs, idleMs } = this.limits
    if (this.#begunAt !== undefined && now - this.#begunAt > slowMs) return 'slow'
    const stranger = isStranger ? this.#lastMessage.overdue(now, this.limits) : undefined
    if (stranger !== undefined) return stranger
    if (this.#askedAt !== undefined && now - this.#askedAt > slowMs) return 'gone'
    const unread = this.#unread.overdue(now, this.webSocket.bufferedAmount, this.limits)
    if (unread !== undefined) return unread
    return !this.#held && now - this.#lastUse > idleMs ? 'idle' : undefined
  }

  close(): void {
    if (this.#ended) return
    this.#ended = true
    this.webSocket.close(goingAway)
    this.webSocket.terminate()
    this.sink.closed(this, true)
  }

  #heard(): void {
    this.#lastHeard = this.monotonic()
    this.#askedAt = undefined
  }

  /** The library delivers one Buffer per message, however many frames it had. */
  #message(bytes: unknown): void {
    this.#heard()
    if (!Buffer.isBuffer(bytes) || !this.open) return
    this.#lastUse = this.monotonic()
    if (bytes.length === ping.length && bytes.toString('latin1') === ping) this.#pong()
    else if (this.sink.message(bytes, this.source)) this.#lastMessage.came(this.monotonic())
    else this.#take(bytes.length)
  }

  /**
   * The library reads each frame of a chunk before it returns, and 64 kB can hold 10,000 frames. So its listener gets a chunk only when the frames in it
   * are not too many.
   */
  #readBefore(socket: Socket): void {
    const readers = socket.listeners('data')
    socket.removeAllListeners('data')
    socket.on('data', (chunk: Buffer) => {
      const { begun } = this.#frames
      const ended = this.#frames.push(chunk)
      this.#take((this.#frames.begun - begun) * leastCost)
      // The library reads nothing behind a Close either.
      if (this.open) for (const read of readers) Reflect.apply(read, socket, [chunk])
      this.#follow(ended)
    })
  }

  /** What came besides messages. */
  #take(bytes: number): void {
    if (this.#ended || this.#overhead.takes(bytes, this.monotonic())) return
    this.sink.overstepping()
    this.close()
  }

  /** A fragment keeps the whole chunk that it came in, so the bytes between the fragments count. */
  #follow(ended: boolean): void {
    const { heldBytes } = this.#frames
    const now = this.monotonic()
    if (heldBytes === 0) this.#begunAt = undefined
    else if (ended || this.#begunAt === undefined) this.#begunAt = now
    if (heldBytes <= mostHeld * this.limits.messageBytes || this.#ended) return
    this.sink.unreadable({ what: 'messageTooLarge', head: undefined }, this.source)
    this.close()
  }

  #pong(): void {
    if (this.#ponging || !this.open) return
    this.#ponging = true
    this.webSocket.send(pong, { binary: false }, () => (this.#ponging = false))
  }

  /** Not a WebSocket frame, not UTF-8 in a text message, or too large. The library has already sent a Close. */
  #unreadable(error: Error): void {
    const isTooLarge = 'code' in error && error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'
    this.sink.unreadable({ what: isTooLarge ? 'messageTooLarge' : 'badFrame', head: undefined }, this.source)
    this.close()
  }
}
