import { agentExclusion, isSignedIn } from '../agents/exclusion.js'
import { listExcluded, mayRing, mayTake } from '../choice/decide.js'
import type { Instant } from '../../foundation/time.js'
import type { TimerId } from '../world/ids.js'
import { takesPart } from '../agents/crew.js'
import { routeAt } from '../world/route.js'
import { hearingTimer } from '../call/say.js'
import { findWait } from '../world/phases.js'
import type { Agent, Call, Group, Membership, Offer, Queue, Wait, World } from '../world/world.js'

/** A broken rule: its name in docs/invariants.md, and what was found. */
interface Violation {
  readonly rule: string
  readonly what: string
}

/**
 * Checks every rule without trusting any index, for tests and for the audit of a running server. The result is empty in a healthy world.
 */
export function checkInvariants(world: World): readonly Violation[] {
  const found: Violation[] = []
  const tell = (rule: string, what: string): void => void found.push({ rule, what })
  for (const call of world.calls.values()) checkCall(world, call, tell)
  for (const offer of world.offers.values()) checkOffer(world, offer, tell)
  for (const agent of world.agents.values()) checkAgent(world, agent, tell)
  for (const group of world.groups.values()) checkGroup(world, group, tell)
  for (const queue of world.queues.values()) checkQueue(world, queue, tell)
  checkTimers(world, tell)
  return found
}

type Tell = (rule: string, what: string) => void

function checkCall(world: World, call: Call, tell: Tell): void {
  const { phase, id } = call
  const accepted = [...world.offers.values()].filter(offer => offer.call === call && offer.acceptedAt !== undefined)
  if (accepted.length !== (phase.kind === 'joining' ? 1 : 0))
    tell('one-winner', `${id} is ${phase.kind} with ${accepted.length} winners`)
  if (phase.kind === 'ringing' && phase.offers.length === 0) tell('no-blocking-agent', `${id} rings at nobody`)
  if (phase.kind === 'waiting' || phase.kind === 'ringing') checkWait(world, call, phase.wait, tell)
  if (phase.kind === 'arriving' || phase.kind === 'leaving') tell('no-zombie-call', `${id} is still ${phase.kind}`)
  checkHearing(world, call, tell)
  checkHeld(call, tell)
}

function checkHeld(call: Call, tell: Tell): void {
  const { phase, id, transfer } = call
  for (const agent of new Set(agentsIn(call))) {
    const legs = agentsIn(call).filter(each => each === agent).length
    if (agent.calls.filter(each => each === call).length !== legs)
      tell('busy-means-dialog', `${id} is ${phase.kind} with ${agent.settings.uri}, who is not held for each leg in it`)
  }
  if (transfer && phase.kind !== 'connected') tell('busy-means-dialog', `${id} is ${phase.kind} and is being transferred`)
}

/** The agents who have a leg in the call, one entry for each leg. Ringing offers do not count. */
function agentsIn({ phase, caller, transfer }: Call): readonly Agent[] {
  const called = phase.kind === 'joining' ? phase.offer.agent : phase.kind === 'connected' ? phase.agent : undefined
  return [called, caller, transfer?.agent].filter(agent => agent !== undefined)
}

/**
 * Checks that a caller can hear the prompt that plays for them and that announcements are timed. `checkTimers` checks that the timers run.
 */
function checkHearing({ workflows, queues }: World, call: Call, tell: Tell): void {
  const { id, workflow, phase, hears } = call
  const wait = findWait(call)
  const listens = hearingTimer(phase) !== undefined
  if (listens && !hears) tell('no-zombie-call', `${id} is ${phase.kind} and hears nothing`)
  if (phase.kind === 'asking' && routeAt(workflows.get(workflow), phase.path)?.kind !== 'question')
    tell('no-zombie-call', `${id} is asked what its workflow does not ask`)
  if (!hears || !wait?.held || phase.kind === 'joining') return
  if ((wait.announce !== undefined) !== (queues.get(wait.queue)?.settings.announce !== undefined))
    tell('honest-wait', `${id} is told of its wait, or not, against its queue`)
}

function checkWait(world: World, call: Call, wait: Wait, tell: Tell): void {
  const { id, phase } = call
  const queue = world.queues.get(wait.queue)
  if (!queue) return tell('no-zombie-call', `${id} is ${phase.kind} in no queue`)
  const { timeout } = queue.settings
  if (timeout && wait.timeout?.until !== wait.since + timeout.after)
    tell('time-out-on-time', `no timer for the time-out of ${id}`)
  checkNobodyIdle(world, call, queue, tell)
}

/** Checks that no free agent could take this call. Bursts that are due and marks whose end is due are excepted. */
function checkNobodyIdle(world: World, call: Call, queue: Queue, tell: Tell): void {
  const { phase } = call
  const groups = phase.kind === 'ringing' ? ringsOn(world, call) : queue.groups
  for (const group of groups)
    for (const member of group.members)
      if (!agentExclusion(member) && isOpenTo(world, call, member))
        tell('no-idle-beside-waiting', `${member.agent.settings.uri} is free in ${group.settings.name} beside ${call.id}`)
}

function ringsOn(world: World, { phase }: Call): readonly Group[] {
  const group = phase.kind === 'ringing' && phase.pace === undefined ? world.groups.get(phase.group) : undefined
  return group?.method.rings === 'all' ? [group] : []
}

function isOpenTo(world: World, call: Call, member: Membership): boolean {
  const due = findWait(call)?.retry
  const mark = call.marks.get(member.agent.settings.uri)
  if (due && mark && due.until <= mark.until) return false
  return call.phase.kind === 'ringing' ? mayRing(call, member, world.now) : mayTake(call, member, world.now)
}

function checkOffer(world: World, offer: Offer, tell: Tell): void {
  const { id, call, agent, acceptedAt, alert } = offer
  if (world.calls.get(call.id) !== call) tell('no-zombie-call', `${id} rings for a call that is over`)
  if (world.agents.get(agent.settings.uri) !== agent) tell('lease-ends', `${id} holds an agent who is gone`)
  const { phase } = call
  const known = phase.kind === 'ringing' ? phase.offers.includes(offer) : phase.kind === 'joining' && phase.offer === offer
  if (!known) tell('cancel-leaves-nothing', `${id} rings, and its call is ${phase.kind} without it`)
  if (acceptedAt !== undefined) return
  if (!agent.offers.includes(offer)) tell('lease-ends', `${id} rings without a lease of its agent`)
  if (alert === undefined || !world.timers.has(alert)) tell('lease-ends', `${id} rings without end`)
}

function checkAgent(world: World, agent: Agent, tell: Tell): void {
  const { uri } = agent.settings
  for (const { id } of agent.offers) if (!world.offers.has(id)) tell('lease-ends', `${uri} is held for ${id}, which is over`)
  for (const call of agent.calls)
    if (!holds(world, call, agent)) tell('lease-ends', `${uri} is held for ${call.id}, which is not theirs`)
  const single = agent.offers.filter(({ group }) => world.groups.get(group)?.method.takes === 'free')
  if (single.length > 1 || (single.length === 1 && agent.calls.length > 0))
    tell('one-leg-an-agent', `${uri} rings beside an offer or a call`)
  checkSpans(world, agent, tell)
}

function checkSpans(world: World, agent: Agent, tell: Tell): void {
  const { settings, calls, departed, wrapUp, unreachable, unsteady } = agent
  const { uri } = settings
  if (wrapUp && !world.timers.has(wrapUp.timer)) tell("wrap-up-is-the-agent's", `the wrap-up of ${uri} does not end`)
  if (unreachable && !world.timers.has(unreachable.timer)) tell('lease-ends', `${uri} stays unreachable`)
  if (unsteady && !world.timers.has(unsteady.timer)) tell('lease-ends', `${uri} stays unsteady`)
  if (departed && calls.length === 0) tell('no-slow-leak', `${uri} left the config and is still kept`)
}

function holds(world: World, call: Call, agent: Agent): boolean {
  return world.calls.get(call.id) === call && agentsIn(call).includes(agent)
}

function checkGroup(world: World, group: Group, tell: Tell): void {
  const { name } = group.settings
  for (const member of group.members) checkMember(group, member, tell)
  checkStates(group, tell)
  checkLeftOut(group, world.now, tell)
  if (!isOrdered(group.available, (a, b) => group.method.order(a, b)))
    tell('stated-order', `the agents of ${name} are out of order`)
  const ringing = [...world.calls.values()].filter(({ phase }) => phase.kind === 'ringing' && phase.group === name)
  if (!sameCalls(group.ringing, group.method.rings === 'all' ? ringing : []))
    tell('no-zombie-call', `${name} rings for other calls than it says`)
}

/** Checks that the shared list of excluded agents is what a decision would compute now. */
function checkLeftOut(group: Group, at: Instant, tell: Tell): void {
  const { leftOut, settings } = group
  const actual = leftOut && listExcluded(group, at)
  if (leftOut?.length !== actual?.length || leftOut?.some((each, index) => each !== actual?.[index]) === true)
    tell('cost-follows-the-agent', `${settings.name} has an old list of agents who are left out`)
}

function checkMember({ settings, available }: Group, member: Membership, tell: Tell): void {
  const { uri } = member.agent.settings
  const excluded = agentExclusion(member)
  if (member.excluded !== excluded || available.has(member) !== (excluded === undefined))
    tell('cost-follows-the-agent', `${settings.name} has ${uri} as ${stateOf(member.excluded)}, who is ${stateOf(excluded)}`)
  if (member.idleSince !== member.agent.idleSince)
    tell('idle-counts-every-call', `${settings.name} has an old idle time of ${uri}`)
}

function checkStates({ settings, members, states, signedIn }: Group, tell: Tell): void {
  for (const [state, count] of Object.entries(states)) {
    const actual = members.filter(({ excluded }) => stateOf(excluded) === state).length
    if (count !== actual) tell('counted-once', `${settings.name} counts ${count} agents as ${state}, not ${actual}`)
  }
  const actual = members.filter(isSignedIn).length
  if (signedIn !== actual) tell('counted-once', `${settings.name} counts ${signedIn} agents as signed in, not ${actual}`)
}

const stateOf = (excluded: Membership['excluded']): string => excluded ?? 'available'

function checkQueue(world: World, { settings, groups, waiting, unplaced, crew }: Queue, tell: Tell): void {
  const taking = groups.flatMap(({ members }) => members.filter(member => takesPart(member, member.excluded)))
  const agents = new Set(taking.map(({ agent }) => agent))
  if (crew.size !== agents.size || [...agents].some(agent => !crew.has(agent)))
    tell('honest-wait', `${settings.name} counts ${crew.size} agents, not ${agents.size}`)
  const calls = [...world.calls.values()].filter(call => findWait(call)?.queue === settings.name && call.phase.kind !== 'joining')
  if (
    !sameCalls(
      waiting,
      calls.filter(call => findWait(call)?.held),
    )
  )
    tell('no-zombie-call', `${settings.name} has other waiting calls than it says`)
  if (
    !sameCalls(
      unplaced,
      calls.filter(({ phase }) => phase.kind === 'waiting'),
    )
  )
    tell('no-zombie-call', `${settings.name} has other calls to place than it says`)
}

/** Checks that every timer belongs to a cause that still exists, and that every timer of a cause runs. */
function checkTimers(world: World, tell: Tell): void {
  const owned = new Set(timersWithCause(world))
  for (const [timer, { kind }] of world.timers) if (!owned.has(timer)) tell('no-slow-leak', `a timer for ${kind} has no cause`)
  for (const timer of owned)
    if (timer !== undefined && !world.timers.has(timer)) tell('lease-ends', `timer ${timer} does not run`)
}

function* timersWithCause(world: World): IterableIterator<TimerId | undefined> {
  for (const { alert } of world.offers.values()) yield alert
  for (const call of world.calls.values()) yield* timersOfCall(call)
  for (const { wrapUp, unreachable, unsteady } of world.agents.values()) {
    yield wrapUp?.timer
    yield unreachable?.timer
    yield unsteady?.timer
  }
}

function* timersOfCall(call: Call): IterableIterator<TimerId | undefined> {
  const { phase } = call
  const wait = findWait(call)
  if (wait) {
    yield wait.timeout?.timer
    yield wait.retry?.timer
    yield wait.announce
  }
  if (phase.kind === 'ringing') yield phase.pace
  yield hearingTimer(phase)
}

function sameCalls(set: Iterable<Call> & { readonly size: number; has(call: Call): boolean }, calls: readonly Call[]): boolean {
  return set.size === calls.length && calls.every(call => set.has(call))
}

function isOrdered<T>(items: Iterable<T>, compare: (a: T, b: T) => number): boolean {
  let before: T | undefined
  for (const item of items) {
    if (before !== undefined && compare(before, item) >= 0) return false
    before = item
  }
  return true
}
