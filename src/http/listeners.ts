import { Problem } from './problem.js'
import type { Principal } from './rights.js'

/** The most event streams in all. */
const most = 200
/** The most streams of one session of a person. */
const mostOfSession = 8
/** The most streams of one person or token, in all sessions. */
const mostOfPerson = 32
/** From this many streams in all, a person with `shareWhenScarce` of them gets no further one, so that others get the rest. */
const scarceFrom = 150
const shareWhenScarce = 8
/** From this many streams in all, only people without a stream get one. */
const lastFrom = 180

/** Counts who listens to `/api/events`, so that nobody takes all streams. */
export class Listeners {
  readonly #ofSession = new Map<string, number>()
  readonly #ofPerson = new Map<string, number>()
  #all = 0

  /** Throws a problem if the stream is refused. Call the returned function when the stream is closed. */
  enter(who: Principal | undefined, session: string | undefined): () => void {
    if (this.#all >= most) throw new Problem(503, `${most} event streams are open already`)
    if (session !== undefined && count(this.#ofSession, session) >= mostOfSession)
      throw new Problem(429, `this session has ${mostOfSession} event streams open already: close some of its windows`)
    // When no user is configured, people on this machine have no names, so only the limits in all and of a session apply.
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

  /** How many streams one person may have now. */
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
