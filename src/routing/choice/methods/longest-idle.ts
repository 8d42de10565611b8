import type { RoutingMethod } from '../../world/method.js'

/** Rings one agent at a time, the longest idle first. Ties follow the list. */
export const longestIdle: RoutingMethod = {
  name: 'longestIdle',
  rings: 'one',
  takes: 'free',
  order: (a, b) => a.idleSince - b.idleSince || a.position - b.position,
  startsAfterLastOffered: false,
  orderedBy: 'idleSince',
}
