import type { CallId } from '../ids.js'
import { ignore, record, type Turn } from '../turn.js'
import { releaseAgent } from './ending.js'

/**
 * One side of a joined call sent the other on (REFER). By the agent: the agent's part is over, wrap-up begins, and the caller talks on with
 * whom we don't know. By the caller: the agent talks on, with somebody else.
 */
export function transfer(turn: Turn, id: CallId, by: 'agent' | 'caller'): void {
  const call = turn.world.calls.get(id)
  if (call?.phase.kind !== 'connected' || !call.phase.agent || !call.phase.group)
    return ignore(turn, 'callTransferred', 'the call has no agent', id)
  const { phase } = call
  const { agent, group } = call.phase
  record(turn, { kind: 'callTransferred', call: id, by, agent: agent.settings.uri, group, at: turn.at })
  if (by === 'caller') return
  call.phase = { ...phase, agent: undefined, transferredBy: agent.settings.uri }
  releaseAgent(turn, call, agent, phase)
}
