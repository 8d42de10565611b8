import { isUtf8 } from 'node:buffer'
import type { WebSocket } from 'ws'
import { LastMessage, tellLater, type Link, type LinkLimits, type LinkSink } from './link.js'
import type { Hop, SendFailed } from './transport.js'

/** A peer that has said nothing for so long is asked by a ping whether it is there. */
const pingAfterMs = 30_000
const ping = '\r\n\r\n'
const pong = Buffer.from('\r\n')
/** The server goes, or has no use for the connection any more (RFC 6455 §7.4.1). */
const goingAway = 1001

/** One WebSocket of a browser, or of what speaks like one (RFC 7118): each of its messages is a whole SIP message. */
export class WebSocketConnection implements Link {
  #lastUse: number
  #lastHeard: number
  readonly #lastMessage: LastMessage
  /** Since when the answer to a ping is awaited. */
  #askedAt: number | undefined
  #held = false
  #ended = false

  constructor(
    private readonly webSocket: WebSocket,
    readonly source: Hop,
    private readonly limits: LinkLimits,
    private readonly sink: LinkSink,
    private readonly monotonic: () => number,
  ) {
    this.#lastUse = this.#lastHeard = monotonic()
    this.#lastMessage = new LastMessage(this.#lastUse)
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
    // As text where it is, since not every browser phone reads the other kind (RFC 7118 §4.2).
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

  overdue(now: number, isStranger = false): 'idle' | 'slow' | 'gone' | undefined {
    const { slowMs, idleMs } = this.limits
    const stranger = isStranger ? this.#lastMessage.overdue(now, this.limits) : undefined
    if (stranger !== undefined) return stranger
    if (this.#askedAt !== undefined && now - this.#askedAt > slowMs) return 'gone'
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

  /** The library gives one Buffer for each message, however many frames it came in. */
  #message(bytes: unknown): void {
    this.#heard()
    if (!Buffer.isBuffer(bytes) || !this.open) return
    this.#lastUse = this.monotonic()
    if (bytes.length === ping.length && bytes.toString('latin1') === ping) this.send(pong)
    else if (this.sink.message(bytes, this.source)) this.#lastMessage.came(this.monotonic())
  }

  /** What is no WebSocket frame, no UTF-8 in a text, or larger than allowed; the library has told the peer by a Close. */
  #unreadable(error: Error): void {
    const isTooLarge = 'code' in error && error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'
    this.sink.unreadable({ what: isTooLarge ? 'messageTooLarge' : 'badFrame', head: undefined }, this.source)
    this.close()
  }
}
