import { byPosition, type RoutingMethod } from '../../world/method.js'

/** One at a time, each call beginning behind the agent whom the group offered last. */
export const roundRobin: RoutingMethod = {
  name: 'roundRobin',
  rings: 'one',
  takes: 'free',
  order: byPosition,
  startsAfterLastOffered: true,
  orderedBy: 'position',
}
