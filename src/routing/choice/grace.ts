import { type Instant, type Millis, later, millis } from '../../foundation/time.js'
import { unsteadyFor } from '../agents/lease.js'
import { findWait } from '../world/phases.js'
import { startSpan, stopSpan, type Turn } from '../world/turn.js'
import type { Agent, Call, Mark, World } from '../world/world.js'

/** After an agent misses a call, the same call does not ring them again within this time, nor in the same round (response-group.md §3). */
const missedRest = millis(5_000)

/** Shared by all calls that have tried nobody yet. Most calls never need a map of their own. */
export const noMarks: Call['marks'] = new Map()

/** Keeps this call from ringing the agent for a while, and for the rest of its round over the groups. */
export function mark(turn: Turn, call: Call, agent: Agent, why: Mark['why']): void {
  if (call.marks === noMarks) call.marks = new Map()
  call.marks.set(agent.settings.uri, { why, until: later(turn.at, restAfter(turn.world, why)), round: call.round })
}

/** Whether the agent must still rest from this call. If so, a new round does not help. */
export function restsFromCall(call: Call, agent: Agent, at: Instant): boolean {
  if (call.marks.size === 0) return false
  const found = call.marks.get(agent.settings.uri)
  return found !== undefined && at < found.until
}

/** The mark that keeps this call from the agent, either by time or because the agent was tried in this round. */
export function markInForce(call: Call, agent: Agent, at: Instant): Mark | undefined {
  if (call.marks.size === 0) return undefined
  const found = call.marks.get(agent.settings.uri)
  return found && (at < found.until || found.round === call.round) ? found : undefined
}

/** Runs one timer for the earliest end of a mark, and forgets marks that are over. */
export function scheduleRetry(turn: Turn, call: Call): void {
  const wait = findWait(call)
  if (!wait) return
  const earliest = call.marks.size === 0 ? undefined : earliestEnd(call, turn.at)
  if (wait.retry?.until === earliest) return
  stopSpan(turn, wait.retry)
  wait.retry = earliest === undefined ? undefined : startSpan(turn, { kind: 'retry', call }, millis(earliest - turn.at))
}

function earliestEnd(call: Call, at: Instant): Instant | undefined {
  let earliest: Instant | undefined
  for (const [agent, { until, round }] of call.marks) {
    if (round === call.round) continue
    if (until <= at) call.marks.delete(agent)
    else if (earliest === undefined || until < earliest) earliest = until
  }
  return earliest
}

/**
 * How long a mark keeps the agent from this call. After a device fault it is 0 s, because the fault already excludes the agent from every
 * call. The mark then only says that the agent was tried in this round.
 */
function restAfter(world: World, why: Mark['why']): Millis {
  switch (why) {
    case 'inGrace':
      return world.settings.ringbackGracePeriod
    case 'justMissed':
      return missedRest
    case 'unsteady':
      return unsteadyFor
    case 'unreachable':
      return millis(0)
  }
}
