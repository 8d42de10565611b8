import { fault, ok, type Result } from '../../foundation/result.js'
import { charactersOf, endOfRun, exactly, lowerCase, type Characters } from './grammar.js'
import { formatParameters, parametersOf, parseParameters, type Parameters } from './parameters.js'
import { isIPv6 } from './ipv6.js'

/** A SIP or SIPS URI (RFC 3261 §19.1), or a tel URI (RFC 3966) with its number as `user` and no host. */
export interface Uri {
  /** In lower case: sip, sips or tel. Other schemes are refused with 416. */
  readonly scheme: 'sip' | 'sips' | 'tel'
  /** As written, with its escapes. */
  readonly user?: string
  readonly password?: string
  /** In lower case. An IPv6 address keeps its brackets. Empty for tel. */
  readonly host: string
  readonly port?: number
  /** Names in lower case, without unnecessary escapes. */
  readonly parameters: Parameters
  /** The text after `?`, as written. */
  readonly headers?: string
}

const openBracket = 91
/**
 * The user part. Besides what RFC 3261 §25.1 allows, it accepts characters such as `#` that phones and gateways do not escape.
 */
const userCharacters = withBytesPastAscii("-_.!~*'()&=+$,;?/%#|^`{}[]\\")
const passwordCharacters = charactersOf("-_.!~*'()&=+$,%")
const hostCharacters = charactersOf('-._')
const parameterNames = charactersOf("-_.!~*'()[]/:&+$%`")
const headerCharacters = charactersOf("-_.!~*'()[]/?:+$&=%")
const unreserved = charactersOf("-_.!~*'()")
const anyCharacters = new Uint8Array(256).fill(1)
/** Digits and visual separators of global and local numbers (RFC 3966 §3). */
const globalNumber = exactly('0123456789-.()')
const localNumber = exactly('0123456789ABCDEFabcdef*#-.()')

/** Reads a URI. A fault says what is wrong with it. */
export function parseUri(text: string): Result<Uri> {
  const colon = text.indexOf(':')
  const scheme = lowerCase(text.slice(0, Math.max(0, colon)))
  if (scheme === 'sip' || scheme === 'sips') return parseSip(scheme, text, colon + 1)
  if (scheme === 'tel') return parseTel(text, colon + 1)
  return fault(`'${text}' has a scheme that is not sip, sips or tel`)
}

/** Whether a URI requires TLS on each hop (RFC 3261 §26.2.2). */
export const isSips = (text: string): boolean => /^sips:/i.test(text)

/** Whether `parseUri` reads this scheme. If not, the answer is 416 (RFC 3261 §8.2.2.1). */
export const isKnownScheme = (text: string): boolean => /^(?:sips?|tel):/i.test(text)

export function formatUri({ scheme, user, password, host, port, parameters, headers }: Uri): string {
  const userinfo = user === undefined ? '' : user + (password === undefined ? '' : `:${password}`) + (scheme === 'tel' ? '' : '@')
  return `${scheme}:${userinfo}${host}${port === undefined ? '' : `:${port}`}${formatParameters(parameters)}${headers === undefined ? '' : `?${headers}`}`
}

/** The text without escapes for these characters. Other escapes stay, in upper case. */
function unescaped(text: string, characters: Characters): string {
  if (!text.includes('%')) return text
  return text.replace(/%([0-9A-Fa-f]{2})/g, (escape, hex: string) => {
    const code = parseInt(hex, 16)
    return characters[code] === 1 ? String.fromCharCode(code) : escape.toUpperCase()
  })
}

/** The user part without its escapes. */
export const unescapeUser = (text: string): string => unescaped(text, anyCharacters)

function parseSip(scheme: 'sip' | 'sips', text: string, start: number): Result<Uri> {
  const at = text.indexOf('@', start)
  const hostAt = at < 0 ? start : at + 1
  const hostEnd = endOfHost(text, hostAt)
  if (hostEnd < 0) return fault(`'${text}' is not a SIP URI such as sip:alice@example.com`)
  const userinfo = at < 0 ? undefined : readUserinfo(text.slice(start, at))
  if (userinfo === null) return fault(`'${text}' has characters in its user part that must be escaped`)
  const tail = readTail(text, hostEnd)
  if (!tail) return fault(`'${text}' has a malformed port, parameter or header`)
  return ok({ scheme, ...userinfo, host: withTwoColons(lowerCase(text.slice(hostAt, hostEnd))), ...tail })
}

function parseTel(text: string, start: number): Result<Uri> {
  const end = endBefore(text, start, ';')
  const user = text.slice(start, end)
  const parameters = parseParameters(text, end, parameterNames)
  if (!isNumber(user) || !parameters) return fault(`'${text}' is not a tel URI such as tel:+14255550100`)
  return ok({ scheme: 'tel', user, host: '', parameters })
}

/** Everything after the host. Undefined: malformed. */
function readTail(text: string, hostEnd: number): Pick<Uri, 'port' | 'parameters' | 'headers'> | undefined {
  const portEnd = text.charCodeAt(hostEnd) === 58 ? endBefore(text, hostEnd + 1, ';?') : hostEnd
  const port = portEnd === hostEnd ? undefined : portOf(text.slice(hostEnd + 1, portEnd))
  const parametersEnd = endBefore(text, portEnd, '?')
  const parameters = parseParameters(text.slice(portEnd, parametersEnd), 0, parameterNames)
  const headers = parametersEnd === text.length ? undefined : text.slice(parametersEnd + 1)
  if (port === null || !parameters || (headers !== undefined && !fits(headers, headerCharacters))) return undefined
  return {
    parameters: text.includes('%') ? withoutEscapes(parameters) : parameters,
    ...(port !== undefined && { port }),
    ...(headers !== undefined && { headers }),
  }
}

/** Separators alone are not a number. */
function isNumber(text: string): boolean {
  const isGlobal = text.startsWith('+')
  const characters = isGlobal ? globalNumber : localNumber
  return endOfRun(text, isGlobal ? 1 : 0, characters) === text.length && (isGlobal ? /[0-9]/ : /[0-9A-Fa-f*#]/).test(text)
}

/** Null: malformed. */
function readUserinfo(text: string): { user: string; password?: string } | null {
  const colon = text.indexOf(':')
  const user = colon < 0 ? text : text.slice(0, colon)
  if (user === '' || !fits(user, userCharacters)) return null
  if (colon < 0) return { user }
  const password = text.slice(colon + 1)
  return fits(password, passwordCharacters) ? { user, password } : null
}

/** The end of the host, or -1 if there is none. */
function endOfHost(text: string, at: number): number {
  if (text.charCodeAt(at) !== openBracket) {
    const end = endOfRun(text, at, hostCharacters)
    return end === at ? -1 : end
  }
  const end = text.indexOf(']', at) + 1
  return end > 0 && isIPv6(withTwoColons(text.slice(at + 1, end - 1))) ? end : -1
}

/** Three colons before an IPv4 address mean two. The grammar of RFC 3261 has three by mistake (RFC 5118 §4.10). */
const withTwoColons = (address: string): string =>
  address.includes(':::') ? address.replace(/:::(?=[0-9.]+(?:\]|$))/, '::') : address

/** 1 to 65535. The grammar also allows 0, but nobody can be reached there. Null: malformed. */
function portOf(digits: string): number | null {
  const port = /^\d{1,5}$/.test(digits) ? Number(digits) : 0
  return port >= 1 && port <= 65_535 ? port : null
}

/** Whether the text has only these characters, and each % starts an escape. */
function fits(text: string, characters: Characters): boolean {
  return endOfRun(text, 0, characters) === text.length && (!text.includes('%') || !/%(?![0-9A-Fa-f]{2})/.test(text))
}

function withoutEscapes(parameters: Parameters): Parameters {
  for (const [name] of parameters)
    if (name.includes('%'))
      return parametersOf(Array.from(parameters, ([escaped, value]) => [unescaped(escaped, unreserved).toLowerCase(), value]))
  return parameters
}

/** The first position from `from` on with one of these characters, or the end of the text. */
function endBefore(text: string, from: number, stops: string): number {
  let end = from
  while (end < text.length && !stops.includes(text.charAt(end))) end += 1
  return end
}

function withBytesPastAscii(others: string): Characters {
  const table = charactersOf(others)
  return table.fill(1, 128)
}
