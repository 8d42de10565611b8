import type { Step, StepReader } from '../../calls/step.js'
import type { AgentUri, CallId } from '../../routing/ids.js'
import type { PresenceSink } from '../port.js'

/**
 * Our own calls as a presence source that speaks for everyone: an agent who talks to one of our callers is busy. The board shows
 * it to people and keeps it from routing, which knows these calls better than any report.
 */
export function ownCalls(board: PresenceSink): StepReader {
  const agentOf = new Map<CallId, AgentUri>()
  const latest = new Map<AgentUri, CallId>()
  let version = 0

  const connected = (step: Step, call: CallId, agent: AgentUri, group: string): void => {
    agentOf.set(call, agent)
    latest.set(agent, call)
    version += 1
    board.report({ agent, source: 'calls', state: 'busy', reason: `in a call of ${group}`, at: step.at, version })
  }
  const finished = (call: CallId): void => {
    const agent = agentOf.get(call)
    if (agent === undefined) return
    agentOf.delete(call)
    // Another call of theirs may have been joined before this one's end was known.
    if (latest.get(agent) !== call) return
    latest.delete(agent)
    board.withdraw(agent, 'calls')
  }

  return step => {
    for (const fact of step.facts) {
      if (fact.kind === 'callConnected') connected(step, fact.call, fact.agent, fact.group)
      else if (fact.kind === 'callRestored' && fact.agent !== undefined && fact.group !== undefined)
        connected(step, fact.call, fact.agent, fact.group)
      else if (fact.kind === 'callFinished') finished(fact.call)
    }
  }
}
