import { scheduleRetry } from '../choice/grace.js'
import { mayRing, mayTake } from '../choice/decide.js'
import { OrderedSet } from '../world/ordered-set.js'
import type { Turn } from '../world/turn.js'
import type { Agent, Call, Group } from '../world/world.js'
import { admit } from './limits.js'
import { olderFirst } from '../line/queue.js'
import { findWait, waitOf } from '../world/phases.js'
import { place, ringMore } from './search.js'

/** A call to look at, or a freed agent together with the oldest call that the agent may get. */
interface Pending {
  call: Call
  readonly agent: Agent | undefined
  readonly n: number
}

/**
 * Pairs waiting calls with free agents until no such pair is left (no-idle-beside-waiting). The oldest call goes first, over all
 * queues. A call that stays without an agent starts to wait. Its queue may then be too full, which may move calls and free agents
 * again.
 */
export function settle(turn: Turn): void {
  while (turn.freed.length > 0 || turn.unsettled.length > 0) {
    const unplaced = pairUp(turn)
    for (const call of unplaced) standInLine(turn, call)
  }
}

/** Lets a call wait that found no agent. Skips it if an overflow earlier in the same list has already moved it out of the queue. */
function standInLine(turn: Turn, call: Call): void {
  if (call.phase.kind !== 'waiting' || turn.unsettled.includes(call)) return
  scheduleRetry(turn, call)
  if (!waitOf(call).held) admit(turn, call)
}

/** Offers calls to agents. Returns the calls for which there is no agent now, oldest first. */
function pairUp(turn: Turn): readonly Call[] {
  const { unsettled, freed } = turn
  if (unsettled.length + freed.length === 1) return pairOne(turn, unsettled.pop(), freed.pop())
  const pending = pendingOf(turn)
  const unplaced: Call[] = []
  for (let next = pending.first(); next; next = pending.first()) {
    pending.delete(next)
    if (!next.agent) {
      if (!lookAt(turn, next.call)) unplaced.push(next.call)
      continue
    }
    const oldest = oldestFor(turn, next.agent)
    if (!oldest) continue
    // The agent's oldest call may have changed since the agent was added. Put the agent back, so that the order of calls holds.
    if (oldest === next.call && !lookAt(turn, oldest)) continue
    next.call = oldest
    pending.add(next)
  }
  return unplaced
}

/** Like `pairUp`, for the common case: most events bring up one call or free one agent. */
function pairOne(turn: Turn, call: Call | undefined, agent: Agent | undefined): readonly Call[] {
  if (call) return lookAt(turn, call) ? [] : [call]
  for (let oldest = agent && oldestFor(turn, agent); agent && oldest; oldest = oldestFor(turn, agent))
    if (!lookAt(turn, oldest)) return []
  return []
}

function pendingOf(turn: Turn): OrderedSet<Pending> {
  const pending = new OrderedSet<Pending>((a, b) => olderFirst(a.call, b.call) || a.n - b.n)
  let n = 0
  for (const call of new Set(turn.unsettled)) if (findWait(call)) pending.add({ call, agent: undefined, n: (n += 1) })
  for (const agent of new Set(turn.freed)) {
    const call = oldestFor(turn, agent)
    if (call) pending.add({ call, agent, n: (n += 1) })
  }
  turn.unsettled.length = 0
  turn.freed.length = 0
  return pending
}

/** Tries to place one call. Returns false only for a waiting call that no agent can be offered. */
function lookAt(turn: Turn, call: Call): boolean {
  const { phase } = call
  if (phase.kind === 'ringing') ringMore(turn, call, phase)
  return phase.kind !== 'waiting' || place(turn, call)
}

/** The oldest call that this agent may get: a waiting call for which no phone rings, or a call that rings all agents of the group. */
function oldestFor(turn: Turn, agent: Agent): Call | undefined {
  let oldest: Call | undefined
  for (const membership of agent.memberships) {
    if (membership.excluded) continue
    const { group } = membership
    oldest = older(
      oldest,
      group.ringing.find(call => !paced(call) && mayRing(call, membership, turn.at)),
    )
    oldest = older(
      oldest,
      oldestUnplaced(group, call => mayTake(call, membership, turn.at)),
    )
  }
  return oldest
}

function oldestUnplaced(group: Group, accepts: (call: Call) => boolean): Call | undefined {
  let oldest: Call | undefined
  for (const queue of group.queues) oldest = older(oldest, queue.unplaced.find(accepts))
  return oldest
}

/** Whether a timer of the call will ring the next burst. */
const paced = ({ phase }: Call): boolean => phase.kind === 'ringing' && phase.pace !== undefined

function older(a: Call | undefined, b: Call | undefined): Call | undefined {
  if (!a || !b) return a ?? b
  return olderFirst(a, b) <= 0 ? a : b
}
