import { standingExclusion } from '../agents/exclusion.js'
import { choiceOf } from '../choice/decide.js'
import type { AgentUri, CallId } from '../world/ids.js'
import { endOffer, makeOffer } from '../offer/offer.js'
import { ignore, type Turn } from '../world/turn.js'
import type { Agent, Call, Membership, World } from '../world/world.js'
import { queueOf } from '../line/queue.js'
import { ringFor } from './search.js'

/** Why an attendant may not pick this call. Undefined: the attendant may. */
export function pickRefusal(world: World, callId: CallId, agent: AgentUri): string | undefined {
  const choice = choose(world, callId, agent)
  return typeof choice === 'string' ? choice : undefined
}

/**
 * Lets an attendant take a waiting call out of its order (response-group.md §2). The call rings at their desk now, even if they declined or
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

/** The call and the attendant group through which the agent takes it, or the reason why the agent can't take it. */
function choose(world: World, callId: CallId, uri: AgentUri): { call: Call; member: Membership } | string {
  const call = world.calls.get(callId)
  const agent = world.agents.get(uri)
  const desks = call && agent ? desksFor(world, call, agent) : []
  if (!call || !agent || desks.length === 0) return notTheirs
  const { phase } = call
  if (call.caller === agent) return 'it is their own call'
  if (agent.offers.some(offer => offer.call === call)) return 'it rings at their desk already'
  const member = agent.unreachable ? undefined : desks.find(desk => !standingExclusion(desk))
  if (!member) return 'the agent may not be offered calls now'
  return phase.kind === 'ringing' && phase.group !== member.group.settings.name ? 'it rings in another group' : { call, member }
}

/** The same text for every call that does not wait for this agent, so that it does not reveal which calls exist. */
const notTheirs = 'no call of this id waits for an attendant group of this agent'

/**
 * The agent's attendant groups that may take this call. None may take a call that is being joined: it keeps its place only in case the join
 * fails.
 */
function desksFor(world: World, call: Call, agent: Agent): readonly Membership[] {
  if (call.phase.kind !== 'waiting' && call.phase.kind !== 'ringing') return []
  const { groups } = queueOf(world, call)
  return agent.memberships.filter(({ group }) => group.method.takes === 'present' && groups.includes(group))
}
