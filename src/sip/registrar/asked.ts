import { detached } from '../../foundation/detached.js'
import { cseq, supported } from '../message/fields.js'
import { smallNumber } from '../message/grammar.js'
import type { SipRequest } from '../message/message.js'
import { parseNameAddr } from '../message/name-addr.js'
import type { Parameters } from '../message/parameters.js'
import { formatUri, parseUri, type Uri } from '../message/uri.js'
import { isDirect } from '../transport/flow.js'
import type { Hop } from '../transport/transport.js'
import { mostAsked, type AskedContact, type AskedRegistration } from './bindings.js'

/** The largest number of seconds in SIP (RFC 3261 §20.19). A larger one counts as malformed. */
const mostSeconds = 2 ** 32 - 1
const mostPath = 8
/** The longest URI or Path value, in characters. All of them are stored, and no phone has longer ones. */
const longestText = 1_024
/** The longest Path, all values together, in characters. Each 200 repeats it beside the Contacts, and a drachtio-server reads at most 12,000 bytes. */
const longestPath = 4 * 1_024
/** The most parameters of a URI, and of a Contact beside its URI. Phones with push data have ten. */
const mostParameters = 20

/** What a REGISTER asks for (RFC 3261 §10.2). `malformed`: unreadable, or longer than any phone's. `tooMany`: contacts. */
export function readRegistration(request: SipRequest): AskedRegistration | 'malformed' | 'tooMany' {
  const { headers } = request
  // Counted before any contact is read, because reading one costs time.
  if (headers.values('Contact').length > mostAsked) return 'tooMany'
  const [path, callId = ''] = [headers.values('Path'), headers.first('Call-ID')]
  const contacts = readContacts(request)
  const isPathReadable =
    path.length <= mostPath &&
    path.join('').length <= longestPath &&
    path.every(value => isShort(value) && addressIn(value) !== undefined)
  if (!contacts || !isPathReadable) return 'malformed'
  return {
    callId: detached(callId),
    cseq: cseq(headers)?.number ?? 0,
    contacts,
    path: path.map(detached),
  }
}

/**
 * Whether the phone gets flows of its own (RFC 5626 §6). The phone must ask for it, and its first hop must keep the flow. That
 * hop is us, over a transport with connections, or a proxy that says so in its Path, the last one.
 */
export function getsOutbound(request: SipRequest, source: Hop): boolean {
  const { headers } = request
  const isAsked = headers.values('Contact').some(value => /;\s*reg-id\s*=/i.test(value))
  if (!isAsked || !supported(headers).includes('outbound')) return false
  return isDirect(request) ? source.transport !== 'udp' : /;ob(?:[;=>]|$)/i.test(headers.values('Path').at(-1) ?? '')
}

const isShort = (text: string): boolean => text.length <= longestText

/** Undefined: malformed. The contact `*` must be alone and needs Expires 0 (§10.2.2). */
function readContacts({ headers }: SipRequest): AskedRegistration['contacts'] | undefined {
  const values = headers.values('Contact')
  const otherwise = headers.has('Expires') ? secondsOf(headers.first('Expires')) : undefined
  if (values.includes('*')) return values.length === 1 && otherwise === 0 ? 'all' : undefined
  const contacts: AskedContact[] = []
  for (const value of values) {
    const contact = readContact(value, otherwise)
    if (!contact) return undefined
    contacts.push(contact)
  }
  return contacts
}

function readContact(value: string, otherwise: number | undefined): AskedContact | undefined {
  const read = addressIn(value)
  if (!read || !isShort(read.uri)) return undefined
  const { uri, parameters } = read
  const [q, instance] = [parameters.get('q'), parameters.get('+sip.instance')]
  const regId = smallNumber(parameters.get('reg-id'), mostSeconds)
  const expires = parameters.has('expires') ? secondsOf(parameters.get('expires')) : otherwise
  return {
    uri: detached(uri),
    ...(expires !== undefined && { expires }),
    ...(q !== undefined && /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(q) && { q: detached(q) }),
    ...(instance !== undefined && instance.length <= 256 && { instance: detached(instance) }),
    ...(regId !== undefined && regId > 0 && { regId }),
  }
}

/** A malformed value counts as an hour (§20.19). */
const secondsOf = (text: string | undefined): number => smallNumber(text, mostSeconds) ?? 3_600

/** The URI and the parameters of an address. The URI has no header fields, because a Request-URI has none. */
function addressIn(value: string): { uri: string; parameters: Parameters } | undefined {
  const address = parseNameAddr(value)
  if (!address.ok) return undefined
  const uri = parseUri(address.value.uri)
  if (!uri.ok || uri.value.scheme === 'tel' || hasMany(uri.value.parameters) || hasMany(address.value.parameters))
    return undefined
  return { uri: formatUri(withoutHeaders(uri.value)), parameters: address.value.parameters }
}

const hasMany = ({ size }: Parameters): boolean => size > mostParameters

const withoutHeaders = ({ headers: _headers, ...uri }: Uri): Uri => uri
