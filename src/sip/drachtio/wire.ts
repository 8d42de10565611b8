import { randomUUID } from 'node:crypto'
import WireProtocol, { type WireSocket } from 'drachtio-srf/lib/wire-protocol.js'
import { FrameCutter } from './frame-cutter.js'

/** In bytes, without the id. The server's buffer holds 12,228 with length and id. A longer message would block the connection forever. */
const longestCommand = 12_000

/**
 * In bytes, with the length. The server adds up to 8,192 bytes to an incomplete message in its buffer. If they don't fit, the buffer loses
 * its beginning. So nothing follows a message longer than this until the server has answered it.
 */
const longestFollowed = 4_000

/** Whether the server could not read a command. `text`: the command without its id, each character one byte. */
export const isTooLong = (text: string): boolean => text.length > longestCommand

/** A message to the server. */
interface Frame {
  readonly id: string
  readonly text: string
}

/**
 * The library's connection, with a reader and a writer of our own. An unreadable message ends the connection and not the process. Bytes are
 * not converted to Unicode and back, and what one turn of the event loop sends is one write.
 */
export class Wire extends WireProtocol {
  readonly #cutter = new FrameCutter()
  #isBroken = false
  /** What was sent in this turn of the event loop. It is written at the end of the turn. */
  #waiting = ''
  /** The id of a long message that the server has not answered yet. */
  #long: string | undefined
  /** The messages that follow the long one. */
  #held: Frame[] = []

  constructor() {
    super({})
  }

  /** `text`: each character one byte. Returns the id of the server's answer. */
  override send(socket: WireSocket, text: string): string {
    const id = randomUUID()
    const frame = { id, text: `${id.length + 1 + text.length}#${id}|${text}` }
    if (this.#long === undefined) this.#put(socket, frame)
    else this.#held.push(frame)
    return id
  }

  /** The server has answered this message, so the message is no longer in the server's buffer. */
  answered(socket: WireSocket, id: string): void {
    if (id !== this.#long) return
    this.#long = undefined
    const held = this.#held
    const long = held.findIndex(isLong)
    const now = long < 0 ? held.length : long + 1
    this.#held = held.slice(now)
    for (const frame of held.slice(0, now)) this.#put(socket, frame)
  }

  override disconnect(socket: WireSocket): void {
    for (const frame of this.#held) this.#put(socket, frame)
    this.#flush(socket)
    super.disconnect(socket)
  }

  protected override _onData(socket: WireSocket, chunk: Buffer): void {
    if (this.#isBroken) return
    const cut = this.#cutter.push(chunk)
    for (const message of cut.messages) this.emit('msg', socket, message)
    if (cut.kind !== 'broken') return
    this.#isBroken = true
    this.emit('error', new Error(cut.what), socket)
  }

  #put(socket: WireSocket, frame: Frame): void {
    if (this.#waiting === '') queueMicrotask(() => this.#flush(socket))
    this.#waiting += frame.text
    if (isLong(frame)) this.#long = frame.id
  }

  #flush(socket: WireSocket): void {
    const text = this.#waiting
    this.#waiting = ''
    if (text !== '') socket.write(text, 'latin1')
  }
}

const isLong = ({ text }: Frame): boolean => text.length > longestFollowed
