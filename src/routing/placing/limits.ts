import { giveUp } from '../call/actions.js'
import type { Turn } from '../world/turn.js'
import type { Call } from '../world/world.js'
import { beginToHear } from '../line/announce.js'
import { queueOf } from '../line/queue.js'
import { waitOf } from '../world/phases.js'

/**
 * Makes a call that could not be placed at once wait. It counts as waiting from now on. If the queue is now too full, its newest or oldest
 * waiting call is given up, which may be this call or a ringing one.
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
