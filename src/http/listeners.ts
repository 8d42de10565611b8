import { Problem } from './problem.js'
import type { Principal } from './rights.js'

/** Event streams in all. */
const most = 200
/** Of one session of a person. */
const mostOfSession = 8
/** Of one person or token, in all sessions. */
const mostOfPerson = 32
/** From here on, who has this many has no further one: the rest is for others. */
const scarceFrom = 150
const shareWhenScarce = 8
/** The last ones are for people who have none. */
const lastFrom = 180

/** Who listens to `/api/events`: nobody alone takes all the room. */
export class Listeners {
  readonly #ofSession = new Map<string, number>()
  readonly #ofPerson = new Map<string, number>()
  #all = 0

  /** Throws the refusal; gives what is to be called once, when the stream is closed. */
  enter(who: Principal | undefined, session: string | undefined): () => void {
    if (this.#all >= most) throw new Problem(503, `${most} event streams are open already`)
    if (session !== undefined && count(this.#ofSession, session) >= mostOfSession)
      throw new Problem(429, `this session has ${mostOfSession} event streams open already: close some of its windows`)
    // Everybody on this machine, where nobody is named, is no person.
    const person = who === undefined || who.kind === 'loopback' ? undefined : `${who.kind} ${who.name}`
    const ofPerson = person === undefined ? 0 : count(this.#ofPerson, person)
    if (ofPerson >= this.#share) throw new Problem(429, `${ofPerson} event streams are open already for ${who?.name ?? ''}`)
    this.#all += 1
    add(this.#ofSession, session, 1)
    add(this.#ofPerson, person, 1)
    let left = false
    return () => {
      if (left) return
      left = true
      this.#all -= 1
      add(this.#ofSession, session, -1)
      add(this.#ofPerson, person, -1)
    }
  }

  /** How many one person may have now. */
  get #share(): number {
    if (this.#all >= lastFrom) return 1
    return this.#all >= scarceFrom ? shareWhenScarce : mostOfPerson
  }
}

const count = (counts: ReadonlyMap<string, number>, key: string): number => counts.get(key) ?? 0

function add(counts: Map<string, number>, key: string | undefined, by: 1 | -1): void {
  if (key === undefined) return
  const sum = count(counts, key) + by
  if (sum > 0) counts.set(key, sum)
  else counts.delete(key)
}
