import { between, type Instant } from '../../foundation/time.js'
import { OurBug } from '../../foundation/result.js'
import type { WaitOutcome } from '../world/words.js'
import type { QueueName } from '../world/ids.js'
import { becomeLeaving, becomeWaiting, findWait, waitOf } from '../world/phases.js'
import { record, startSpan, stopSpan, stopTimer, type Turn } from '../world/turn.js'
import type { Call, Queue, RingingPhase, Wait, World } from '../world/world.js'

/**
 * Orders calls first in, first out over all queues: by the start of the wait, then by queue name, then by arrival. This is a total order
 * (stated-order).
 */
export function olderFirst(a: Call, b: Call): number {
  const [one, other] = [waitOf(a), waitOf(b)]
  if (one.since !== other.since) return one.since - other.since
  if (one.queue !== other.queue) return one.queue < other.queue ? -1 : 1
  return a.arrival - b.arrival
}

/**
 * The queue in which the call waits. Throws `OurBug` if the queue is gone: a config change removes only queues of calls that are being
 * joined.
 */
export function queueOf(world: World, call: Call): Queue {
  const queue = world.queues.get(waitOf(call).queue)
  if (!queue) throw new OurBug(`call ${call.id} waits in ${waitOf(call).queue}, which is not there`)
  return queue
}

/** Starts a new stay in a queue. At the end of the turn the call is placed or starts to wait. */
export function beginWait(turn: Turn, call: Call, { settings: { name } }: Queue, since = turn.at): void {
  becomeWaiting(call, turn.at, newWait(name, since, false))
  call.round += 1
  record(turn, { kind: 'callWaiting', call: call.id, queue: name, at: turn.at })
}

/** Moves a ringing call to another queue, as if it had been placed there. The phones keep ringing. */
export function changeQueue(turn: Turn, call: Call, phase: RingingPhase, { settings: { name } }: Queue): void {
  const { since, held } = phase.wait
  stepOutOfLine(turn, call)
  recordWaitEnd(turn, call, phase.wait, 'moved')
  phase.wait = newWait(name, since, held)
  call.round += 1
  record(turn, { kind: 'callWaiting', call: call.id, queue: name, at: turn.at })
}

/** A wait at its start, or as it was before a restart. */
export const newWait = (queue: QueueName, since: Instant, held: boolean): Wait => ({
  queue,
  since,
  held,
  cursor: 0,
  timeout: undefined,
  retry: undefined,
  announce: undefined,
  saying: [],
})

/** Returns a call to its place when no phone rings for it any more. The call is looked at again at the end of the turn. */
export function waitAtPlace(turn: Turn, call: Call): void {
  const queue = queueOf(turn.world, call)
  becomeWaiting(call, turn.at, waitOf(call))
  queue.unplaced.add(call)
  turn.unsettled.push(call)
}

/** Takes a call out of the line because it is being joined. The call keeps its wait in case the join fails. */
export function stepOutOfLine(turn: Turn, call: Call): void {
  const wait = waitOf(call)
  const queue = turn.world.queues.get(wait.queue)
  queue?.waiting.delete(call)
  queue?.unplaced.delete(call)
  stopSpan(turn, wait.timeout)
  stopSpan(turn, wait.retry)
  stopTimer(turn, wait.announce)
  wait.timeout = undefined
  wait.retry = undefined
  wait.announce = undefined
  wait.saying = []
}

export function endWait(turn: Turn, call: Call, outcome: WaitOutcome): void {
  const wait = findWait(call)
  if (!wait) return
  stepOutOfLine(turn, call)
  recordWaitEnd(turn, call, wait, outcome)
  becomeLeaving(call, turn.at)
}

export function recordWaitEnd(turn: Turn, call: Call, { queue, since }: Wait, outcome: WaitOutcome): void {
  record(turn, { kind: 'waitEnded', call: call.id, queue, outcome, waited: between(since, turn.at) })
}

/** Starts or restarts the queue's time-out, counted from the start of the wait. Returns false if the time is already over. */
export function timeWait(turn: Turn, call: Call, queue: Queue): boolean {
  const wait = waitOf(call)
  const { timeout } = queue.settings
  const until = timeout && wait.since + timeout.after
  if (wait.timeout?.until === until) return true
  stopSpan(turn, wait.timeout)
  wait.timeout = undefined
  if (until === undefined) return true
  const left = between(turn.at, until as Wait['since'])
  if (left === 0) return false
  wait.timeout = startSpan(turn, { kind: 'queueTimeout', call }, left)
  return true
}
