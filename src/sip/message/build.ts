import { cseq as cseqOf, to as toOf } from './fields.js'
import { asLine } from './grammar.js'
import { HeaderTable } from './headers.js'
import type { SipRequest, SipResponse } from './message.js'
import { reasonPhraseOf } from './status.js'

export interface RequestParts {
  readonly method: string
  readonly uri: string
  /** Whole header values. */
  readonly from: string
  readonly to: string
  readonly callId: string
  readonly cseq: number
  /** Default 70. */
  readonly maxForwards?: number
  readonly routes?: readonly string[]
  readonly contact?: string
  readonly headers?: Iterable<readonly [string, string]>
  readonly body?: string
  readonly contentType?: string
}

/** Builds a request without a Via. Its transaction adds one for each address that it tries. */
export function buildRequest(parts: RequestParts): SipRequest {
  const { method, uri, from, to, callId, cseq, maxForwards = 70, routes = [], contact, body = '' } = parts
  const headers = new HeaderTable()
  for (const route of routes) headers.append('Route', route)
  headers.append('Max-Forwards', String(maxForwards))
  headers.append('From', from)
  headers.append('To', to)
  headers.append('Call-ID', callId)
  headers.append('CSeq', `${cseq} ${method}`)
  if (contact !== undefined) headers.append('Contact', contact)
  appendParts(headers, parts)
  return { kind: 'request', method, uri: asLine(uri), headers, body }
}

export interface ResponseParts {
  /** Default: the registered phrase. */
  readonly reasonPhrase?: string
  /** Added to the To if the status is above 100 and the To of the request has no tag. */
  readonly toTag?: string
  readonly headers?: Iterable<readonly [string, string]>
  readonly body?: string
  readonly contentType?: string
}

/**
 * Builds a response (RFC 3261 §8.2.6): Via, From, To, Call-ID and CSeq are copied from the request. So is Timestamp for a 100
 * (§8.2.6.1), and Record-Route if a dialog may start (§12.1.1).
 */
export function buildResponse(request: SipRequest, status: number, parts: ResponseParts = {}): SipResponse {
  const { headers: asked, method } = request
  const headers = new HeaderTable()
  headers.appendFrom(asked, 'Via')
  headers.appendFrom(asked, 'From')
  headers.appendFrom(asked, 'To', tagFor(asked, status, parts.toTag))
  headers.appendFrom(asked, 'Call-ID')
  headers.appendFrom(asked, 'CSeq')
  if (status === 100) headers.appendFrom(asked, 'Timestamp')
  if (method === 'INVITE' && status > 100 && status < 300) headers.appendFrom(asked, 'Record-Route')
  appendParts(headers, parts)
  return {
    kind: 'response',
    status,
    reasonPhrase: asLine(parts.reasonPhrase ?? reasonPhraseOf(status)),
    headers,
    body: parts.body ?? '',
  }
}

/** The response to a request without a transaction (§8.2.7). */
export const buildStatelessResponse = (
  request: SipRequest,
  status: number,
  headers: readonly (readonly [string, string])[] = [],
): SipResponse => buildResponse(request, status, { toTag: statelessTag(request), headers })

/** The CANCEL for a sent INVITE (§9.1): same Request-URI, top Via, From, To, Call-ID, CSeq number and Route. */
export const buildCancel = (invite: SipRequest): SipRequest => follower(invite, 'CANCEL', invite.headers)

/** The ACK for a 3xx–6xx (§17.1.1.3): part of the INVITE's transaction, with the To of the response. */
export const buildAckForFailure = (invite: SipRequest, response: SipResponse): SipRequest =>
  follower(invite, 'ACK', response.headers)

function follower({ uri, headers: sent }: SipRequest, method: 'CANCEL' | 'ACK', toFrom: HeaderTable): SipRequest {
  const headers = new HeaderTable()
  headers.append('Via', sent.values('Via')[0] ?? '')
  headers.appendFrom(sent, 'Route')
  headers.append('Max-Forwards', '70')
  headers.appendFrom(sent, 'From')
  headers.appendFrom(toFrom, 'To')
  headers.appendFrom(sent, 'Call-ID')
  headers.append('CSeq', `${cseqOf(sent)?.number ?? 0} ${method}`)
  return { kind: 'request', method, uri, headers, body: '' }
}

/** Every response except 100 has a tag (§8.2.6.2). Even a malformed To gets one. */
function tagFor(asked: HeaderTable, status: number, tag: string | undefined): string {
  return status > 100 && tag !== undefined && toOf(asked)?.tag === undefined ? `;tag=${tag}` : ''
}

function appendParts(headers: HeaderTable, parts: Pick<ResponseParts, 'headers' | 'contentType'>): void {
  for (const [name, value] of parts.headers ?? []) headers.append(name, value)
  if (parts.contentType !== undefined) headers.append('Content-Type', parts.contentType)
}

/**
 * Every copy of a request must get the same tag (§8.2.7), so the tag is computed from fields that the copies share. It need not
 * be hard to guess.
 */
function statelessTag({ headers }: SipRequest): string {
  let hash = fnvStart
  const text = `${headers.first('Call-ID') ?? ''} ${headers.first('From') ?? ''} ${headers.first('CSeq') ?? ''}`
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), fnvPrime)
  return (hash >>> 0).toString(36)
}

/** FNV-1a, 32 bits. */
const fnvStart = 0x811c9dc5
const fnvPrime = 0x01000193
