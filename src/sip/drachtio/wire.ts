import { randomUUID } from 'node:crypto'
import WireProtocol, { type WireSocket } from 'drachtio-srf/lib/wire-protocol.js'
import { asBytes } from '../message/grammar.js'
import { FrameCutter } from './frame-cutter.js'

/**
 * The library's connection, with a reader and a writer of our own. An unreadable message ends the connection and not the process. Bytes are
 * not converted to Unicode and back, and what one turn of the event loop sends is one write.
 */
export class Wire extends WireProtocol {
  readonly #cutter = new FrameCutter()
  #isBroken = false
  /** What this turn has sent so far. */
  #waiting = ''

  constructor() {
    super({})
  }

  /** `text`: in the form of SIP messages here, each character one byte. Returns the id of the server's answer. */
  override send(socket: WireSocket, text: string): string {
    const id = randomUUID()
    const bytes = asBytes(text)
    if (this.#waiting === '') queueMicrotask(() => this.#flush(socket))
    this.#waiting += `${id.length + 1 + bytes.length}#${id}|${bytes}`
    return id
  }

  override disconnect(socket: WireSocket): void {
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

  #flush(socket: WireSocket): void {
    const text = this.#waiting
    this.#waiting = ''
    if (text !== '') socket.write(text, 'latin1')
  }
}
