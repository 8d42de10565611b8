import { byPosition, type RoutingMethod } from '../../world/method.js'

/** Rings all agents who are present, even those in a call. Several waiting calls may ring at one agent. */
export const attendant: RoutingMethod = {
  name: 'attendant',
  rings: 'all',
  takes: 'present',
  order: byPosition,
  startsAfterLastOffered: false,
  orderedBy: 'position',
}
