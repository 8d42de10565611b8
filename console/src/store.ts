import { useEffect, useState } from 'preact/hooks'

/** A value that pages show, and who is told when it is another. */
export class Store<State> {
  readonly #listeners = new Set<(state: State) => void>()

  constructor(private current: State) {}

  get state(): State {
    return this.current
  }

  set(next: State): void {
    if (next === this.current) return
    this.current = next
    for (const told of [...this.#listeners]) told(next)
  }

  subscribe(told: (state: State) => void): () => void {
    this.#listeners.add(told)
    return () => void this.#listeners.delete(told)
  }
}

/** What the store holds now; the component is drawn anew when that changes. */
export function useStore<State>(store: Store<State>): State {
  const [state, setState] = useState(() => store.state)
  useEffect(() => {
    setState(() => store.state)
    return store.subscribe(next => setState(() => next))
  }, [store])
  return state
}

/** A setting of this browser alone, kept under the name; what is kept and unknown now counts as the default. */
export class Kept<Value extends string> extends Store<Value> {
  constructor(
    private readonly name: string,
    byDefault: Value,
    known: (text: string) => Value | undefined,
  ) {
    super(known(read(name) ?? byDefault) ?? byDefault)
  }

  keep(value: Value): void {
    this.set(value)
    try {
      localStorage.setItem(this.name, value)
    } catch {
      // A browser that forbids storage: the choice holds until the page is left.
    }
  }
}

function read(name: string): string | null {
  try {
    return localStorage.getItem(name)
  } catch {
    return null // forbidden by the browser
  }
}
