import { resumeAll } from '../agents/pause.js'
import { moveOn, moveRinging, reconsider } from '../call/actions.js'
import { furnish, keptOf, type Kept } from './build.js'
import { endOffer, withdrawAll, withdrawExcluded } from '../offer/offer.js'
import { awaitAnnouncement } from '../line/announce.js'
import { olderFirst, waitAtPlace } from '../line/queue.js'
import { findWait, waitOf } from '../world/phases.js'
import type { RoutingSettings } from '../world/settings.js'
import { record, stopSpan, stopTimer, type Turn } from '../world/turn.js'
import { resume } from '../call/question.js'
import type { Agent, Call, Queue, RingingPhase } from '../world/world.js'

/**
 * Applies a new config in one step (config-or-nothing). Calls that are connected, being joined or being forwarded continue. Offers keep
 * ringing if the agent and the group still exist and the agent is still eligible. Waiting calls keep their place and are checked against
 * the new rules. Callers in a question continue if the question still exists.
 */
export function replan(turn: Turn, settings: RoutingSettings): void {
  const { world } = turn
  const agentsBefore = [...world.agents.values()]
  const kept = keptOf(world)
  if (settings.pauseAfterMisses === undefined) resumeAll(world)
  furnish(world, settings, kept)
  record(turn, { kind: 'configReplaced', generation: settings.generation, at: turn.at })
  forgetSignIns(turn, kept)
  const calls = [...world.calls.values()].filter(findWait).sort(olderFirst)
  for (const call of calls) reseat(turn, call)
  for (const agent of agentsBefore) review(turn, agent)
  for (const call of calls) reconsiderWait(turn, call)
  for (const call of world.calls.values()) resume(turn, call)
}

/** Ends sign-ins to groups that are gone or became informal, so that a restart does not restore them. */
function forgetSignIns(turn: Turn, kept: Kept): void {
  const { world, at } = turn
  for (const { agent, group } of kept.signIns) {
    const membership = world.agents.get(agent)?.memberships.find(({ group: { settings } }) => settings.name === group)
    if (membership?.signedIn && membership.group.settings.participationPolicy === 'formal') continue
    if (membership) membership.signedIn = false
    record(turn, { kind: 'signInChanged', group, agent, signedIn: false, at })
  }
}

/** Gives a call in a queue its place in the queue and group of the new config. */
function reseat(turn: Turn, call: Call): void {
  const { phase } = call
  waitOf(call).cursor = 0
  if (phase.kind === 'joining') return
  const queue =
    turn.world.queues.get(waitOf(call).queue) ?? (phase.kind === 'ringing' ? moveRinging(turn, call, phase) : undefined)
  const wait = waitOf(call)
  if (!queue) return moveOn(turn, call, wait.since)
  if (wait.held) queue.waiting.add(call)
  if (phase.kind === 'ringing') reseatRinging(turn, call, phase, queue)
  else waitAtPlace(turn, call)
}

function reseatRinging(turn: Turn, call: Call, ringing: RingingPhase, queue: Queue): void {
  const place = queue.groups.findIndex(({ settings }) => settings.name === ringing.group)
  const group = queue.groups[place]
  if (!group) {
    withdrawAll(turn, call, 'withdrawn')
    return waitAtPlace(turn, call)
  }
  waitOf(call).cursor = place
  if (group.method.rings === 'all') {
    group.ringing.add(call)
    turn.unsettled.push(call)
  } else {
    stopTimer(turn, ringing.pace)
    ringing.pace = undefined
  }
}

function review(turn: Turn, agent: Agent): void {
  withdrawExcluded(turn, agent)
  withdrawSecond(turn, agent)
  if (!agent.departed) return
  stopSpan(turn, agent.wrapUp)
  stopSpan(turn, agent.unreachable)
  stopSpan(turn, agent.unsteady)
  agent.wrapUp = undefined
  agent.unreachable = undefined
  agent.unsteady = undefined
}

/**
 * Withdraws offers that a changed routing method no longer allows. In an attendant group several offers may ring at an agent. If the new
 * method allows one, the oldest stays.
 */
function withdrawSecond(turn: Turn, agent: Agent): void {
  const single = agent.offers.filter(({ group }) => turn.world.groups.get(group)?.method.takes === 'free')
  for (const offer of single.slice(1)) endOffer(turn, offer, 'withdrawn')
}

function reconsiderWait(turn: Turn, call: Call): void {
  const { phase } = call
  if (phase.kind !== 'waiting' && phase.kind !== 'ringing') return
  const queue = turn.world.queues.get(phase.wait.queue)
  if (!queue) return
  awaitAnnouncement(turn, call)
  reconsider(turn, call, queue)
}
