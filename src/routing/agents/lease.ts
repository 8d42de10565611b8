import { type Instant, type Millis, later, millis } from '../../foundation/time.js'
import type { Presence } from '../world/events.js'
import { mostListed } from '../world/decision.js'
import { agentExclusion, isSignedIn } from './exclusion.js'
import { countCrew, takesPart } from './crew.js'
import { remove } from '../world/lists.js'
import { startSpan, stopSpan, type Turn } from '../world/turn.js'
import type { Agent, Call, Membership } from '../world/world.js'
import { isIdleState } from '../world/presence-class.js'

/** After a device fault, the agent gets no offers for this long (response-group.md §3). */
const unreachableFor = millis(30_000)
/**
 * If presence takes an agent away while a call rings, the agent gets no offers for this long, however often presence changes
 * (docs/decisions/033).
 */
export const unsteadyFor = millis(5_000)

/**
 * Updates the agent's groups. Call it after every change that affects which offers the agent may get. If the agent may now get more, the
 * turn looks for a call for them at its end.
 */
export function refresh(turn: Turn, agent: Agent): void {
  touch(turn, agent)
  let freed = false
  for (const membership of agent.memberships) freed = reindex(membership) || freed
  if (freed) turn.freed.push(agent)
}

/** Reports the agent as changed, so that views read it again. */
export function touch({ changed }: Turn, agent: Agent): void {
  if (changed.at(-1) !== agent) changed.push(agent)
}

/** Updates one membership's place in its group. Returns true if the agent became available there. */
export function reindex(membership: Membership): boolean {
  const { agent, group } = membership
  const before = membership.excluded
  membership.exclusion = undefined
  const after = agentExclusion(membership)
  forgetLeftOut(membership, after)
  const signedIn = isSignedIn(membership)
  if (signedIn !== membership.counted) {
    membership.counted = signedIn
    group.signedIn += signedIn ? 1 : -1
  }
  const takes = takesPart(membership, after)
  if (takes !== membership.takesPart) countCrew(membership, takes)
  if (before === after && membership.idleSince === agent.idleSince) return false
  if (before === undefined) group.available.delete(membership)
  moveIdle(membership, agent.idleSince)
  membership.excluded = after
  group.states[before ?? 'available'] -= 1
  group.states[after ?? 'available'] += 1
  if (after !== undefined) return false
  group.available.add(membership)
  return before !== undefined
}

/** Drops the cached list of excluded agents if this agent is in it or will be. */
function forgetLeftOut({ group, position, excluded }: Membership, after: Membership['excluded']): void {
  if (position < mostListed && (excluded ?? after) !== undefined) group.leftOut = undefined
}

export function changePresence(turn: Turn, agent: Agent, presence: Presence): void {
  const wasIdle = isIdleState(agent.presence.state)
  agent.presence = presence
  const isIdle = isIdleState(presence.state)
  const goesOn = agent.idleKeptUntil !== undefined && turn.at < agent.idleKeptUntil
  if (!wasIdle && isIdle && !goesOn) agent.idleSince = turn.at
  // A reported absence ends the kept idle time. Offline does not yet: a phone may still be registering again after our restart.
  if (isIdle || presence.state !== 'offline' || !goesOn) agent.idleKeptUntil = undefined
  refresh(turn, agent)
}

/** Records that the agent has a leg in this call from now on. */
export function hold(turn: Turn, agent: Agent, call: Call): void {
  agent.calls.push(call)
  refresh(turn, agent)
}

/** Releases the agent from a call that is over. Idle time starts again, and wrap-up starts if the settings have one. */
export function releaseFromCall(turn: Turn, agent: Agent, call: Call, wrapUp: Millis): void {
  remove(agent.calls, call)
  agent.idleSince = turn.at
  if (wrapUp > 0 && !agent.departed && !endsLater(agent, later(turn.at, wrapUp))) {
    stopSpan(turn, agent.wrapUp)
    agent.wrapUp = startSpan(turn, { kind: 'wrapUp', agent }, wrapUp)
  }
  refreshOrForget(turn, agent)
}

/** Releases the agent from a call that never took place: the join failed, or a transfer was not answered. Idle time continues. */
export function releaseFromJoin(turn: Turn, agent: Agent, call: Call): void {
  remove(agent.calls, call)
  refreshOrForget(turn, agent)
}

export function endWrapUp(turn: Turn, agent: Agent): void {
  stopSpan(turn, agent.wrapUp)
  agent.wrapUp = undefined
  refresh(turn, agent)
}

export function markUnreachable(turn: Turn, agent: Agent): void {
  if (agent.departed) return
  stopSpan(turn, agent.unreachable)
  agent.unreachable = startSpan(turn, { kind: 'reachable', agent }, unreachableFor)
  refresh(turn, agent)
}

export function markReachable(turn: Turn, agent: Agent): void {
  agent.unreachable = undefined
  refresh(turn, agent)
}

export function markUnsteady(turn: Turn, agent: Agent): void {
  if (agent.departed) return
  stopSpan(turn, agent.unsteady)
  agent.unsteady = startSpan(turn, { kind: 'steady', agent }, unsteadyFor)
  refresh(turn, agent)
}

export function markSteady(turn: Turn, agent: Agent): void {
  agent.unsteady = undefined
  refresh(turn, agent)
}

/** Updates the agent. An agent who is no longer in the config is dropped when their last call ends. */
function refreshOrForget(turn: Turn, agent: Agent): void {
  if (agent.departed && agent.calls.length === 0) turn.world.agents.delete(agent.settings.uri)
  refresh(turn, agent)
}

const endsLater = (agent: Agent, until: Instant): boolean => agent.wrapUp !== undefined && agent.wrapUp.until > until

function moveIdle(membership: Membership, idleSince: Instant): void {
  if (membership.idleSince === idleSince) return
  membership.idleSince = idleSince
  if (membership.group.method.orderedBy === 'idleSince')
    membership.candidacy = { agent: membership.agent.settings.uri, key: { idleSince } }
}
