import type { Clock } from '../foundation/clock.js'
import { Buckets } from '../sip/index.js'
import { Problem } from './problem.js'
import { personOf, type Principal } from './rights.js'

/** The most waiting requests of one person or token, including event streams. Each response may lie in memory until it is read. */
const mostUnanswered = 64
/** Changes by a person. Each is written to the audit log. More than a person can do by hand. */
const personChanges = { burst: 120, perSecond: 2 }
/** Changes by a program, which may act for all agents of a site. */
const tokenChanges = { burst: 2_000, perSecond: 200 }
/** A program's refused change counts as this many further changes, because it fills the log and the store for nothing. */
const refusedChange = 20

/** The most bytes of answers that one person has not read yet. The answers lie in memory. */
const mostUnread = 8 * 1024 * 1024
/** Making and sending this many bytes of an answer costs about one unit of reads. */
const bytesPerUnit = 32 * 1024

/** Reads by a person, in units of half a millisecond of work. A console page makes about twenty when it opens. */
const personReads = { burst: 600, perSecond: 60 }
/** Reads by a program, which may be many wallboards: at most a tenth of a CPU. */
const tokenReads = { burst: 1_000, perSecond: 200 }
/** Units for one more read of the store that looks at many records. The store does this work in another thread. */
export const searchUnits = 4

/** What a request costs its person. */
export type Demand = { readonly kind: 'change' } | { readonly kind: 'read'; readonly load: number }

/** Limits each known person, so that nobody takes the server away from the others. */
export class Shares {
  readonly #unanswered = new Map<string, number>()
  readonly #unread = new Map<string, number>()
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
    // When no user is configured, people on this machine have no names and no limits.
    if (who.kind === 'loopback') return undefined
    const person = personOf(who)
    const unanswered = this.#unanswered.get(person) ?? 0
    if (unanswered >= mostUnanswered)
      return tooMany(`${unanswered} requests of ${who.name} wait for their answers: take those first`)
    if ((this.#unread.get(person) ?? 0) >= mostUnread)
      return tooMany(`long answers to ${who.name} have not been read: take those first`)
    if (!this.#allows(person, who.kind === 'token', demand))
      return tooMany(`too many ${demand.kind === 'change' ? 'changes' : 'reads'} by ${who.name}; try again in a second`)
    this.#unanswered.set(person, unanswered + 1)
    whenOver(() => add(this.#unanswered, person, -1))
    return undefined
  }

  /** An answer of this length is about to be sent. It is charged now, because its length was unknown when the request was counted. */
  answers(who: Principal, bytes: number, whenOver: (told: () => void) => void): void {
    if (who.kind === 'loopback' || bytes < bytesPerUnit) return
    const person = personOf(who)
    this.charge(who, bytes / bytesPerUnit)
    add(this.#unread, person, bytes)
    whenOver(() => add(this.#unread, person, -bytes))
  }

  /** Charges for work whose extent was unknown when the request was counted. */
  charge(who: Principal, units: number): void {
    if (who.kind === 'loopback') return
    ;(who.kind === 'token' ? this.#tokenReads : this.#personReads).charge(personOf(who), units)
  }

  /** A change was refused after it had been counted. */
  chargeRefused(who: Principal): void {
    if (who.kind === 'token') this.#tokenChanges.charge(personOf(who), refusedChange)
  }

  #allows(person: string, isProgram: boolean, demand: Demand): boolean {
    if (demand.kind === 'change') return (isProgram ? this.#tokenChanges : this.#personChanges).take(person)
    return (isProgram ? this.#tokenReads : this.#personReads).take(person, demand.load)
  }
}

function add(counts: Map<string, number>, name: string, change: number): void {
  const count = (counts.get(name) ?? 0) + change
  if (count > 0) counts.set(name, count)
  else counts.delete(name)
}

const tooMany = (why: string): Problem => new Problem(429, why, { 'retry-after': '1' })
