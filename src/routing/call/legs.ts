import { type Millis, between, later, millis } from '../../foundation/time.js'
import { hold, releaseFromCall, releaseFromJoin } from '../agents/lease.js'
import type { Fact, LegState } from '../world/effects.js'
import type { TransferSide } from '../world/words.js'
import type { AgentUri } from '../world/ids.js'
import { withdrawExcluded } from '../offer/offer.js'
import { noteHandling } from '../line/estimate.js'
import { record, type Changeable, type Turn } from '../world/turn.js'
import type { Agent, Call, ConnectedPhase, World } from '../world/world.js'

/**
 * Legs that agents have in calls, other than ringing offers. While an agent has one, groups that only take free agents offer them no calls
 * and withdraw offers that ring.
 */

/** Records that the agent has a leg in this call from now on, and withdraws offers that may no longer ring. */
export function seat(turn: Turn, call: Call, agent: Agent, side: TransferSide, state: Exclude<LegState, 'over'>): void {
  hold(turn, agent, call)
  recordLeg(turn, call, agent, side, state)
  withdrawExcluded(turn, agent)
}

/** Records that the caller is one of our agents. Somebody who is not in the config counts as any other caller. */
export function seatCaller(turn: Turn, call: Call, uri: AgentUri | undefined): void {
  const agent = uri === undefined ? undefined : turn.world.agents.get(uri)
  if (!agent) return
  call.caller = agent
  seat(turn, call, agent, 'caller', call.phase.kind === 'connected' ? 'talks' : 'calls')
}

/** Records that the agent who made the call now talks to somebody. */
export function callerTalks(turn: Turn, call: Call): void {
  if (call.caller) recordLeg(turn, call, call.caller, 'caller', 'talks')
}

/**
 * Releases the agent on the called side and starts wrap-up. Offers that still ring at the desk of an attendant are withdrawn for it. A call
 * counts once in the wait estimate: for the agent who answered it, not for those it was transferred to.
 */
export function releaseAgent(turn: Turn, call: Call, agent: Agent, phase: ConnectedPhase): void {
  const { group, heldSince, transferredBy } = phase
  const wrapUp = wrapUpAfter(turn.world, agent, phase)
  if (group && transferredBy === undefined) noteHandling(turn.world, group, between(heldSince, later(turn.at, wrapUp)))
  recordLeg(turn, call, agent, 'agent', 'over')
  releaseFromCall(turn, agent, call, wrapUp)
  withdrawExcluded(turn, agent)
}

/** Releases the agent on the caller's side. A call that an agent made is not work for a group, so no wrap-up follows. */
export function releaseCaller(turn: Turn, call: Call): void {
  const agent = call.caller
  if (!agent) return
  call.caller = undefined
  recordLeg(turn, call, agent, 'caller', 'over')
  releaseFromCall(turn, agent, call, millis(0))
}

/** Ends a pending transfer. The agent whose phone rang for it is free again. */
export function dropTransfer(turn: Turn, call: Call): void {
  const { transfer } = call
  call.transfer = undefined
  if (!transfer?.agent) return
  if (!transfer.moves) recordLeg(turn, call, transfer.agent, transfer.by, 'over')
  releaseFromJoin(turn, transfer.agent, call)
}

export function recordLeg(turn: Turn, call: Call, agent: Agent, side: TransferSide, state: LegState): void {
  const fact: Changeable<Extract<Fact, { kind: 'agentLeg' }>> = {
    kind: 'agentLeg',
    call: call.id,
    agent: agent.settings.uri,
    side,
    state,
    at: turn.at,
  }
  if (call.phase.kind === 'connected' && call.phase.group !== undefined) fact.group = call.phase.group
  record(turn, fact)
}

/**
 * The wrap-up after this call: the group's for an agent of the group, the agent's own for an agent of another group who got the call by a
 * transfer.
 */
function wrapUpAfter({ groups }: World, agent: Agent, { group: name, transferredBy }: ConnectedPhase): Millis {
  const group = name === undefined ? undefined : groups.get(name)
  const isTheirs = transferredBy === undefined || agent.memberships.some(membership => membership.group === group)
  return (isTheirs ? group?.settings.wrapUp : undefined) ?? agent.settings.wrapUp
}
