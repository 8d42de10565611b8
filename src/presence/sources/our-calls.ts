import type { Step, StepReader } from '../../calls/step.js'
import { TimerSet, type Clock } from '../../foundation/clock.js'
import { millis, type Instant, type Millis } from '../../foundation/time.js'
import type { Fact } from '../../routing/world/effects.js'
import type { AgentUri, CallId } from '../../routing/world/ids.js'

/** One of our offers to an agent, and the call that it became. */
export interface OurCall {
  readonly id: number
  readonly since: Instant
  /** Whether the phone still rings, or rang until the end. */
  rings: boolean
  /** The call is over, but the agent's PBX may still report it. */
  ended: boolean
}

interface OurCallsListener {
  /** How long this source may still report a call of ours after its end. Undefined: the source knows nothing about this agent. */
  patience(agent: AgentUri, call: OurCall): Millis | undefined
  /** The waiting time for an ended call is over. */
  fewer(agent: AgentUri): void
}

/**
 * The offers and other legs that each agent has with us, or had a moment ago. The agent's PBX reports these too, with a delay and
 * usually under its own ids. `echoes.ts` tells them from other calls.
 */
export class OurCalls {
  readonly #live = new Map<AgentUri, Map<CallId, OurCall>>()
  readonly #ended = new Map<AgentUri, Set<OurCall>>()
  readonly #listeners: OurCallsListener[] = []
  readonly #ends: TimerSet<number>
  #last = 0

  constructor(private readonly clock: Clock) {
    this.#ends = new TimerSet(clock)
  }

  /** Our calls whose waiting time is not over, oldest first. */
  of(agent: AgentUri): readonly OurCall[] {
    const [ended, live] = [this.#ended.get(agent), this.#live.get(agent)]
    return [...(ended ?? []), ...(live?.values() ?? [])].sort((a, b) => a.since - b.since)
  }

  listen(listener: OurCallsListener): void {
    this.#listeners.push(listener)
  }

  readonly reader: StepReader = ({ acts, facts }: Step) => {
    for (const act of acts) if (act.kind === 'offer') this.#began(act.agent, act.call).rings = true
    for (const fact of facts) this.#fact(fact)
  }

  stop(): void {
    this.#ends.stopAll()
  }

  #fact(fact: Fact): void {
    // An answered offer becomes the call.
    if (fact.kind === 'offerEnded' && fact.why !== 'answered') this.#end(fact.agent, fact.call)
    else if (fact.kind === 'agentLeg') this.#leg(fact)
  }

  /** A transfer rings like an offer. A call that the agent dials does not count as ours in what a PBX reports. */
  #leg({ agent, call, side, state }: Extract<Fact, { kind: 'agentLeg' }>): void {
    if (state === 'over') this.#end(agent, call)
    else if (state === 'rings') this.#began(agent, call).rings = true
    else if (side === 'agent' || this.#live.get(agent)?.has(call) === true) this.#began(agent, call).rings = false
  }

  #began(agent: AgentUri, call: CallId): OurCall {
    const calls = this.#live.get(agent) ?? new Map<CallId, OurCall>()
    this.#live.set(agent, calls)
    const known = calls.get(call)
    if (known) return known
    this.#last += 1
    const began = { id: this.#last, since: this.clock.now(), rings: false, ended: false }
    calls.set(call, began)
    return began
  }

  #end(agent: AgentUri, call: CallId): void {
    const calls = this.#live.get(agent)
    const over = calls?.get(call)
    if (!calls || !over) return
    calls.delete(call)
    if (calls.size === 0) this.#live.delete(agent)
    const patience = this.#listeners.flatMap(listener => listener.patience(agent, over) ?? [])
    if (patience.length > 0) this.#linger(agent, over, millis(Math.max(...patience)))
  }

  #linger(agent: AgentUri, over: OurCall, patience: Millis): void {
    over.ended = true
    const ended = this.#ended.get(agent) ?? new Set<OurCall>()
    this.#ended.set(agent, ended.add(over))
    this.#ends.start(over.id, patience, () => {
      ended.delete(over)
      if (ended.size === 0) this.#ended.delete(agent)
      for (const listener of this.#listeners) listener.fewer(agent)
    })
  }
}
