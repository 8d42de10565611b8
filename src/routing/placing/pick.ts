import { standingExclusion } from '../agents/exclusion.js'
import { choiceOf } from '../choice/decide.js'
import type { AgentUri, CallId } from '../world/ids.js'
import { endOffer, makeOffer } from '../offer/offer.js'
import { ignore, type Turn } from '../world/turn.js'
import type { Agent, Call, Membership, World } from '../world/world.js'
import { queueOf } from '../line/queue.js'
import { ringFor } from './search.js'

/** Why an attendant may not pick this call. Undefined: they may. */
export function pickRefusal(world: World, callId: CallId, agent: AgentUri): string | undefined {
  const choice = choose(world, callId, agent)
  return typeof choice === 'string' ? choice : undefined
}

/**
 * An attendant takes a waiting call out of its order (response-group.md §2). It rings at their desk now, even if they declined or
 * missed it before. If the desk is full, the call that came last stops ringing there.
 */
export function callPicked(turn: Turn, callId: CallId, uri: AgentUri): void {
  const choice = choose(turn.world, callId, uri)
  if (typeof choice === 'string') return ignore(turn, 'callPicked', choice, callId)
  const { call, member } = choice
  const { agent, group } = member
  call.marks.delete(uri)
  const last = agent.offers.at(-1)
  if (last && agent.offers.length >= group.settings.attendantOffers) endOffer(turn, last, 'withdrawn')
  const ringing = call.phase.kind === 'ringing' ? call.phase : ringFor(turn, call, group)
  makeOffer(turn, call, ringing, member, choiceOf(turn.world, call, group, []))
}

/** The call, and the attendant group through which the agent takes it; or the reason why they can't. */
function choose(world: World, callId: CallId, uri: AgentUri): { call: Call; member: Membership } | string {
  const call = world.calls.get(callId)
  const agent = world.agents.get(uri)
  if (!call) return 'the call is over'
  const { phase } = call
  // A call that is being joined can't be picked. It only keeps its place in case the join fails.
  if (!agent || (phase.kind !== 'waiting' && phase.kind !== 'ringing')) return 'it does not wait for an agent'
  if (call.caller === agent) return 'it is their own call'
  if (agent.offers.some(offer => offer.call === call)) return 'it rings at their desk already'
  const member = deskFor(world, call, agent)
  if (!member) return 'the agent is in no attendant group of its queue that may be offered calls now'
  return phase.kind === 'ringing' && phase.group !== member.group.settings.name ? 'it rings in another group' : { call, member }
}

function deskFor(world: World, call: Call, agent: Agent): Membership | undefined {
  const { groups } = queueOf(world, call)
  return agent.memberships.find(
    member =>
      member.group.method.takes === 'present' &&
      groups.includes(member.group) &&
      !standingExclusion(member) &&
      !agent.unreachable,
  )
}
