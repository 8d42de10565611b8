/** The addresses of the config, which a masked log still shows. */
interface OurAddresses {
  /** SIP URIs of agents and workflows. */
  readonly uris: Iterable<string>
  /** Numbers of workflows, such as `+14255550100`. */
  readonly numbers: Iterable<string>
}

/** Changes a line of the log, which is JSON. */
export type Mask = (line: string) => string

const scheme = /\b(?:sips?|tel):/gi
const number = /^\+?[\d().-]{7,}$/
/**
 * In characters. The log cuts URIs that are longer than 80 characters, which may remove the `@`. A text of this length without `@` is
 * therefore treated as a user part.
 */
const shortestCut = 70
/** In characters. Log lines are cut long before this, so a longer user part was only made to cost time. */
const longestUser = 400

/**
 * Hides callers and the people who are called from outside (docs/operations/privacy.md): the user part of each SIP and tel URI that is not
 * in the config. The last two digits of a number stay, so that an admin can tell calls apart. Hosts, Call-IDs and addresses of senders
 * stay.
 */
export function callerMask({ uris, numbers }: OurAddresses): Mask {
  const ours = new Set([...uris].map(uri => bare(uri.replace(/^sips?:/i, ''))))
  const ourNumbers = new Set(numbers)
  const isOurs = (user: string, host: string): boolean => ourNumbers.has(user) || ours.has(bare(`${user}@${host}`))
  return line => {
    let masked = ''
    let done = 0
    for (const found of line.matchAll(scheme)) {
      const begin = found.index + found[0].length
      // It lies in a user part that was already masked.
      if (begin < done) continue
      const { end, host } = userAt(line, begin, found[0].toLowerCase() === 'tel:')
      const user = line.slice(begin, end)
      if (user === '' || isOurs(user, host)) continue
      masked += line.slice(done, begin) + hidden(user)
      done = end
    }
    return masked + line.slice(done)
  }
}

/** The form in which addresses are compared: in lower case and without a port. */
const bare = (address: string): string => address.toLowerCase().replace(/:\d+$/, '')

function hidden(user: string): string {
  if (user.toLowerCase() === 'anonymous') return user
  return number.test(user) ? `…${user.slice(-2)}` : '…'
}

/** The end of the user part, and the host after it. `end` is `begin` if there is no user part. */
function userAt(line: string, begin: number, isNumber: boolean): { readonly end: number; readonly host: string } {
  const end = endOfText(line, begin, isNumber)
  if (line[end] === '@') return { end, host: /^[^\s;>"'(),\\]*/.exec(line.slice(end + 1, end + 300))?.[0] ?? '' }
  return { end: isNumber || end - begin >= shortestCut ? end : begin, host: '' }
}

/**
 * The offset of the next `@`, or the end of the text that can be a user part. The line is JSON, so a backslash escapes the next character.
 */
function endOfText(line: string, begin: number, isNumber: boolean): number {
  const last = Math.min(line.length, begin + longestUser)
  for (let at = begin; at < last; at += 1) {
    const character = line[at] ?? ''
    if (character === '\\') at += 1
    else if ('@"<>'.includes(character) || (isNumber && !/[\d+().-]/.test(character))) return at
  }
  return last
}
