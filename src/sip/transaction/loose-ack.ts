import type { Hop } from '../transport/transport.js'
import type { Ground } from './machine.js'
import type { SentAck } from './user.js'

/** The ACK for a 2xx. As long as its 2xx may come again it holds its bytes and no more; as text, since bytes would keep the pool that they were cut from. */
export class LooseAck implements SentAck {
  #text = ''
  /** Undefined: not sent yet, or there is no way to its target. */
  #hop: Hop | undefined

  constructor(private readonly ground: Ground) {}

  send(bytes: Buffer, hop: Hop): void {
    this.#text = bytes.toString('latin1')
    this.#hop = hop
    this.ground.send(bytes, hop)
  }

  again(): void {
    if (!this.#hop) return
    this.ground.sentAgain()
    this.ground.send(Buffer.from(this.#text, 'latin1'), this.#hop)
  }
}
