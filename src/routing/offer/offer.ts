import { between } from '../../foundation/time.js'
import { markUnsteady, refresh } from '../agents/lease.js'
import type { OfferEnd } from '../world/words.js'
import type { Fact } from '../world/effects.js'
import { standingExclusion } from '../agents/exclusion.js'
import { decisionOf, type Choice } from '../choice/decide.js'
import { offerId } from '../world/ids.js'
import { remove } from '../world/lists.js'
import { waitAtPlace } from '../line/queue.js'
import { becomeWaiting } from '../world/phases.js'
import { record, startTimer, stopTimer, type Changeable, type Turn } from '../world/turn.js'
import type { Agent, AgentExclusion, Call, Group, Membership, Offer, RingingPhase } from '../world/world.js'
import { mark } from '../choice/grace.js'

/** Exclusions that come from presence alone. Such an agent may be available again at once. */
const presenceSays: ReadonlySet<AgentExclusion> = new Set<AgentExclusion>(['notAvailable', 'doNotDisturb', 'offline'])

/** Rings one agent for a call that rings in the agent's group. */
export function makeOffer(turn: Turn, call: Call, ringing: RingingPhase, member: Membership, choice: Choice): void {
  const { agent, group } = member
  call.offersMade += 1
  const id = offerId(call.id, call.offersMade)
  const { name, routingMethod, agentAlertTime } = group.settings
  const offer: Offer = {
    id,
    call,
    agent,
    group: name,
    method: routingMethod,
    since: turn.at,
    alert: undefined,
    acceptedAt: undefined,
  }
  turn.effects.push({ kind: 'offer', offer: id, call: call.id, agent: agent.settings.uri, group: name })
  offer.alert = startTimer(turn, { kind: 'alert', offer }, agentAlertTime)
  record(turn, { kind: 'offerMade', offer: id, call: call.id, decision: decisionOf(choice, id, agent.settings.uri) })
  turn.world.offers.set(id, offer)
  ringing.offers.push(offer)
  agent.offers.push(offer)
  refresh(turn, agent)
  if (group.method.startsAfterLastOffered) movePointer(turn, group, member)
}

/** The only function that ends a ringing offer that was not accepted. If no other phone rings for the call, the call is looked at again. */
export function endOffer(turn: Turn, offer: Offer, why: Exclude<OfferEnd, 'answered'>, code?: number): void {
  const { call } = offer
  stopRinging(turn, offer)
  turn.world.offers.delete(offer.id)
  if (isOurs(why)) turn.effects.push({ kind: 'withdraw', offer: offer.id, because: why })
  recordEnd(turn, offer, why, code)
  if (call.phase.kind !== 'ringing') return
  remove(call.phase.offers, offer)
  if (call.phase.offers.length === 0) stopRingingIn(turn, call, call.phase)
}

/**
 * Ends all ringing of a call that leaves its queue, except for the offer `but`. The function that calls this one decides the call's next
 * phase.
 */
export function withdrawAll(turn: Turn, call: Call, because: 'withdrawn' | 'lostRace', but?: Offer): void {
  const { phase } = call
  if (phase.kind !== 'ringing') return
  stopTimer(turn, phase.pace)
  turn.world.groups.get(phase.group)?.ringing.delete(call)
  becomeWaiting(call, turn.at, phase.wait)
  for (const offer of phase.offers) if (offer !== but) endOffer(turn, offer, because)
}

/** Records that the agent's phone no longer rings for this offer. */
export function stopRinging(turn: Turn, offer: Offer): void {
  stopTimer(turn, offer.alert)
  offer.alert = undefined
  remove(offer.agent.offers, offer)
  refresh(turn, offer.agent)
}

/** Withdraws the offers that may not continue after a change of the agent, with one CANCEL each (no-ring-loop). */
export function withdrawExcluded(turn: Turn, agent: Agent): void {
  if (agent.offers.length === 0) return
  for (const offer of agent.offers.slice()) {
    const member = agent.memberships.find(membership => membership.group.settings.name === offer.group)
    const excluded = member && standingExclusion(member)
    if (member && !excluded) continue
    if (excluded && presenceSays.has(excluded)) {
      mark(turn, offer.call, agent, 'unsteady')
      markUnsteady(turn, agent)
    }
    endOffer(turn, offer, 'withdrawn')
  }
}

export function recordEnd(turn: Turn, offer: Offer, why: OfferEnd, code?: number): void {
  const fact: Changeable<Extract<Fact, { kind: 'offerEnded' }>> = {
    kind: 'offerEnded',
    offer: offer.id,
    call: offer.call.id,
    agent: offer.agent.settings.uri,
    group: offer.group,
    method: offer.method,
    why,
    at: turn.at,
    rang: between(offer.since, offer.acceptedAt ?? turn.at),
  }
  if (code !== undefined) fact.code = code
  record(turn, fact)
}

function stopRingingIn(turn: Turn, call: Call, ringing: RingingPhase): void {
  stopTimer(turn, ringing.pace)
  turn.world.groups.get(ringing.group)?.ringing.delete(call)
  waitAtPlace(turn, call)
}

function movePointer(turn: Turn, group: Group, member: Membership): void {
  if (group.pointer === member) return
  group.pointer = member
  record(turn, { kind: 'pointerMoved', group: group.settings.name, agent: member.agent.settings.uri })
}

/** The ends at which the phone still rings, so that it must be told. */
const isOurs = (why: OfferEnd): why is 'missed' | 'withdrawn' | 'lostRace' =>
  why === 'missed' || why === 'withdrawn' || why === 'lostRace'
