import { giveUpWithoutAgents } from '../call/actions.js'
import type { EventKind, Presence } from '../world/events.js'
import type { AgentUri, GroupName } from '../world/ids.js'
import { withdrawExcluded } from '../offer/offer.js'
import { ignore, record, type Turn } from '../world/turn.js'
import type { Agent } from '../world/world.js'
import { changePresence, endWrapUp, refresh } from '../agents/lease.js'
import { resume } from '../agents/pause.js'

export function presenceChanged(turn: Turn, uri: AgentUri, presence: Presence): void {
  const agent = knownAgent(turn, uri, 'presenceChanged')
  if (!agent) return
  changePresence(turn, agent, presence)
  withdrawExcluded(turn, agent)
}

/**
 * Signs an agent in to a formal group, or out of it. In an informal group agents are signed in with the SIP system, so the event is ignored
 * (response-group.md §1).
 */
export function signInChanged(turn: Turn, uri: AgentUri, name: GroupName, signedIn: boolean): void {
  const event = signedIn ? 'signedIn' : 'signedOut'
  const agent = knownAgent(turn, uri, event)
  if (!agent) return
  const membership = agent.memberships.find(({ group }) => group.settings.name === name)
  if (!membership) return ignore(turn, event, `${uri} is not an agent of ${name}`)
  if (membership.group.settings.participationPolicy === 'informal') return ignore(turn, event, `${name} is informal`)
  if (membership.signedIn === signedIn) return ignore(turn, event, signedIn ? 'signed in already' : 'not signed in')
  membership.signedIn = signedIn
  if (signedIn) resume(turn, agent, 'signedIn')
  record(turn, { kind: 'signInChanged', group: name, agent: uri, signedIn, at: turn.at })
  refresh(turn, agent)
  withdrawExcluded(turn, agent)
  if (!signedIn) giveUpWithoutAgents(turn, membership.group)
}

/** Ends the wrap-up early, because the agent asked for it. */
export function agentReleased(turn: Turn, uri: AgentUri): void {
  const agent = knownAgent(turn, uri, 'agentReleased')
  if (!agent) return
  if (!agent.wrapUp) return ignore(turn, 'agentReleased', 'no wrap-up runs')
  endWrapUp(turn, agent)
}

/** The agent is back after an automatic pause. */
export function agentResumed(turn: Turn, uri: AgentUri): void {
  const agent = knownAgent(turn, uri, 'agentResumed')
  if (agent && !resume(turn, agent, 'asked')) ignore(turn, 'agentResumed', 'the agent is not paused')
}

function knownAgent(turn: Turn, uri: AgentUri, event: EventKind): Agent | undefined {
  const agent = turn.world.agents.get(uri)
  if (!agent) ignore(turn, event, `${uri} is not an agent of this config`)
  return agent
}
