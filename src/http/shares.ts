import type { Clock } from '../foundation/clock.js'
import { Buckets } from '../sip/index.js'
import { Problem } from './problem.js'
import { personOf, type Principal } from './rights.js'

/** Waiting requests of one person or token, including event streams. Each response may lie in memory until it is read. */
const mostUnanswered = 64
/** Changes by a person. Each is written to the audit log. More than a person can do by hand. */
const personChanges = { burst: 120, perSecond: 2 }
/** Changes by a program, which may act for all agents of a site. */
const tokenChanges = { burst: 2_000, perSecond: 200 }

/** Reads by a person, in units of half a millisecond of work. A console page makes about twenty when it opens. */
const personReads = { burst: 600, perSecond: 60 }
/** Reads by a program, which may be many wallboards: at most a tenth of a CPU. */
const tokenReads = { burst: 1_000, perSecond: 200 }

/** The cost of a request for its person's share. */
export type Demand = { readonly kind: 'change' } | { readonly kind: 'read'; readonly load: number }

/** Limits each known person, so that nobody takes the server away from the others. */
export class Shares {
  readonly #unanswered = new Map<string, number>()
  readonly #personChanges: Buckets
  readonly #tokenChanges: Buckets
  readonly #personReads: Buckets
  readonly #tokenReads: Buckets

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#personChanges = new Buckets(clock, personChanges)
    this.#tokenChanges = new Buckets(clock, tokenChanges)
    this.#personReads = new Buckets(clock, personReads)
    this.#tokenReads = new Buckets(clock, tokenReads)
  }

  /** Why the request is refused. Undefined: it is counted until its response is sent or its connection has ended. */
  refuses(who: Principal, whenOver: (told: () => void) => void, demand: Demand): Problem | undefined {
    // Everybody on this machine, when no user is configured, is not a person.
    if (who.kind === 'loopback') return undefined
    const person = personOf(who)
    const unanswered = this.#unanswered.get(person) ?? 0
    if (unanswered >= mostUnanswered)
      return tooMany(`${unanswered} requests of ${who.name} wait for their answers: take those first`)
    if (!this.#allows(person, who.kind === 'token', demand))
      return tooMany(`too many ${demand.kind === 'change' ? 'changes' : 'reads'} by ${who.name}; try again in a second`)
    this.#unanswered.set(person, unanswered + 1)
    whenOver(() => {
      const left = (this.#unanswered.get(person) ?? 1) - 1
      if (left > 0) this.#unanswered.set(person, left)
      else this.#unanswered.delete(person)
    })
    return undefined
  }

  #allows(person: string, isProgram: boolean, demand: Demand): boolean {
    if (demand.kind === 'change') return (isProgram ? this.#tokenChanges : this.#personChanges).take(person)
    return (isProgram ? this.#tokenReads : this.#personReads).take(person, demand.load)
  }
}

const tooMany = (why: string): Problem => new Problem(429, why, { 'retry-after': '1' })
