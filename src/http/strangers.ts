import type { FastifyRequest } from 'fastify'
import type { Clock } from '../foundation/clock.js'
import { Buckets, sourceOf } from '../sip/index.js'
import { isLoopbackName } from './addresses.js'
import type { Connections } from './connections.js'
import { Problem } from './problem.js'

/** Requests from one address. A browser that opens the console makes about ten. An office of many people may share one address. */
const requests = { burst: 200, perSecond: 20 }
/** In seconds. The allowance grows again within this time. */
const retryAfter = { 'retry-after': '1', connection: 'close' }

/**
 * Limits requests of people who have not logged in, because HTTP runs in the same thread as SIP. Requests with a valid session or token are
 * never limited here, even if others share their address. This machine is never limited either.
 */
export class Strangers {
  readonly #allowances: Buckets

  constructor(
    clock: Pick<Clock, 'monotonic'>,
    private readonly connections: Pick<Connections, 'closed'>,
  ) {
    this.#allowances = new Buckets(clock, requests)
  }

  /** Undefined: the request is served. */
  refuses({ ip, headers }: Pick<FastifyRequest, 'ip' | 'headers'>, cost = 1): Problem | undefined {
    const address = ip.replace(/^::ffff:(?=\d+\.)/i, '')
    // With X-Forwarded-For, a proxy on this machine sent the request. It did not name its client, who may be anybody.
    const isOurs = isLoopbackName(address) && headers['x-forwarded-for'] === undefined
    if (isOurs || this.#allowances.take(sourceOf(address), cost)) return undefined
    this.connections.closed('requests')
    return new Problem(
      429,
      'too many requests from this address by somebody who has not logged in; try again in a second',
      retryAfter,
    )
  }
}
