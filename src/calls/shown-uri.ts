/** Text of more characters is cut where people read it: API, console, records and logs. */
const mostShown = 256
/** What would make another URI of it, or a picture of one: delimiters, control and format characters, line ends, odd spaces. */
const unsafe = /[@:;?<>"%\\]|(?! )[\p{C}\p{Z}]/u

/** No half of a character that takes two code units stays. */
export const cut = (text: string): string =>
  text.length <= mostShown ? text : `${text.slice(0, mostShown - 1).replace(/[\uD800-\uDBFF]$/, '')}…`

/**
 * A URI as people read it, without the escapes of its user part (RFC 3261 §19.1.2): `sip:sales team@example.com`. Escapes that hide delimiters or
 * what can't be seen stay, and so does a user part that is no UTF-8: what is shown must not look like another address.
 */
export function shownUri(uri: string): string {
  const [, scheme = '', user = '', rest = ''] = /^(sips?:|tel:)([^@;?]*)(.*)$/is.exec(uri) ?? []
  return cut(user.includes('%') ? `${scheme}${unescaped(user)}${rest}` : uri)
}

/** The user part as people read it. What is no SIP or tel URI is taken as a whole. */
export function shownUser(uri: string): string {
  const user = /^[a-z]+:([^@;:]+)/i.exec(uri)?.[1] ?? uri
  return unescaped(user)
}

function unescaped(user: string): string {
  return user.replace(/(?:%[0-9a-f]{2})+/gi, escapes => {
    try {
      return Array.from(decodeURIComponent(escapes), character =>
        unsafe.test(character) ? encodeURIComponent(character) : character,
      ).join('')
    } catch {
      return escapes // no UTF-8
    }
  })
}
