import { type Millis, millis } from '../../foundation/time.js'
import type { GroupName } from '../world/ids.js'
import type { Queue, World } from '../world/world.js'

/** The mean covers about this many recent calls. The weight of older calls fades. */
const remembered = 20

/** Adds a call's handling time (ring, talk and wrap-up) to the mean of each queue that searches the group. */
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
 * The estimated wait of the call at this position (from 1): the mean handling time × position ÷ number of agents. It depends on events only
 * and does not change while time passes (honest-wait; docs/decisions/005). Undefined while no call has been handled or no agent takes part.
 */
export function estimatedWait({ handling }: World, { settings, crew }: Queue, position: number): Millis | undefined {
  const mean = handling.get(settings.name)?.mean
  return mean === undefined || crew.size === 0 ? undefined : millis(Math.round((position * mean) / crew.size))
}

/** The estimated wait of a caller who comes now. Zero if an agent is free. */
export function estimateForNext(world: World, queue: Queue): Millis | undefined {
  if (queue.waiting.size === 0 && queue.groups.some(({ available }) => available.size > 0)) return millis(0)
  return estimatedWait(world, queue, queue.waiting.size + 1)
}
