import { useEffect, useState } from 'preact/hooks'

/** A value that pages show. Its listeners are called when it changes. */
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

/** The store's value. The component renders again when the value changes. */
export function useStore<State>(store: Store<State>): State {
  const [state, setState] = useState(() => store.state)
  useEffect(() => {
    setState(() => store.state)
    return store.subscribe(next => setState(() => next))
  }, [store])
  return state
}

/** A setting kept in this browser's local storage. A stored value that `known` refuses counts as the default. */
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
      // The browser forbids storage: the choice holds until the page is closed.
    }
  }
}

function read(name: string): string | null {
  try {
    return localStorage.getItem(name)
  } catch {
    return null // The browser forbids storage.
  }
}
