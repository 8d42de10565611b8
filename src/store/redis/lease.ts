import type { Clock } from '../../foundation/clock.js'
import { millis, type Millis } from '../../foundation/time.js'
import { keysOf, leave } from './claim.js'
import { RedisConnection, type RedisPlace } from './connection.js'
import { format, leaseScript } from './scripts.js'
import { StoreTooNew } from '../sqlite-connection.js'

/** A question about the lease. `src/cluster/lease.ts` says which. */
type Question =
  { readonly kind: 'look'; readonly server: string | undefined } | { readonly kind: 'renew'; readonly token: number }

type Answer = {
  readonly others: readonly string[]
  readonly latest?: { readonly token: number; readonly since?: number }
} & (
  | { readonly kind: 'ours'; readonly server: string; readonly token: number }
  | { readonly kind: 'theirs'; readonly server: string; readonly leader: string | undefined }
)

/** The lease of the nodes that share a store. It has a connection of its own, so that it does not wait behind batches. */
export class RedisLease {
  readonly #redis: RedisConnection

  constructor(
    place: RedisPlace,
    private readonly options: { readonly node: string; readonly span: Millis; readonly clock: Clock },
  ) {
    const longestReply = millis(Math.min(2_000, options.span / 4))
    this.#redis = new RedisConnection(place, () => undefined, longestReply)
  }

  open(): Promise<void> {
    return this.#redis.open(this.options.clock)
  }

  async leave(token: number): Promise<void> {
    await leave(this.#redis, this.options.node, token)
  }

  close(): void {
    this.#redis.close()
  }

  async ask(question: Question): Promise<Answer> {
    const { node, span } = this.options
    const [ours, expected] = question.kind === 'renew' ? [question.token, ''] : [0, question.server ?? '']
    const answer = await this.#redis.run(leaseScript, keysOf(this.#redis), [node, span, ours, expected, format])
    const [server, found, leader, named, token, since] = Array.isArray(answer) ? (answer as readonly unknown[]) : []
    if (typeof server !== 'string' || typeof found !== 'number') throw new Error('an unknown answer about the lease')
    if (found < 0) throw new StoreTooNew('a newer Carillon has written these keys: install that version')
    const others = Array.isArray(named) ? named.map(String) : []
    const known = { others, ...latestOf(token, since) }
    if (found > 0) return { kind: 'ours', server, token: found, ...known }
    return { kind: 'theirs', server, ...known, leader: typeof leader === 'string' && leader !== '' ? leader : undefined }
  }
}

/** An earlier version wrote no time. */
function latestOf(token: unknown, since: unknown): Pick<Answer, 'latest'> {
  if (typeof token !== 'number' || token === 0) return {}
  return { latest: { token, ...(typeof since === 'string' && { since: Number(since) }) } }
}
