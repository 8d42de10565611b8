/** The parts of RFC 3261 §25.1 that several header fields share. Text is latin1: one character for each byte on the wire. */

/** A set of characters, as a table by character code: 1 for each member. */
export type Characters = Uint8Array

const alphanumerics = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const space = 32
const tab = 9
const quoteMark = 34
const backslash = 92
const [zero, nine] = [48, 57]

/** Exactly these characters. */
export function exactly(characters: string): Characters {
  const table = new Uint8Array(256)
  for (const char of characters) table[char.charCodeAt(0)] = 1
  return table
}

/** Letters, digits and these characters. */
export const charactersOf = (others: string): Characters => exactly(alphanumerics + others)

const toEscape = /["\\]/
const everyToEscape = /["\\]/g
const ascii = /^[\x00-\x7f]*$/
const beyondLatin1 = /[^\x00-\xff]/
const controlsOrBeyond = /[\x00-\x08\x0a-\x1f\x7f]|[^\x00-\xff]/
const controls = /[\x00-\x08\x0a-\x1f\x7f]+/g
const control = /[\x00-\x08\x0a-\x1f\x7f]/

export const tokenCharacters = charactersOf("-.!%*_+`'~")

/** The end of the run of these characters that starts at `at`. */
export function endOfRun(text: string, at: number, characters: Characters): number {
  let end = at
  while (end < text.length && characters[text.charCodeAt(end)] === 1) end += 1
  return end
}

export const endOfToken = (text: string, at: number): number => endOfRun(text, at, tokenCharacters)

export const isToken = (text: string): boolean => text !== '' && endOfToken(text, 0) === text.length

const isDigit = (code: number): boolean => code >= zero && code <= nine

export const isBlank = (code: number): boolean => code === space || code === tab

/** The first position from `at` on that is neither a space nor a tab. */
export function skipBlanks(text: string, at: number): number {
  let next = at
  while (next < text.length && isBlank(text.charCodeAt(next))) next += 1
  return next
}

/** The number that starts at `at`, and its end. Without any digit the end is `at`. Values above 2**53 are not exact. */
export function readDigits(text: string, at: number): { readonly value: number; readonly end: number } {
  const end = endOfDigits(text, at)
  return { value: numberIn(text, at, end), end }
}

/** The end of the digits that start at `at`. */
export function endOfDigits(text: string, at: number): number {
  let end = at
  while (end < text.length && isDigit(text.charCodeAt(end))) end += 1
  return end
}

/** The number in these digits. Values above 2**53 are not exact. */
export function numberIn(text: string, from: number, to: number): number {
  let value = 0
  for (let at = from; at < to; at += 1) value = value * 10 + text.charCodeAt(at) - zero
  return value
}

/** A whole number in digits, at most `most`. */
export function smallNumber(text: string | undefined, most: number): number | undefined {
  if (text === undefined || text === '' || endOfDigits(text, 0) < text.length) return undefined
  const value = numberIn(text, 0, text.length)
  return value <= most ? value : undefined
}

/**
 * The part of the text without white space and line breaks at its ends. (`trim` would also remove U+00A0, a byte that occurs
 * inside UTF-8 characters.)
 */
export function trimmed(text: string, from = 0, to = text.length): string {
  let start = from
  let end = to
  while (start < end && isSpace(text.charCodeAt(start))) start += 1
  while (end > start && isSpace(text.charCodeAt(end - 1))) end -= 1
  return start === 0 && end === text.length ? text : text.slice(start, end)
}

/** The position after the quoted string that starts at `at`, or -1 if it has no closing quote. */
export function endOfQuoted(text: string, at: number): number {
  for (let index = at + 1; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code === backslash) index += 1
    else if (code === quoteMark) return index + 1
  }
  return -1
}

/** The text inside a quoted string, without escapes. */
export function unquote(quoted: string): string {
  const inner = quoted.slice(1, -1)
  return inner.includes('\\') ? inner.replace(/\\(.)/gs, '$1') : inner
}

export const quote = (text: string): string => `"${toEscape.test(text) ? text.replaceAll(everyToEscape, '\\$&') : text}"`

/** The text in lower case. Almost all texts are in lower case already. They are returned as they are, without a new string. */
export function lowerCase(text: string): string {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code >= 65 && code <= 90) return text.toLowerCase()
  }
  return text
}

/** Turns bytes into text for people. Bytes that are not UTF-8 become U+FFFD. */
export const decodeUtf8 = (text: string): string => (ascii.test(text) ? text : Buffer.from(text, 'latin1').toString('utf8'))

/** Turns text of a person into latin1 text with the bytes of its UTF-8. */
export const encodeUtf8 = (text: string): string => (ascii.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1'))

/** Text in which each character is one byte. Text with a character beyond latin1 comes from a person and is converted to UTF-8. */
export const asBytes = (text: string): string => (beyondLatin1.test(text) ? encodeUtf8(text) : text)

/**
 * Makes text safe for a line of a message. A line break would start another header field, and some receivers take other control
 * characters for line ends. So all control characters except the tab become spaces. A character beyond latin1 is encoded, because
 * its low byte alone might be a line break.
 */
export const asLine = (text: string): string => (controlsOrBeyond.test(text) ? asBytes(text).replace(controls, ' ') : text)

/** Whether `asLine` would change control characters, so that the text would not be sent as it was read. */
export const hasControls = (text: string): boolean => control.test(text)

/** Makes a header field name safe for a message. A character that is not allowed in a token would end the name. */
export const asName = (text: string): string =>
  isToken(text) ? text : Array.from(text, char => (isToken(char) ? char : '-')).join('') || '-'

/** Splits at commas outside quotes and <>. An empty part between two commas is kept. */
export function splitList(text: string): string[] {
  if (!text.includes(',')) return [trimmed(text)]
  const parts: string[] = []
  let start = 0
  let bracketed = false
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at]
    if (char === '"' && !bracketed) {
      const end = endOfQuoted(text, at)
      // A quote without an end. The reader of this part will refuse it.
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
