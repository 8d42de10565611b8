import type { RoutingMethodName } from '../../world/words.js'
import { attendant } from './attendant.js'
import { longestIdle } from './longest-idle.js'
import type { RoutingMethod } from '../../world/method.js'
import { parallel } from './parallel.js'
import { roundRobin } from './round-robin.js'
import { serial } from './serial.js'

export const methods: Readonly<Record<RoutingMethodName, RoutingMethod>> = {
  longestIdle,
  parallel,
  roundRobin,
  serial,
  attendant,
}
