import type { Hop } from '../transport/transport.js'
import type { Ground } from './machine.js'
import type { SentAck } from './user.js'

/** An ACK that goes out again whenever its response comes again. It holds its bytes and no more; as text, since bytes would keep the pool that they were cut from. */
export class LooseAck implements SentAck {
  #text = ''
  /** Undefined: not sent yet, or there is no way to its target. */
  #hop: Hop | undefined

  constructor(private readonly ground: Ground) {}

  /** `failed`: of this first time. */
  send(bytes: Buffer, hop: Hop, failed?: () => void): void {
    this.#text = bytes.toString('latin1')
    this.#hop = hop
    this.ground.send(bytes, hop, failed)
  }

  again(): void {
    if (this.#hop) this.ground.sendAgain(Buffer.from(this.#text, 'latin1'), this.#hop)
  }
}
