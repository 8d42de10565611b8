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
import { recordStep, type Turn } from '../world/turn.js'
import type { Call, ForwardingPhase, Group, Queue, RingingPhase } from '../world/world.js'
import { endCall } from './ending.js'

/** A call that would enter another queue after this many is looping (response-group.md §3). */
const mostQueues = 10

/** Takes the call out of its queue and performs the configured action. */
export function giveUp(turn: Turn, call: Call, why: Extract<GivenUp, WaitOutcome>, action: Action): void {
  withdrawAll(turn, call, 'withdrawn')
  endWait(turn, call, why)
  startAction(turn, call, why, action)
}

/** Plays the action's prompt, if there is one, and then performs the action. */
export function startAction(turn: Turn, call: Call, why: GivenUp, action: Action): void {
  // A queue without a prompt before it needs no step: the call reports that it waits there.
  if (why !== 'disconnected' || action.kind !== 'queue' || action.prompt !== undefined)
    recordStep(turn, call, { kind: 'gaveUp', why, action })
  if (action.prompt === undefined || !call.hears) return act(turn, call, why, action)
  becomeFarewell(call, { since: turn.at, playing: say(turn, call, action.prompt), why, action })
}

/**
 * Follows an action to which the workflow itself or the answer to a question leads. If the action ends the call, the reason is
 * `disconnected`.
 */
export function followAction(turn: Turn, call: Call, action: Action): void {
  startAction(turn, call, 'disconnected', action)
}

/** Puts the call into a queue. The call is placed at the end of the turn, or given up now if no agent could ever answer it. */
function enterQueue(turn: Turn, call: Call, name: QueueName, since?: Instant): void {
  const queue = turn.world.queues.get(name)
  if (!queue) return endCall(turn, call, 'unconfigured')
  if (call.queuesEntered === mostQueues) return endCall(turn, call, 'looped')
  call.queuesEntered += 1
  beginWait(turn, call, queue, since)
  waitAtPlace(turn, call)
  // A caller who has already heard a prompt would take silence for a dead connection.
  if (call.isListening) playMusic(turn, call)
  reconsider(turn, call, queue)
}

/**
 * Decides whether the call may stay in this queue. Runs when a wait starts, when a join has failed, and after a config change.
 */
export function reconsider(turn: Turn, call: Call, queue: Queue): void {
  const { noAgents, timeout } = queue.settings
  if (hasNoAgents(queue)) giveUp(turn, call, 'noAgents', noAgents.action)
  else if (!timeWait(turn, call, queue) && timeout) giveUp(turn, call, 'timedOut', timeout.action)
}

/** Gives waiting callers the `noAgents` action after the last agent has signed out, as a new caller would get it (docs/decisions/040). */
export function giveUpWithoutAgents(turn: Turn, { queues }: Group): void {
  for (const queue of queues) {
    if (!hasNoAgents(queue)) continue
    const waiting = [...new Set([...queue.waiting, ...queue.unplaced])].sort(olderFirst)
    for (const call of waiting) giveUp(turn, call, 'noAgents', queue.settings.noAgents.action)
  }
}

/** Whether the `noAgents` action applies. Agents homed online do not count, because they are never offered a call. */
function hasNoAgents({ groups, settings }: Queue): boolean {
  return settings.noAgents.when === 'noneConfigured'
    ? groups.every(group => group.members.every(({ agent }) => agent.settings.homed === 'online'))
    : groups.every(group => group.signedIn === 0)
}

/** Performs the action itself, after its prompt. */
export function act(turn: Turn, call: Call, why: GivenUp, action: Action): void {
  switch (action.kind) {
    case 'disconnect':
      return endCall(turn, call, why)
    case 'queue':
      return enterQueue(turn, call, action.queue)
    case 'forward':
      return callTarget(turn, call, { as: action.as, to: action.to, why })
    default:
      return assertNever(action)
  }
}

/** Calls the target of an action or of an outbound call. */
export function callTarget(turn: Turn, call: Call, { as, to, why }: Pick<ForwardingPhase, 'as' | 'to' | 'why'>): void {
  becomeForwarding(call, { since: turn.at, to, as, why })
  recordStep(turn, call, { kind: 'forwarding', to })
  // As in `enterQueue`: music instead of silence until the target answers.
  if (call.isListening) playMusic(turn, call)
  turn.effects.push({ kind: 'forward', call: call.id, why, as, to })
}

/** Returns a call to its place in the queue after a failed join. If the queue is gone, the call goes where its workflow leads now. */
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

/**
 * Moves a call whose queue is no longer in the config. The workflow and the answers of the caller may lead to another queue now. The start
 * of the wait stays the same there.
 */
export function moveOn(turn: Turn, call: Call, since: Instant): void {
  const queue = queueNow(turn, call)
  if (!queue) return endCall(turn, call, 'unconfigured')
  withdrawAll(turn, call, 'withdrawn')
  endWait(turn, call, 'moved')
  enterQueue(turn, call, queue.settings.name, since)
}

/**
 * Like `moveOn`, for a ringing call whose group the new queue also searches: the phones keep ringing. Undefined: there is no such queue, or
 * the call has entered too many queues.
 */
export function moveRinging(turn: Turn, call: Call, phase: RingingPhase): Queue | undefined {
  const queue = queueNow(turn, call)
  if (!queue?.groups.some(({ settings }) => settings.name === phase.group) || call.queuesEntered === mostQueues) return undefined
  call.queuesEntered += 1
  changeQueue(turn, call, phase, queue)
  return queue
}

/** The queue to which the workflow and the caller's answers lead under the current config. */
function queueNow({ world }: Turn, call: Call): Queue | undefined {
  const digits = call.answers.map(({ digit }) => digit)
  const route = routeAt(world.workflows.get(call.workflow), digits)
  return route?.kind === 'queue' ? world.queues.get(route.queue) : undefined
}
