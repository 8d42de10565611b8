import type { Instant } from '../../foundation/time.js'
import type { PasswordHashes } from '../message/digest.js'

export interface Account {
  /** The address of record that it may register, and call as. */
  readonly aor: string
  readonly hashes: PasswordHashes
  /** Absent: the agent's own password. */
  readonly issued?: IssuedCredentials
}

/** What bounds a registration that was made with issued credentials. */
export interface IssuedCredentials {
  readonly user: string
  readonly expires: Instant
}

/** Who takes credentials, and who loses them before their time. */
export interface PhoneHolder {
  /** What they end with, such as a session or a token. */
  readonly id: string
  /** How many hold at a time by it for one agent, and for guests; its own oldest go. */
  readonly most: number
  /** Who holds by several ids together at most `mostOfPerson`. Absent: the id is all that there is. */
  readonly person?: string
  /** When it ends in any case. */
  readonly until?: Instant
}

export interface Issued extends Account {
  readonly issued: IssuedCredentials
  readonly agent: string | undefined
  readonly holder: PhoneHolder
}

/** Of one person by all their sessions. */
export const mostOfPerson = 40
/** In all. Guests get no more past the first, agents none past the second: nobody's are taken for another's. */
const most = { guests: 20_000, agents: 40_000 }

/** Credentials that were issued, oldest first, and whose they are. */
export class IssuedPhones {
  readonly #byUser = new Map<string, Issued>()
  readonly #byHolder = new Map<string, Set<Issued>>()
  readonly #byPerson = new Map<string, Set<Issued>>()

  get size(): number {
    return this.#byUser.size
  }

  find(user: string): Issued | undefined {
    return this.#byUser.get(user)
  }

  all(): Iterable<Issued> {
    return this.#byUser.values()
  }

  /** Those of one holder, or of all. */
  ofHolders(holders: readonly string[] | undefined): readonly Issued[] {
    return holders ? holders.flatMap(id => [...(this.#byHolder.get(id) ?? [])]) : [...this.#byUser.values()]
  }

  isFull(agent: string | undefined, now: Instant): boolean {
    // All hold for the same time, or less: the first that holds ends the search.
    for (const issued of this.#byUser.values()) {
      if (issued.issued.expires > now) break
      this.delete(issued)
    }
    return this.#byUser.size >= (agent === undefined ? most.guests : most.agents)
  }

  /** Gives those that made way: the oldest of the same holder or person. */
  add(issued: Issued): readonly Issued[] {
    const { holder, agent } = issued
    this.#byUser.set(issued.issued.user, issued)
    const ofHolder = setIn(this.#byHolder, holder.id).add(issued)
    const gone = oldest(
      [...ofHolder].filter(each => each.agent === agent),
      holder.most,
    )
    if (holder.person !== undefined) gone.push(...oldest([...setIn(this.#byPerson, holder.person).add(issued)], mostOfPerson))
    for (const each of gone) this.delete(each)
    return gone
  }

  delete(issued: Issued): void {
    const { id, person } = issued.holder
    this.#byUser.delete(issued.issued.user)
    deleteIn(this.#byHolder, id, issued)
    if (person !== undefined) deleteIn(this.#byPerson, person, issued)
  }
}

const oldest = (issued: readonly Issued[], kept: number): Issued[] => issued.slice(0, Math.max(0, issued.length - kept))

function setIn(sets: Map<string, Set<Issued>>, key: string): Set<Issued> {
  const known = sets.get(key) ?? new Set()
  sets.set(key, known)
  return known
}

function deleteIn(sets: Map<string, Set<Issued>>, key: string, issued: Issued): void {
  const set = sets.get(key)
  if (set?.delete(issued) === true && set.size === 0) sets.delete(key)
}
