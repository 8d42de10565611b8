import WireProtocol, { type WireSocket } from 'drachtio-srf/lib/wire-protocol.js'
import { FrameCutter } from './frame-cutter.js'

/** The library's connection, with a reader of our own: an unreadable message ends the connection and not the process. */
export class Wire extends WireProtocol {
  readonly #cutter = new FrameCutter()
  #isBroken = false

  constructor() {
    super({})
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
