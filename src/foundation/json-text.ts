import { LineBuffer } from './line-buffer.js'

/** In characters. Texts from this length on are written once, at the end. */
const long = 100
/** How many long texts are kept for comparison. Further ones are written in place, so that nobody can make the comparison slow. */
const mostShared = 16

/**
 * Writes plain objects as JSON. All texts go through one buffer, because `JSON.stringify` makes a text of 5 kB from pieces that are joined
 * later, which takes three times its memory.
 */
export class JsonText {
  /** Undefined: each text is written where it occurs. */
  #texts: string[] | undefined
  readonly #bytes: LineBuffer

  constructor(bytes = new LineBuffer()) {
    this.#bytes = bytes
  }

  /** Adds the same as `JSON.stringify` would give. The object has no methods and no dates. */
  add(value: object): void {
    this.#add(value)
  }

  /**
   * The JSON of the object, in which each long text occurs once. A long text is written as `{"text":n}`, and the last field `texts` has all
   * of them. `readJsonText` reads it. So the object has no field `texts`, and no part of it has only a field `text` with a number.
   */
  of(value: object): string {
    const bytes = this.#bytes
    const texts: string[] = []
    this.#texts = texts
    bytes.add('{')
    this.#addFields(value)
    bytes.add(bytes.length > 1 ? ',"texts":[' : '"texts":[')
    for (let index = 0; index < texts.length; index += 1) {
      if (index > 0) bytes.add(',')
      bytes.addQuoted(texts[index] ?? '')
    }
    bytes.add(']}')
    this.#texts = undefined
    return bytes.take()
  }

  #add(value: unknown): void {
    if (typeof value === 'string') this.#addText(value)
    else if (typeof value === 'number') this.#bytes.add(Number.isFinite(value) ? String(value) : 'null')
    else if (typeof value === 'boolean') this.#bytes.add(value ? 'true' : 'false')
    else if (Array.isArray(value)) this.#addList(value)
    else if (typeof value === 'object' && value !== null) {
      this.#bytes.add('{')
      this.#addFields(value)
      this.#bytes.add('}')
    } else this.#bytes.add('null')
  }

  #addList(list: readonly unknown[]): void {
    this.#bytes.add('[')
    for (let index = 0; index < list.length; index += 1) {
      if (index > 0) this.#bytes.add(',')
      this.#add(list[index])
    }
    this.#bytes.add(']')
  }

  #addFields(value: object): void {
    const fields = value as Readonly<Record<string, unknown>>
    let isFirst = true
    // Not `Object.entries`, which makes a list for each field.
    for (const key in fields) {
      const field = fields[key]
      if (field === undefined) continue
      if (!isFirst) this.#bytes.add(',')
      isFirst = false
      this.#bytes.addQuoted(key)
      this.#bytes.add(':')
      this.#add(field)
    }
  }

  #addText(text: string): void {
    const texts = this.#texts
    if (!texts || text.length < long) return this.#bytes.addQuoted(text)
    const known = texts.indexOf(text)
    if (known < 0 && texts.length === mostShared) return this.#bytes.addQuoted(text)
    const place = known < 0 ? texts.push(text) - 1 : known
    this.#bytes.add('{"text":')
    this.#bytes.add(String(place))
    this.#bytes.add('}')
  }
}

/** Reads what `JsonText` writes. Throws if the text is not JSON. */
export function readJsonText(json: string): unknown {
  const read: unknown = JSON.parse(json)
  if (!isObject(read)) return read
  const { texts, ...fields } = read
  return Array.isArray(texts) ? withTexts(fields, texts) : read
}

function withTexts(value: unknown, texts: readonly unknown[]): unknown {
  if (Array.isArray(value)) return value.map(each => withTexts(each, texts))
  if (!isObject(value)) return value
  const { text, ...others } = value
  if (typeof text === 'number' && Object.keys(others).length === 0) return texts[text]
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withTexts(each, texts)]))
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
