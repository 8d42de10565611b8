import { byPosition, type RoutingMethod } from '../../world/method.js'

/** All who are there, also in a call; several waiting calls may ring at one agent. */
export const attendant: RoutingMethod = {
  name: 'attendant',
  rings: 'all',
  takes: 'present',
  order: byPosition,
  startsAfterLastOffered: false,
  orderedBy: 'position',
}
