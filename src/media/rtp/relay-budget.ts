import { Allowance } from './allowance.js'

/**
 * How many packets of one side are relayed, as on browser legs. Audio with 10 ms frames has 100 a second. `atOnce` allows for packets
 * that the network delayed and that arrive together.
 */
export const relayed = { perSecond: 400, atOnce: 400 }
/** The limit for all other sources together. The side itself may be one of them, until packets have shown its address. */
const fromElsewhere = { perSecond: 100, atOnce: 100 }

/** How many packets are read that come to the port of one side. Strangers can't use up what the side may send. */
export class RelayBudget {
  readonly #own = new Allowance(relayed.perSecond, relayed.atOnce)
  readonly #elsewhere = new Allowance(fromElsewhere.perSecond, fromElsewhere.atOnce)

  /** Whether one more packet may be read. `isOwn`: it comes from where the side is. `now` in milliseconds. */
  takes(isOwn: boolean, now: number): boolean {
    return (isOwn ? this.#own : this.#elsewhere).takes(now)
  }
}
