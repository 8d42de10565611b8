import NodeCache from 'node-cache'
import type { Clock } from './clock.js'
import { messageOf } from './errors.js'
import { OurBug } from './result.js'
import type { Millis } from './time.js'

/** The list is closed, because the names are metric labels. */
type CacheName = 'dns' | 'openid' | 'reports'

/** The figures of a cache, for metrics. */
export interface CacheStatistics {
  readonly name: CacheName
  /** The number of entries, including expired ones that are not removed yet. */
  readonly entries: number
  /** Questions that an entry answered. */
  readonly hits: number
  /** Questions without an entry, or whose entry had expired. */
  readonly misses: number
  /** Entries that made room for others. */
  readonly evictions: number
}

interface CacheOptions {
  readonly name: CacheName
  readonly clock: Clock
  /** The most entries. A further one takes the place of the oldest. */
  readonly size: number
  /** How long an expired entry is kept for `stale`. Default: not at all. */
  readonly staleFor?: Millis
}

interface Entry<V> {
  readonly value: V
  /** In ms of the monotonic clock: setting the machine's clock changes no lifetime (rule two-clocks). */
  readonly until: number
}

/**
 * Keeps answers for a limited time, in case they are needed again (docs/decisions/067). node-cache holds and counts them. Our clock decides
 * when they expire, so node-cache's own timer is off. Expired entries are removed when new ones are added.
 */
export class Cache<V> implements CacheStatistics {
  readonly name: CacheName
  // Nobody changes entries, so no clones are needed.
  readonly #kept = new NodeCache({ stdTTL: 0, checkperiod: 0, useClones: false })
  /** node-cache's hits whose entry had expired. They count as misses. */
  #expired = 0
  /** node-cache's hits that were not questions. It has no way to look at an entry without counting. */
  #looks = 0
  #evictions = 0

  constructor(private readonly options: CacheOptions) {
    this.name = options.name
    this.#kept.on('error', (error: unknown) => {
      throw new OurBug(`the cache ${this.name} failed: ${messageOf(error)}`)
    })
  }

  get(key: string): V | undefined {
    const entry = this.#kept.get<Entry<V>>(nameOf(key))
    if (!entry) return undefined
    if (entry.until > this.options.clock.monotonic()) return entry.value
    this.#expired += 1
    return undefined
  }

  /** The value, even if it expired, but not more than `staleFor` ago. Does not count as a question. */
  stale(key: string): V | undefined {
    const { clock, staleFor = 0 } = this.options
    const name = nameOf(key)
    const entry = this.#kept.has(name) ? this.#look(name) : undefined
    return entry && entry.until + staleFor > clock.monotonic() ? entry.value : undefined
  }

  set(key: string, value: V, lifetime: Millis): void {
    const name = nameOf(key)
    if (!this.#kept.has(name)) this.#makeRoom()
    else this.#kept.del(name) // The names must stay in the order in which entries came, so that the oldest is the first.
    this.#kept.set(name, { value, until: this.options.clock.monotonic() + lifetime } satisfies Entry<V>)
  }

  /** Removes the entries for which `is` returns true. */
  forget(is: (value: V) => boolean): void {
    for (const name of this.#kept.keys()) {
      const entry = this.#look(name)
      if (entry && is(entry.value)) this.#kept.del(name)
    }
  }

  get entries(): number {
    return this.#kept.getStats().keys
  }

  get hits(): number {
    return this.#kept.getStats().hits - this.#looks - this.#expired
  }

  get misses(): number {
    return this.#kept.getStats().misses + this.#expired
  }

  get evictions(): number {
    return this.#evictions
  }

  #look(name: string): Entry<V> | undefined {
    this.#looks += 1
    return this.#kept.get<Entry<V>>(name)
  }

  #makeRoom(): void {
    const { size, clock, staleFor = 0 } = this.options
    if (this.entries < size) return
    const over = clock.monotonic() - staleFor
    const names = this.#kept.keys()
    const gone = names.filter(name => (this.#look(name)?.until ?? 0) <= over)
    const oldest = names[0]
    if (gone.length > 0) this.#kept.del(gone)
    else if (oldest !== undefined) this.#evictions += this.#kept.del(oldest)
  }
}

/** The key in node-cache. With the colon, it is never a built-in property of an object, and never sorted as a number. */
const nameOf = (key: string): string => `:${key}`
