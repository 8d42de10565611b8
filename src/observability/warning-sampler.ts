import type { Clock, Timer } from '../foundation/clock.js'
import { millis, seconds } from '../foundation/time.js'

/** Warnings of one kind that are logged in a minute. A kind is an event of the log. */
const mostOfAKind = 100
/** Kinds are a closed list in the code. Above this number all others count as one kind. */
const mostKinds = 200
const window = seconds(60)

interface Kind {
  logged: number
  /** How many more came and were not logged. */
  more: number
}

/**
 * Bounds warnings of one kind, so that a fault that hits each call leaves a log that people can read. What is left out is counted,
 * and told once at the end of the minute.
 */
export class WarningSampler {
  readonly #kinds = new Map<string, Kind>()
  /** Runs while something was left out. */
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

  /** Tells what was left out so far. Nothing is left to do afterwards. */
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
