import type { MethodService } from './gate.js'
import type { Body } from '../legs/body.js'
import { descriptionIn, multipartFault, sessionDescription } from './content.js'
import { sessionExpires } from './message/extensions.js'
import { contacts, maxForwards, recordRoutes, requires, supported, topVia } from './message/fields.js'
import type { SipRequest } from './message/message.js'
import { bareType, isMultipart } from './message/multipart.js'
import { isKnownScheme, isSips, parseUri } from './message/uri.js'
import { isUnique } from './transaction/tokens.js'
import { protocols } from './transport/protocols.js'
import type { Hop } from './transport/transport.js'

/** The response to a request that can't be served. */
interface Refusal {
  readonly status: number
  readonly headers: readonly (readonly [string, string])[]
  /** The reason, as it is counted. */
  readonly why: string
}

/** Our name in User-Agent and Server. */
export const software = 'Carillon'
export const allowedMethods = 'INVITE, ACK, CANCEL, BYE, INFO, OPTIONS, UPDATE, PRACK, REFER'
/** The supported extensions except 100rel: RFC 4028, RFC 3891, RFC 4488. */
export const extensionsWithin = 'timer, replaces, norefersub'
/** All supported extensions. 100rel: RFC 3262. */
export const extensions = `100rel, ${extensionsWithin}`
const understood: ReadonlySet<string> = new Set(extensions.split(', '))
/** Methods that we know but don't serve outside dialogs, unless a service was set for them: 405. Others get 501 (RFC 3261 §21.5.2). */
const knownMethods = new Set(['REGISTER', 'SUBSCRIBE', 'PUBLISH', 'MESSAGE', 'ACK', 'CANCEL'])
/** Methods that are served only in a dialog. */
const dialogMethods = new Set(['BYE', 'INFO', 'UPDATE', 'PRACK'])
/** Media ranges that include SDP. */
const acceptable = new Set([sessionDescription, 'application/*', '*/*'])
const allow = ['Allow', allowedMethods] as const
const accepts = ['Accept', `${sessionDescription}, multipart/mixed`] as const
/** For the response to OPTIONS: the bodies of an INVITE. */
export const readable = [
  ['Accept', sessionDescription],
  ['Accept-Encoding', 'identity'],
] as const
const malformed: Refusal = { status: 400, headers: [], why: 'malformed' }

/** The methods that a session serves. The rest of `allowedMethods` is handled by the transactions. */
const methodsWithin = new Set([...dialogMethods, 'INVITE', 'REFER', 'OPTIONS'])

/**
 * The inspections of RFC 3261 §8.2 in order: method, header fields, content. Undefined: nothing to refuse. `shortest`: the shortest interval
 * between session refreshes, in seconds. `service`: another handler serves this method, and knows its content.
 */
export function refusalOf(
  request: SipRequest,
  shortest: number,
  service?: Pick<MethodService, 'understands'>,
): Refusal | undefined {
  const refusal = (service ? undefined : methodRefusal(request)) ?? addressRefusal(request) ?? hopsRefusal(request)
  if (refusal) return refusal
  return (
    extensionRefusal(request, service?.understands) ??
    (service ? undefined : (contentRefusal(request) ?? intervalRefusal(request, shortest)))
  )
}

/** A sips URI that came without TLS is refused (RFC 3261 §26.2.2, RFC 5630 §5.1). */
export function exposure({ uri }: SipRequest, { transport }: Hop): Refusal | undefined {
  if (!isSips(uri) || protocols[transport].secure) return undefined
  return { status: 480, headers: [['Warning', '380 carillon "SIPS Not Allowed"']], why: 'insecure' }
}

/** Inspects a request in a dialog, early or confirmed. */
export function refusalWithin(request: SipRequest, shortest: number): Refusal | undefined {
  const { method } = request
  if (!methodsWithin.has(method)) return { status: 405, headers: [allow], why: 'methodNotAllowed' }
  // The sender of a BYE ends its session after any response (§15.1.1), so a BYE is accepted in any form.
  if (method === 'BYE') return undefined
  const refusal = extensionRefusal(request)
  if (refusal || (method !== 'INVITE' && method !== 'UPDATE')) return refusal
  return contentRefusal(request) ?? intervalRefusal(request, shortest)
}

/** The SDP, if there is one. Another body passed only because it may be ignored. */
export function sessionBody(request: SipRequest): Body | undefined {
  return request.headers.has('Content-Type') ? descriptionIn(request) : undefined
}

function methodRefusal({ method }: SipRequest): Refusal | undefined {
  if (method === 'INVITE' || method === 'OPTIONS') return undefined
  // NOTIFY: RFC 6665 §4.1.3.
  if (dialogMethods.has(method) || method === 'NOTIFY') return { status: 481, headers: [], why: 'noDialog' }
  // A sender without a call here has nobody to refer.
  if (method === 'REFER') return { status: 403, headers: [], why: 'noDialog' }
  return knownMethods.has(method)
    ? { status: 405, headers: [allow], why: 'methodNotAllowed' }
    : { status: 501, headers: [allow], why: 'methodUnknown' }
}

function addressRefusal(request: SipRequest): Refusal | undefined {
  const { uri, headers, method } = request
  if (!isKnownScheme(uri)) return { status: 416, headers: [], why: 'scheme' }
  if (!parseUri(uri).ok || !recordRoutes(headers).ok) return malformed
  if (method !== 'INVITE') return undefined
  const contact = contacts(headers)
  // §8.1.1.8: exactly one readable Contact. RFC 2543 allowed INVITEs without one: their From is used.
  if (!contact.ok || contact.value.length > 1) return malformed
  const [only] = contact.value
  const usable = only ? parseUri(only.uri).ok : !isUnique(topVia(headers)?.branch)
  return usable ? undefined : malformed
}

/**
 * A request of ours that returns, such as a proxy's forward to another number of ours, is a call like others: Max-Forwards limits a loop
 * (§16.3), and the transactions handle merged copies of one request (§8.2.2.2).
 */
function hopsRefusal({ headers, method }: SipRequest): Refusal | undefined {
  return method === 'INVITE' && maxForwards(headers) === 0 ? { status: 483, headers: [], why: 'tooManyHops' } : undefined
}

/** §8.2.2.3. RFC 3891 §3: Replaces is allowed only in an INVITE that begins a dialog. */
function extensionRefusal({ headers, method }: SipRequest, more?: ReadonlySet<string>): Refusal | undefined {
  const unknown = requires(headers).filter(tag => !understood.has(tag) && more?.has(tag) !== true)
  if (unknown.length > 0) return { status: 420, headers: [['Unsupported', unknown.join(', ')]], why: 'extension' }
  return method !== 'INVITE' && headers.has('Replaces') ? malformed : undefined
}

/** RFC 4028 §9: an interval that is too short is refused if the sender understands 422. */
function intervalRefusal({ headers, method }: SipRequest, shortest: number): Refusal | undefined {
  if (method === 'OPTIONS' || !headers.has('Session-Expires')) return undefined
  const asked = sessionExpires(headers)
  if (!asked || asked.seconds >= shortest || !supported(headers).includes('timer')) return undefined
  return { status: 422, headers: [['Min-SE', String(shortest)]], why: 'interval' }
}

/** §8.2.3: only SDP, unless the body may be ignored. And the peer must accept our answer. */
function contentRefusal(request: SipRequest): Refusal | undefined {
  const { headers, body } = request
  const optional = headers.first('Content-Disposition')?.toLowerCase().includes('handling=optional') === true
  if (body !== '' && !optional) {
    const encoding = headers.first('Content-Encoding')?.toLowerCase() ?? 'identity'
    if (encoding !== 'identity') return { status: 415, headers: [['Accept-Encoding', 'identity']], why: 'content' }
    const refusal = typeRefusal(headers.first('Content-Type') ?? '', body)
    if (refusal) return refusal
  }
  if (request.method !== 'INVITE' || acceptsDescriptions(headers)) return undefined
  return { status: 406, headers: [['Warning', '305 carillon "Incompatible media format"']], why: 'content' }
}

/** One SDP, alone or in a multipart body (RFC 5621). */
function typeRefusal(type: string, body: string): Refusal | undefined {
  if (!isMultipart(type))
    return bareType(type) === sessionDescription ? undefined : { status: 415, headers: [accepts], why: 'content' }
  const why = multipartFault(type, body)
  if (why === 'malformed') return malformed
  return why && { status: 415, headers: [accepts], why: 'content' }
}

/** §20.1: without an Accept, SDP is accepted. */
function acceptsDescriptions(headers: SipRequest['headers']): boolean {
  if (!headers.has('Accept')) return true
  return headers.values('Accept').some(range => acceptable.has((range.split(';', 1)[0] ?? '').trim().toLowerCase()))
}
