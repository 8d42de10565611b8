import type { Socket } from 'node:net'
import { tellLater, type Link } from './link.js'
import type { Hop, SendFailed } from './transport.js'

/** A connection opened by a peer that carries no SIP yet, because its TLS or WebSocket handshake is not finished. */
export class Arrival implements Link {
  readonly open = false
  #ended = false

  constructor(
    readonly source: Hop,
    private readonly socket: Socket,
    private readonly times: { readonly since: number; readonly patienceMs: number },
    private readonly closed: (arrival: Arrival) => void,
  ) {
    socket.on('error', () => this.close())
    socket.on('close', () => this.close())
  }

  get usedAt(): number {
    return this.times.since
  }

  send(_bytes: Buffer, failed?: SendFailed): void {
    tellLater(failed)
  }

  hold(): void {
    // Nobody can be reached on it yet.
  }

  overdue(now: number): 'slow' | undefined {
    return now - this.times.since > this.times.patienceMs ? 'slow' : undefined
  }

  close(): void {
    if (this.#ended) return
    this.#ended = true
    this.socket.destroy()
    this.closed(this)
  }
}
