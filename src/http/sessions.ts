import type { Clock, Timer } from '../foundation/clock.js'
import { later, millis, type Instant, type Millis } from '../foundation/time.js'

/** Who logged in, and by what: enough to ask the config of the moment what they may do. */
export type Login =
  | {
      readonly by: 'password'
      readonly name: string
      /** That was proven; another one ends the session. */ readonly passwordHash: string
    }
  | {
      readonly by: 'oidc'
      readonly name: string
      /** Another one in the config ends the session. */ readonly issuer: string
      readonly claims: Readonly<Record<string, unknown>>
    }

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
/** In all. Past it nobody can log in: nobody's session ends for another's. */
const mostSessions = 10_000
/** Of one person. Past it, their own that was begun first ends. */
export const mostOfPerson = 20
/** How often sessions that are over are thrown away. */
const sweepAfter = millis(60_000)

/** Sessions of the console, in memory: a restart ends them all. Their ids can't be guessed. */
export class Sessions {
  readonly #kept = new Map<string, Kept>()
  /** By name: ids, the oldest first. */
  readonly #ofPerson = new Map<string, Set<string>>()
  #sweep: Timer | undefined

  constructor(
    private spans: SessionSpans,
    private readonly clock: Clock,
    private readonly random: (size: number) => Uint8Array,
    /** Told of sessions that have ended, whatever ended them; not at `stop`. */
    private readonly over: (ids: readonly string[]) => void,
  ) {}

  /** Those that run are held to the new idle time; when they end in any case stays. */
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
    if (this.#forget(id)) this.over([id])
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
