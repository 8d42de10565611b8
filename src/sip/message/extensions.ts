import type { Replaces } from '../../legs/refer.js'
import { charactersOf, endOfRun, isToken, readDigits, smallNumber, trimmed } from './grammar.js'
import { parseParameters } from './parameters.js'
import type { HeaderTable } from './headers.js'
import { parseNameAddr } from './name-addr.js'
import { formatUri, parseUri, unescapeUser, type Uri } from './uri.js'

/**
 * Readers for header fields of extensions: RFC 3262, 3515, 3891, 4028. They return undefined for malformed fields and never
 * throw.
 */

const largest = 2 ** 31 - 1

/** Names the reliable provisional response that a PRACK acknowledges (RFC 3262 §7.2). */
interface RAck {
  readonly rseq: number
  readonly cseq: number
  readonly method: string
}

/** The number of a reliable provisional response, 1 to 2**31 - 1 (RFC 3262 §7.1). */
export function rseq(headers: HeaderTable): number | undefined {
  const number = smallNumber(headers.first('RSeq'), largest)
  return number === 0 ? undefined : number
}

export function rack(headers: HeaderTable): RAck | undefined {
  const [response, request, method, ...others] = headers.first('RAck')?.split(/[ \t]+/) ?? []
  const [number, cseq] = [smallNumber(response, largest), smallNumber(request, largest)]
  return number === undefined || cseq === undefined || method === undefined || others.length > 0
    ? undefined
    : { rseq: number, cseq, method }
}

/** How long a session lasts without a refresh, in seconds, and which side refreshes it (RFC 4028 §4). */
export interface SessionInterval {
  readonly seconds: number
  readonly refresher?: 'uac' | 'uas'
}

export function sessionExpires(headers: HeaderTable): SessionInterval | undefined {
  const text = headers.first('Session-Expires')
  if (text === undefined) return undefined
  const { value: seconds, end } = readDigits(text, 0)
  const parameters = parseParameters(text, end)
  if (end === 0 || seconds > largest || !parameters) return undefined
  const refresher = parameters.get('refresher')?.toLowerCase()
  return { seconds, ...((refresher === 'uac' || refresher === 'uas') && { refresher }) }
}

/** The shortest interval that proxies on the path accept, in seconds (RFC 4028 §5). */
export function minSe(headers: HeaderTable): number | undefined {
  const text = headers.first('Min-SE')
  if (text === undefined) return undefined
  const { value, end } = readDigits(text, 0)
  return end === 0 || value > largest ? undefined : value
}

const wordCharacters = charactersOf('-.!%*_+`\'~()<>:\\"/[]?{}')

/** RFC 3261 §25.1: `callid`. */
function isCallId(text: string): boolean {
  const [word = '', host] = text.split('@', 2)
  const isWord = (part: string): boolean => part !== '' && endOfRun(part, 0, wordCharacters) === part.length
  return isWord(word) && (host === undefined ? text === word : text === `${word}@${host}` && isWord(host))
}

/** Reads the value of a Replaces header field, without escapes. We send it on, so a value that breaks the grammar is refused. */
export function parseReplaces(text: string): Replaces | undefined {
  const end = text.indexOf(';')
  const parameters = end < 0 ? undefined : parseParameters(text, end)
  const callId = trimmed(text, 0, Math.max(0, end))
  const [toTag = '', fromTag = ''] = [parameters?.get('to-tag'), parameters?.get('from-tag')]
  if (!parameters || !isCallId(callId) || !isToken(toTag) || !isToken(fromTag)) return undefined
  return { callId, toTag, fromTag, earlyOnly: parameters.has('early-only') }
}

/** The target that a REFER names (RFC 3515 §2.1). */
interface ReferTo {
  /** A SIP, SIPS or tel URI without its headers and its method parameter. */
  readonly uri: string
  /** In upper case. INVITE if none is named (RFC 3261 §19.1.1). */
  readonly method: string
  readonly replaces?: Replaces
}

/** Undefined: none, several, or a malformed one. */
export function referTo(headers: HeaderTable): ReferTo | undefined {
  const [value, ...others] = headers.lines('Refer-To')
  const address = value === undefined || others.length > 0 ? undefined : parseNameAddr(value)
  if (address?.ok !== true) return undefined
  const { bare, fields } = withHeaders(address.value.uri)
  const uri = parseUri(bare)
  if (!uri.ok) return undefined
  const asked = fieldsNamed(fields ?? uri.value.headers ?? '', 'replaces').map(parseReplaces)
  const [replaces] = asked
  if (asked.length > 1 || asked.includes(undefined)) return undefined
  const { method, rest } = withoutMethod(uri.value)
  return { uri: rest, method, ...(replaces && { replaces }) }
}

/**
 * Some phones do not escape `@`, `;` and `=` in a Replaces, although RFC 3261 §25.1 forbids them in a header field of a URI. So
 * if the URI has a Replaces, everything after the question mark counts as its header fields.
 */
function withHeaders(text: string): { readonly bare: string; readonly fields?: string } {
  const at = text.search(/\?(?:[^?]*&)?replaces=/i)
  return at < 0 ? { bare: text } : { bare: text.slice(0, at), fields: text.slice(at + 1) }
}

/** RFC 4488: the sender of the REFER wants no notifications. */
export const wantsNoNews = (headers: HeaderTable): boolean => /^false\b/i.test(headers.first('Refer-Sub') ?? '')

function withoutMethod({ headers: _headers, ...uri }: Uri): { method: string; rest: string } {
  const method = uri.parameters.get('method')
  const parameters = new Map([...uri.parameters].filter(([name]) => name !== 'method'))
  return { method: (method ?? 'INVITE').toUpperCase(), rest: formatUri({ ...uri, parameters }) }
}

/** The URI's header fields (after its question mark) with this name, without escapes. All others are ignored (§19.1.5). */
const fieldsNamed = (fields: string, name: string): string[] =>
  fields.split('&').flatMap(part => {
    const equals = part.indexOf('=')
    return equals > 0 && part.slice(0, equals).toLowerCase() === name ? [unescapeUser(part.slice(equals + 1))] : []
  })
