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
import type { Call, Group, Queue, RingingPhase } from '../world/world.js'
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
  // That a workflow or an answer simply leads to a queue is told by the queue.
  if (why !== 'disconnected' || action.kind !== 'queue' || action.prompt !== undefined)
    recordStep(turn, call, { kind: 'gaveUp', why, action })
  if (action.prompt === undefined || !call.hears) return act(turn, call, why, action)
  becomeFarewell(call, { since: turn.at, playing: say(turn, call, action.prompt), why, action })
}

/**
 * The workflow itself, or the caller's answer to a question, leads to an action. If the action ends the call, `disconnected` is
 * the reason.
 */
export function followAction(turn: Turn, call: Call, action: Action): void {
  startAction(turn, call, 'disconnected', action)
}

/** The call enters a queue. It is placed at the end of the turn, or given up now if no agent could ever answer it. */
function enterQueue(turn: Turn, call: Call, name: QueueName, since?: Instant): void {
  const queue = turn.world.queues.get(name)
  if (!queue) return endCall(turn, call, 'unconfigured')
  if (call.queuesEntered === mostQueues) return endCall(turn, call, 'looped')
  call.queuesEntered += 1
  beginWait(turn, call, queue, since)
  waitAtPlace(turn, call)
  // A caller who has already heard a prompt would take silence for a dead line.
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

/** The last agent has signed out. Waiting callers now get the `noAgents` action, as a new caller would (docs/decisions/040). */
export function giveUpWithoutAgents(turn: Turn, { queues }: Group): void {
  for (const queue of queues) {
    if (!hasNoAgents(queue)) continue
    const waiting = [...new Set([...queue.waiting, ...queue.unplaced])].sort(olderFirst)
    for (const call of waiting) giveUp(turn, call, 'noAgents', queue.settings.noAgents.action)
  }
}

/** Agents homed online are never offered a call, so they do not count. */
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
      becomeForwarding(call, { since: turn.at, to: action.to, as: action.as, why })
      recordStep(turn, call, { kind: 'forwarding', to: action.to })
      // As in `enterQueue`: no silence until the target answers.
      if (call.isListening) playMusic(turn, call)
      turn.effects.push({ kind: 'forward', call: call.id, why, as: action.as, to: action.to })
      return
    default:
      return assertNever(action)
  }
}

/** The join failed. The call returns to its place in the queue, or goes where its workflow now leads. */
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
 * The queue is no longer in the config. The workflow and the caller's answers may now lead to another queue. The call keeps the
 * start of its wait there.
 */
export function moveOn(turn: Turn, call: Call, since: Instant): void {
  const queue = queueNow(turn, call)
  if (!queue) return endCall(turn, call, 'unconfigured')
  withdrawAll(turn, call, 'withdrawn')
  endWait(turn, call, 'moved')
  enterQueue(turn, call, queue.settings.name, since)
}

/**
 * Like `moveOn`, for a ringing call whose group is also searched by the new queue: the phones keep ringing. Undefined: there is
 * no such queue, or the call has entered too many.
 */
export function moveRinging(turn: Turn, call: Call, phase: RingingPhase): Queue | undefined {
  const queue = queueNow(turn, call)
  if (!queue?.groups.some(({ settings }) => settings.name === phase.group) || call.queuesEntered === mostQueues) return undefined
  call.queuesEntered += 1
  changeQueue(turn, call, phase, queue)
  return queue
}

/** Where the workflow and the caller's answers lead under the current config. */
function queueNow({ world }: Turn, call: Call): Queue | undefined {
  const digits = call.answers.map(({ digit }) => digit)
  const route = routeAt(world.workflows.get(call.workflow), digits)
  return route?.kind === 'queue' ? world.queues.get(route.queue) : undefined
}
