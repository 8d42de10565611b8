import { messageOf } from '../../foundation/errors.js'
import { PortPair } from './port-pair.js'
import type { PortMessage } from './port-helper.js'

/** Runs in the thread: the bound port pairs that are not in use. */
export class BoundPairs {
  readonly #idle = new Map<number, PortPair>()
  #stopped = false

  constructor(
    private readonly where: { readonly address: string; readonly family: 4 | 6 },
    private readonly tell: (message: PortMessage) => void,
    /** The network refused a packet. */
    private readonly unsent: () => void,
  ) {}

  async bind(port: number): Promise<void> {
    try {
      const pair = await PortPair.bind(this.where.address, this.where.family, port, this.unsent)
      if (this.#stopped) pair.close(() => undefined)
      else this.#idle.set(port, pair)
      this.tell({ kind: 'bound', port })
    } catch (error) {
      this.tell({ kind: 'refused', port, because: messageOf(error) })
    }
  }

  take(port: number): PortPair | undefined {
    const pair = this.#idle.get(port)
    this.#idle.delete(port)
    return pair
  }

  /** Closes a pair after its use, and reports its port as free. */
  free(port: number, pair: PortPair): void {
    pair.close(() => this.tell({ kind: 'freed', port }))
  }

  /** Closes the pairs that are not in use. */
  stop(): void {
    this.#stopped = true
    for (const pair of this.#idle.values()) pair.close(() => undefined)
    this.#idle.clear()
  }
}
