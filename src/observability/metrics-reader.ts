import type { Step } from '../calls/step.js'
import { callEnds, offerEnds, transferOutcomes, type CallEnd } from '../routing/world/words.js'
import type { Fact } from '../routing/world/effects.js'
import type { RoutingSettings } from '../routing/world/settings.js'
import type { Phase } from '../routing/world/world.js'
import { Histogram } from './histogram.js'
import { newCell, Series } from './series.js'
import { ServiceLevel } from './service-level.js'

/** Upper bounds in seconds. */
const waitBounds = [1, 5, 10, 15, 20, 30, 45, 60, 120, 300, 600, 1800, 3600]
const ringBounds = [1, 2, 5, 10, 15, 20, 30, 60, 120, 180]
const talkBounds = [10, 30, 60, 120, 180, 300, 600, 1200, 1800, 3600]
const stepBounds = [0.00001, 0.00002, 0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.02, 0.1]

/** Where callers were when they hung up before anybody answered. */
type Stage = 'greeting' | 'question' | 'queue' | 'ringing' | 'forwarding'

/** The phases in which a caller can leave without having been answered: all except `connected`. */
type Unanswered = Exclude<Phase['kind'], 'connected'>

const stages: Readonly<Record<Unanswered, Stage>> = {
  // A call ends in this phase only if its caller left during a restart. What the call did before the restart is not kept.
  arriving: 'greeting',
  leaving: 'queue',
  greeting: 'greeting',
  asking: 'question',
  waiting: 'queue',
  ringing: 'ringing',
  joining: 'ringing',
  farewell: 'forwarding',
  forwarding: 'forwarding',
}

/** How an outbound call can end. The core knows no other end of one. */
const outboundResults: Partial<Readonly<Record<CallEnd, string>>> = {
  answered: 'answered',
  abandoned: 'abandoned',
  forwardFailed: 'notAnswered',
}

/** Counts calls by their end. */
class CallCells {
  readonly arrived = new Series(['workflow'], newCell)
  readonly abandoned = new Series(['workflow', 'stage'], newCell)
  readonly ended = new Series(['workflow', 'result'], newCell)
  readonly talks = new Series(['group'], () => new Histogram(talkBounds))
  /** Calls of agents on behalf of a workflow. The others count only calls to workflows. */
  readonly outbound = new Series(['workflow', 'result'], newCell)

  expect({ workflows }: RoutingSettings): void {
    for (const { name } of workflows) {
      this.arrived.expect(name)
      for (const stage of new Set(Object.values(stages))) this.abandoned.expect(name, stage)
      for (const why of callEnds) this.ended.expect(name, why)
    }
  }

  finished({ workflow, why, during, outbound, group, talked }: Extract<Fact, { kind: 'callFinished' }>): void {
    if (outbound) {
      this.outbound.at(workflow, outboundResults[why] ?? 'failed').value += 1
      return
    }
    this.ended.at(workflow, why).value += 1
    if (why === 'abandoned' && during !== 'connected') this.abandoned.at(workflow, stages[during]).value += 1
    if (group !== undefined && why === 'answered') this.talks.at(group).observe(talked / 1000)
  }
}

/** Counts waits in queues. */
class WaitCells {
  readonly times = new Series(['queue', 'outcome'], () => new Histogram(waitBounds))
  readonly serviceLevel = new ServiceLevel()

  ended({ queue, outcome, waited }: Extract<Fact, { kind: 'waitEnded' }>, at: Step['at']): void {
    this.times.at(queue, outcome).observe(waited / 1000)
    this.serviceLevel.ended(queue, at, outcome, waited)
  }
}

/** Counts offers by their end. */
class OfferCells {
  readonly all = new Series(['group', 'method', 'result'], newCell)
  readonly rings = new Series(['group', 'result'], () => new Histogram(ringBounds))

  expect({ groups }: RoutingSettings): void {
    for (const { name, routingMethod } of groups) for (const why of offerEnds) this.all.expect(name, routingMethod, why)
  }

  ended({ group, method, why, rang }: Extract<Fact, { kind: 'offerEnded' }>): void {
    this.all.at(group, method, why).value += 1
    this.rings.at(group, why).observe(rang / 1000)
  }
}

/** Counters over all steps. Each label value is a name of the config or a word of a closed list. */
export class CallCounts {
  readonly calls = new CallCells()
  readonly waits = new WaitCells()
  readonly offers = new OfferCells()
  readonly transfers = new Series(['result'], newCell)
  readonly steps = new Histogram(stepBounds)
  readonly clockSteps = new Series(['direction'], newCell)

  constructor(settings: RoutingSettings) {
    for (const direction of ['forward', 'back']) this.clockSteps.at(direction)
    for (const outcome of transferOutcomes) this.transfers.expect(outcome)
    this.#expect(settings)
  }

  readonly read = (step: Step): void => {
    this.steps.observe(step.tookMs / 1000)
    if (step.event.kind === 'configReplaced') this.#expect(step.event.settings)
    for (const fact of step.facts) this.#count(fact, step)
  }

  /** Creates every counter whose labels the config names. A histogram is created with its first value, because each has a dozen lines. */
  #expect(settings: RoutingSettings): void {
    this.waits.serviceLevel.configure(settings.queues)
    this.calls.expect(settings)
    this.offers.expect(settings)
  }

  #count(fact: Fact, { at }: Step): void {
    switch (fact.kind) {
      case 'callArrived':
        if (fact.outbound === undefined) this.calls.arrived.at(fact.workflow).value += 1
        return
      case 'waitEnded':
        return this.waits.ended(fact, at)
      case 'offerEnded':
        return this.offers.ended(fact)
      case 'transferEnded':
        this.transfers.at(fact.outcome).value += 1
        return
      case 'callFinished':
        return this.calls.finished(fact)
      case 'clockStepped':
        this.clockSteps.at(fact.by < 0 ? 'back' : 'forward').value += 1
        return
      default:
        // The other facts are not counted, or are read from the world on each scrape.
        return
    }
  }
}
