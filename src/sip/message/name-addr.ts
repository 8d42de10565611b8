import { fault, ok, type Result } from '../../foundation/result.js'
import { endOfQuoted, endOfToken, quote, trimmed, unquote } from './grammar.js'
import { formatParameters, noParameters, parseParameters, type Parameters } from './parameters.js'

/** The value of From, To, Contact, Route and similar fields: a URI as text, a display name, parameters. */
export interface NameAddr {
  /** Without quotes and escapes. Latin1 text of UTF-8 (`decodeUtf8`). Never empty. */
  readonly displayName?: string | undefined
  readonly uri: string
  /** The parameters of the header field, names in lower case. */
  readonly parameters: Parameters
  /** The tag parameter of From and To. */
  readonly tag?: string | undefined
}

const quoteMark = 34
const colon = 58
const wrongInBrackets = /[\0- <"]/
const wrongInWords = /[">]/
/** An address with one of these characters must be in brackets (RFC 3261 §20.10), or is malformed. */
const notInAddress = /[\0- ,?"<>]/

/** Reads one value. Without <>, parameters after a semicolon belong to the header field and not to the URI (RFC 3261 §20.10). */
export function parseNameAddr(text: string): Result<NameAddr> {
  const nameEnd = text.charCodeAt(0) === quoteMark ? endOfQuoted(text, 0) : 0
  if (nameEnd < 0) return malformed(text)
  const open = text.indexOf('<', nameEnd)
  if (nameEnd > 0)
    return trimmed(text, nameEnd, open) === '' ? withBrackets(text, unquote(text.slice(0, nameEnd)), open) : malformed(text)
  // After a semicolon, brackets are part of a quoted parameter.
  if (open < 0 || text.lastIndexOf(';', open) >= 0) return withoutBrackets(text)
  const words = trimmed(text, 0, open)
  // Any words are accepted without quotes, because phones send them (RFC 4475 §3.1.2.15).
  return wrongInWords.test(words) ? malformed(text) : withBrackets(text, words, open)
}

/** The value as it is sent: always in brackets, the display name always quoted. */
export function formatNameAddr(address: Partial<NameAddr> & Pick<NameAddr, 'uri'>): string {
  const { displayName, uri, parameters } = address
  const name = displayName === undefined || displayName === '' ? '' : `${quote(displayName)} `
  return `${name}<${uri}>${parameters ? formatParameters(parameters) : ''}`
}

function withBrackets(text: string, displayName: string, open: number): Result<NameAddr> {
  const close = text.indexOf('>', open)
  if (open < 0 || close < 0) return malformed(text)
  const uri = trimmed(text, open + 1, close)
  const parameters = parseParameters(text, close + 1)
  return uri === '' || !parameters || wrongInBrackets.test(uri) ? malformed(text) : nameAddr(text, displayName, uri, parameters)
}

function withoutBrackets(text: string): Result<NameAddr> {
  const semicolon = text.indexOf(';')
  const uri = trimmed(text, 0, semicolon < 0 ? text.length : semicolon)
  const parameters = semicolon < 0 ? noParameters : parseParameters(text, semicolon)
  const schemeEnd = endOfToken(uri, 0)
  const isUri = schemeEnd > 0 && schemeEnd < uri.length - 1 && uri.charCodeAt(schemeEnd) === colon && !notInAddress.test(uri)
  return isUri && parameters ? nameAddr(text, '', uri, parameters) : malformed(text)
}

const malformed = (text: string): Result<never> =>
  fault(`'${text}' is not a name and address such as "Bob" <sip:bob@example.com>`)

/** A tag identifies a dialog, so a tag without a value is malformed. */
function nameAddr(text: string, displayName: string, uri: string, parameters: Parameters): Result<NameAddr> {
  const tag = parameters.get('tag')
  if (tag === '' || (tag === undefined && parameters.has('tag'))) return malformed(text)
  return ok({ displayName: displayName === '' ? undefined : displayName, uri, parameters, tag })
}
