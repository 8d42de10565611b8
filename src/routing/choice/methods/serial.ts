import { byPosition, type RoutingMethod } from '../../world/method.js'

/** One at a time in list order, each call from the top. */
export const serial: RoutingMethod = {
  name: 'serial',
  rings: 'one',
  takes: 'free',
  order: byPosition,
  startsAfterLastOffered: false,
  orderedBy: 'position',
}
