import { readSipUri, telNumber } from '../config/uri.js'
import { plain, type Notes, type Subject } from './notes.js'

/** Makes texts of an export fit the config. */

/** Carillon replaces `${NAME}` by a variable of the environment. A text of an export must not read one. */
const withoutVariables = (text: string): string => text.replaceAll('${', '$ {')

/** One line of at most this many characters. Undefined: nothing is left. */
export function lineOf(text: string | undefined, most: number): string | undefined {
  const line = withoutVariables(plain((text ?? '').slice(0, most)))
    .slice(0, most)
    .trim()
  return line === '' ? undefined : line
}

const longestDescription = 1_024

/** The description of a thing. What does not fit is cut, with a note. */
export function descriptionOf(text: string | undefined, of: Subject, name: string, notes: Notes): string | undefined {
  if (text !== undefined && text.length > longestDescription)
    notes.changed(of, name, 'description', 'the description was cut', `it has ${longestDescription} characters at most`)
  return lineOf(text, longestDescription)
}

/** Words to be spoken: up to 4,096 characters, without control characters. */
export function wordsOf(text: string | undefined): string | undefined {
  const words = withoutVariables(text ?? '')
    .replace(/\r\n?/g, '\n')
    .replace(/[\u202a-\u202e\u2066-\u2069]|(?![\n\t])\p{Cc}/gu, ' ')
    .slice(0, 4_096)
    .trim()
  return words === '' ? undefined : words
}

/** A SIP URI in the form of the config. Undefined: the text is not a SIP URI, or the config can't have it. */
export function sipUriOf(
  text: string | undefined,
): { readonly text: string; readonly user: string | undefined; readonly host: string } | undefined {
  if (text === undefined || text.includes('${') || text.length > 512) return undefined
  const uri = readSipUri(text.replace(/^<|>$/g, ''))
  return uri.ok ? { text: uri.value.text, user: uri.value.user, host: uri.value.host } : undefined
}

/** An E.164 number of a `tel:` URI, of `sip:+1…@domain`, or alone. Undefined: the text has none. */
export function e164Of(text: string | undefined): string | undefined {
  const [, number = text ?? ''] = /^sips?:(\+[\d.()-]{2,40})(?:;[^@]{0,100})?@/i.exec(text ?? '') ?? []
  return telNumber(/^tel:/i.test(number) ? (number.split(';', 1)[0] ?? '') : `tel:${number}`)
}

/** A name for files and user parts of URIs: letters, digits and hyphens. */
export function slugOf(text: string, otherwise: string): string {
  const slug = text
    .normalize('NFD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 60)
  return slug === '' ? otherwise : slug
}

/** Gives each thing of a kind a name that no other has. */
export class Names {
  /** Each name, and the next number to try for it. */
  readonly #used = new Map<string, number>()

  /** The name, or the name with a number if it is taken. `numbered` writes the name with the number. */
  free(wanted: string, numbered = (name: string, index: number): string => `${name.slice(0, 120)} (${index})`): string {
    let [name, index] = [wanted, this.#used.get(wanted) ?? 2]
    for (; this.#used.has(name); index += 1) name = numbered(wanted, index)
    this.#used.set(wanted, index)
    this.#used.set(name, this.#used.get(name) ?? 2)
    return name
  }
}
