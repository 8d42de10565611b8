/** A phrase of the server and its translation. `$1` inserts the first group as it is, `{1}` inserts its translation. */
type Phrases = readonly (readonly [RegExp, string])[]

/** Returns a function that translates the server's words by the first phrase that matches. Other words stay as they are. */
export function translator(phrases: Phrases): (words: string) => string {
  const translate = (words: string): string => {
    for (const [phrase, other] of phrases) {
      const parts = phrase.exec(words)
      if (parts)
        return other.replaceAll(/\$(\d)|\{(\d)\}/g, (_, filled?: string, inside?: string) =>
          filled === undefined ? translate(parts[Number(inside)] ?? '') : (parts[Number(filled)] ?? ''),
        )
    }
    return words
  }
  return translate
}

/** The words with a capital letter, unless they start with a name or an address, and with a full stop. */
export const sentence = (words: string): string => (/[.!?]$/.test(words) ? capital(words) : `${capital(words)}.`)

const capital = (words: string): string =>
  /^[\p{Ll}’-]+,? (?!:)/u.test(words) ? words.charAt(0).toUpperCase() + words.slice(1) : words

/** Sources whose reasons do not show where they come from. */
const named: ReadonlySet<string> = new Set(['subscribe', 'publish', 'http'])

/** The server's `source: reason` or `unknown: why` for people: `On a call (PBX)`. */
export function presenceReason(
  words: string,
  names: Readonly<Record<string, string>>,
  translate: (reason: string) => string,
): string {
  const [, source = '', reason = words] = /^(\w+): (.*)$/s.exec(words) ?? []
  const said = capital(translate(reason))
  if (source === 'unknown') return said.replace(/\w+/g, word => names[word] ?? word)
  return named.has(source) ? `${said} (${names[source] ?? source})` : said
}
