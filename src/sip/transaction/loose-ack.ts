import type { Hop } from '../transport/transport.js'
import type { MachineContext } from './machine.js'
import type { SentAck } from './user.js'

/**
 * An ACK that is sent again whenever its response comes again. It is stored as text, because a slice of bytes would keep its
 * whole pool in memory.
 */
export class LooseAck implements SentAck {
  #text = ''
  /** Where the ACK was sent. Undefined: it is not sent yet, or its target can't be reached. */
  #hop: Hop | undefined

  constructor(private readonly context: MachineContext) {}

  /** `failed` is only called for this first sending. */
  send(bytes: Buffer, hop: Hop, failed?: () => void): void {
    this.#text = bytes.toString('latin1')
    this.#hop = hop
    this.context.send(bytes, hop, failed)
  }

  again(): void {
    if (this.#hop) this.context.sendAgain(Buffer.from(this.#text, 'latin1'), this.#hop)
  }
}
