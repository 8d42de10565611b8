/** Of one agent. Past it the one that was right longest ago is forgotten. */
const mostOfAgent = 10

/** The addresses from which an agent's password was right: they are kept over a restart, so that guesses never slow a phone that was known there. */
export class Origins {
  readonly #byAgent = new Map<string, readonly string[]>()

  /** The latest first. */
  of(agent: string): readonly string[] {
    return this.#byAgent.get(agent) ?? []
  }

  /** True: it is a new one. The order of known ones changes with the next new one only, so that each refresh writes nothing. */
  add(agent: string, origin: string): boolean {
    const before = this.of(agent)
    if (before.includes(origin)) return false
    this.#byAgent.set(agent, [origin, ...before].slice(0, mostOfAgent))
    return true
  }

  /** Gives those that are remembered. */
  restore(agent: string, origins: readonly string[]): readonly string[] {
    const kept = origins.slice(0, mostOfAgent)
    if (kept.length > 0) this.#byAgent.set(agent, kept)
    return kept
  }

  forget(agent: string): void {
    this.#byAgent.delete(agent)
  }
}
