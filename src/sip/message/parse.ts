import { callId, cseq, from, to, topVia } from './fields.js'
import { canonicalName, HeaderTable } from './headers.js'
import type { SipMessage, SipRequest } from './message.js'

/** What bytes come to. */
export type ParseOutcome =
  | { readonly kind: 'message'; readonly message: SipMessage }
  /** A request that can't be processed but can be answered: with this status (RFC 3261 §8.2, §16.3). */
  | { readonly kind: 'malformed'; readonly answer: number; readonly what: string; readonly request: SipRequest }
  /** Nothing that one could answer: keep-alives, garbage, malformed responses and ACKs. */
  | { readonly kind: 'silence'; readonly what: string }

/** A start line, its header fields, and where the body begins. */
interface Head {
  readonly start: string
  readonly headers: HeaderTable
  readonly bodyAt: number
  /** The first line that is no header field. */
  readonly fault: string | undefined
}

const mandatory = ['Via', 'From', 'To', 'Call-ID', 'CSeq'] as const
/** Several of one of these leave open which one counts. */
const single = ['From', 'To', 'Call-ID', 'CSeq', 'Max-Forwards', 'Content-Length', 'Content-Type'] as const

/**
 * Reads one message. In a datagram the body ends with Content-Length or, without one, with the datagram (RFC 3261 §18.3);
 * in a stream the frame was cut by it already. Header fields are found here and read when asked for. Never throws.
 */
export function parseMessage(bytes: Buffer, framing: 'datagram' | 'stream'): ParseOutcome {
  const text = bytes.toString('latin1')
  const startAt = leadingBreaks(text)
  if (startAt === text.length) return { kind: 'silence', what: 'keep-alive' }
  const head = readHead(text, startAt)
  if (!head) return { kind: 'silence', what: 'no start line that ends' }
  return head.start.startsWith('SIP/') ? asResponse(head, text, framing) : asRequest(head, text, framing)
}

function asResponse(head: Head, text: string, framing: 'datagram' | 'stream'): ParseOutcome {
  const [, status, reasonPhrase = ''] = /^SIP\/2\.0 ([1-6]\d\d)(?: (.*))?$/is.exec(head.start) ?? []
  const what = status === undefined ? 'a status line that can not be read' : faultOf(head, text, framing)
  if (what !== undefined) return { kind: 'silence', what }
  const message = {
    kind: 'response',
    status: Number(status),
    reasonPhrase,
    headers: head.headers,
    body: bodyOf(head, text),
  } as const
  return { kind: 'message', message }
}

function asRequest(head: Head, text: string, framing: 'datagram' | 'stream'): ParseOutcome {
  const [, method = '', space = '', uri = '', gap = '', version] =
    /^([A-Za-z0-9\-.!%*_+`'~]+)( +)(.*?)( +)SIP\/(\d+\.\d+)$/is.exec(head.start) ?? []
  const request: SipRequest = { kind: 'request', method, uri, headers: head.headers, body: bodyOf(head, text) }
  if (version === undefined)
    return refuse({ ...request, method: method || firstWord(head.start) }, 400, 'a request line that can not be read')
  if (version !== '2.0') return refuse(request, 505, `SIP version ${version}`)
  const badLine = space.length > 1 || gap.length > 1 || uri === '' || /[\s<>]/.test(uri)
  const what = badLine ? 'a Request-URI with spaces or brackets' : (faultOf(head, text, framing) ?? methodFault(request))
  return what === undefined ? { kind: 'message', message: request } : refuse(request, 400, what)
}

/** An ACK is never answered; without a Via and a CSeq there is no transaction to answer in. */
function refuse(request: SipRequest, answer: number, what: string): ParseOutcome {
  const answerable = request.method !== 'ACK' && request.headers.has('Via') && callId(request.headers) !== undefined
  return answerable ? { kind: 'malformed', answer, what, request } : { kind: 'silence', what }
}

function methodFault({ method, headers }: SipRequest): string | undefined {
  return cseq(headers)?.method === method ? undefined : 'a CSeq of another method'
}

/** What keeps the message from being processed at all. */
function faultOf(head: Head, text: string, framing: 'datagram' | 'stream'): string | undefined {
  const { headers } = head
  if (head.fault !== undefined) return head.fault
  for (const name of mandatory) if (!headers.has(name)) return `no ${name}`
  for (const name of single) if (headers.count(name) > 1) return `several ${name}`
  if (!topVia(headers)) return 'a Via that can not be read'
  if (!from(headers)) return 'a From that can not be read'
  if (!to(headers)) return 'a To that can not be read'
  if (!cseq(headers)) return 'a CSeq that can not be read'
  const length = headers.first('Content-Length')
  if (length === undefined) return framing === 'stream' ? 'no Content-Length in a stream' : undefined
  if (!/^\d{1,9}$/.test(length)) return 'a Content-Length that is no number'
  return Number(length) > text.length - head.bodyAt ? 'a body shorter than its Content-Length' : undefined
}

function bodyOf(head: Head, text: string): string {
  const length = Number(head.headers.first('Content-Length') ?? NaN)
  const available = text.length - head.bodyAt
  return text.slice(
    head.bodyAt,
    head.bodyAt + (Number.isInteger(length) && length >= 0 ? Math.min(length, available) : available),
  )
}

/** RFC 3261 §7.5: line ends before the start line are ignored. */
function leadingBreaks(text: string): number {
  let at = 0
  while (text.charCodeAt(at) === 13 || text.charCodeAt(at) === 10) at += 1
  return at
}

/** One pass over the line ends. A bare LF ends a line, too: tolerated (RFC 3261 §7.5 is for writers). */
function readHead(text: string, startAt: number): Head | undefined {
  const startEnd = text.indexOf('\n', startAt)
  if (startEnd < 0) return undefined
  const headers = new HeaderTable()
  const start = lineOf(text, startAt, startEnd)
  let fault: string | undefined
  let at = startEnd + 1
  while (at < text.length) {
    const end = endOfField(text, at)
    if (end === at || (end === at + 1 && text.charCodeAt(at) === 13)) return { start, headers, bodyAt: end + 1, fault }
    if (!readField(headers, text, at, end))
      fault ??= `a line that is no header field: '${text.slice(at, Math.min(end, at + 40)).trim()}'`
    at = end + 1
  }
  // No empty line: what came is read all the same, as a message without a body.
  return { start, headers, bodyAt: text.length, fault }
}

/** The line feed that ends the field at `at`, its folded lines included; the text's end when there is none. */
function endOfField(text: string, at: number): number {
  let end = text.indexOf('\n', at)
  const empty = end === at || (end === at + 1 && text.charCodeAt(at) === 13)
  while (!empty && end >= 0 && isBlank(text.charCodeAt(end + 1))) end = text.indexOf('\n', end + 1)
  return end < 0 ? text.length : end
}

const isBlank = (code: number): boolean => code === 32 || code === 9

function readField(headers: HeaderTable, text: string, at: number, end: number): boolean {
  const colon = text.indexOf(':', at)
  if (colon < 0 || colon >= end || colon === at) return false
  let nameEnd = colon
  while (nameEnd > at && isBlank(text.charCodeAt(nameEnd - 1))) nameEnd -= 1
  const name = canonicalName(text.slice(at, nameEnd))
  if (name === undefined) return false
  headers.appendRead(name, lineOf(text, colon + 1, end))
  return true
}

/** Trimmed, and unfolded: each fold is one space (RFC 3261 §7.3.1). */
function lineOf(text: string, from: number, to: number): string {
  const line = text.slice(from, to).trim()
  return line.includes('\n') || line.includes('\r') ? line.replace(/\s*[\r\n]+\s*/g, ' ') : line
}

const firstWord = (line: string): string => line.split(' ', 1)[0] ?? ''
