import type { Clock, Timer } from '../foundation/clock.js'
import { later, millis, type Instant, type Millis } from '../foundation/time.js'

/** Who logged in, and by what: enough to ask the config of the moment what they may do. */
export type Login =
  | {
      readonly by: 'password'
      readonly name: string
      /** That was proven; another one ends the session. */ readonly passwordHash: string
    }
  | { readonly by: 'oidc'; readonly name: string; readonly claims: Readonly<Record<string, unknown>> }

export interface Session {
  readonly id: string
  readonly login: Login
  /** When it ends in any case, by the wall clock as it went when the session began. */
  readonly expires: Instant
}

export interface SessionSpans {
  readonly idle: Millis
  readonly longest: Millis
}

/** Times by the monotonic clock: a wall clock that is set right neither ends sessions nor prolongs them. */
interface Kept {
  readonly session: Session
  readonly endsAt: number
  usedAt: number
  /** Open event streams: while there is one, the session is in use. */
  streams: number
}

const idBytes = 32
/** Past it, the session that was begun first ends. */
const mostSessions = 10_000
/** How often sessions that are over are thrown away. */
const sweepAfter = millis(60_000)

/** Sessions of the console, in memory: a restart ends them all. Their ids can't be guessed. */
export class Sessions {
  readonly #kept = new Map<string, Kept>()
  #sweep: Timer | undefined

  constructor(
    private spans: SessionSpans,
    private readonly clock: Clock,
    private readonly random: (size: number) => Uint8Array,
    /** Told after sessions have ended, whatever ended them; not at `stop`. */
    private readonly over: () => void,
  ) {}

  /** Those that run are held to the new idle time; when they end in any case stays. */
  replaceSpans(spans: SessionSpans): void {
    this.spans = spans
  }

  begin(login: Login): Session {
    const now = this.clock.monotonic()
    const { longest } = this.spans
    const id = Buffer.from(this.random(idBytes)).toString('base64url')
    const session = { id, login, expires: later(this.clock.now(), longest) }
    this.#kept.set(id, { session, endsAt: now + longest, usedAt: now, streams: 0 })
    const [first] = this.#kept.keys()
    if (this.#kept.size > mostSessions && first !== undefined) this.end(first)
    this.#sweep ??= this.clock.after(sweepAfter, () => this.#throwAway())
    return session
  }

  /** The session of this id if it still runs. `use`: it was used by a request, which puts its idle end off. */
  find(id: string, use: boolean): Session | undefined {
    const kept = this.#kept.get(id)
    if (!kept) return undefined
    if (this.#isOver(kept)) {
      this.end(id)
      return undefined
    }
    if (use) kept.usedAt = this.clock.monotonic()
    return kept.session
  }

  /** The session of this id if it still runs; nothing comes of the question. */
  look(id: string): Session | undefined {
    const kept = this.#kept.get(id)
    return kept && !this.#isOver(kept) ? kept.session : undefined
  }

  end(id: string): void {
    if (this.#kept.delete(id)) this.over()
  }

  /** A stream of events was opened; to be called when it is closed. */
  stream(id: string): () => void {
    const kept = this.#kept.get(id)
    if (!kept) return () => undefined
    kept.streams += 1
    return () => {
      kept.streams -= 1
      kept.usedAt = this.clock.monotonic()
    }
  }

  stop(): void {
    this.#sweep?.cancel()
    this.#kept.clear()
  }

  #isOver({ endsAt, usedAt, streams }: Kept): boolean {
    const now = this.clock.monotonic()
    return now >= endsAt || (streams === 0 && now >= usedAt + this.spans.idle)
  }

  #throwAway(): void {
    const before = this.#kept.size
    for (const [id, kept] of this.#kept) if (this.#isOver(kept)) this.#kept.delete(id)
    if (this.#kept.size < before) this.over()
    this.#sweep = this.#kept.size > 0 ? this.clock.after(sweepAfter, () => this.#throwAway()) : undefined
  }
}
