import { assertNever } from '../../foundation/never.js'
import type { Action } from '../world/settings.js'
import type { Instant } from '../../foundation/time.js'
import type { QueueName } from '../world/ids.js'
import { withdrawAll } from '../offer/offer.js'
import { awaitAnnouncement, playMusic } from '../line/announce.js'
import { routeAt } from '../world/route.js'
import { say } from './say.js'
import type { GivenUp, WaitOutcome } from '../world/words.js'
import { beginWait, changeQueue, endWait, olderFirst, timeWait, waitAtPlace } from '../line/queue.js'
import { becomeFarewell, becomeForwarding, waitOf } from '../world/phases.js'
import type { Turn } from '../world/turn.js'
import type { Call, Group, Queue, RingingPhase } from '../world/world.js'
import { endCall } from './ending.js'

/** A call that would enter one more is going round in circles (response-group.md §3). */
const mostQueues = 10

/** Takes the call out of its queue and does what the config says befalls it. */
export function giveUp(turn: Turn, call: Call, why: Extract<GivenUp, WaitOutcome>, action: Action): void {
  withdrawAll(turn, call, 'withdrawn')
  endWait(turn, call, why)
  befall(turn, call, why, action)
}

/** The action's prompt to its end, then the action. */
export function befall(turn: Turn, call: Call, why: GivenUp, action: Action): void {
  if (action.prompt === undefined || !call.hears) return act(turn, call, why, action)
  becomeFarewell(call, { since: turn.at, playing: say(turn, call, action.prompt), why, action })
}

/** The workflow itself, or an answer of the caller, leads here. `disconnected` is the word for the call's end, if the action ends it. */
export function followAction(turn: Turn, call: Call, action: Action): void {
  befall(turn, call, 'disconnected', action)
}

/** The call enters a queue: to be placed at the end of the turn, or given up at once where nobody could ever answer. */
export function enterQueue(turn: Turn, call: Call, name: QueueName, since?: Instant): void {
  const queue = turn.world.queues.get(name)
  if (!queue) return endCall(turn, call, 'unconfigured')
  if (call.queuesEntered === mostQueues) return endCall(turn, call, 'looped')
  call.queuesEntered += 1
  beginWait(turn, call, queue, since)
  waitAtPlace(turn, call)
  // Who has heard us already must not take the time until an agent answers for a dead line.
  if (call.isListening) playMusic(turn, call)
  reconsider(turn, call, queue)
}

/** At the begin of a wait, after a failed join and after a new config: does this queue still have the call? */
export function reconsider(turn: Turn, call: Call, queue: Queue): void {
  const { noAgents, timeout } = queue.settings
  if (hasNoAgents(queue)) giveUp(turn, call, 'noAgents', noAgents.action)
  else if (!timeWait(turn, call, queue) && timeout) giveUp(turn, call, 'timedOut', timeout.action)
}

/** The last agent has signed out: who waits meets what a new caller would (docs/decisions/040). */
export function giveUpWithoutAgents(turn: Turn, { queues }: Group): void {
  for (const queue of queues) {
    if (!hasNoAgents(queue)) continue
    const waiting = [...new Set([...queue.waiting, ...queue.unplaced])].sort(olderFirst)
    for (const call of waiting) giveUp(turn, call, 'noAgents', queue.settings.noAgents.action)
  }
}

/** Agents homed online are never offered a call, so they are none. */
function hasNoAgents({ groups, settings }: Queue): boolean {
  return settings.noAgents.when === 'noneConfigured'
    ? groups.every(group => group.members.every(({ agent }) => agent.settings.homed === 'online'))
    : groups.every(group => group.signedIn === 0)
}

/** What an action does, its prompt being over. */
export function act(turn: Turn, call: Call, why: GivenUp, action: Action): void {
  switch (action.kind) {
    case 'disconnect':
      return endCall(turn, call, why)
    case 'queue':
      return enterQueue(turn, call, action.queue)
    case 'forward':
      becomeForwarding(call, turn.at, action.to)
      // As above: until the target answers.
      if (call.isListening) playMusic(turn, call)
      turn.effects.push({ kind: 'forward', call: call.id, why, as: action.as, to: action.to })
      return
    default:
      return assertNever(action)
  }
}

/** A call that was being joined stands at its place again, or where its workflow now leads. */
export function standAgain(turn: Turn, call: Call): void {
  const wait = waitOf(call)
  const queue = turn.world.queues.get(wait.queue)
  if (!queue) return moveOn(turn, call, wait.since)
  if (wait.held) queue.waiting.add(call)
  waitAtPlace(turn, call)
  if (call.isListening) playMusic(turn, call)
  awaitAnnouncement(turn, call)
  reconsider(turn, call, queue)
}

/** The queue is gone from the config: the workflow, or the caller's answers, may lead to another one now, where the call keeps its arrival. */
export function moveOn(turn: Turn, call: Call, since: Instant): void {
  const queue = queueNow(turn, call)
  if (!queue) return endCall(turn, call, 'unconfigured')
  withdrawAll(turn, call, 'withdrawn')
  endWait(turn, call, 'moved')
  enterQueue(turn, call, queue.settings.name, since)
}

/** As `moveOn`, for a call that rings in a group which the new queue searches too: the phones ring on. Undefined: there is no such queue. */
export function moveRinging(turn: Turn, call: Call, phase: RingingPhase): Queue | undefined {
  const queue = queueNow(turn, call)
  if (!queue?.groups.some(({ settings }) => settings.name === phase.group) || call.queuesEntered === mostQueues) return undefined
  call.queuesEntered += 1
  changeQueue(turn, call, phase, queue)
  return queue
}

/** Where the workflow and the caller's answers lead now. */
function queueNow({ world }: Turn, call: Call): Queue | undefined {
  const digits = call.answers.map(({ digit }) => digit)
  const route = routeAt(world.workflows.get(call.workflow), digits)
  return route?.kind === 'queue' ? world.queues.get(route.queue) : undefined
}
