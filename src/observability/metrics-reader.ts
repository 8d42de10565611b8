import type { Step } from '../calls/step.js'
import type { Fact } from '../routing/effects.js'
import { Histogram } from './histogram.js'
import { newCell, Series } from './series.js'
import { ServiceLevel } from './service-level.js'

/** Upper bounds in seconds. */
const waitBounds = [1, 5, 10, 20, 30, 60, 120, 300, 600, 1800]
const ringBounds = [1, 2, 5, 10, 15, 20, 30, 60, 120, 180]
const talkBounds = [10, 30, 60, 120, 180, 300, 600, 1200, 1800, 3600]
const stepBounds = [0.00001, 0.00002, 0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.02, 0.1]

/** What the steps tell, counted. Each label value is a name of the config or a word of a closed union. */
export class CallCounts {
  readonly calls = new Series(['workflow', 'result'], newCell)
  readonly waits = new Series(['queue', 'outcome'], () => new Histogram(waitBounds))
  readonly offers = new Series(['group', 'method', 'result'], newCell)
  readonly rings = new Series(['group', 'result'], () => new Histogram(ringBounds))
  readonly talks = new Series(['group'], () => new Histogram(talkBounds))
  readonly steps = new Histogram(stepBounds)
  readonly clockSteps = new Series(['direction'], newCell)
  readonly serviceLevel = new ServiceLevel()

  constructor() {
    for (const direction of ['forward', 'back']) this.clockSteps.at(direction)
  }

  readonly read = (step: Step): void => {
    this.steps.observe(step.tookMs / 1000)
    for (const fact of step.facts) this.#count(fact, step)
  }

  #count(fact: Fact, { at }: Step): void {
    switch (fact.kind) {
      case 'waitEnded':
        this.waits.at(fact.queue, fact.outcome).observe(fact.waited / 1000)
        if (fact.outcome !== 'moved') this.serviceLevel.ended(fact.queue, at, fact.outcome === 'answered', fact.waited)
        return
      case 'offerEnded':
        this.offers.at(fact.group, fact.method, fact.why).value += 1
        this.rings.at(fact.group, fact.why).observe(fact.rang / 1000)
        return
      case 'callFinished':
        this.calls.at(fact.workflow, fact.why).value += 1
        if (fact.group !== undefined && fact.why === 'answered') this.talks.at(fact.group).observe(fact.talked / 1000)
        return
      case 'clockStepped':
        this.clockSteps.at(fact.by < 0 ? 'back' : 'forward').value += 1
        return
      default:
        // The other facts are read from the world when metrics are scraped, or are no matter of counts.
        return
    }
  }
}
