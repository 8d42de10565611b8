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

/** A request without a Via: its transaction adds one for each address that it tries. */
export function buildRequest(parts: RequestParts): SipRequest {
  const { method, uri, from, to, callId, cseq, maxForwards = 70, routes = [], contact, body = '', contentType } = parts
  const headers = new HeaderTable()
  for (const route of routes) headers.append('Route', route)
  headers.append('Max-Forwards', String(maxForwards))
  headers.append('From', from)
  headers.append('To', to)
  headers.append('Call-ID', callId)
  headers.append('CSeq', `${cseq} ${method}`)
  if (contact !== undefined) headers.append('Contact', contact)
  for (const [name, value] of parts.headers ?? []) headers.append(name, value)
  if (contentType !== undefined) headers.append('Content-Type', contentType)
  return { kind: 'request', method, uri: oneLine(uri), headers, body }
}

export interface ResponseParts {
  /** Default: the registered one. */
  readonly reasonPhrase?: string
  /** Put behind the To, unless the request's has a tag already. */
  readonly toTag?: string
  readonly headers?: Iterable<readonly [string, string]>
  readonly body?: string
  readonly contentType?: string
}

/** A response by RFC 3261 §8.2.6: Via, From, To, Call-ID and CSeq are the request's; Record-Route too where a dialog begins (§12.1.1). */
export function buildResponse(request: SipRequest, status: number, parts: ResponseParts = {}): SipResponse {
  const headers = new HeaderTable()
  for (const name of ['Via', 'From'] as const) for (const line of request.headers.lines(name)) headers.append(name, line)
  const to = request.headers.first('To')
  if (to !== undefined) headers.append('To', tagged(to, status > 100 ? parts.toTag : undefined))
  for (const name of ['Call-ID', 'CSeq'] as const) {
    const value = request.headers.first(name)
    if (value !== undefined) headers.append(name, value)
  }
  const timestamp = status === 100 ? request.headers.first('Timestamp') : undefined
  if (timestamp !== undefined) headers.append('Timestamp', timestamp)
  const beginsDialog = request.method === 'INVITE' && status > 100 && status < 300
  if (beginsDialog) for (const line of request.headers.lines('Record-Route')) headers.append('Record-Route', line)
  for (const [name, value] of parts.headers ?? []) headers.append(name, value)
  if (parts.contentType !== undefined) headers.append('Content-Type', parts.contentType)
  return {
    kind: 'response',
    status,
    reasonPhrase: oneLine(parts.reasonPhrase ?? reasonPhraseOf(status)),
    headers,
    body: parts.body ?? '',
  }
}

/** CANCEL for an INVITE that was sent (§9.1): same Request-URI, top Via, From, To, Call-ID, CSeq number and Route. */
export function buildCancel(invite: SipRequest): SipRequest {
  return follower(invite, 'CANCEL', invite.headers.first('To') ?? '')
}

/** ACK for a 3xx–6xx (§17.1.1.3): within the INVITE's transaction, its To from the response. */
export function buildAckForFailure(invite: SipRequest, response: SipResponse): SipRequest {
  return follower(invite, 'ACK', response.headers.first('To') ?? '')
}

function follower({ uri, headers: sent }: SipRequest, method: 'CANCEL' | 'ACK', to: string): SipRequest {
  const headers = new HeaderTable()
  headers.append('Via', sent.values('Via')[0] ?? '')
  for (const line of sent.lines('Route')) headers.append('Route', line)
  headers.append('Max-Forwards', '70')
  headers.append('From', sent.first('From') ?? '')
  headers.append('To', to)
  headers.append('Call-ID', sent.first('Call-ID') ?? '')
  headers.append('CSeq', `${parseInt(sent.first('CSeq') ?? '', 10)} ${method}`)
  return { kind: 'request', method, uri, headers, body: '' }
}

/** A tag is looked for behind the address, where no quoted name and no URI parameter can stand. */
function tagged(to: string, tag: string | undefined): string {
  if (tag === undefined || /;\s*tag\s*=/i.test(to.slice(to.lastIndexOf('>') + 1))) return to
  return `${to};tag=${tag}`
}

const oneLine = (text: string): string => text.replace(/[\r\n\0]+/g, ' ')
