import type { StepReader } from '../../calls/step.js'
import type { Fact } from '../../routing/world/effects.js'
import type { AgentUri } from '../../routing/world/ids.js'
import type { PresenceSink } from '../port.js'

type LegFact = Extract<Fact, { kind: 'agentLeg' }>

/**
 * Our own calls as a presence source that speaks for every agent. An agent who talks in one of our calls or makes one is busy,
 * however they came into it. The board shows this to people but does not pass it to routing, which knows these calls itself.
 */
export function ownCalls(board: PresenceSink): StepReader {
  /** The reason for each leg of each agent, the latest last. */
  const reasons = new Map<AgentUri, Map<string, string>>()
  let version = 0

  const tell = (agent: AgentUri, at: LegFact['at'], legs: ReadonlyMap<string, string>): void => {
    const reason = [...legs.values()].at(-1)
    if (reason === undefined) {
      reasons.delete(agent)
      return board.withdraw(agent, 'calls')
    }
    version += 1
    board.report({ agent, source: 'calls', state: 'busy', reason, at, version })
  }
  const read = (fact: LegFact): void => {
    const { agent, call, side, state, at } = fact
    const leg = `${side} of ${call}`
    const legs = reasons.get(agent) ?? new Map<string, string>()
    if (state === 'over') {
      if (legs.delete(leg)) tell(agent, at, legs)
    } else if (state !== 'rings') {
      legs.delete(leg)
      reasons.set(agent, legs.set(leg, reasonOf(fact)))
      tell(agent, at, legs)
    }
  }

  return step => {
    for (const fact of step.facts) if (fact.kind === 'agentLeg') read(fact)
  }
}

function reasonOf({ side, state, group }: LegFact): string {
  if (side === 'agent' && group !== undefined) return `in a call of ${group}`
  return side === 'caller' && state === 'calls' ? 'calls a group' : 'in a call'
}
