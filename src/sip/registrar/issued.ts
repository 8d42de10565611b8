import type { Instant } from '../../foundation/time.js'
import type { PasswordHashes } from '../message/digest.js'

export interface Account {
  /** The address of record under which it may register and call. */
  readonly aor: string
  readonly hashes: PasswordHashes
  /** Absent: the agent's own password. */
  readonly issued?: IssuedCredentials
}

/** The limits of a registration that used issued credentials. */
export interface IssuedCredentials {
  readonly user: string
  readonly expires: Instant
}

/** Who gets credentials, and may lose them before they expire. */
export interface PhoneHolder {
  /** Names what the credentials belong to, such as a session or a token. They end with it. */
  readonly id: string
  /** How many may be valid at a time for one agent, and for guests. Beyond that, this holder's oldest end. */
  readonly most: number
  /** The person behind several ids, who may hold at most `mostOfPerson` in all. Absent: the id stands alone. */
  readonly person?: string
  /** Whose limits calls of guests with these credentials count for: one name for all ids of a person. Absent: the id. */
  readonly payer?: string
  /** When the credentials end in any case. */
  readonly until?: Instant
}

export interface Issued extends Account {
  readonly issued: IssuedCredentials
  readonly agent: string | undefined
  readonly holder: PhoneHolder
}

/** The limit for one person over all their sessions. */
const mostOfPerson = 40
/**
 * The limits for all credentials together. From the first on, guests get no more. From the second on, agents get none either.
 * Nobody's credentials are revoked for somebody else's.
 */
const most = { guests: 20_000, agents: 40_000 }

/** The issued credentials and their holders, oldest first. */
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

  /** The credentials of these holders, or of all. */
  ofHolders(holders: readonly string[] | undefined): readonly Issued[] {
    return holders ? holders.flatMap(id => [...(this.#byHolder.get(id) ?? [])]) : [...this.#byUser.values()]
  }

  isFull(agent: string | undefined, now: Instant): boolean {
    // Ordered by expiry or close to it, so the search ends at the first that is still valid.
    for (const issued of this.#byUser.values()) {
      if (issued.issued.expires > now) break
      this.delete(issued)
    }
    return this.#byUser.size >= (agent === undefined ? most.guests : most.agents)
  }

  /** Returns the credentials that were removed to make space: the oldest of the same holder or person. */
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
