import { endOfQuoted, endOfRun, lowerCase, skipBlanks, tokenCharacters, type Characters } from './grammar.js'

/** Parameters after a value, in order, names in lower case. Undefined for a name without a value. Quoted values keep their quotes. */
export interface Parameters extends Iterable<readonly [name: string, value: string | undefined]> {
  readonly size: number
  get(name: string): string | undefined
  has(name: string): boolean
}

const space = 32
const quoteMark = 34
const semicolon = 59
const equals = 61
const [letterA, letterZ, toLower] = [65, 90, 32]

/** One parameter, and those that follow it. */
interface Parameter {
  readonly name: string
  readonly value: string | undefined
  next: Parameter | undefined
}

/** With this many parameters or more, names are found by an index, because peers choose the number. */
const many = 16
/** In characters. A longer text is taken apart at once, so that a peer can't make each look-up long. */
const short = 256

/** A linked list: a message has about ten values with one or two parameters, and a Map for each takes three times as much memory. */
class ParameterList implements Parameters {
  private first: Parameter | undefined
  private last: Parameter | undefined
  private index: Map<string, Parameter> | undefined
  private count = 0

  get size(): number {
    return this.count
  }

  get(name: string): string | undefined {
    return this.#find(name)?.value
  }

  has(name: string): boolean {
    return this.#find(name) !== undefined
  }

  /** If a name occurs twice, the first one counts. */
  add(name: string, value: string | undefined): void {
    if (this.has(name)) return
    const added: Parameter = { name, value, next: undefined }
    if (this.last) this.last.next = added
    else this.first = added
    this.last = added
    this.count += 1
    if (this.count === many) this.index = new Map(Array.from(this.#list(), each => [each.name, each]))
    else this.index?.set(name, added)
  }

  *[Symbol.iterator](): Generator<readonly [name: string, value: string | undefined]> {
    for (const { name, value } of this.#list()) yield [name, value]
  }

  *#list(): Generator<Parameter> {
    for (let each = this.first; each; each = each.next) yield each
  }

  #find(name: string): Parameter | undefined {
    if (this.index) return this.index.get(name)
    let each = this.first
    while (each && each.name !== name) each = each.next
    return each
  }
}

export const noParameters: Parameters = new ParameterList()

/**
 * Parameters that were checked, but not taken apart. Most values are asked for one parameter only, so the text is enough. It
 * takes a quarter of the memory of a list.
 */
class ParameterText implements Parameters {
  #list: ParameterList | undefined

  constructor(
    private readonly text: string,
    private readonly from: number,
    private readonly names: Characters,
  ) {}

  get size(): number {
    return this.#listed().size
  }

  get(name: string): string | undefined {
    const nameEnd = this.#endOf(name)
    return nameEnd < 0 ? undefined : valueOf(this.text, nameEnd)
  }

  has(name: string): boolean {
    return this.#endOf(name) >= 0
  }

  [Symbol.iterator](): Iterator<readonly [name: string, value: string | undefined]> {
    return this.#listed()[Symbol.iterator]()
  }

  #listed(): ParameterList {
    return (this.#list ??= listOf(this.text, this.from, this.names))
  }

  /** Where the name of the first parameter with this name ends, or -1. */
  #endOf(name: string): number {
    const { text, names } = this
    for (let at = skipBlanks(text, this.from); at < text.length;) {
      const nameAt = skipBlanks(text, at + 1)
      const nameEnd = endOfRun(text, nameAt, names)
      if (isName(text, nameAt, nameEnd, name)) return nameEnd
      at = endOfParameter(text, nameAt, nameEnd)
    }
    return -1
  }
}

export function parametersOf(entries: Iterable<readonly [name: string, value: string | undefined]>): Parameters {
  const parameters = new ParameterList()
  for (const [name, value] of entries) parameters.add(name, value)
  return parameters
}

/**
 * Reads parameters from `from` to the end of the text: `;name`, `;name=value`, `;name="quoted"`, with white space around `;` and
 * `=`. If a name occurs twice, the first one counts. Undefined: malformed. An empty parameter, as in `;;`, is malformed only if
 * `strict`.
 */
export function parseParameters(text: string, from = 0, names = tokenCharacters, strict = false): Parameters | undefined {
  let at = skipBlanks(text, from)
  if (at === text.length) return noParameters
  let count = 0
  for (; at < text.length; count += 1) {
    if (text.charCodeAt(at) !== semicolon) return undefined
    const nameAt = skipBlanks(text, at + 1)
    const nameEnd = endOfRun(text, nameAt, names)
    at = endOfParameter(text, nameAt, nameEnd)
    if (at < 0 || (strict && nameEnd === nameAt)) return undefined
  }
  return count >= many || text.length - from > short ? listOf(text, from, names) : new ParameterText(text, from, names)
}

/** Parameters that were checked, as a list. */
function listOf(text: string, from: number, names: Characters): ParameterList {
  const parameters = new ParameterList()
  for (let at = skipBlanks(text, from); at < text.length;) {
    const nameAt = skipBlanks(text, at + 1)
    const nameEnd = endOfRun(text, nameAt, names)
    if (nameEnd > nameAt) parameters.add(lowerCase(text.slice(nameAt, nameEnd)), valueOf(text, nameEnd))
    at = endOfParameter(text, nameAt, nameEnd)
  }
  return parameters
}

/** The parameters in the form in which they are sent. */
export function formatParameters(parameters: Iterable<readonly [name: string, value: string | undefined]>): string {
  let text = ''
  for (const [name, value] of parameters) text += parameter(name, value)
  return text
}

/** One parameter in the form in which it is sent. */
export const parameter = (name: string, value: string | undefined): string =>
  value === undefined ? `;${name}` : `;${name}=${value}`

/** Whether the name between the two positions is `name`, in upper or lower case. `name` itself is in lower case. */
function isName(text: string, nameAt: number, nameEnd: number, name: string): boolean {
  if (nameEnd - nameAt !== name.length) return false
  for (let at = 0; at < name.length; at += 1) {
    const code = text.charCodeAt(nameAt + at)
    const lower = code >= letterA && code <= letterZ ? code + toLower : code
    if (lower !== name.charCodeAt(at)) return false
  }
  return name !== ''
}

/** The position after the parameter and the white space that follows, or -1 for a malformed value. */
function endOfParameter(text: string, nameAt: number, nameEnd: number): number {
  if (nameEnd === nameAt) return nameAt
  const valueAt = startOfValue(text, nameEnd)
  if (valueAt < 0) return skipBlanks(text, nameEnd)
  const valueEnd = endOfValue(text, valueAt)
  return valueEnd < 0 ? -1 : skipBlanks(text, valueEnd)
}

/** The value of the parameter whose name ends here. It was checked before. Undefined: the parameter has no value. */
function valueOf(text: string, nameEnd: number): string | undefined {
  const valueAt = startOfValue(text, nameEnd)
  return valueAt < 0 ? undefined : text.slice(valueAt, endOfValue(text, valueAt))
}

/** Where the value of the parameter whose name ends here starts. -1: it has none. */
function startOfValue(text: string, nameEnd: number): number {
  const next = skipBlanks(text, nameEnd)
  return text.charCodeAt(next) === equals ? skipBlanks(text, next + 1) : -1
}

/** -1: a quoted value without an end. */
const endOfValue = (text: string, at: number): number =>
  text.charCodeAt(at) === quoteMark ? endOfQuoted(text, at) : endOfPlainValue(text, at)

/** The value ends before white space, `;` or `"`. Any other character is accepted. */
function endOfPlainValue(text: string, at: number): number {
  for (let end = at; end < text.length; end += 1) {
    const code = text.charCodeAt(end)
    if (code <= space || code === semicolon || code === quoteMark) return end
  }
  return text.length
}
