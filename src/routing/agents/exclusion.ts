import { presenceClasses } from '../world/presence-class.js'
import type { Agent, AgentExclusion, Group, Membership } from '../world/world.js'

/** Why this group may not offer the agent any call now. Undefined: it may offer one. */
export function agentExclusion(membership: Membership): AgentExclusion | undefined {
  return standingExclusion(membership) ?? ringingExclusion(membership.agent, membership.group)
}

/** The reasons that also end an offer that already rings. Undefined: there is none. */
export function standingExclusion({ agent, group, signedIn }: Membership): AgentExclusion | undefined {
  if (agent.settings.homed === 'online') return 'homedOnline'
  if (group.settings.participationPolicy === 'formal' && !signedIn) return 'notSignedIn'
  if (agent.pausedSince !== undefined) return 'paused'
  const { takes } = group.method
  const presence = presenceClasses[agent.presence.state][takes]
  if (presence) return presence
  if (takes === 'free' && agent.calls.length > 0) return 'onACall'
  return agent.wrapUp ? 'wrappingUp' : undefined
}

/**
 * Whether the agent counts for `noAgents: noneSignedIn`. Formal groups ask for the sign-in, informal ones for presence in the SIP
 * system.
 */
export function isSignedIn({ agent, group, signedIn }: Membership): boolean {
  if (agent.settings.homed === 'online') return false
  return group.settings.participationPolicy === 'formal' ? signedIn : agent.presence.state !== 'offline'
}

/**
 * The reasons that only prevent new offers: the device failed, presence flaps, or the phone already rings. In most groups an agent gets one
 * ringing offer at a time. Attendant groups allow up to `attendantOffers`.
 */
function ringingExclusion(agent: Agent, group: Group): AgentExclusion | undefined {
  if (agent.unreachable) return 'unreachable'
  if (agent.unsteady) return 'unsteady'
  if (agent.offers.length === 0) return undefined
  if (group.method.takes === 'free') return 'ringing'
  return agent.offers.length >= group.settings.attendantOffers ? 'offersFull' : undefined
}
