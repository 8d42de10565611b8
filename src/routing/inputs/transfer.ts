import type { TransferSide } from '../world/words.js'
import type { Event } from '../world/events.js'
import type { CallId, PromptId } from '../world/ids.js'
import { hold, touch } from '../agents/lease.js'
import { remove } from '../world/lists.js'
import { emptySeat, fillSeat } from '../world/phases.js'
import { ignore, record, type Turn } from '../world/turn.js'
import type { Agent, Call, ConnectedPhase, PendingTransfer } from '../world/world.js'
import { dropTransfer, recordLeg, releaseAgent, releaseCaller, seat } from '../call/legs.js'

/**
 * Transfers (docs/decisions/025). An agent whose phone rings for a transfer is held, as for an offer. An agent who transferred the caller
 * is free as soon as their own leg ends.
 */

type Began = Extract<Event, { kind: 'transferBegan' }>

/** Handles a transfer that one side asks for. The target is called, unless it is an agent who has another call. */
export function transferBegan(turn: Turn, asked: Began): void {
  const call = turn.world.calls.get(asked.call)
  if (!call) return ignore(turn, asked.kind, 'the call is over', asked.call)
  const { phase } = call
  if (phase.kind === 'connected' && !call.transfer) return begin(turn, call, phase, asked)
  turn.effects.push({ kind: 'refuseTransfer', call: call.id })
  ignore(turn, asked.kind, call.transfer ? 'a transfer is under way' : `the call is ${phase.kind}`, call.id)
}

function begin(turn: Turn, call: Call, phase: ConnectedPhase, asked: Began): void {
  const { by } = asked
  const agent = asked.agent === undefined ? undefined : turn.world.agents.get(asked.agent)
  recordBegin(turn, asked, agent)
  if (agent && !mayTake(agent, call, phase, asked)) {
    record(turn, { kind: 'transferEnded', call: call.id, outcome: 'busy', at: turn.at })
    turn.effects.push({ kind: 'refuseTransfer', call: call.id })
    return
  }
  const moves = agent !== undefined && seated(call, phase, by) === agent
  const consult = asked.how === 'consult' ? { to: asked.to, answered: false } : undefined
  call.transfer = { by, agent, moves, left: false, since: turn.at, ...(consult && { consult }) }
  if (agent && moves) hold(turn, agent, call)
  else if (agent) seat(turn, call, agent, by, 'rings')
  turn.effects.push({ kind: 'transfer', call: call.id, ...(consult && musicFor(turn, call)) })
}

function musicFor({ world }: Turn, { workflow }: Call): { readonly music?: PromptId } {
  const music = world.workflows.get(workflow)?.musicOnHold
  return music === undefined ? {} : { music }
}

function recordBegin(turn: Turn, { call, by, asker, to, how }: Began, agent: Agent | undefined): void {
  const named = agent && { agent: agent.settings.uri }
  const consult = how === 'consult' && { consult: true as const }
  record(turn, { kind: 'transferBegan', call, by, asker, to, ...named, ...consult, at: turn.at })
}

/** Notes that the target of a consultation talks to the side that asked. */
export function consultAnswered(turn: Turn, id: CallId): void {
  const found = pending(turn, id, 'consultAnswered')
  if (!found) return
  const { call, transfer } = found
  const { consult, agent } = transfer
  if (!consult || consult.answered) return ignore(turn, 'consultAnswered', 'nobody waits for the answer', id)
  call.transfer = { ...transfer, consult: { ...consult, answered: true } }
  record(turn, { kind: 'consultAnswered', call: id, to: consult.to, at: turn.at })
  if (agent) touch(turn, agent)
}

/** Records a transfer that the config does not allow, with the party who asked for it. */
export function transferRefused(turn: Turn, asked: Extract<Event, { kind: 'transferRefused' }>): void {
  const { call, by, asker, to, kind } = asked
  if (!turn.world.calls.has(call)) return ignore(turn, kind, 'the call is over', call)
  record(turn, { kind: 'transferBegan', call, by, asker, to, at: turn.at })
  record(turn, { kind: 'transferEnded', call, outcome: 'refused', at: turn.at })
}

/** Completes a transfer: the target has answered. The side that asked is no longer in the call, even if it did not hang up. */
export function transferThrough(turn: Turn, id: CallId): void {
  const found = pending(turn, id, 'transferThrough')
  if (!found) return
  const { call, phase, transfer } = found
  const { by, agent, since } = transfer
  record(turn, { kind: 'transferEnded', call: id, outcome: 'through', at: turn.at })
  call.transfer = undefined
  // The agent had two legs for a moment and continues on the new one.
  if (agent && seated(call, phase, by) === agent) return remove(agent.calls, call)
  if (!transfer.left) leave(turn, call, phase, by)
  sit(turn, call, by, agent, since)
}

/** Ends a failed transfer. The parties who are still there stay connected. */
export function transferFailed(turn: Turn, { call, code, takenBack, kind }: Extract<Event, { kind: 'transferFailed' }>): void {
  const found = pending(turn, call, kind)
  if (!found) return
  const how = takenBack === true ? ({ outcome: 'takenBack' } as const) : ({ outcome: 'failed', code } as const)
  record(turn, { kind: 'transferEnded', call, ...how, at: turn.at })
  dropTransfer(turn, found.call)
}

/** Handles a side that asked for a transfer and hung up before the target answered. */
export function sideLeft(turn: Turn, id: CallId, by: TransferSide): void {
  const call = turn.world.calls.get(id)
  if (call?.phase.kind !== 'connected') return ignore(turn, 'callTransferred', 'the call is not joined', id)
  if (by === 'agent' && !call.phase.agent) return ignore(turn, 'callTransferred', 'the call has no agent', id)
  if (call.transfer?.by === by) call.transfer.left = true
  leave(turn, call, call.phase, by)
}

/** Records that this side left and releases its agent, if there is one. */
function leave(turn: Turn, call: Call, phase: ConnectedPhase, by: TransferSide): void {
  const { agent, group, transferredBy } = phase
  const uri = agent?.settings.uri
  record(turn, {
    kind: 'callTransferred',
    call: call.id,
    by,
    ...(uri !== undefined && { agent: uri }),
    ...(group !== undefined && { group }),
    at: turn.at,
  })
  if (by === 'caller') return releaseCaller(turn, call)
  if (!agent) return
  // The phase from before `emptySeat` says which wrap-up applies and whether this agent counts for the wait estimate.
  emptySeat(call, phase, group === undefined ? transferredBy : (transferredBy ?? uri))
  releaseAgent(turn, call, agent, phase)
}

/** Gives the target the place of the side that asked. `since` is the start of the lease of the target. */
function sit(turn: Turn, call: Call, by: TransferSide, agent: Agent | undefined, since: ConnectedPhase['since']): void {
  if (by === 'caller') call.caller = agent
  else if (call.phase.kind === 'connected') fillSeat(call, call.phase, agent, since)
  if (agent) recordLeg(turn, call, agent, by, 'talks')
}

/**
 * Whether the target may get this call. An agent takes one call at a time, and attendants may take more. An agent who moves a call between
 * their own phones is already in it.
 */
function mayTake(agent: Agent, call: Call, phase: ConnectedPhase, { how, by }: Began): boolean {
  if (agent.calls.length === 0) return true
  if (agent.calls.includes(call)) return how === 'replaces' && seated(call, phase, by) === agent
  return agent.memberships.some(({ group }) => group.method.takes === 'present')
}

const seated = (call: Call, phase: ConnectedPhase, by: TransferSide): Agent | undefined =>
  by === 'caller' ? call.caller : phase.agent

function pending(
  turn: Turn,
  id: CallId,
  event: 'transferThrough' | 'transferFailed' | 'consultAnswered',
): { readonly call: Call; readonly phase: ConnectedPhase; readonly transfer: PendingTransfer } | undefined {
  const call = turn.world.calls.get(id)
  if (call?.phase.kind === 'connected' && call.transfer) return { call, phase: call.phase, transfer: call.transfer }
  ignore(turn, event, call ? 'no transfer is under way' : 'the call is over', id)
  return undefined
}
