import type { Clock, Timer } from '../foundation/clock.js'
import { millis, seconds } from '../foundation/time.js'

/** How many warnings of one kind are logged in a minute. A kind is an event of the log. */
const mostOfAKind = 100
/** Kinds are a closed list in the code. Above this number, all other kinds count as one. */
const mostKinds = 200
const window = seconds(60)

interface Kind {
  logged: number
  /** How many more warnings came and were not logged. */
  more: number
}

/**
 * Limits the warnings of one kind, so that a fault that hits each call leaves a log that people can read. The warnings that are left out
 * are counted, and their number is reported once at the end of the minute.
 */
export class WarningSampler {
  readonly #kinds = new Map<string, Kind>()
  /** Runs while a warning that was left out is not yet reported. */
  #timer: Timer | undefined
  #until = Number.NEGATIVE_INFINITY

  constructor(
    private readonly clock: Pick<Clock, 'monotonic' | 'after'>,
    private readonly tell: (more: number, kind: string) => void,
  ) {}

  /** Whether a warning of this kind is logged now. */
  takes(name: string): boolean {
    if (this.clock.monotonic() >= this.#until) this.#begin()
    const kind = this.#kindOf(name)
    if (kind.logged < mostOfAKind) {
      kind.logged += 1
      return true
    }
    kind.more += 1
    this.#timer ??= this.clock.after(millis(this.#until - this.clock.monotonic()), () => this.report())
    return false
  }

  /** Reports now what was left out so far. */
  report(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    for (const [name, kind] of this.#kinds) {
      if (kind.more > 0) this.tell(kind.more, name)
      kind.more = 0
    }
  }

  #begin(): void {
    this.report()
    this.#kinds.clear()
    this.#until = this.clock.monotonic() + window
  }

  #kindOf(name: string): Kind {
    const known = this.#kinds.get(name)
    if (known) return known
    const key = this.#kinds.size < mostKinds ? name : 'others'
    const kind = this.#kinds.get(key) ?? { logged: 0, more: 0 }
    this.#kinds.set(key, kind)
    return kind
  }
}
