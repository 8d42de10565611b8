import { hashUserPassword, isUserPassword } from '../config/passwords.js'
import type { UserSettings } from '../config/settings.js'
import type { Clock } from '../foundation/clock.js'
import { Buckets, Guesses, sourceOf } from '../sip/index.js'

type LoginOutcome =
  | { readonly kind: 'right'; readonly user: UserSettings & { readonly passwordHash: string } }
  | { readonly kind: 'wrong' }
  /** The password was not checked, after too many wrong ones or while too many wait. */
  | { readonly kind: 'slowed' }

/** The most checks that wait in one line. Each takes about 50 ms of CPU. One source may have fewer, so that it can't fill the line alone. */
const mostWaiting = 50
const mostWaitingOfSource = 5

/** The limit on log-ins of one person with the right password, because each starts a session. Only people who know the password can use it up. */
const logins = { burst: 20, perSecond: 0.1 }

/** A check that waits for its turn or is under way. */
interface Check {
  readonly source: string
  readonly run: () => Promise<void>
}

/**
 * Checks names and passwords, one at a time, so that guessing uses one CPU at most. Wrong passwords are slowed by the same rule as for
 * phones (docs/decisions/027-who-may-register-from-where.md): by their source, so that guesses from elsewhere slow nobody. An unknown name
 * takes as long as a known one.
 */
export class Logins {
  readonly #guesses: Guesses
  readonly #right: Buckets
  /** A hash of no user, made when the first password comes. Unknown names are checked against it, so that they take the same time. */
  #nobody: Promise<string> | undefined
  /** Checks of names that logged in from the same source before. They come first, and strangers from many places can't fill their line. */
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
      // The check keeps its place in the line until it is over. `attempt` rejects with an error of the check.
      await check.run()
      line.splice(line.indexOf(check), 1)
    }
    this.#isBusy = false
  }

  async #check(name: string, password: string, from: string): Promise<LoginOutcome> {
    // Looked up again, because other checks may have failed while this one waited.
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
