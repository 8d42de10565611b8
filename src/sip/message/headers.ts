import type { ByteWriter } from './byte-writer.js'
import { asLine, asName, splitList, trimmed } from './grammar.js'
import { canonicalName } from './names.js'

const none: readonly string[] = []

/**
 * The header fields of a message, in order. Names are canonical long forms such as `Call-ID`. Other forms are accepted, but cost
 * a look-up. A value from the wire is a slice of the message's text. Values that are added can't break out of their line, because
 * control characters become spaces.
 */
export class HeaderTable implements Iterable<readonly [name: string, value: string]> {
  readonly #names: string[] = []
  readonly #values: string[] = []
  /** The result of `reading` for a field, at the field's index. */
  #read: unknown[] | undefined

  static of(entries: Iterable<readonly [string, string]>): HeaderTable {
    const table = new HeaderTable()
    for (const [name, value] of entries) table.append(name, value)
    return table
  }

  /** The number of fields. */
  get size(): number {
    return this.#names.length
  }

  /** The first field's value, unfolded and trimmed. Undefined if there is none. */
  first(name: string): string | undefined {
    const index = this.#indexOf(name)
    return index < 0 ? undefined : this.#values[index]
  }

  /** The first field's value read by `read`, which runs once per value. Each name must always be used with the same reader. */
  reading<T>(name: string, read: (value: string) => T): T | undefined {
    const index = this.#indexOf(name)
    if (index < 0) return undefined
    this.#read ??= new Array<unknown>(this.size)
    // The same reader made this value, so its type is right.
    const kept = this.#read[index] as T | undefined
    if (kept !== undefined) return kept
    const made = read(this.#valueAt(index))
    this.#read[index] = made
    return made
  }

  has(name: string): boolean {
    return this.#indexOf(name) >= 0
  }

  /** How many fields have this name. */
  count(name: string): number {
    return this.lines(name).length
  }

  /** Each field's value, in order. Lists are not split. */
  lines(name: string): readonly string[] {
    const first = this.#indexOf(name)
    if (first < 0) return none
    const lines = [this.#valueAt(first)]
    for (let index = this.#nextOf(first); index >= 0; index = this.#nextOf(index)) lines.push(this.#valueAt(index))
    return lines
  }

  /**
   * All values, with comma-separated lists split (RFC 3261 §7.3.1). Commas in quotes and in <> do not separate. Empty values are
   * left out.
   */
  values(name: string): readonly string[] {
    const lines = this.lines(name)
    const [first] = lines
    if (first === undefined) return none
    // Almost all fields, so no further list is made for them.
    if (lines.length === 1 && !first.includes(',') && trimmed(first) === first) return first === '' ? none : lines
    const values: string[] = []
    for (const line of lines) for (const value of splitList(line)) if (value !== '') values.push(value)
    return values
  }

  /** Whether there is more than one value, in one field or in several. */
  hasSeveral(name: string): boolean {
    const index = this.#indexOf(name)
    if (index < 0) return false
    const isAlone = this.#nextOf(index) < 0 && !this.#valueAt(index).includes(',')
    return !isAlone && this.values(name).length > 1
  }

  /** Replaces the first field with this name and deletes the others. Appends the field if there is none. */
  set(name: string, value: string): void {
    const index = this.#indexOf(name)
    if (index < 0) return this.append(name, value)
    this.#values[index] = asLine(value)
    if (this.#read) this.#read[index] = undefined
    if (this.#nextOf(index) >= 0) this.#keepWhere(other => other <= index || this.#names[other] !== this.#names[index])
  }

  /**
   * Replaces the first value with this name. All others stay, even in the same line. `read`: what the reader of this name makes of
   * the new value.
   */
  setFirstValue(name: string, value: string, read?: unknown): void {
    const index = this.#indexOf(name)
    if (index < 0) return this.append(name, value)
    const line = this.#valueAt(index)
    const others = line.includes(',') ? splitList(line).slice(1) : none
    this.#values[index] = asLine(others.length === 0 ? value : [value, ...others].join(', '))
    if (this.#read) this.#read[index] = read
  }

  append(name: string, value: string): void {
    this.#names.push(canonicalName(asName(name)))
    this.#values.push(asLine(value))
  }

  /** Appends a field from the wire. `name` must be canonical. */
  appendReceived(name: string, value: string): void {
    this.#names.push(name)
    this.#values.push(unfolded(value))
  }

  /** Appends all fields with this name from another table, byte for byte, each followed by `more`. `name` must be canonical. */
  appendFrom(other: HeaderTable, name: string, more = ''): void {
    const behind = asLine(more)
    for (let index = other.#names.indexOf(name); index >= 0; index = other.#nextOf(index)) {
      this.#names.push(name)
      this.#values.push(other.#valueAt(index) + behind)
    }
  }

  prepend(name: string, value: string): void {
    this.#names.unshift(canonicalName(asName(name)))
    this.#values.unshift(asLine(value))
    this.#read?.unshift(undefined)
  }

  delete(name: string): void {
    const first = this.#indexOf(name)
    if (first >= 0) this.#keepWhere(index => this.#names[index] !== this.#names[first])
  }

  /** `without`: fields that the copy does not have. */
  clone(without: readonly string[] = none): HeaderTable {
    const copy = new HeaderTable()
    for (let index = 0; index < this.size; index += 1) {
      if (without.includes(this.#names[index] ?? '')) continue
      copy.#names.push(this.#names[index] ?? '')
      copy.#values.push(this.#valueAt(index))
    }
    return copy
  }

  *[Symbol.iterator](): Generator<readonly [string, string]> {
    for (let index = 0; index < this.size; index += 1) yield [this.#names[index] ?? '', this.#valueAt(index)]
  }

  /** How many bytes `write` writes. */
  get bytes(): number {
    let bytes = 0
    for (let index = 0; index < this.size; index += 1)
      if (this.#isWritten(index)) bytes += (this.#names[index] ?? '').length + 2 + this.#valueAt(index).length + 2
    return bytes
  }

  /** Writes the fields as they are sent, one per line. Content-Length is left out, because it depends on the body. */
  write(into: ByteWriter): void {
    for (let index = 0; index < this.size; index += 1)
      if (this.#isWritten(index))
        into
          .add(this.#names[index] ?? '')
          .add(': ')
          .add(this.#valueAt(index))
          .add('\r\n')
  }

  #isWritten(index: number): boolean {
    return this.#names[index] !== 'Content-Length'
  }

  #indexOf(name: string): number {
    const names = this.#names
    for (let index = 0; index < names.length; index += 1) if (names[index] === name) return index
    const canonical = canonicalName(name)
    return canonical === name ? -1 : names.indexOf(canonical)
  }

  /** The next field with the same name, or -1. */
  #nextOf(index: number): number {
    return this.#names.indexOf(this.#names[index] ?? '', index + 1)
  }

  #valueAt(index: number): string {
    return this.#values[index] ?? ''
  }

  /** One pass, however many fields are deleted. */
  #keepWhere(keep: (index: number) => boolean): void {
    let kept = 0
    // `keep` looks at the names in their old places, so it runs for all fields before any is moved.
    const keeping = this.#names.map((_name, index) => keep(index))
    for (let index = 0; index < keeping.length; index += 1) {
      if (keeping[index] !== true) continue
      this.#names[kept] = this.#names[index] ?? ''
      this.#values[kept] = this.#valueAt(index)
      if (this.#read) this.#read[kept] = this.#read[index]
      kept += 1
    }
    this.#names.length = kept
    this.#values.length = kept
    if (this.#read) this.#read.length = kept
  }
}

/** Each fold becomes one space (RFC 3261 §7.3.1). So does a lone CR, which the parser refuses, and which must not be passed on. */
function unfolded(text: string): string {
  if (!text.includes('\n') && !text.includes('\r')) return text
  return text
    .split(/[\r\n]+/)
    .map(part => trimmed(part))
    .join(' ')
}
