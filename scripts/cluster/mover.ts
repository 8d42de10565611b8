import type { Machine } from './machine.js'
import { virtualAddress } from './machine.js'

const lookEvery = 10

/** Gives the virtual address to the machine whose node leads, as keepalived would. */
export class Mover {
  #timer: NodeJS.Timeout | undefined
  #at: { readonly machine: Machine; readonly lease: number } | undefined

  constructor(private readonly machines: readonly Machine[]) {
    this.#timer = setInterval(() => this.#look(), lookEvery)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** The machine that leads now, as its log says. */
  get leader(): Machine | undefined {
    return this.#at?.machine
  }

  #look(): void {
    for (const machine of this.machines) {
      const line = machine.server?.lines.findLast(({ event }) => event === 'cluster.leads')
      const lease = Number(line?.['lease'] ?? 0)
      if (lease <= (this.#at?.lease ?? 0)) continue
      for (const other of this.machines) other.net.giveAddress(virtualAddress)
      machine.net.takeAddress(virtualAddress)
      this.#at = { machine, lease }
    }
  }
}
