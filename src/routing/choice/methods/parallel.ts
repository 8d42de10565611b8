import { byPosition, type RoutingMethod } from '../../world/method.js'

/** Rings all available agents at once. The first to answer gets the call. */
export const parallel: RoutingMethod = {
  name: 'parallel',
  rings: 'all',
  takes: 'free',
  order: byPosition,
  startsAfterLastOffered: false,
  orderedBy: 'position',
}
