import { hashUserPassword, isUserPassword } from '../config/passwords.js'
import type { UserSettings } from '../config/settings.js'
import type { Clock } from '../foundation/clock.js'
import { Buckets, Guesses, sourceOf } from '../sip/index.js'

export type LoginOutcome =
  | { readonly kind: 'right'; readonly user: UserSettings & { readonly passwordHash: string } }
  | { readonly kind: 'wrong' }
  /** Not looked at: after too many wrong ones, or while too many wait. */
  | { readonly kind: 'slowed' }

/**
 * Checks that wait for their turn in one line: each takes some 50 ms of a processor. From one source fewer, so that one alone can't
 * fill the line.
 */
const mostWaiting = 50
const mostWaitingOfSource = 5

/** Right passwords of one person, each of which begins a session. Only who knows the password can use them up. */
const logins = { burst: 20, perSecond: 0.1 }

/** A check that waits for its turn or is under way. */
interface Check {
  readonly source: string
  readonly run: () => Promise<void>
}

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
  /** Names whose password was right from there before. They come first, and strangers from many places can't fill their line. */
  readonly #known: Check[] = []
  readonly #others: Check[] = []
  #isBusy = false

  constructor(
    private readonly userOf: (name: string) => UserSettings | undefined,
    clock: Pick<Clock, 'monotonic'>,
    private readonly mostInLine = mostWaiting,
  ) {
    this.#right = new Buckets(clock, logins)
    this.#guesses = new Guesses(clock)
  }

  async attempt(name: string, password: string, from: string): Promise<LoginOutcome> {
    const source = sourceOf(from)
    const line = this.#guesses.hasProven(from, name) ? this.#known : this.#others
    const ofSource = line.filter(each => each.source === source).length
    const isFull = line.length >= this.mostInLine || ofSource >= mostWaitingOfSource
    if (isFull || this.#guesses.isSlowed(from, name) || !this.#right.has(name)) return { kind: 'slowed' }
    return new Promise((resolve, reject) => {
      line.push({ source, run: () => this.#check(name, password, from).then(resolve, reject) })
      void this.#serve()
    })
  }

  async #serve(): Promise<void> {
    if (this.#isBusy) return
    this.#isBusy = true
    for (;;) {
      const line = this.#known.length > 0 ? this.#known : this.#others
      const [check] = line
      if (!check) break
      // It keeps its place in the line until it is over. An error goes to the caller of `attempt`.
      await check.run()
      line.splice(line.indexOf(check), 1)
    }
    this.#isBusy = false
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
