import type { Millis } from '../../foundation/time.js'
import { choiceOf, mayRing, nextInTurn } from '../choice/decide.js'
import { scheduleRetry } from '../choice/grace.js'
import { makeOffer } from '../offer/offer.js'
import { startTimer, stopSpan, type Turn } from '../world/turn.js'
import type { Call, Group, Membership, RingingPhase } from '../world/world.js'
import { queueOf, waitOf } from '../line/queue.js'

/** So many phones at once, and the next burst so much later: what a PBX stands (paced-ringing). */
const burst = 20
const burstPause = 50 as Millis

const nobodyPassed: readonly Group[] = []

/**
 * Offers the call to the next agent, or agents, of its queue: on through the groups from the one whose turn it is, and when
 * that round is over once more from the first group in a new round. False: nobody can be offered this call now.
 */
export function place(turn: Turn, call: Call): boolean {
  const wait = waitOf(call)
  const { groups } = queueOf(turn.world, call)
  const wasWhole = wait.cursor === 0 && call.marks.size === 0
  if (searchFrom(turn, call, groups, wait.cursor)) return true
  call.round += 1
  return !wasWhole && searchFrom(turn, call, groups, 0)
}

/** Rings whoever of the group does not yet ring for this call, when the group's method rings all. */
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

/** From now on the call rings in this group; the offers are the caller's to make. */
export function ringFor(turn: Turn, call: Call, group: Group): RingingPhase {
  const ringing: RingingPhase = { kind: 'ringing', since: turn.at, group: group.settings.name, offers: [], pace: undefined }
  call.phase = ringing
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

/** One burst. Agents who await theirs hold no lease: who can be used elsewhere meanwhile, is. */
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
