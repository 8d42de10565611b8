import type { ByteWriter } from './byte-writer.js'
import { asLine, asName, splitList, trimmed } from './grammar.js'
import { canonicalName } from './names.js'

const none: readonly string[] = []

/** Fields that are read many times. Each has one reader (fields.ts). */
const readOften = ['Via', 'From', 'To', 'CSeq'] as const
type ReadOften = (typeof readOften)[number]

/**
 * The header fields of a message, in order. Names are canonical long forms such as `Call-ID`. Other forms are accepted, but cost
 * a look-up. A value from the wire is a slice of the message's text. Values that are added can't break out of their line, because
 * control characters become spaces.
 */
export class HeaderTable implements Iterable<readonly [name: string, value: string]> {
  /** Each name, followed by its value. Two lists would take twice the memory. */
  readonly #fields: string[] = []
  /** What `reading` made of the first field of a name, at the place of the name in `readOften`. */
  #read: unknown[] | undefined

  static of(entries: Iterable<readonly [string, string]>): HeaderTable {
    const table = new HeaderTable()
    for (const [name, value] of entries) table.append(name, value)
    return table
  }

  /** The number of fields. */
  get size(): number {
    return this.#fields.length / 2
  }

  /** The first field's value, unfolded and trimmed. Undefined if there is none. */
  first(name: string): string | undefined {
    const index = this.#indexOf(name)
    return index < 0 ? undefined : this.#fields[index + 1]
  }

  /** The first field's value read by `read`, which runs once per value. Each name must always be used with the same reader. */
  reading<T>(name: ReadOften, read: (value: string) => T): T | undefined {
    const place = readOften.indexOf(name)
    // The same reader made this value, so its type is right.
    const kept = this.#read?.[place] as T | undefined
    if (kept !== undefined) return kept
    const index = this.#indexOf(name)
    if (index < 0) return undefined
    const made = read(this.#valueAt(index))
    this.#read ??= new Array<unknown>(readOften.length)
    this.#read[place] = made
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
    // Almost all fields are like this, so no further list is made for them.
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
    this.#fields[index + 1] = asLine(value)
    this.#note(index, undefined)
    if (this.#nextOf(index) >= 0) this.#keepWhere(other => other <= index || this.#nameAt(other) !== this.#nameAt(index))
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
    this.#fields[index + 1] = asLine(others.length === 0 ? value : [value, ...others].join(', '))
    this.#note(index, read)
  }

  append(name: string, value: string): void {
    this.#fields.push(canonicalName(asName(name)), asLine(value))
  }

  /** Appends a field from the wire. `name` must be canonical. */
  appendReceived(name: string, value: string): void {
    this.#fields.push(name, unfolded(value))
  }

  /** Appends all fields with this name from another table, byte for byte, each followed by `more`. `name` must be canonical. */
  appendFrom(other: HeaderTable, name: string, more = ''): void {
    const behind = asLine(more)
    for (let index = other.#placeOf(name, 0); index >= 0; index = other.#nextOf(index))
      this.#fields.push(name, behind === '' ? other.#valueAt(index) : other.#valueAt(index) + behind)
  }

  prepend(name: string, value: string): void {
    this.#fields.unshift(canonicalName(asName(name)), asLine(value))
    this.#note(0, undefined)
  }

  delete(name: string): void {
    const first = this.#indexOf(name)
    if (first < 0) return
    const deleted = this.#nameAt(first)
    this.#note(first, undefined)
    this.#keepWhere(index => this.#nameAt(index) !== deleted)
  }

  /** `without`: fields that the copy does not have. */
  clone(without: readonly string[] = none): HeaderTable {
    const copy = new HeaderTable()
    for (let index = 0; index < this.#fields.length; index += 2)
      if (!without.includes(this.#nameAt(index))) copy.#fields.push(this.#nameAt(index), this.#valueAt(index))
    return copy
  }

  *[Symbol.iterator](): Generator<readonly [string, string]> {
    for (let index = 0; index < this.#fields.length; index += 2) yield [this.#nameAt(index), this.#valueAt(index)]
  }

  /** How many bytes `write` writes. */
  get bytes(): number {
    let bytes = 0
    for (let index = 0; index < this.#fields.length; index += 2)
      if (this.#isWritten(index)) bytes += this.#nameAt(index).length + 2 + this.#valueAt(index).length + 2
    return bytes
  }

  /** Writes the fields as they are sent, one per line. Content-Length is left out, because it depends on the body. */
  write(into: ByteWriter): void {
    for (let index = 0; index < this.#fields.length; index += 2)
      if (this.#isWritten(index)) into.add(this.#nameAt(index)).add(': ').add(this.#valueAt(index)).add('\r\n')
  }

  #isWritten(index: number): boolean {
    return this.#nameAt(index) !== 'Content-Length'
  }

  /** The place of the first field with this name in `#fields`, or -1. */
  #indexOf(name: string): number {
    const index = this.#placeOf(name, 0)
    if (index >= 0) return index
    const canonical = canonicalName(name)
    return canonical === name ? -1 : this.#placeOf(canonical, 0)
  }

  /** The place of the next field with the same name, or -1. */
  #nextOf(index: number): number {
    return this.#placeOf(this.#nameAt(index), index + 2)
  }

  #placeOf(name: string, from: number): number {
    const fields = this.#fields
    for (let index = from; index < fields.length; index += 2) if (fields[index] === name) return index
    return -1
  }

  #nameAt(index: number): string {
    return this.#fields[index] ?? ''
  }

  #valueAt(index: number): string {
    return this.#fields[index + 1] ?? ''
  }

  /** Notes what the reader of this field's name makes of its first value. Undefined: the reader has to run again. */
  #note(index: number, read: unknown): void {
    const place = this.#read ? readOften.indexOf(this.#nameAt(index) as ReadOften) : -1
    if (this.#read && place >= 0) this.#read[place] = read
  }

  /** Takes linear time, however many fields are deleted. `keep` gets the old place of a field. */
  #keepWhere(keep: (index: number) => boolean): void {
    const fields = this.#fields
    // `keep` looks at the names in their old places, so it runs for all fields before any is moved.
    const keeping = Array.from({ length: this.size }, (_field, at) => keep(2 * at))
    let kept = 0
    for (const [at, isKept] of keeping.entries()) {
      if (!isKept) continue
      fields[kept] = this.#nameAt(2 * at)
      fields[kept + 1] = this.#valueAt(2 * at)
      kept += 2
    }
    fields.length = kept
  }
}

/**
 * Each fold becomes one space (RFC 3261 §7.3.1). So does a lone CR. The parser refuses it, but the response copies fields of the
 * request.
 */
function unfolded(text: string): string {
  if (!text.includes('\n') && !text.includes('\r')) return text
  return text
    .split(/[\r\n]+/)
    .map(part => trimmed(part))
    .join(' ')
}
