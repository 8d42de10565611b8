import type { Instant } from '../../foundation/time.js'
import type { Exclusion } from '../world/words.js'
import { mostListed, type Candidacy, type Decision, type ExcludedAgent } from '../world/decision.js'
import type { AgentUri, OfferId } from '../world/ids.js'
import { markInForce, restsFromCall } from './grace.js'
import { waitOf } from '../world/phases.js'
import type { Agent, AgentExclusion, Call, Group, Membership, World } from '../world/world.js'

/** If the method rings one phone, a decision names this many agents who would be next. Those after them are only counted. */
const mostNext = 16

/** The result of one look at a group. All offers that follow from this look share it. */
export type Choice = Omit<Decision, 'offer' | 'chosen'>

/** Whether the group may offer this call to the agent in this round. Only for members of `group.available`. */
export function mayRing(call: Call, { agent }: Membership, at: Instant): boolean {
  return call.caller !== agent && markInForce(call, agent, at) === undefined && !ringsAt(call, agent)
}

/** Whether a new round over the queue's groups could offer this call to the agent. Only for members of `group.available`. */
export function mayTake(call: Call, { agent }: Membership, at: Instant): boolean {
  return call.caller !== agent && !restsFromCall(call, agent, at)
}

/** The first member in the method's order. Round robin starts after the agent who was offered the last call. */
export function nextInTurn(group: Group, accepts: (member: Membership) => boolean): Membership | undefined {
  const { pointer, available } = group
  if (!group.method.startsAfterLastOffered || !pointer) return available.find(accepts)
  return available.findAfter(pointer, accepts) ?? available.findUpTo(pointer, accepts)
}

/**
 * Completes a decision for one offer. Each field is written out, because this runs for every offer and a spread costs three times as much
 * as the rest.
 */
export function decisionOf(choice: Choice, offer: OfferId, chosen: AgentUri): Decision {
  const { at, call, queue, group, method, candidates, excluded, unlisted, passedOver } = choice
  return { at, call, offer, queue, group, method, chosen, candidates, excluded, unlisted, passedOver }
}

export function choiceOf(world: World, call: Call, group: Group, passed: readonly Group[]): Choice {
  const excluded = excludedFrom(call, group, world.now)
  const most = group.method.rings === 'one' ? mostNext : mostListed - excluded.length
  const candidates = candidatesOf(call, group, world.now, most)
  const { name, routingMethod } = group.settings
  return {
    at: world.now,
    call: call.id,
    queue: waitOf(call).queue,
    group: name,
    method: routingMethod,
    candidates,
    excluded,
    unlisted: group.members.length - excluded.length - candidates.length,
    passedOver: passed.map(other => passedOver(call, other, world.now)),
  }
}

function passedOver(call: Call, group: Group, at: Instant): Decision['passedOver'][number] {
  const excluded = excludedFrom(call, group, at)
  return { group: group.settings.name, excluded, unlisted: group.members.length - excluded.length }
}

function candidatesOf(call: Call, group: Group, at: Instant, most: number): readonly Candidacy[] {
  const listed: Candidacy[] = []
  nextInTurn(group, member => {
    if (mayRing(call, member, at)) listed.push(member.candidacy)
    return listed.length >= most
  })
  return listed
}

/** The excluded agents. Most calls exclude nobody by themselves, so they share the list of the group until one of its agents changes. */
function excludedFrom(call: Call, group: Group, at: Instant): readonly ExcludedAgent[] {
  return hasReasons(call) ? listExcluded(group, at, call) : (group.leftOut ??= listExcluded(group, at))
}

/** Whether the call itself excludes agents: it tried or rings them, or one of them made it. */
const hasReasons = ({ marks, caller, phase }: Call): boolean =>
  marks.size > 0 || caller !== undefined || (phase.kind === 'ringing' && phase.offers.length > 0)

/**
 * The excluded among the first `mostListed` members. One place is left for the chosen agent. Uses an index, because an iterator allocates
 * an object for each member.
 */
export function listExcluded({ members }: Group, at: Instant, call?: Call): readonly ExcludedAgent[] {
  const listed: ExcludedAgent[] = []
  const end = Math.min(members.length, mostListed)
  for (let position = 0; position < end && listed.length < mostListed - 1; position += 1) {
    const member = members[position]
    const excluded = member && excludedAgent(member, at, call)
    if (excluded) listed.push(excluded)
  }
  return listed
}

function excludedAgent(member: Membership, at: Instant, call: Call | undefined): ExcludedAgent | undefined {
  const { agent, excluded } = member
  if (excluded) return (member.exclusion ??= reason(agent, excluded, endOf(agent, excluded)))
  return call && excludedByCall(call, agent, at)
}

function endOf(agent: Agent, excluded: AgentExclusion): Instant | undefined {
  if (excluded === 'unreachable') return agent.unreachable?.until
  if (excluded === 'unsteady') return agent.unsteady?.until
  return excluded === 'wrappingUp' ? agent.wrapUp?.until : undefined
}

function excludedByCall(call: Call, agent: Agent, at: Instant): ExcludedAgent | undefined {
  // For example an attendant who calls their own group.
  if (call.caller === agent) return reason(agent, 'onACall', undefined)
  const mark = markInForce(call, agent, at)
  if (mark) return reason(agent, mark.why, mark.until > at ? mark.until : undefined)
  return ringsAt(call, agent) ? reason(agent, 'ringing', undefined) : undefined
}

const reason = ({ settings, presence }: Agent, why: Exclusion, until: Instant | undefined): ExcludedAgent =>
  until === undefined ? { agent: settings.uri, why, presence } : { agent: settings.uri, why, presence, until }

const ringsAt = (call: Call, agent: Agent): boolean => agent.offers.some(offer => offer.call === call)
