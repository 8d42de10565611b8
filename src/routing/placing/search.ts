import { millis } from '../../foundation/time.js'
import { choiceOf, mayRing, nextInTurn } from '../choice/decide.js'
import { scheduleRetry } from '../choice/grace.js'
import { makeOffer } from '../offer/offer.js'
import { startTimer, stopSpan, type Turn } from '../world/turn.js'
import type { Call, Group, Membership, RingingPhase } from '../world/world.js'
import { queueOf } from '../line/queue.js'
import { becomeRinging, waitOf } from '../world/phases.js'

/**
 * At most this many phones start to ring at the same time. The next burst follows after the pause, so that a PBX can keep up
 * (paced-ringing).
 */
const burst = 20
const burstPause = millis(50)

const nobodyPassed: readonly Group[] = []

/**
 * How a call remembers who was tried: by `wait.cursor`, `call.round` and `call.marks`. Three calls show it. Their queue searches the
 * group `day` (Ann, then Bob) and then the group `night` (Cem). An agent who declines does not get the call again for 30 s, and an
 * agent who misses it not for 5 s.
 *
 * 1. Everybody is free. Ann declines: her mark says `inGrace`, 30 s, round 1. Bob misses the call: `justMissed`, 5 s, round 1.
 *    `day` has nobody left for this round, so the cursor moves to `night`, and Cem rings. He misses it after 20 s, and the round
 *    is over. Round 2 starts at `day`. The marks of round 1 now count by time only: Ann's 30 s still run, Bob's 5 s are over. Bob
 *    rings.
 * 2. Everybody is in a call. The search starts at `day`, and there are no marks that a new round could lift. A second search
 *    would also find nobody (`wasWhole`). The call waits in line. Each agent who becomes free gets the oldest call that no mark
 *    keeps from them.
 * 3. Only Ann is signed in, and she declines. In round 2 her 30 s still run, so the call waits, and a timer for the end of the
 *    30 s (`scheduleRetry`) starts one more search. Then she rings again, whatever round the call is in.
 */

/**
 * Offers the call to the next agent or agents of its queue. The search continues at the current group. After the last group, it
 * starts once more at the first group, in a new round. Returns false if nobody can be offered this call now.
 */
export function place(turn: Turn, call: Call): boolean {
  const wait = waitOf(call)
  const { groups } = queueOf(turn.world, call)
  const wasWhole = wait.cursor === 0 && call.marks.size === 0
  if (searchFrom(turn, call, groups, wait.cursor)) return true
  call.round += 1
  return !wasWhole && searchFrom(turn, call, groups, 0)
}

/** If the group's method rings all, rings the agents of the group who do not yet ring for this call. */
export function ringMore(turn: Turn, call: Call, ringing: RingingPhase): void {
  const group = turn.world.groups.get(ringing.group)
  if (group?.method.rings !== 'all' || ringing.pace !== undefined) return
  ringAll(turn, call, group, ringing, nobodyPassed)
  scheduleRetry(turn, call)
}

function searchFrom(turn: Turn, call: Call, groups: readonly Group[], from: number): boolean {
  const wait = waitOf(call)
  for (let turnOf = from; turnOf < groups.length; turnOf += 1) {
    const group = groups[turnOf]
    const next = group && nextInTurn(group, member => mayRing(call, member, turn.at))
    if (!next) continue
    wait.cursor = turnOf
    ring(turn, call, next, turnOf === from ? nobodyPassed : groups.slice(from, turnOf))
    return true
  }
  wait.cursor = 0
  return false
}

/** Makes the call ring in this group. The function that calls this one makes the offers. */
export function ringFor(turn: Turn, call: Call, group: Group): RingingPhase {
  const ringing = becomeRinging(call, turn.at, group.settings.name)
  queueOf(turn.world, call).unplaced.delete(call)
  if (group.method.rings === 'all') group.ringing.add(call)
  return ringing
}

function ring(turn: Turn, call: Call, next: Membership, passed: readonly Group[]): void {
  const { group } = next
  const ringing = ringFor(turn, call, group)
  if (group.method.rings === 'one') {
    stopSpan(turn, waitOf(call).retry)
    waitOf(call).retry = undefined
    makeOffer(turn, call, ringing, next, choiceOf(turn.world, call, group, passed))
    return
  }
  ringAll(turn, call, group, ringing, passed)
  scheduleRetry(turn, call)
}

/** Rings one burst. Agents in a later burst hold no lease yet, so other calls can use them meanwhile. */
function ringAll(turn: Turn, call: Call, group: Group, ringing: RingingPhase, passed: readonly Group[]): void {
  const due: Membership[] = []
  const beyond = nextInTurn(group, member => {
    if (!mayRing(call, member, turn.at)) return false
    if (due.length === burst) return true
    due.push(member)
    return false
  })
  if (due.length === 0) return
  const choice = choiceOf(turn.world, call, group, passed)
  for (const member of due) makeOffer(turn, call, ringing, member, choice)
  if (beyond) ringing.pace = startTimer(turn, { kind: 'pace', call }, burstPause)
}
