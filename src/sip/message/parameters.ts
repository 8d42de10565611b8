import { endOfQuoted, endOfRun, lowerCase, skipBlanks, tokenCharacters } from './grammar.js'

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

/** One parameter, and those that follow it. */
interface Parameter {
  readonly name: string
  readonly value: string | undefined
  next: Parameter | undefined
}

/** From so many parameters on, names are found by an index. Peers choose the number. */
const many = 16

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
  const parameters = new ParameterList()
  while (at < text.length) {
    if (text.charCodeAt(at) !== semicolon) return undefined
    const nameAt = skipBlanks(text, at + 1)
    const nameEnd = endOfRun(text, nameAt, names)
    at = nameEnd > nameAt ? readParameter(text, nameAt, nameEnd, parameters) : nameAt
    if (at < 0 || (strict && nameEnd === nameAt)) return undefined
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

/** Returns the position after the parameter and the white space that follows, or -1 for a malformed value. */
function readParameter(text: string, nameAt: number, nameEnd: number, parameters: ParameterList): number {
  const name = lowerCase(text.slice(nameAt, nameEnd))
  const next = skipBlanks(text, nameEnd)
  if (text.charCodeAt(next) !== equals) {
    parameters.add(name, undefined)
    return next
  }
  const valueAt = skipBlanks(text, next + 1)
  const valueEnd = text.charCodeAt(valueAt) === quoteMark ? endOfQuoted(text, valueAt) : endOfPlainValue(text, valueAt)
  if (valueEnd < 0) return -1
  parameters.add(name, text.slice(valueAt, valueEnd))
  return skipBlanks(text, valueEnd)
}

/** Accepts any character that starts nothing else. */
function endOfPlainValue(text: string, at: number): number {
  for (let end = at; end < text.length; end += 1) {
    const code = text.charCodeAt(end)
    if (code <= space || code === semicolon || code === quoteMark) return end
  }
  return text.length
}
