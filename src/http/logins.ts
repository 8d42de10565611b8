import { hashUserPassword, isUserPassword } from '../config/passwords.js'
import type { UserSettings } from '../config/settings.js'
import type { Clock } from '../foundation/clock.js'
import { Buckets, Guesses, sourceOf } from '../sip/index.js'

export type LoginOutcome =
  | { readonly kind: 'right'; readonly user: UserSettings & { readonly passwordHash: string } }
  | { readonly kind: 'wrong' }
  /** Not looked at: after too many wrong ones, or while too many wait. */
  | { readonly kind: 'slowed' }

/** Checks that wait for their turn: each takes some 50 ms of a processor. From one source fewer, so that one alone can't fill the line. */
const mostWaiting = 50
const mostWaitingOfSource = 5

/** Right passwords of one person, each of which begins a session. Only who knows the password can use them up. */
const logins = { burst: 20, perSecond: 0.1 }

/**
 * Proves names and passwords, one at a time, so that guessing takes one processor at most. Wrong ones are slowed by the rule of phones
 * (docs/decisions/027-who-may-register-from-where.md): where they come from counts, and guesses from elsewhere slow nobody. A name that
 * nobody has takes as long as one that somebody has.
 */
export class Logins {
  readonly #guesses: Guesses
  readonly #right: Buckets
  /** The hash of no user, made when the first password comes. An unknown name is checked against it, so that it takes the same time. */
  #nobody: Promise<string> | undefined
  #turn: Promise<unknown> = Promise.resolve()
  /** The source of each check that waits. */
  readonly #waiting: string[] = []

  constructor(
    private readonly userOf: (name: string) => UserSettings | undefined,
    clock: Pick<Clock, 'monotonic'>,
  ) {
    this.#right = new Buckets(clock, logins)
    this.#guesses = new Guesses(clock)
  }

  async attempt(name: string, password: string, from: string): Promise<LoginOutcome> {
    const source = sourceOf(from)
    const ofSource = this.#waiting.filter(each => each === source).length
    const isFull = this.#waiting.length >= mostWaiting || ofSource >= mostWaitingOfSource
    if (isFull || this.#guesses.isSlowed(from, name) || !this.#right.has(name)) return { kind: 'slowed' }
    this.#waiting.push(source)
    const turn = this.#turn
      .then(() => this.#check(name, password, from))
      .finally(() => void this.#waiting.splice(this.#waiting.indexOf(source), 1))
    // The one who asked gets its error. The next one has its turn anyway.
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  async #check(name: string, password: string, from: string): Promise<LoginOutcome> {
    // Those that came at the same time count too.
    if (this.#guesses.isSlowed(from, name)) return { kind: 'slowed' }
    this.#nobody ??= hashUserPassword('nobody has this password')
    const nobody = await this.#nobody
    const user = this.userOf(name)
    const right = await isUserPassword(password, user?.passwordHash ?? nobody)
    if (user?.passwordHash === undefined || !right) {
      this.#guesses.failed(from, name)
      return { kind: 'wrong' }
    }
    this.#guesses.succeeded(from, name)
    if (!this.#right.take(name)) return { kind: 'slowed' }
    return { kind: 'right', user: { ...user, passwordHash: user.passwordHash } }
  }
}
