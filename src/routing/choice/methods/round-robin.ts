import { byPosition, type RoutingMethod } from '../../world/method.js'

/** Rings one agent at a time. Each call starts after the agent who was offered the group's last call. */
export const roundRobin: RoutingMethod = {
  name: 'roundRobin',
  rings: 'one',
  takes: 'free',
  order: byPosition,
  startsAfterLastOffered: true,
  orderedBy: 'position',
}
