import { keyNames } from './scripts.js'

/** Hashes in which each field is one agent, call, address or group. `run` is about the last process. */
const hashNames = ['sign-ins', 'pointers', 'calls', 'registrations', 'choices', 'agents', 'run'] as const
export type HashName = (typeof hashNames)[number]

interface Change {
  readonly hash: HashName
  readonly field: string
  /** Undefined: the field is deleted. */
  readonly value: string | undefined
}

/** Scripts count their keys from 1. */
const placeOf = (hash: HashName): number => keyNames.indexOf(hash) + 1
const keyOf = ({ hash, field }: Pick<Change, 'hash' | 'field'>): string => `${hash} ${field}`

/**
 * Changes of fields that wait for Redis, in the order in which they came. A later change of the same field takes the place of the earlier
 * one, so there are never more than fields. A call that ends before it was ever sent leaves nothing.
 */
export class Changes {
  readonly #waiting = new Map<string, Change>()
  /** Calls that Redis has, or may have. */
  readonly #sentCalls = new Set<string>()
  /** All fields as they are now. A Redis that has lost writes gets them again. */
  readonly #known = new Map<string, Change>()

  get waiting(): number {
    return this.#waiting.size
  }

  /** A field that Redis has. */
  loaded(hash: HashName, field: string, value: string): void {
    if (hash === 'calls') this.#sentCalls.add(field)
    this.#know({ hash, field, value })
  }

  put(hash: HashName, field: string, value: string | undefined): void {
    const change = { hash, field, value }
    this.#know(change)
    if (hash === 'calls' && value === undefined && !this.#sentCalls.has(field)) this.#waiting.delete(keyOf(change))
    else this.#waiting.set(keyOf(change), change)
  }

  /** The changes that have waited longest, at most this many. They stay until `written` is called. */
  batch(most: number): readonly Change[] {
    const batch: Change[] = []
    for (const change of this.#waiting.values()) {
      if (batch.length === most) break
      batch.push(change)
      if (change.hash === 'calls') this.#sentCalls.add(change.field)
    }
    return batch
  }

  written(batch: readonly Change[]): void {
    for (const change of batch) {
      // The field changed again meanwhile, so its new value must still be written.
      if (this.#waiting.get(keyOf(change)) !== change) continue
      this.#waiting.delete(keyOf(change))
      if (change.hash === 'calls' && change.value === undefined) this.#sentCalls.delete(change.field)
    }
  }

  /** Redis has lost writes. Everything that we know waits again, and only that. */
  beginAgain(): void {
    this.#waiting.clear()
    for (const [key, change] of this.#known) this.#waiting.set(key, change)
  }

  #know(change: Change): void {
    if (change.value === undefined) this.#known.delete(keyOf(change))
    else this.#known.set(keyOf(change), change)
  }
}

/** Deletes all fields, as values of the script that writes. */
export const nothingLeft: readonly (string | number)[] = hashNames.flatMap(hash => ['x', placeOf(hash)])

/** The change as values of the script that writes. */
export function valuesOf({ hash, field, value }: Change): readonly (string | number)[] {
  return value === undefined ? ['d', placeOf(hash), field] : ['s', placeOf(hash), field, value]
}
