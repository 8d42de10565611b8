import type { Millis } from '../../foundation/time.js'
import type { GroupName } from '../ids.js'
import type { Group, Queue, World } from '../world.js'

/** So many recent calls make the mean; older ones fade. */
const remembered = 20

/** A call of this group kept its agent for so long: ring, talk and wrap-up. */
export function noteHandling(world: World, group: GroupName, took: number): void {
  const known = world.handling.get(group)
  if (!known) return void world.handling.set(group, { calls: 1, mean: took })
  known.calls += 1
  known.mean += (took - known.mean) / Math.min(known.calls, remembered)
}

/**
 * How long the call at this position (from 1) will wait, by how soon the queue's agents take so many calls. It is a function of what
 * happened, not of the clock: it never rises, and never falls, merely because time passes (honest-wait). Undefined while no call was handled
 * or nobody takes part.
 */
export function estimatedWait(world: World, { groups }: Queue, position: number): Millis | undefined {
  let callsEachMilli = 0
  for (const group of groups) {
    const mean = world.handling.get(group.settings.name)?.mean
    if (mean !== undefined) callsEachMilli += takingPart(group) / Math.max(mean, 1)
  }
  return callsEachMilli > 0 ? (Math.round(position / callsEachMilli) as Millis) : undefined
}

/** What a caller who came now would wait; nothing while an agent is free for them. */
export function estimateForNext(world: World, queue: Queue): Millis | undefined {
  if (queue.waiting.size === 0 && queue.groups.some(({ available }) => available.size > 0)) return 0 as Millis
  return estimatedWait(world, queue, queue.waiting.size + 1)
}

/** Who takes this group's calls, now or when free again. */
const takingPart = ({ states }: Group): number =>
  states.available + states.onACall + states.ringing + states.wrappingUp + states.offersFull
