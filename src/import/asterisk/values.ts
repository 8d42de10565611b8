import type { Notes } from '../notes.js'
import type { Setting } from './sections.js'

const yes = /^(?:yes|true|on|1|y|t)$/i

/** The settings of one queue. The last value of a key counts, as it does in Asterisk. */
export class QueueValues {
  readonly #values: ReadonlyMap<string, string>

  constructor(
    settings: readonly Setting[],
    /** The name that the queue gets. */
    readonly name: string,
    readonly notes: Notes,
  ) {
    this.#values = new Map(settings.map(({ key, value }) => [key, value]))
  }

  get entries(): Iterable<readonly [key: string, value: string]> {
    return this.#values
  }

  text(key: string): string | undefined {
    const value = this.#values.get(key)
    return value === '' ? undefined : value
  }

  isYes(key: string, otherwise = false): boolean {
    const text = this.text(key)
    return text === undefined ? otherwise : yes.test(text)
  }

  /** A whole number. Undefined: there is none, or the text is something else, which is a note. */
  number(key: string): number | undefined {
    const text = this.text(key)
    if (text === undefined) return undefined
    if (/^\d{1,9}$/.test(text)) return Number(text)
    this.notes.lost('queue', this.name, undefined, `${key} is '${text}', which is not a number`, 'write the value by hand')
    return undefined
  }

  /** A number within the limits of the config. A number that had to change is a note about `field`. */
  within(key: string, field: string, [least, most]: readonly [number, number]): number | undefined {
    const given = this.number(key)
    if (given === undefined) return undefined
    const value = Math.min(most, Math.max(least, given))
    if (value !== given)
      this.notes.changed('queue', this.name, field, `${key} was ${given} and is ${value}`, `Carillon allows ${least} to ${most}`)
    return value
  }
}
