import type { Clock } from '../../foundation/clock.js'
import { parametersOf } from '../message/parameters.js'
import type { Via } from '../message/via.js'
import { RecentRate } from './recent-rate.js'

/** How long a peer follows our last value, in ms (RFC 7339 §4.3). */
const validity = 500
const parametersOfControl = new Set(['oc', 'oc-algo', 'oc-validity', 'oc-seq'])

/**
 * The overload control of RFC 7339 towards peers that announce it in their Via, with its algorithm `loss`: which percentage of its new calls
 * the peer should not send. A later response has a later `oc-seq`, so the peer ignores what an old request's late response says.
 */
export class Feedback {
  readonly #offered = new RecentRate()
  /** The share of calls that peers should not send now, from 0 to 1. */
  #loss = 0
  #lossAt = -Infinity

  constructor(private readonly clock: Clock) {}

  /** A new call came. */
  offered(now: number): void {
    this.#offered.count(now)
  }

  /** The Via with our parameters. Undefined: the peer does not ask, or knows only other algorithms. `rate`: calls/s that are admitted. */
  told(via: Via, rate: number | undefined): Via | undefined {
    if (!via.parameters.has('oc') || !understandsLoss(via.parameters.get('oc-algo'))) return undefined
    const loss = Math.round(this.#lossNow(rate) * 100)
    const others = [...via.parameters].filter(([name]) => !parametersOfControl.has(name))
    const parameters = parametersOf([
      ...others,
      ['oc', String(loss)],
      ['oc-algo', '"loss"'],
      // 0 ends the control at once (§4.3).
      ['oc-validity', rate === undefined ? '0' : String(validity)],
      ['oc-seq', (this.clock.now() / 1000).toFixed(3)],
    ])
    return { ...via, parameters }
  }

  /** Peers that follow send fewer calls than they have, so the rate that they want is estimated. The share changes at most every 100 ms. */
  #lossNow(rate: number | undefined): number {
    const now = this.clock.monotonic()
    if (rate === undefined) this.#loss = 0
    else if (now - this.#lossAt >= 100) {
      this.#lossAt = now
      const wanted = this.#offered.at(now) / Math.max(0.05, 1 - this.#loss)
      const next = wanted > rate ? 1 - rate / wanted : 0
      this.#loss += (Math.min(0.95, next) - this.#loss) / 4
    }
    return this.#loss
  }
}

/** `"loss"` or `"loss,rate"`. Without it, loss is meant. */
const understandsLoss = (algorithms = '"loss"'): boolean =>
  algorithms
    .replaceAll('"', '')
    .split(',')
    .some(each => each.trim().toLowerCase() === 'loss')
