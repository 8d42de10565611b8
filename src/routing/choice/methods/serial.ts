import { byPosition, type RoutingMethod } from '../../world/method.js'

/** Rings one agent at a time in list order. Each call starts at the top. */
export const serial: RoutingMethod = {
  name: 'serial',
  rings: 'one',
  takes: 'free',
  order: byPosition,
  startsAfterLastOffered: false,
  orderedBy: 'position',
}
