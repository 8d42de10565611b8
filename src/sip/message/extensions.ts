import { parseParameters, readDigits, smallNumber } from './grammar.js'
import type { HeaderTable } from './headers.js'
import { parseNameAddr } from './name-addr.js'
import { formatUri, parseUri, unescapeUser, type Uri } from './uri.js'

/** Readers of the header fields of extensions: RFC 3262, 3515, 3891, 4028. What can't be read is undefined. None throws. */

const largest = 2 ** 31 - 1

/** Which reliable provisional response a PRACK acknowledges (RFC 3262 §7.2). */
export interface RAck {
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

/** How long a session stands without a refresh, in seconds, and who is to refresh it (RFC 4028 §4). */
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

/** The shortest interval that those on the way take, in seconds (RFC 4028 §5). */
export function minSe(headers: HeaderTable): number | undefined {
  const text = headers.first('Min-SE')
  if (text === undefined) return undefined
  const { value, end } = readDigits(text, 0)
  return end === 0 || value > largest ? undefined : value
}

/** The dialog that a new one is to take the place of, as its callee, who gets this, sees it (RFC 3891 §6.1). */
export interface Replaces {
  readonly callId: string
  /** The callee's own tag. */
  readonly toTag: string
  readonly fromTag: string
  /** Only while it is not answered. */
  readonly earlyOnly: boolean
}

/** The value of a Replaces header field, without escapes. */
export function parseReplaces(text: string): Replaces | undefined {
  const end = text.indexOf(';')
  const parameters = end < 0 ? undefined : parseParameters(text, end)
  const callId = text.slice(0, end).trim()
  const [toTag, fromTag] = [parameters?.get('to-tag'), parameters?.get('from-tag')]
  if (!parameters || callId === '' || toTag === undefined || fromTag === undefined) return undefined
  return { callId, toTag, fromTag, earlyOnly: parameters.has('early-only') }
}

/** Whom a REFER asks to call (RFC 3515 §2.1). */
export interface ReferTo {
  /** A SIP, SIPS or tel URI without headers and without its method parameter. */
  readonly uri: string
  /** In upper case; INVITE when none is named (RFC 3261 §19.1.1). */
  readonly method: string
  readonly replaces?: Replaces
}

/** Undefined: none, several, or one that can't be read. */
export function referTo(headers: HeaderTable): ReferTo | undefined {
  const [value, ...others] = headers.lines('Refer-To')
  const address = value === undefined || others.length > 0 ? undefined : parseNameAddr(value)
  const uri = address?.ok === true ? parseUri(address.value.uri) : undefined
  if (uri?.ok !== true) return undefined
  const asked = headerOf(uri.value, 'replaces')
  const replaces = asked === undefined ? undefined : parseReplaces(asked)
  if (asked !== undefined && !replaces) return undefined
  const { method, rest } = withoutMethod(uri.value)
  return { uri: rest, method, ...(replaces && { replaces }) }
}

/** RFC 4488: whoever refers wants no news of it. */
export const wantsNoNews = (headers: HeaderTable): boolean => /^false\b/i.test(headers.first('Refer-Sub') ?? '')

function withoutMethod({ headers: _headers, ...uri }: Uri): { method: string; rest: string } {
  const method = uri.parameters.get('method')
  const parameters = new Map([...uri.parameters].filter(([name]) => name !== 'method'))
  return { method: (method ?? 'INVITE').toUpperCase(), rest: formatUri({ ...uri, parameters }) }
}

/** One of the header fields that a URI carries behind its question mark, without escapes. */
function headerOf({ headers }: Uri, name: string): string | undefined {
  for (const part of headers?.split('&') ?? []) {
    const equals = part.indexOf('=')
    if (equals > 0 && part.slice(0, equals).toLowerCase() === name) return unescapeUser(part.slice(equals + 1))
  }
  return undefined
}
