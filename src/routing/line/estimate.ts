import { type Millis, millis } from '../../foundation/time.js'
import type { GroupName } from '../world/ids.js'
import type { Queue, World } from '../world/world.js'

/** So many recent calls make the mean; older ones fade. */
const remembered = 20

/** A call kept an agent of this group for so long, by ring, talk and wrap-up: told to every queue that searches the group. */
export function noteHandling({ groups, handling }: World, group: GroupName, took: Millis): void {
  for (const { settings } of groups.get(group)?.queues ?? []) {
    const known = handling.get(settings.name)
    if (known) {
      known.calls += 1
      known.mean += (took - known.mean) / Math.min(known.calls, remembered)
    } else handling.set(settings.name, { calls: 1, mean: took })
  }
}

/**
 * How long the call at this position (from 1) will wait: until the queue's agents have been free so many times. A function of what happened, not
 * of the clock: it never rises, and never falls, merely because time passes (honest-wait; docs/decisions/005). Undefined while no call was
 * handled or nobody takes part.
 */
export function estimatedWait({ handling }: World, { settings, crew }: Queue, position: number): Millis | undefined {
  const mean = handling.get(settings.name)?.mean
  return mean === undefined || crew.size === 0 ? undefined : millis(Math.round((position * mean) / crew.size))
}

/** What a caller who came now would wait; nothing while an agent is free for them. */
export function estimateForNext(world: World, queue: Queue): Millis | undefined {
  if (queue.waiting.size === 0 && queue.groups.some(({ available }) => available.size > 0)) return millis(0)
  return estimatedWait(world, queue, queue.waiting.size + 1)
}
