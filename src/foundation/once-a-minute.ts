import type { Clock } from './clock.js'
import type { Log, LogFields } from './log.js'

const minuteMs = 60_000
/** How many different warnings are logged in a minute. */
const mostKeys = 20

interface Entry {
  /** In ms of monotonic time. */
  readonly at: number
  /** How many equal warnings came since then. */
  more: number
}

/**
 * Logs warnings that others can cause at will. The same warning is logged once a minute, and at most 20 different ones a minute, so
 * a flood fills neither the log nor the memory.
 */
export class OnceAMinute {
  readonly #entries = new Map<string, Entry>()
  /** When the limit of different warnings was last reported. */
  #fullAt: number | undefined

  /** `what`: names the warnings in the line that reports the limit, such as `refused requests`. */
  constructor(
    private readonly clock: Pick<Clock, 'monotonic'>,
    private readonly log: Log,
    private readonly what: string,
  ) {}

  /** `key`: equal for warnings that count as the same. `message` is only called for a line that is logged. */
  warn(key: string, message: () => string, fields: LogFields): void {
    const at = this.clock.monotonic()
    const before = this.#entries.get(key)
    if (before && at - before.at < minuteMs) {
      before.more += 1
      return
    }
    if (!before && this.#entries.size >= mostKeys && !this.#makeSpace(at)) return this.#reportLimit(at)
    this.#entries.set(key, { at, more: 0 })
    const repeated = before?.more ? before.more : undefined
    this.log.warn(message(), { ...fields, ...(repeated !== undefined && { repeated }) })
  }

  /** Forgets entries older than a minute. False: there are none. */
  #makeSpace(at: number): boolean {
    for (const [key, entry] of this.#entries) if (at - entry.at >= minuteMs) this.#entries.delete(key)
    return this.#entries.size < mostKeys
  }

  #reportLimit(at: number): void {
    if (this.#fullAt !== undefined && at - this.#fullAt < minuteMs) return
    this.#fullAt = at
    this.log.warn(`${this.what}: more than ${mostKeys} different ones in a minute; the others are counted but not logged`, {
      event: 'log.limited',
    })
  }
}
