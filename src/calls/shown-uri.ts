import { detached } from '../foundation/detached.js'
import { unescapedRuns } from '../foundation/percent.js'

/** Longer texts are truncated for people: API, console, records and logs. */
const mostShown = 256
/** How many characters of a text are read. Each shown character has at most nine: three escapes. A caller may send 60,000. */
const mostRead = 9 * mostShown
/** Characters that would change the URI or its look: delimiters, control and format characters, line ends, unusual spaces. */
const unsafe = /[@:;?<>"%\\]|(?! )[\p{C}\p{Z}]/u

/** Truncates a text, but does not split a character that has two code units. The result is a copy, because records outlive the SIP message. */
export const cut = (text: string): string =>
  text.length <= mostShown ? text : detached(`${text.slice(0, mostShown - 1).replace(/[\uD800-\uDBFF]$/, '')}…`)

/**
 * A URI for people, without the escapes of its user part (RFC 3261 §19.1.2): `sip:sales team@example.com`. Escapes of delimiters and invisible
 * characters stay, and so does a user part that is not UTF-8, so that it can't look like another address.
 */
export function shownUri(uri: string): string {
  const read = uri.slice(0, mostRead)
  const [, scheme = '', user = '', rest = ''] = /^(sips?:|tel:)([^@;?]*)([@;?].*)?$/is.exec(read) ?? []
  return cut(user.includes('%') ? `${scheme}${unescaped(user)}${rest}` : read)
}

/** The user part for people, without escapes. A text that is not a URI is the user part itself. */
export function shownUser(uri: string): string {
  const read = uri.slice(0, mostRead)
  return cut(unescaped(/^[a-z]+:([^@;:]+)/i.exec(read)?.[1] ?? read))
}

const unescaped = (user: string): string =>
  unescapedRuns(user, text =>
    Array.from(text, character => (unsafe.test(character) ? encodeURIComponent(character) : character)).join(''),
  )
