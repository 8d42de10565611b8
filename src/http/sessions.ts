import type { Clock, Timer } from '../foundation/clock.js'
import { later, millis, type Instant, type Millis } from '../foundation/time.js'

/** Who logged in, and how. Enough to find their current rights in the config. */
export type Login =
  | {
      readonly by: 'password'
      readonly name: string
      /** The hash of the password that was proved. Another hash ends the session. */ readonly passwordHash: string
    }
  | {
      readonly by: 'oidc'
      readonly name: string
      /** Another issuer in the config ends the session. */ readonly issuer: string
      readonly claims: Readonly<Record<string, unknown>>
    }

export interface Session {
  readonly id: string
  readonly login: Login
  /** The latest end of the session, for people. `Kept` has the time that counts. */
  readonly expires: Instant
}

interface SessionSpans {
  readonly idle: Millis
  readonly longest: Millis
}

/** Times in ms of the monotonic clock, so that a change of the wall clock neither ends nor prolongs sessions. */
interface Kept {
  readonly session: Session
  readonly endsAt: number
  usedAt: number
  /** The number of open event streams. With at least one the session is in use. */
  streams: number
}

const idBytes = 32
/** The most sessions in all. Above that a log-in is refused, so that no session ends because another person logs in. */
const mostSessions = 10_000
/** The most sessions of one person. Above that, their own oldest session ends. */
const mostOfPerson = 20
/** How often ended sessions are removed. */
const sweepAfter = millis(60_000)

/** Sessions of the console, in memory. A restart ends them all. Their ids can't be guessed. */
export class Sessions {
  readonly #kept = new Map<string, Kept>()
  /** Session ids by name, oldest first. */
  readonly #ofPerson = new Map<string, Set<string>>()
  #sweep: Timer | undefined

  constructor(
    private spans: SessionSpans,
    private readonly clock: Clock,
    private readonly random: (size: number) => Uint8Array,
    /** Called with ended sessions, for any reason except `stop`. */
    private readonly over: (ids: readonly string[]) => void,
  ) {}

  /** Applies the new idle time to running sessions. Their latest end stays the same. */
  replaceSpans(spans: SessionSpans): void {
    this.spans = spans
  }

  /** Undefined: there are too many in all. */
  begin(login: Login): Session | undefined {
    const own = this.#ofPerson.get(login.name) ?? new Set()
    if (this.#kept.size >= mostSessions && own.size < mostOfPerson) return undefined
    const now = this.clock.monotonic()
    const { longest } = this.spans
    const id = Buffer.from(this.random(idBytes)).toString('base64url')
    const session = { id, login, expires: later(this.clock.now(), longest) }
    this.#kept.set(id, { session, endsAt: now + longest, usedAt: now, streams: 0 })
    this.#ofPerson.set(login.name, own.add(id))
    const [first] = own
    if (own.size > mostOfPerson && first !== undefined) this.end(first)
    this.#sweep ??= this.clock.after(sweepAfter, () => this.#throwAway())
    return session
  }

  /** The session with this id, if it is still valid. `use`: a request used it, which restarts its idle time. */
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

  /** The session with this id, if it is still valid. The idle time is not affected. */
  look(id: string): Session | undefined {
    const kept = this.#kept.get(id)
    return kept && !this.#isOver(kept) ? kept.session : undefined
  }

  end(id: string): void {
    if (this.#forget(id)) this.over([id])
  }

  /** An event stream was opened. Call the returned function when it is closed. */
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
    this.#ofPerson.clear()
  }

  #forget(id: string): boolean {
    const name = this.#kept.get(id)?.session.login.name
    if (name === undefined) return false
    const own = this.#ofPerson.get(name)
    if (own?.delete(id) === true && own.size === 0) this.#ofPerson.delete(name)
    return this.#kept.delete(id)
  }

  #isOver({ endsAt, usedAt, streams }: Kept): boolean {
    const now = this.clock.monotonic()
    return now >= endsAt || (streams === 0 && now >= usedAt + this.spans.idle)
  }

  #throwAway(): void {
    const over = [...this.#kept].filter(([, kept]) => this.#isOver(kept)).map(([id]) => id)
    for (const id of over) this.#forget(id)
    if (over.length > 0) this.over(over)
    this.#sweep = this.#kept.size > 0 ? this.clock.after(sweepAfter, () => this.#throwAway()) : undefined
  }
}
