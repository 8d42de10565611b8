import type { LogLine } from '../../test/wire/harness/server.js'
import type { Machine } from './machine.js'
import { virtualAddress } from './machine.js'

const lookEvery = 10

/** Gives the virtual address to the machine whose node leads, as keepalived would. */
export class Mover {
  #timer: NodeJS.Timeout | undefined
  #at: Machine | undefined
  /** A Redis that was killed may give the same lease number twice, so a number does not tell what is new. */
  readonly #seen = new Set<LogLine>()

  constructor(private readonly machines: readonly Machine[]) {
    this.#timer = setInterval(() => this.#look(), lookEvery)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** The machine that leads now, as its log says. */
  get leader(): Machine | undefined {
    return this.#at
  }

  #look(): void {
    for (const machine of this.machines) {
      const line = machine.server?.lines.findLast(({ event }) => event === 'cluster.leads')
      if (!line || this.#seen.has(line)) continue
      this.#seen.add(line)
      for (const other of this.machines) other.net.giveAddress(virtualAddress)
      machine.net.takeAddress(virtualAddress)
      this.#at = machine
    }
  }
}
