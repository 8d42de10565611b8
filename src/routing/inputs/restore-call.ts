import type { CallId } from '../world/ids.js'
import type { KeptCall, Standing } from '../world/kept-call.js'
import { noMarks } from '../choice/grace.js'
import { becomeConnected, becomeWaiting, findWait } from '../world/phases.js'
import { newWait } from '../line/queue.js'
import { ignore, record, type Changeable, type Turn } from '../world/turn.js'
import { begin } from '../call/question.js'
import type { Call, ConnectedPhase, World } from '../world/world.js'
import { act, callTarget, standAgain } from '../call/actions.js'
import { endCall } from '../call/ending.js'
import { seat, seatCaller } from '../call/legs.js'
import { allowRecording } from '../call/record.js'

type ConnectedStanding = Extract<Standing, { kind: 'connected' }>

/**
 * Offers made between the last save and the end of the process are missing in the saved count. Skipping this many numbers keeps offer ids
 * unique.
 */
const offersAhead = 1_000

/** The part of a call that survives a restart. Undefined: there is no such call. */
export function keptCall(world: World, id: CallId): KeptCall | undefined {
  const call = world.calls.get(id)
  if (!call) return undefined
  const { workflow, arrivedAt, offersMade, queuesEntered, hears, isListening, answers, caller, outbound, notice } = call
  const known = { workflow, arrivedAt, offersMade, queuesEntered, hears, isListening, answers, stands: standingOf(call) }
  const kept: Changeable<KeptCall> = known
  if (notice !== undefined) kept.notice = notice
  if (caller) kept.caller = caller.settings.uri
  if (outbound !== undefined) kept.outbound = outbound
  return kept
}

/** Continues a call from before a restart. The caller notices nothing, but other agents may ring. */
export function restoreCall(turn: Turn, id: CallId, kept: KeptCall): void {
  const { world, at } = turn
  if (world.calls.has(id)) return ignore(turn, 'callRestored', 'it is there', id)
  const { stands, answers, offersMade, caller, ...rest } = kept
  const call: Call = {
    ...rest,
    id,
    arrival: world.nextArrival,
    phase: { kind: 'arriving', since: at },
    round: 0,
    marks: noMarks,
    offersMade: offersMade + offersAhead,
    answers: [...answers],
    notice: kept.notice,
    caller: undefined,
    outbound: kept.outbound,
    transfer: undefined,
  }
  world.nextArrival += 1
  world.calls.set(id, call)
  if (stands.kind === 'connected') {
    talkAgain(turn, call, stands)
    allowRecording(turn, call)
    return seatCaller(turn, call, caller)
  }
  record(turn, { kind: 'callRestored', call: id, workflow: call.workflow, at })
  if (stands.kind !== 'over') seatCaller(turn, call, caller)
  switch (stands.kind) {
    case 'waiting':
      becomeWaiting(call, at, newWait(stands.queue, stands.since, stands.held))
      call.round = 1
      return standAgain(turn, call)
    case 'entering':
      // The workflow asks from its start again, so the earlier answers are void.
      call.answers.length = 0
      return begin(turn, call)
    case 'acting':
      return act(turn, call, stands.why, stands.action)
    case 'calling':
      return callTarget(turn, call, { as: 'number', to: stands.outbound.to, why: 'outbound' })
    case 'over':
      return endCall(turn, call, stands.why)
  }
}

/** Restores a connected call. If its agent is no longer in the config, there is no agent to hold, but the call still counts as theirs. */
function talkAgain(turn: Turn, call: Call, { agent: uri, group, queue, since, heldSince, ...rest }: ConnectedStanding): void {
  const agent = uri === undefined ? undefined : turn.world.agents.get(uri)
  const transferredBy = agent ? rest.transferredBy : (rest.transferredBy ?? uri)
  becomeConnected(call, { since, heldSince, agent, group, queue, transferredBy })
  record(turn, {
    kind: 'callRestored',
    call: call.id,
    workflow: call.workflow,
    at: turn.at,
    ...(agent && group && { agent: agent.settings.uri, group }),
  })
  if (agent) seat(turn, call, agent, 'agent', 'talks')
}

function standingOf(call: Call): Standing {
  const { phase, outbound } = call
  const wait = findWait(call)
  if (phase.kind === 'connected') return connectedOf(phase)
  if (wait) return { kind: 'waiting', queue: wait.queue, since: wait.since, held: wait.held }
  if (phase.kind === 'farewell') return { kind: 'acting', why: phase.why, action: phase.action }
  if (phase.kind === 'forwarding') {
    const { why, as, to } = phase
    if (outbound) return { kind: 'calling', outbound }
    if (why !== 'outbound') return { kind: 'acting', why, action: { kind: 'forward', as, to } }
  }
  return { kind: 'entering' }
}

function connectedOf({ since, heldSince, agent, group, queue, transferredBy }: ConnectedPhase): ConnectedStanding {
  return {
    kind: 'connected',
    since,
    heldSince,
    ...(agent && { agent: agent.settings.uri }),
    ...(group !== undefined && { group }),
    ...(queue !== undefined && { queue }),
    ...(transferredBy !== undefined && { transferredBy }),
  }
}
