import { detached } from '../../foundation/detached.js'

/** Per agent. Beyond that, the address that was right longest ago is dropped. */
const mostOfAgent = 10

/**
 * The addresses from which an agent's password was right. They are kept over a restart, so that guesses at other accounts from the
 * same address don't slow the agent's phones.
 */
export class Origins {
  readonly #byAgent = new Map<string, readonly string[]>()

  /** The latest first. */
  of(agent: string): readonly string[] {
    return this.#byAgent.get(agent) ?? []
  }

  /** True: the address is new. Known addresses are not reordered until a new one comes, so that a refresh writes nothing. */
  add(agent: string, origin: string): boolean {
    const before = this.of(agent)
    if (before.includes(origin)) return false
    this.#byAgent.set(detached(agent), [detached(origin), ...before].slice(0, mostOfAgent))
    return true
  }

  /** Returns the addresses that are kept. */
  restore(agent: string, origins: readonly string[]): readonly string[] {
    const kept = origins.slice(0, mostOfAgent)
    if (kept.length > 0) this.#byAgent.set(agent, kept)
    return kept
  }

  forget(agent: string): void {
    this.#byAgent.delete(agent)
  }
}
