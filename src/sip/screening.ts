import { hasReadableRoutes, type Body } from './dialog/dialog.js'
import { contacts, contentType, maxForwards, requires } from './message/fields.js'
import type { SipRequest } from './message/message.js'
import { isKnownScheme, parseUri } from './message/uri.js'

/** What a request outside a dialog is answered with, when it can't be served. */
export interface Refusal {
  readonly status: number
  readonly headers: readonly (readonly [string, string])[]
  /** The word under which it is counted. */
  readonly why: string
}

export const allowedMethods = 'INVITE, ACK, CANCEL, BYE, INFO, OPTIONS'
/** Methods of registered RFCs that are known here and not supported: 405; others are 501 (RFC 3261 §21.5.2). */
const knownMethods = new Set([
  'REGISTER',
  'SUBSCRIBE',
  'NOTIFY',
  'PUBLISH',
  'REFER',
  'MESSAGE',
  'UPDATE',
  'PRACK',
  'BYE',
  'INFO',
  'ACK',
  'CANCEL',
])
const sessionDescription = 'application/sdp'
/** Media ranges that hold it. */
const acceptable = new Set([sessionDescription, 'application/*', '*/*'])
const allow = ['Allow', allowedMethods] as const

/** What a session serves; the rest of `allowedMethods` is the transactions'. */
const methodsWithin = new Set(['INVITE', 'BYE', 'INFO', 'OPTIONS'])

/** The inspections of RFC 3261 §8.2 in their order: method, header fields, content. Undefined: nothing stands against it. */
export function refusalOf(request: SipRequest, wasHere: (via: string) => boolean): Refusal | undefined {
  return (
    methodRefusal(request) ??
    addressRefusal(request) ??
    loopRefusal(request, wasHere) ??
    extensionRefusal(request) ??
    contentRefusal(request)
  )
}

/** The same for a request within a dialog, early or confirmed. */
export function refusalWithin(request: SipRequest): Refusal | undefined {
  if (!methodsWithin.has(request.method)) return { status: 405, headers: [allow], why: 'methodNotAllowed' }
  // Its sender's session is over whatever we answer (§15.1.1): a BYE is heard in any form.
  if (request.method === 'BYE') return undefined
  return extensionRefusal(request) ?? (request.method === 'INVITE' ? contentRefusal(request) : undefined)
}

/** The session description, when there is one: another body passed only because it may be ignored. */
export function sessionBody({ headers, body }: SipRequest): Body | undefined {
  if (body === '' || contentType(headers) !== sessionDescription) return undefined
  return { type: headers.first('Content-Type') ?? sessionDescription, text: body }
}

function methodRefusal({ method }: SipRequest): Refusal | undefined {
  if (method === 'INVITE' || method === 'OPTIONS') return undefined
  return knownMethods.has(method)
    ? { status: 405, headers: [allow], why: 'methodNotAllowed' }
    : { status: 501, headers: [allow], why: 'methodUnknown' }
}

function addressRefusal(request: SipRequest): Refusal | undefined {
  const { uri, headers, method } = request
  if (!isKnownScheme(uri)) return { status: 416, headers: [], why: 'scheme' }
  if (!parseUri(uri).ok || !hasReadableRoutes(request)) return { status: 400, headers: [], why: 'malformed' }
  if (method !== 'INVITE') return undefined
  const contact = contacts(headers)
  // §8.1.1.8: one, that can be read. RFC 2543 knew INVITEs without: their From serves then.
  const usable = contact.ok && contact.value.length <= 1 && contact.value.every(({ uri }) => parseUri(uri).ok)
  return usable ? undefined : { status: 400, headers: [], why: 'malformed' }
}

/** §8.2.2.2 and §16.3: a request that left us and came back, or that was forwarded too often. */
function loopRefusal({ headers, method }: SipRequest, wasHere: (via: string) => boolean): Refusal | undefined {
  if (method !== 'INVITE') return undefined
  if (maxForwards(headers) === 0) return { status: 483, headers: [], why: 'tooManyHops' }
  return headers.lines('Via').some(wasHere) ? { status: 482, headers: [], why: 'looped' } : undefined
}

/** §8.2.2.3: nothing that a peer may require is built yet. */
function extensionRefusal({ headers }: SipRequest): Refusal | undefined {
  const required = requires(headers)
  return required.length === 0 ? undefined : { status: 420, headers: [['Unsupported', required.join(', ')]], why: 'extension' }
}

/** §8.2.3: session descriptions alone, unless the body may be ignored; and a peer that would read our answer. */
function contentRefusal(request: SipRequest): Refusal | undefined {
  const { headers, body } = request
  const optional = headers.first('Content-Disposition')?.toLowerCase().includes('handling=optional') === true
  if (body !== '' && !optional) {
    const encoding = headers.first('Content-Encoding')?.toLowerCase() ?? 'identity'
    if (encoding !== 'identity') return { status: 415, headers: [['Accept-Encoding', 'identity']], why: 'content' }
    if (contentType(headers) !== sessionDescription)
      return { status: 415, headers: [['Accept', sessionDescription]], why: 'content' }
  }
  if (request.method !== 'INVITE' || acceptsDescriptions(headers)) return undefined
  return { status: 406, headers: [['Warning', '305 carillon "Incompatible media format"']], why: 'content' }
}

/** §20.1: without an Accept, session descriptions are understood. */
function acceptsDescriptions(headers: SipRequest['headers']): boolean {
  if (!headers.has('Accept')) return true
  return headers.values('Accept').some(range => acceptable.has((range.split(';', 1)[0] ?? '').trim().toLowerCase()))
}
