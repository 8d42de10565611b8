import type { Refusal } from '../../legs/gateway.js'
import type { LossReason } from '../port.js'
import { noCounts, type Counts } from '../worker/counters.js'

/** The counters of browser media, summed over all processes that carried packets since the start of the server. */
export interface BrowserFigures extends Counts {
  readonly gatewaysLost: Readonly<Record<LossReason, number>>
  readonly gatewaysRefused: Readonly<Record<Refusal, number>>
  readonly restarts: number
}

/** Zero for each reason. */
export const noLosses = (): Record<LossReason, number> => ({
  noCheck: 0,
  noHandshake: 0,
  handshakeFailed: 0,
  silent: 0,
  wasteful: 0,
  fault: 0,
  processEnded: 0,
})

export const noRefusals = (): Record<Refusal, number> => ({ full: 0, account: 0, address: 0, guests: 0 })

export class Figures {
  readonly #losses = noLosses()
  readonly #refusals = noRefusals()
  /** The counts of the processes that ended, and the latest counts of the current one. */
  #before = noCounts
  #counts = noCounts
  #restarts = 0

  refused(because: Refusal): void {
    this.#refusals[because] += 1
  }

  lost(reason: LossReason): void {
    this.#losses[reason] += 1
  }

  /** The current process reports its counts since its start. */
  reported(counts: Counts): void {
    this.#counts = counts
  }

  processEnded(legs: number): void {
    this.#before = sum(this.#before, this.#counts)
    this.#counts = noCounts
    this.#losses.processEnded += legs
    this.#restarts += 1
  }

  read(): BrowserFigures {
    return {
      ...sum(this.#before, this.#counts),
      gatewaysLost: { ...this.#losses },
      gatewaysRefused: { ...this.#refusals },
      restarts: this.#restarts,
    }
  }
}

const sum = (a: Counts, b: Counts): Counts => ({
  packetsSent: a.packetsSent + b.packetsSent,
  packetsReceived: a.packetsReceived + b.packetsReceived,
  packetsDropped: a.packetsDropped + b.packetsDropped,
  packetsRefused: a.packetsRefused + b.packetsRefused,
  lateTicks: a.lateTicks + b.lateTicks,
  packetsRelayed: a.packetsRelayed + b.packetsRelayed,
  packetsNotRelayed: a.packetsNotRelayed + b.packetsNotRelayed,
})
