import type { RoutingMethod } from '../../world/method.js'

/** One at a time, idle longest first; ties in list order. */
export const longestIdle: RoutingMethod = {
  name: 'longestIdle',
  rings: 'one',
  takes: 'free',
  order: (a, b) => a.idleSince - b.idleSince || a.position - b.position,
  startsAfterLastOffered: false,
  orderedBy: 'idleSince',
}
