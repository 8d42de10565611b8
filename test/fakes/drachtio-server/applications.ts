import type { Application } from './application.js'

/** Which applications are connected, and which methods each takes. */
export class Applications {
  readonly #connected = new Set<Application>()
  readonly #takers = new Map<string, Application[]>()
  readonly #turns = new Map<string, number>()

  add(application: Application): void {
    this.#connected.add(application)
  }

  remove(application: Application): void {
    this.#connected.delete(application)
    for (const verb of this.#takers.keys()) this.unroute(application, verb)
  }

  route(application: Application, verb: string): void {
    const takers = this.#takers.get(verb) ?? []
    this.#takers.set(verb, [...takers, application])
  }

  unroute(application: Application, verb: string): void {
    const takers = this.#takers.get(verb) ?? []
    this.#takers.set(
      verb,
      takers.filter(taker => taker !== application),
    )
  }

  /** The application for a request outside dialogs: all that take the method in turn. */
  select(method: string, tag?: string): Application | undefined {
    const verb = method.toLowerCase()
    const takers = (this.#takers.get(verb) ?? []).filter(
      taker => taker.isAuthenticated && (tag === undefined || taker.hasTag(tag)),
    )
    const turn = this.#turns.get(verb) ?? 0
    this.#turns.set(verb, turn + 1)
    return takers[turn % takers.length]
  }

  get size(): number {
    return this.#connected.size
  }

  *[Symbol.iterator](): Generator<Application> {
    yield* [...this.#connected]
  }
}
