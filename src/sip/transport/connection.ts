import type { Socket } from 'node:net'
import { Framer, type FramingFault, type FramingLimits } from './framing.js'
import type { Hop } from './transport.js'

/** How long and how much a connection may keep us busy. Milliseconds and bytes. */
export interface ConnectionLimits extends FramingLimits {
  /** Nothing sent nor received for so long closes it; in-dialog requests open it again. Default 10 min. */
  readonly idleMs: number
  /** A message that has begun, and the first message of a new connection, must be whole within this. Default 15 s. */
  readonly slowMs: number
  /** To connect. Default 4 s: then the next address is tried. */
  readonly connectMs: number
  /** Bytes that wait for the peer to read. Default 1 MiB. */
  readonly unreadBytes: number
}

export interface ConnectionSink {
  message(bytes: Buffer, source: Hop): void
  /** The stream can't be read on; the connection closes once what is sent now has gone out. */
  unreadable(fault: FramingFault, source: Hop): void
  closed(connection: Connection): void
  /** The peer leaves more unread than allowed. */
  notReading(): void
}

interface Waiting {
  readonly bytes: Buffer
  readonly failed: (() => void) | undefined
}

/** Most translations forget a silent TCP connection after some minutes. */
const keepAliveMs = 60_000
const pong = Buffer.from('\r\n')

/** One TCP connection, whoever opened it. */
export class Connection {
  readonly source: Hop
  readonly #framer: Framer
  /** What is sent before the connection stands. */
  #waiting: Waiting[] | undefined
  #lastUse: number
  /** Since when a message has been awaited; undefined when none is. */
  #awaitedSince: number | undefined
  #open = true
  /** Somebody is reached by it alone. */
  #held = false
  #ended = false

  constructor(
    readonly id: number,
    private readonly socket: Socket,
    peer: { readonly host: string; readonly port: number; readonly connecting: boolean },
    private readonly limits: ConnectionLimits,
    private readonly sink: ConnectionSink,
    private readonly monotonic: () => number,
  ) {
    this.source = { transport: 'tcp', host: peer.host, port: peer.port, connection: id }
    this.#lastUse = monotonic()
    this.#awaitedSince = peer.connecting ? undefined : this.#lastUse
    this.#waiting = peer.connecting ? [] : undefined
    this.#framer = new Framer(limits, {
      message: bytes => this.#message(bytes),
      ping: () => this.#ping(),
    })
    socket.setNoDelay(true)
    socket.on('connect', () => this.#connected())
    socket.on('data', chunk => this.#data(chunk))
    socket.on('error', () => this.close()) // `close` tells those whose messages are lost
    socket.on('close', () => this.close())
  }

  /** Whether new messages may be sent on it. */
  get open(): boolean {
    return this.#open
  }

  /** `failed` is told when the bytes can't be handed to the network; never before this returns. */
  send(bytes: Buffer, failed?: () => void): void {
    this.#lastUse = this.monotonic()
    if (this.#waiting) this.#waiting.push({ bytes, failed })
    else if (!this.#open) tellLater(failed)
    else this.#write(bytes, failed)
  }

  /** Stays open though idle. The kernel asks now and then whether the peer is there, which keeps address translations open, too. */
  hold(held: boolean): void {
    this.#held = held
    this.socket.setKeepAlive(held, keepAliveMs)
  }

  /** Why it must not live on, at this moment. */
  overdue(now: number): 'idle' | 'slow' | undefined {
    const { connectMs, slowMs, idleMs } = this.limits
    if (this.#waiting) return now - this.#lastUse > connectMs ? 'slow' : undefined
    if (this.#awaitedSince !== undefined && now - this.#awaitedSince > slowMs) return 'slow'
    if (this.#open && this.#held) return undefined
    return now - this.#lastUse > (this.#open ? idleMs : slowMs) ? 'idle' : undefined
  }

  /** At once, and once: what was not handed to the network has failed. */
  close(): void {
    if (this.#ended) return
    this.#ended = true
    this.#open = false
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    this.socket.destroy()
    for (const { failed } of waiting) tellLater(failed)
    this.sink.closed(this)
  }

  /** Nothing more is read; what was written still goes out. */
  #closeAfterWriting(): void {
    this.#open = false
    this.#awaitedSince = undefined
    this.socket.removeAllListeners('data')
    this.socket.resume()
    this.socket.end(() => this.close())
  }

  #write(bytes: Buffer, failed: (() => void) | undefined): void {
    if (this.socket.writableLength + bytes.length > this.limits.unreadBytes) {
      this.sink.notReading()
      tellLater(failed)
      this.close()
    } else if (failed) this.socket.write(bytes, error => error && failed())
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
    const fault = this.#framer.push(chunk)
    if (fault && this.#open) {
      this.sink.unreadable(fault, this.source)
      this.#closeAfterWriting()
    } else this.#awaitedSince = this.#framer.partial ? (this.#awaitedSince ?? now) : undefined
  }

  #message(bytes: Buffer): void {
    this.#awaitedSince = undefined
    if (this.#open) this.sink.message(bytes, this.source)
  }

  #ping(): void {
    if (this.#open) this.#write(pong, undefined)
  }
}

function tellLater(failed: (() => void) | undefined): void {
  if (failed) queueMicrotask(failed)
}
