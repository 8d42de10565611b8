import type { Problem } from './problem.js'
import { personOf, type Principal } from './rights.js'

/** Limits how many answers of one kind are made at a time. Each takes memory, and its turns of the event loop delay all requests. */
export class Running {
  readonly #ofPerson = new Map<string, number>()
  #inAll = 0

  constructor(
    private readonly most: { readonly ofPerson: number; readonly inAll: number },
    private readonly refusal: () => Problem,
  ) {}

  /**
   * Returns the function to call at the end. When no user is configured, people on this machine have no names, so only the limit in all
   * applies.
   */
  enter(who: Pick<Principal, 'kind' | 'name'> | undefined): () => void {
    const person = who && who.kind !== 'loopback' ? personOf(who) : undefined
    const ofPerson = person === undefined ? 0 : (this.#ofPerson.get(person) ?? 0)
    if (this.#inAll >= this.most.inAll || ofPerson >= this.most.ofPerson) throw this.refusal()
    this.#inAll += 1
    if (person !== undefined) this.#ofPerson.set(person, ofPerson + 1)
    return () => {
      this.#inAll -= 1
      if (person === undefined) return
      const left = (this.#ofPerson.get(person) ?? 1) - 1
      if (left > 0) this.#ofPerson.set(person, left)
      else this.#ofPerson.delete(person)
    }
  }
}
