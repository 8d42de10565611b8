import { between, type Instant } from '../../foundation/time.js'
import { OurBug } from '../../foundation/result.js'
import type { WaitOutcome } from '../world/words.js'
import type { QueueName } from '../world/ids.js'
import { becomeLeaving, becomeWaiting, findWait, waitOf } from '../world/phases.js'
import { record, startSpan, stopSpan, stopTimer, type Turn } from '../world/turn.js'
import type { Call, Queue, RingingPhase, Wait, World } from '../world/world.js'

/** First in, first out over all queues: begin of the wait, then the queue's name, then arrival. Total (stated-order). */
export function olderFirst(a: Call, b: Call): number {
  const [one, other] = [waitOf(a), waitOf(b)]
  if (one.since !== other.since) return one.since - other.since
  if (one.queue !== other.queue) return one.queue < other.queue ? -1 : 1
  return a.arrival - b.arrival
}

/** The queue in which the call waits. A config may take it away only from calls that are being joined. */
export function queueOf(world: World, call: Call): Queue {
  const queue = world.queues.get(waitOf(call).queue)
  if (!queue) throw new OurBug(`call ${call.id} waits in ${waitOf(call).queue}, which is not there`)
  return queue
}

/** A new stay in a queue; the call is placed, or begins to wait, when the turn is settled. */
export function beginWait(turn: Turn, call: Call, { settings: { name } }: Queue, since = turn.at): void {
  becomeWaiting(call, turn.at, newWait(name, since, false))
  call.round += 1
  record(turn, { kind: 'callWaiting', call: call.id, queue: name, at: turn.at })
}

/** A ringing call waits in another queue from now on, as one that was placed there; the phones ring on. */
export function changeQueue(turn: Turn, call: Call, phase: RingingPhase, { settings: { name } }: Queue): void {
  const { since, held } = phase.wait
  stepOutOfLine(turn, call)
  recordWaitEnd(turn, call, phase.wait, 'moved')
  phase.wait = newWait(name, since, held)
  call.round += 1
  record(turn, { kind: 'callWaiting', call: call.id, queue: name, at: turn.at })
}

/** At the begin of the stay, or as it was before a restart. */
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

/** Nobody rings for the call: it stands at its place again and is looked at when the turn is settled. */
export function waitAtPlace(turn: Turn, call: Call): void {
  const queue = queueOf(turn.world, call)
  becomeWaiting(call, turn.at, waitOf(call))
  queue.unplaced.add(call)
  turn.unsettled.push(call)
}

/** Being joined: out of line, while the wait itself is kept for a join that fails. */
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

/** Starts, or starts anew, the time-out, which counts from the begin of the wait. False: it is over already. */
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
