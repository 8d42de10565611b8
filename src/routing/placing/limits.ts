import { giveUp } from '../call/actions.js'
import type { Turn } from '../world/turn.js'
import type { Call } from '../world/world.js'
import { beginToHear } from '../line/announce.js'
import { queueOf } from '../line/queue.js'
import { waitOf } from '../world/phases.js'

/**
 * A call that could not be placed at once begins to wait and counts from now on. When that is one too many, the newest or the
 * oldest of those that wait is given up, be it this one; the oldest also while a phone rings for it.
 */
export function admit(turn: Turn, call: Call): void {
  const queue = queueOf(turn.world, call)
  const { overflow } = queue.settings
  waitOf(call).held = true
  queue.waiting.add(call)
  const tooMany = overflow && queue.waiting.size > overflow.waitingCalls
  const candidate = tooMany ? (overflow.candidate === 'newest' ? queue.waiting.last() : queue.waiting.first()) : undefined
  if (candidate !== call) beginToHear(turn, call)
  if (candidate && overflow) giveUp(turn, candidate, 'overflowed', overflow.action)
}
