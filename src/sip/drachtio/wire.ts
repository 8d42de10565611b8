import { randomUUID } from 'node:crypto'
import WireProtocol, { type WireSocket } from 'drachtio-srf/lib/wire-protocol.js'
import { asBytes } from '../message/grammar.js'
import { FrameCutter } from './frame-cutter.js'

/**
 * The library's connection, with a reader and a writer of our own. An unreadable message ends the connection and not the process, and
 * bytes are not converted to Unicode and back.
 */
export class Wire extends WireProtocol {
  readonly #cutter = new FrameCutter()
  #isBroken = false

  constructor() {
    super({})
  }

  /** `text`: in the form of SIP messages here, each character one byte. Returns the id of the server's answer. */
  override send(socket: WireSocket, text: string): string {
    const id = randomUUID()
    const bytes = asBytes(text)
    socket.write(`${id.length + 1 + bytes.length}#${id}|${bytes}`, 'latin1')
    return id
  }

  protected override _onData(socket: WireSocket, chunk: Buffer): void {
    if (this.#isBroken) return
    const cut = this.#cutter.push(chunk)
    for (const message of cut.messages) this.emit('msg', socket, message)
    if (cut.kind !== 'broken') return
    this.#isBroken = true
    this.emit('error', new Error(cut.what), socket)
  }
}
