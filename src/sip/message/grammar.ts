/** The pieces of RFC 3261 §25.1 that several header fields share. Text is latin1: one char for each byte on the wire. */

/** Parameters behind a value, names in lower case; undefined where there is a name alone. Quoted values keep their quotes. */
export type Parameters = ReadonlyMap<string, string | undefined>

export const noParameters: Parameters = new Map()

/** Characters as a table by char code: 1 for each that belongs. */
export type Characters = Uint8Array

const alphanumerics = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const space = 32
const tab = 9
const quoteMark = 34
const semicolon = 59
const equals = 61
const backslash = 92

/** These characters alone. */
export function exactly(characters: string): Characters {
  const table = new Uint8Array(256)
  for (const char of characters) table[char.charCodeAt(0)] = 1
  return table
}

/** Letters, digits and these. */
export const charactersOf = (others: string): Characters => exactly(alphanumerics + others)

const ascii = /^[\x00-\x7f]*$/
const beyondLatin1 = /[^\x00-\xff]/
const controlsOrBeyond = /[\x00-\x08\x0a-\x1f\x7f]|[^\x00-\xff]/
const controls = /[\x00-\x08\x0a-\x1f\x7f]+/g
const control = /[\x00-\x08\x0a-\x1f\x7f]/

const tokenCharacters = charactersOf("-.!%*_+`'~")

/** Where the run of these characters that begins at `at` ends. */
export function endOfRun(text: string, at: number, characters: Characters): number {
  let end = at
  while (end < text.length && characters[text.charCodeAt(end)] === 1) end += 1
  return end
}

export const endOfToken = (text: string, at: number): number => endOfRun(text, at, tokenCharacters)

export const isToken = (text: string): boolean => text !== '' && endOfToken(text, 0) === text.length

export const isBlank = (code: number): boolean => code === space || code === tab

/** The first place at or behind `at` that is neither space nor tab. */
export function skipBlanks(text: string, at: number): number {
  let next = at
  while (next < text.length && isBlank(text.charCodeAt(next))) next += 1
  return next
}

/** The number that begins at `at` and where it ends: at `at` itself when there is no digit. Past 2**53 it is not exact. */
export function readDigits(text: string, at: number): { readonly value: number; readonly end: number } {
  let value = 0
  let end = at
  for (; end < text.length; end += 1) {
    const digit = text.charCodeAt(end) - 48
    if (digit < 0 || digit > 9) break
    value = value * 10 + digit
  }
  return { value, end }
}

/** A whole number of digits, no larger than `most`. */
export function smallNumber(text: string | undefined, most: number): number | undefined {
  if (text === undefined || text === '') return undefined
  const { value, end } = readDigits(text, 0)
  return end === text.length && value <= most ? value : undefined
}

/**
 * The piece of text without white space and line breaks at its ends. (`trim` would take U+00A0, too, which is half of many a UTF-8 char.)
 */
export function trimmed(text: string, from = 0, to = text.length): string {
  let start = from
  let end = to
  while (start < end && isSpace(text.charCodeAt(start))) start += 1
  while (end > start && isSpace(text.charCodeAt(end - 1))) end -= 1
  return start === 0 && end === text.length ? text : text.slice(start, end)
}

/**
 * Parameters from `from` to the text's end: `;name`, `;name=value`, `;name="quoted"`, with white space around `;` and `=`.
 * Of two with one name the first counts. Undefined: malformed. An empty parameter, as in `;;`, is malformed only when `strict`.
 */
export function parseParameters(text: string, from = 0, names = tokenCharacters, strict = false): Parameters | undefined {
  let at = skipBlanks(text, from)
  if (at === text.length) return noParameters
  const parameters = new Map<string, string | undefined>()
  while (at < text.length) {
    if (text.charCodeAt(at) !== semicolon) return undefined
    const nameAt = skipBlanks(text, at + 1)
    const nameEnd = endOfRun(text, nameAt, names)
    at = nameEnd > nameAt ? readParameter(text, nameAt, nameEnd, parameters) : nameAt
    if (at < 0 || (strict && nameEnd === nameAt)) return undefined
  }
  return parameters
}

/** The parameters as they go out. */
export function formatParameters(parameters: Parameters): string {
  let text = ''
  for (const [name, value] of parameters) text += value === undefined ? `;${name}` : `;${name}=${value}`
  return text
}

/** Where a quoted string that begins at `at` ends: behind its closing quote, or -1. */
export function endOfQuoted(text: string, at: number): number {
  for (let index = at + 1; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code === backslash) index += 1
    else if (code === quoteMark) return index + 1
  }
  return -1
}

/** The text inside a quoted string, escapes taken off. */
export function unquote(quoted: string): string {
  const inner = quoted.slice(1, -1)
  return inner.includes('\\') ? inner.replace(/\\(.)/gs, '$1') : inner
}

export const quote = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`

/** The same text in lower case. What is so already, as nearly all is, costs no new string. */
export function lowerCase(text: string): string {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code >= 65 && code <= 90) return text.toLowerCase()
  }
  return text
}

/** What a person reads. Bytes that are not UTF-8 become U+FFFD. */
export const decodeUtf8 = (text: string): string => (ascii.test(text) ? text : Buffer.from(text, 'latin1').toString('utf8'))

/** The latin1 text whose bytes are the UTF-8 of a person's text. */
export const encodeUtf8 = (text: string): string => (ascii.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1'))

/** Text of which every char is one byte; text that is not so yet was a person's. */
export const asBytes = (text: string): string => (beyondLatin1.test(text) ? encodeUtf8(text) : text)

/**
 * Text that can stand in a line of a message: a line break in it would begin another header field, and other control characters may end a line
 * for somebody on the way, so that all but the tab become spaces. A char past latin1 is encoded, for cut to its low byte it could become a
 * line break.
 */
export const asLine = (text: string): string => (controlsOrBeyond.test(text) ? asBytes(text).replace(controls, ' ') : text)

/** Whether `asLine` would change its control characters: what was read so would be written otherwise. */
export const hasControls = (text: string): boolean => control.test(text)

/** A header field's name that can stand in a message: what is no token would end it. */
export const asName = (text: string): string =>
  isToken(text) ? text : Array.from(text, char => (isToken(char) ? char : '-')).join('') || '-'

/** Splits at commas outside quotes and <>. An empty part between two commas is given as such. */
export function splitList(text: string): string[] {
  if (!text.includes(',')) return [trimmed(text)]
  const parts: string[] = []
  let start = 0
  let bracketed = false
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at]
    if (char === '"' && !bracketed) {
      const end = endOfQuoted(text, at)
      // A quote that never ends: the part that has it is refused by its own reader.
      if (end < 0) break
      at = end - 1
    } else if (char === '<') bracketed = true
    else if (char === '>') bracketed = false
    else if (char === ',' && !bracketed) {
      parts.push(trimmed(text, start, at))
      start = at + 1
    }
  }
  parts.push(trimmed(text, start))
  return parts
}

const isSpace = (code: number): boolean => code === space || code === tab || code === 13 || code === 10

/** Gives where the parameter and the white space behind it end, or -1 for a value that is malformed. */
function readParameter(text: string, nameAt: number, nameEnd: number, parameters: Map<string, string | undefined>): number {
  const name = lowerCase(text.slice(nameAt, nameEnd))
  const next = skipBlanks(text, nameEnd)
  if (text.charCodeAt(next) !== equals) {
    if (!parameters.has(name)) parameters.set(name, undefined)
    return next
  }
  const valueAt = skipBlanks(text, next + 1)
  const valueEnd = text.charCodeAt(valueAt) === quoteMark ? endOfQuoted(text, valueAt) : endOfPlainValue(text, valueAt)
  if (valueEnd < 0) return -1
  if (!parameters.has(name)) parameters.set(name, text.slice(valueAt, valueEnd))
  return skipBlanks(text, valueEnd)
}

/** Tolerates any character that begins nothing else. */
function endOfPlainValue(text: string, at: number): number {
  for (let end = at; end < text.length; end += 1) {
    const code = text.charCodeAt(end)
    if (code <= space || code === semicolon || code === quoteMark) return end
  }
  return text.length
}
