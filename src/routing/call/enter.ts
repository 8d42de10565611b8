import { callTarget, startAction } from './actions.js'
import { endCall } from './ending.js'
import { seatCaller } from './legs.js'
import type { Event } from '../world/events.js'
import { noMarks } from '../choice/grace.js'
import type { CallId, WorkflowName } from '../world/ids.js'
import type { Outbound } from '../world/kept-call.js'
import type { Action } from '../world/settings.js'
import { becomeGreeting } from '../world/phases.js'
import { ignore, record, recordStep, type Turn } from '../world/turn.js'
import type { Call } from '../world/world.js'
import { openingOf } from './hours.js'
import { begin } from './question.js'
import { say } from './say.js'

type Arrival = Extract<Event, { kind: 'callArrived' }>

const disconnect: Action = { kind: 'disconnect' }

/** Handles a new call. Checks that the workflow exists, is active and is open, then plays the welcome. */
export function enterWorkflow(turn: Turn, { call: id, workflow: name, hears = false, caller, outbound }: Arrival): void {
  const { world, at } = turn
  if (world.calls.has(id)) return ignore(turn, 'callArrived', 'it has arrived before', id)
  const call = newCall(turn, id, name, hears, outbound)
  world.nextArrival += 1
  world.calls.set(id, call)
  record(turn, { kind: 'callArrived', call: id, workflow: name, ...(outbound && { outbound: outbound.agent }), at })
  seatCaller(turn, call, caller)
  // Hours and messages are for people who call the workflow.
  if (outbound) return callTarget(turn, call, { as: 'number', to: outbound.to, why: 'outbound' })
  followWorkflow(turn, call)
}

function followWorkflow(turn: Turn, call: Call): void {
  const { world, at } = turn
  const { workflow: name, hears } = call
  const workflow = world.workflows.get(name)
  if (!workflow) return endCall(turn, call, 'unconfigured')
  if (!workflow.active) return endCall(turn, call, 'inactive')
  const opening = openingOf(world, name, workflow)
  if (opening === 'holiday') return startAction(turn, call, 'holiday', workflow.holiday ?? disconnect)
  if (opening === 'closed') return startAction(turn, call, 'closed', workflow.closed ?? disconnect)
  if (workflow.welcome === undefined || !hears) return begin(turn, call)
  recordStep(turn, call, { kind: 'welcomed', prompt: workflow.welcome })
  becomeGreeting(call, { since: at, playing: say(turn, call, workflow.welcome) })
}

function newCall({ world, at }: Turn, id: CallId, workflow: WorkflowName, hears: boolean, outbound: Outbound | undefined): Call {
  return {
    id,
    workflow,
    arrivedAt: at,
    arrival: world.nextArrival,
    phase: { kind: 'arriving', since: at },
    round: 0,
    marks: noMarks,
    offersMade: 0,
    queuesEntered: 0,
    hears,
    isListening: false,
    answers: [],
    notice: undefined,
    caller: undefined,
    outbound,
    transfer: undefined,
  }
}
