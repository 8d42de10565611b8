import type { Clock } from '../foundation/clock.js'
import { Buckets } from '../sip/index.js'
import { Problem } from './problem.js'
import { personOf, type Principal } from './rights.js'

/** Requests of one person or token that wait for their answer, event streams too: each answer may lie in memory until it is read. */
const mostUnanswered = 64
/** Changes by a person: each is written to the audit log. More than hands can do. */
const personChanges = { burst: 120, perSecond: 2 }
/** Changes by a program, which may speak for all agents of a site. */
const tokenChanges = { burst: 2_000, perSecond: 200 }

/** What somebody who is known may take at a time, so that nobody alone takes it from the others. */
export class Shares {
  readonly #unanswered = new Map<string, number>()
  readonly #personChanges: Buckets
  readonly #tokenChanges: Buckets

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#personChanges = new Buckets(clock, personChanges)
    this.#tokenChanges = new Buckets(clock, tokenChanges)
  }

  /** Why the request is refused; undefined: it is counted until it is answered, or its connection has ended. */
  refuses(who: Principal, whenOver: (told: () => void) => void, isChange: boolean): Problem | undefined {
    // Everybody on this machine, where nobody is named, is no person.
    if (who.kind === 'loopback') return undefined
    const person = personOf(who)
    const unanswered = this.#unanswered.get(person) ?? 0
    if (unanswered >= mostUnanswered)
      return tooMany(`${unanswered} requests of ${who.name} wait for their answers: take those first`)
    if (isChange && !(who.kind === 'token' ? this.#tokenChanges : this.#personChanges).take(person))
      return tooMany(`too many changes by ${who.name}; try again in a second`)
    this.#unanswered.set(person, unanswered + 1)
    whenOver(() => {
      const left = (this.#unanswered.get(person) ?? 1) - 1
      if (left > 0) this.#unanswered.set(person, left)
      else this.#unanswered.delete(person)
    })
    return undefined
  }
}

const tooMany = (why: string): Problem => new Problem(429, why, { 'retry-after': '1' })
