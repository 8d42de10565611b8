import { fault, ok, type Result } from '../../foundation/result.js'
import {
  endOfQuoted,
  endOfToken,
  formatParameters,
  noParameters,
  parseParameters,
  quote,
  trimmed,
  unquote,
  type Parameters,
} from './grammar.js'

/** What stands in From, To, Contact, Route and their kin: a URI as text, a display name, parameters. */
export interface NameAddr {
  /** Without quotes and escapes; latin1 text of UTF-8 (`decodeUtf8`). Never empty. */
  readonly displayName?: string | undefined
  readonly uri: string
  /** The header's own, names in lower case. */
  readonly parameters: Parameters
  /** The tag parameter of From and To. */
  readonly tag?: string | undefined
}

const quoteMark = 34
const colon = 58
/** These end an address that stands without brackets, or may not be in it (RFC 3261 §20.10). */
const notInAddress = /[\0- ,?"<>]/

/** Reads one value. Without <>, a semicolon begins the header's parameters, not the URI's (RFC 3261 §20.10). */
export function parseNameAddr(text: string): Result<NameAddr> {
  const nameEnd = text.charCodeAt(0) === quoteMark ? endOfQuoted(text, 0) : 0
  const open = nameEnd < 0 ? -1 : text.indexOf('<', nameEnd)
  if (open < 0) return nameEnd === 0 ? withoutBrackets(text) : malformed(text)
  // What looks like brackets may stand in a quoted parameter.
  if (nameEnd === 0 && text.lastIndexOf(';', open) >= 0) return withoutBrackets(text)
  const close = text.indexOf('>', open)
  const uri = close < 0 ? '' : trimmed(text, open + 1, close)
  const displayName = nameEnd === 0 ? plainName(text, open) : quotedName(text, nameEnd, open)
  const parameters = uri === '' ? undefined : parseParameters(text, close + 1)
  if (displayName === undefined || !parameters || /[\0- <"]/.test(uri)) return malformed(text)
  return ok(nameAddr(displayName, uri, parameters))
}

/** As it goes out: always in brackets, a display name always quoted. */
export function formatNameAddr(address: Partial<NameAddr> & Pick<NameAddr, 'uri'>): string {
  const { displayName, uri, parameters = noParameters } = address
  const name = displayName === undefined || displayName === '' ? '' : `${quote(displayName)} `
  return `${name}<${uri}>${formatParameters(parameters)}`
}

function withoutBrackets(text: string): Result<NameAddr> {
  const semicolon = text.indexOf(';')
  const uri = trimmed(text, 0, semicolon < 0 ? text.length : semicolon)
  const parameters = semicolon < 0 ? noParameters : parseParameters(text, semicolon)
  const schemeEnd = endOfToken(uri, 0)
  const isUri = schemeEnd > 0 && schemeEnd < uri.length - 1 && uri.charCodeAt(schemeEnd) === colon && !notInAddress.test(uri)
  return isUri && parameters ? ok(nameAddr('', uri, parameters)) : malformed(text)
}

/** Words without quotes. Any are tolerated, as phones write them (RFC 4475 §3.1.2.15), but what would have to be quoted to be told apart. */
function plainName(text: string, open: number): string | undefined {
  const name = trimmed(text, 0, open)
  return name.includes('"') || name.includes('>') ? undefined : name
}

function quotedName(text: string, end: number, open: number): string | undefined {
  return trimmed(text, end, open) === '' ? unquote(text.slice(0, end)) : undefined
}

const malformed = (text: string): Result<never> => fault(`'${text}' is not a name and address such as "Bob" <sip:bob@example.com>`)

function nameAddr(displayName: string, uri: string, parameters: Parameters): NameAddr {
  return { displayName: displayName === '' ? undefined : displayName, uri, parameters, tag: parameters.get('tag') }
}
