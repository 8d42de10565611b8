import { type Instant, type Millis, later, millis } from '../../foundation/time.js'
import type { Presence } from '../world/events.js'
import { agentExclusion, isSignedIn } from './exclusion.js'
import { countCrew, takesPart } from './crew.js'
import { remove } from '../world/lists.js'
import { startSpan, stopSpan, type Turn } from '../world/turn.js'
import type { Agent, Call, Membership } from '../world/world.js'
import { isIdleState } from '../world/presence-class.js'

/** How long an agent is left alone after a device fault (response-group.md §3). */
const unreachableFor = millis(30_000)
/** How long an agent is left alone whom presence took away while a call rang, however often presence changes (docs/decisions/033). */
export const unsteadyFor = millis(5_000)

/**
 * Called after whatever may change what an agent may be offered: brings the agent's groups, and only those, up to date.
 * An agent who may now be offered more is settled at the end of the turn.
 */
export function refresh(turn: Turn, agent: Agent): void {
  touch(turn, agent)
  let freed = false
  for (const membership of agent.memberships) freed = reindex(membership) || freed
  if (freed) turn.freed.push(agent)
}

/** Views are to read this agent anew. */
export function touch({ changed }: Turn, agent: Agent): void {
  if (changed.at(-1) !== agent) changed.push(agent)
}

/** Brings one membership's place in its group up to date; true when the agent became available there. */
export function reindex(membership: Membership): boolean {
  const { agent, group } = membership
  const before = membership.excluded
  membership.exclusion = undefined
  const after = agentExclusion(membership)
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

export function changePresence(turn: Turn, agent: Agent, presence: Presence): void {
  const wasIdle = isIdleState(agent.presence.state)
  agent.presence = presence
  const isIdle = isIdleState(presence.state)
  const goesOn = agent.idleKeptUntil !== undefined && turn.at < agent.idleKeptUntil
  if (!wasIdle && isIdle && !goesOn) agent.idleSince = turn.at
  // A break that somebody tells of is one; silence, or a phone that is not back yet, may be the restart's.
  if (isIdle || presence.state !== 'offline' || !goesOn) agent.idleKeptUntil = undefined
  refresh(turn, agent)
}

/** The agent has a leg in this call from now on. */
export function hold(turn: Turn, agent: Agent, call: Call): void {
  agent.calls.push(call)
  refresh(turn, agent)
}

/** The agent's call is over: idle time begins, and wrap-up if there is any. */
export function releaseFromCall(turn: Turn, agent: Agent, call: Call, wrapUp: Millis): void {
  remove(agent.calls, call)
  agent.idleSince = turn.at
  if (wrapUp > 0 && !agent.departed && !endsLater(agent, later(turn.at, wrapUp))) {
    stopSpan(turn, agent.wrapUp)
    agent.wrapUp = startSpan(turn, { kind: 'wrapUp', agent }, wrapUp)
  }
  refreshOrForget(turn, agent)
}

/** The call was to be joined and is not, or a transfer rang in vain: no call took place, so no idle time begins. */
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

/** An agent whom the config dropped stays until the last call ends. */
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
