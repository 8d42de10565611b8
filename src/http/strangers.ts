import type { FastifyRequest } from 'fastify'
import type { Clock } from '../foundation/clock.js'
import { Buckets, sourceOf } from '../sip/index.js'
import { isLoopbackName } from './addresses.js'
import type { Connections } from './connections.js'
import { Problem } from './problem.js'

/** Of one address. A browser that opens the console asks for some ten things; an office of many people may have one address. */
const requests = { burst: 200, perSecond: 20 }
/** A second after the last one there is some allowance again. */
const retryAfter = { 'retry-after': '1', connection: 'close' }

/**
 * Requests of those who have not logged in: HTTP runs in the thread that SIP runs in, so nobody may keep it busy for nothing. Who shows a
 * session or a token that holds is never limited here, whoever shares their address; this machine neither.
 */
export class Strangers {
  readonly #allowances: Buckets

  constructor(
    clock: Pick<Clock, 'monotonic'>,
    private readonly connections: Pick<Connections, 'closed'>,
  ) {
    this.#allowances = new Buckets(clock, requests)
  }

  /** Undefined: it is answered. */
  refuses({ ip, headers }: Pick<FastifyRequest, 'ip' | 'headers'>, cost = 1): Problem | undefined {
    const address = ip.replace(/^::ffff:(?=\d+\.)/i, '')
    // Behind a proxy of this machine that does not say whom it speaks for, there may be anybody.
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
