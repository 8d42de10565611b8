import { seconds, type Instant, type Millis } from '../foundation/time.js'
import type { WaitOutcome } from '../routing/world/words.js'
import type { QueueSettings, ServiceLevelSettings } from '../routing/world/settings.js'

/** The usual 80/20 rule, for queues without a `serviceLevel` in the config. */
const usual: ServiceLevelSettings = { within: seconds(20), target: 80 }

export const serviceLevelOf = (queue: Pick<QueueSettings, 'serviceLevel'> | undefined): ServiceLevelSettings =>
  queue?.serviceLevel ?? usual

/** How one wait counts for the service level. `uncounted`: neither for nor against the queue. */
type Service = 'good' | 'bad' | 'uncounted'

/**
 * The only definition of the service level, for metrics, reports and the wallboard (decision 038): waits that were answered within the
 * threshold, divided by all ended waits except two kinds. A caller who hung up within the threshold gave the queue no chance. A wait that a
 * config change moved to another queue continues there.
 */
export function serviceOf(outcome: WaitOutcome, waited: Millis, within: Millis): Service {
  switch (outcome) {
    case 'answered':
      return waited <= within ? 'good' : 'bad'
    case 'abandoned':
      return waited <= within ? 'uncounted' : 'bad'
    case 'moved':
      return 'uncounted'
    case 'timedOut':
    case 'overflowed':
    case 'noAgents':
    case 'failed':
      return 'bad'
  }
}

/** In ms. The ratio covers the waits that ended in the last 15 slots of one minute each. */
const slotLength = 60_000
const slots = 15

/** The service level of each queue over the last 15 minutes. A queue without a counted wait in this time has no ratio. */
export class ServiceLevel {
  readonly #queues = new Map<string, Window>()
  #within = new Map<string, Millis>()

  /** Call it with each new config. Waits that ended before keep their result. */
  configure(queues: readonly QueueSettings[]): void {
    this.#within = new Map(queues.map(queue => [queue.name, serviceLevelOf(queue).within]))
  }

  ended(queue: string, at: Instant, outcome: WaitOutcome, waited: Millis): void {
    const service = serviceOf(outcome, waited, this.#within.get(queue) ?? usual.within)
    if (service === 'uncounted') return
    let window = this.#queues.get(queue)
    if (!window) this.#queues.set(queue, (window = new Window()))
    window.add(Math.floor(at / slotLength), service === 'good')
  }

  /** The queues and their ratios. Queues without a counted wait in the window are dropped. */
  *ratios(now: Instant): IterableIterator<readonly [queue: string, ratio: number]> {
    for (const [queue, window] of this.#queues) {
      const ratio = window.ratio(Math.floor(now / slotLength))
      if (ratio === undefined) this.#queues.delete(queue)
      else yield [queue, ratio]
    }
  }
}

/** A ring of slots. Each is valid only for the minute in which it was last written. */
class Window {
  readonly #minutes = new Float64Array(slots).fill(-1)
  readonly #good = new Float64Array(slots)
  readonly #all = new Float64Array(slots)

  add(minute: number, good: boolean): void {
    const slot = minute % slots
    if (this.#minutes[slot] !== minute) {
      this.#minutes[slot] = minute
      this.#good[slot] = 0
      this.#all[slot] = 0
    }
    this.#all[slot] = (this.#all[slot] ?? 0) + 1
    if (good) this.#good[slot] = (this.#good[slot] ?? 0) + 1
  }

  ratio(minute: number): number | undefined {
    let good = 0
    let all = 0
    for (const [slot, written] of this.#minutes.entries()) {
      if (written <= minute - slots || written > minute) continue
      good += this.#good[slot] ?? 0
      all += this.#all[slot] ?? 0
    }
    return all === 0 ? undefined : good / all
  }
}
