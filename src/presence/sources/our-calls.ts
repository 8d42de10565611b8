import type { Step, StepReader } from '../../calls/step.js'
import { TimerSet, type Clock } from '../../foundation/clock.js'
import { seconds } from '../../foundation/time.js'
import type { Fact } from '../../routing/effects.js'
import type { AgentUri } from '../../routing/ids.js'

/** A phone's own word that our call is over comes a moment after our BYE or CANCEL. */
const lingers = seconds(2)

export interface OurCallsListener {
  /** Whether it knows anything of this agent now that the number of our calls may change. */
  tellsOf(agent: AgentUri): boolean
  /** The agent has fewer, and the agent's phone has had the time to say so. */
  fewer(agent: AgentUri): void
}

/**
 * How many offers and calls of ours each agent has: their PBX tells of these, too, mostly under names of its own, so that only their
 * number tells ours from others. An agent's phone that rings for us, or has just answered us, must not make them busy: it would stop the
 * ringing, or take the call from the one who answered it.
 */
export class OurCalls {
  readonly #ofAgent = new Map<AgentUri, Set<string>>()
  readonly #listeners: OurCallsListener[] = []
  readonly #ends: TimerSet<AgentUri>

  constructor(clock: Clock) {
    this.#ends = new TimerSet(clock)
  }

  count(agent: AgentUri): number {
    return this.#ofAgent.get(agent)?.size ?? 0
  }

  listen(listener: OurCallsListener): void {
    this.#listeners.push(listener)
  }

  readonly reader: StepReader = ({ acts, facts }: Step) => {
    for (const act of acts) if (act.kind === 'offer') this.#add(act.agent, act.offer)
    for (const fact of facts) this.#fact(fact)
  }

  stop(): void {
    this.#ends.stopAll()
  }

  #fact(fact: Fact): void {
    if (fact.kind === 'offerEnded') this.#end(fact.agent, fact.offer)
    else if (fact.kind === 'callConnected') this.#add(fact.agent, fact.call)
    else if (fact.kind === 'callRestored' && fact.agent !== undefined) this.#add(fact.agent, fact.call)
    else if (fact.kind === 'callTransferred' && fact.by === 'agent') this.#end(fact.agent, fact.call)
    else if (fact.kind === 'callFinished' && fact.agent !== undefined) this.#end(fact.agent, fact.call)
  }

  #add(agent: AgentUri, id: string): void {
    const ids = this.#ofAgent.get(agent) ?? new Set()
    this.#ofAgent.set(agent, ids.add(id))
  }

  #end(agent: AgentUri, id: string): void {
    const ids = this.#ofAgent.get(agent)
    if (ids?.delete(id) !== true) return
    if (ids.size === 0) this.#ofAgent.delete(agent)
    if (!this.#listeners.some(listener => listener.tellsOf(agent))) return
    this.#ends.start(agent, lingers, () => {
      for (const listener of this.#listeners) listener.fewer(agent)
    })
  }
}
