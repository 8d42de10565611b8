import { isUtf8 } from 'node:buffer'
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import { Frames } from './frames.js'
import { leastCost, tellLater, type Link, type LinkLimits, type LinkSink, type Overdue } from './link.js'
import { LinkUse } from './link-use.js'
import { Pings, Pong } from './pings.js'
import type { Hop, SendFailed } from './transport.js'

const ping = '\r\n\r\n'
const pong = Buffer.from('\r\n')
/** The limit on what is held of one message with all heads and control frames in between, as a multiple of the largest message. */
const mostHeld = 2
/** The server ends, or no longer needs the connection (RFC 6455 §7.4.1). */
const goingAway = 1001

/** One WebSocket of a browser or a similar client (RFC 7118). Each of its messages is one complete SIP message. */
export class WebSocketConnection implements Link {
  readonly #use: LinkUse
  readonly #pings: Pings
  readonly #pong: Pong
  readonly #frames = new Frames()
  /** Since when the end of a started message is awaited. */
  #begunAt: number | undefined
  #ended = false

  constructor(
    private readonly webSocket: WebSocket,
    socket: Socket,
    readonly source: Hop,
    private readonly limits: LinkLimits,
    private readonly sink: LinkSink,
    monotonic: () => number,
  ) {
    this.#use = new LinkUse(limits, monotonic, () => sink.sender(this))
    this.#pings = new Pings(this.#use.usedAt)
    this.#pong = new Pong(left => webSocket.send(pong, { binary: false }, left))
    this.#readBefore(socket)
    webSocket.on('message', bytes => this.#message(bytes))
    webSocket.on('ping', () => this.#pings.heard(this.#use.now()))
    webSocket.on('pong', () => this.#pings.heard(this.#use.now()))
    webSocket.on('error', error => this.#unreadable(error))
    webSocket.on('close', () => this.close())
  }

  get usedAt(): number {
    return this.#use.usedAt
  }

  get open(): boolean {
    return this.webSocket.readyState === this.webSocket.OPEN
  }

  send(bytes: Buffer, failed?: SendFailed): void {
    this.#use.used()
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
    this.#use.isHeld = held
  }

  keepAlive(now: number): void {
    if (this.#pings.isDue(now)) this.webSocket.ping()
  }

  overdue(now: number, isStranger = false): Overdue | undefined {
    const { slowMs } = this.limits
    if (this.#begunAt !== undefined && now - this.#begunAt > slowMs) return 'slow'
    const stranger = isStranger ? this.#use.strangerOverdue(now) : undefined
    if (stranger !== undefined) return stranger
    if (this.#pings.isUnanswered(now, slowMs)) return 'gone'
    return this.#use.unread(now, this.webSocket.bufferedAmount) ?? this.#use.idle(now)
  }

  close(): void {
    if (this.#ended) return
    this.#ended = true
    this.webSocket.close(goingAway)
    this.webSocket.terminate()
    this.sink.closed(this, true)
  }

  /** The library delivers one Buffer per message, however many frames it had. */
  #message(bytes: unknown): void {
    this.#pings.heard(this.#use.now())
    if (!Buffer.isBuffer(bytes) || !this.open) return
    this.#use.used()
    if (bytes.length === ping.length && bytes.toString('latin1') === ping) this.#pong.answer()
    else if (this.sink.message(bytes, this.source)) this.#use.message()
    else this.#take(bytes.length)
  }

  /**
   * The library reads all frames of a chunk before it returns, and 64 kB can contain 10,000 frames. So the library gets a chunk only if the number
   * of frames in it is acceptable.
   */
  #readBefore(socket: Socket): void {
    const readers = socket.listeners('data')
    socket.removeAllListeners('data')
    socket.on('data', (chunk: Buffer) => {
      const { begun } = this.#frames
      const ended = this.#frames.push(chunk)
      this.#take((this.#frames.begun - begun) * leastCost)
      // The library reads nothing after a Close either.
      if (this.open) for (const read of readers) Reflect.apply(read, socket, [chunk])
      this.#follow(ended)
    })
  }

  /** Counts what came besides messages. Closes the connection if it is too much. */
  #take(bytes: number): void {
    if (this.#ended || this.#use.takes(bytes)) return
    this.sink.overstepping()
    this.close()
  }

  /** A fragment keeps the whole chunk in which it came, so the bytes between the fragments count. */
  #follow(ended: boolean): void {
    const { heldBytes } = this.#frames
    const now = this.#use.now()
    if (heldBytes === 0) this.#begunAt = undefined
    else if (ended || this.#begunAt === undefined) this.#begunAt = now
    if (heldBytes <= mostHeld * this.limits.messageBytes || this.#ended) return
    this.sink.unreadable({ what: 'messageTooLarge', head: undefined }, this.source)
    this.close()
  }

  /** Not a WebSocket frame, not UTF-8 in a text message, or too large. The library has already sent a Close. */
  #unreadable(error: Error): void {
    const isTooLarge = 'code' in error && error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'
    this.sink.unreadable({ what: isTooLarge ? 'messageTooLarge' : 'badFrame', head: undefined }, this.source)
    this.close()
  }
}
