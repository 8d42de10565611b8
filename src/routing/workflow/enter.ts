import { follow } from '../call/actions.js'
import { endCall } from '../call/ending.js'
import { noMarks } from '../offer/grace.js'
import type { CallId, WorkflowName } from '../ids.js'
import { ignore, record, type Turn } from '../turn.js'
import type { Call } from '../world.js'

/** A caller arrives at a workflow, and goes straight on to its queue. */
export function enterWorkflow(turn: Turn, id: CallId, name: WorkflowName): void {
  const { world, at } = turn
  if (world.calls.has(id)) return ignore(turn, 'callArrived', 'it has arrived before', id)
  const call: Call = {
    id,
    workflow: name,
    arrivedAt: at,
    arrival: world.nextArrival,
    phase: { kind: 'waiting', since: at },
    wait: undefined,
    round: 0,
    marks: noMarks,
    offersMade: 0,
    queuesEntered: 0,
  }
  world.nextArrival += 1
  world.calls.set(id, call)
  record(turn, { kind: 'callArrived', call: id, workflow: name, at })
  const workflow = world.workflows.get(name)
  if (!workflow) return endCall(turn, call, 'unconfigured')
  if (!workflow.active) return endCall(turn, call, 'inactive')
  follow(turn, call, 'noAgents', workflow.entry)
}
