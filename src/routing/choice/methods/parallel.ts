import { byPosition, type RoutingMethod } from '../../world/method.js'

/** All available agents at once; the first to accept wins. */
export const parallel: RoutingMethod = {
  name: 'parallel',
  rings: 'all',
  takes: 'free',
  order: byPosition,
  startsAfterLastOffered: false,
  orderedBy: 'position',
}
