/**
 * The beginning of one or more names. The search is in this state if the text that it has read ends with this beginning and with no longer
 * one.
 */
interface State {
  /** The last UTF-16 code unit of this beginning. */
  readonly code: number
  /** The first state that is one character longer. Most states have only this one. `more` has the others. */
  one: State | undefined
  more: Map<number, State> | undefined
  /** The longest shorter beginning with which this one ends. */
  shorter: State | undefined
  /** The longest name with which this beginning ends. */
  found: Found | undefined
}

interface Found {
  readonly length: number
  readonly placeholder: string
}

/**
 * Finds many names anywhere in a text in one pass (Aho and Corasick, 1975). The time depends only on the length of the text and not on the
 * number of names, so nobody can make the search slow by choosing names.
 */
export class NameSearch {
  readonly #start = newState(0)

  constructor(names: Iterable<readonly [name: string, placeholder: string]>) {
    for (const [name, placeholder] of names) this.#add(name, placeholder)
    this.#link()
  }

  /**
   * The text with a placeholder for each name. If two names overlap, the one that ends later is replaced. If both end at the same place,
   * the longer one is.
   */
  replaced(text: string): string {
    const { ends, found } = this.#endsIn(text)
    const parts: string[] = []
    let left = text.length
    for (let index = ends.length - 1; index >= 0; index -= 1) {
      const [end, name] = [ends[index] ?? 0, found[index]]
      if (!name || end > left) continue
      parts.push(text.slice(end, left), name.placeholder)
      left = end - name.length
    }
    parts.push(text.slice(0, left))
    return parts.reverse().join('')
  }

  /**
   * The ends of all names in the text. The result has two lists of the same length, because a name may end at each character, and an object
   * for each would take much longer.
   */
  #endsIn(text: string): { readonly ends: readonly number[]; readonly found: readonly Found[] } {
    const ends: number[] = []
    const found: Found[] = []
    let state = this.#start
    for (let at = 0; at < text.length; at += 1) {
      state = this.#after(state, text.charCodeAt(at))
      if (!state.found) continue
      ends.push(at + 1)
      found.push(state.found)
    }
    return { ends, found }
  }

  #after(state: State, code: number): State {
    let from: State | undefined = state
    while (from) {
      const next = longer(from, code)
      if (next) return next
      from = from.shorter
    }
    return this.#start
  }

  #add(name: string, placeholder: string): void {
    let state = this.#start
    for (let at = 0; at < name.length; at += 1) {
      const code = name.charCodeAt(at)
      state = longer(state, code) ?? lengthened(state, code)
    }
    if (state !== this.#start) state.found ??= { length: name.length, placeholder }
  }

  /** Links each state to its shorter one. Goes from the shortest beginnings to the longest, because longer ones refer to shorter ones. */
  #link(): void {
    const linked: State[] = [this.#start]
    for (const state of linked)
      for (const next of [...(state.one ? [state.one] : []), ...(state.more?.values() ?? [])]) {
        next.shorter = state.shorter ? this.#after(state.shorter, next.code) : this.#start
        next.found ??= next.shorter.found
        linked.push(next)
      }
  }
}

const newState = (code: number): State => ({ code, one: undefined, more: undefined, shorter: undefined, found: undefined })

const longer = (state: State, code: number): State | undefined => (state.one?.code === code ? state.one : state.more?.get(code))

function lengthened(state: State, code: number): State {
  const next = newState(code)
  if (state.one) (state.more ??= new Map()).set(code, next)
  else state.one = next
  return next
}
