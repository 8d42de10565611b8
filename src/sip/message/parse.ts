import { fault, ok, type Result } from '../../foundation/result.js'
import { callId, contentLength, cseq, from, to, topVia } from './fields.js'
import { asLine, endOfToken, hasControls, isBlank, isToken, smallNumber, trimmed } from './grammar.js'
import { HeaderTable } from './headers.js'
import type { SipMessage, SipRequest } from './message.js'
import { checkedNames, readName } from './names.js'

/** The result of parsing. */
export type ParseOutcome =
  | { readonly kind: 'message'; readonly message: SipMessage }
  /**
   * A request that can't be processed, but can be answered with this status (RFC 3261 §8.2, §21.4.1). It has a Via, although
   * maybe a malformed one.
   */
  | { readonly kind: 'malformed'; readonly answer: number; readonly what: string; readonly request: SipRequest }
  /** Nothing that can be answered: keep-alives, garbage, malformed responses and ACKs. */
  | { readonly kind: 'silence'; readonly what: string }

/** How the end of the message was found: by its datagram, by Content-Length in a stream, or by its WebSocket frame. */
export type Framing = 'datagram' | 'stream' | 'frame'

/** The header fields, and the start of the body. */
interface Head {
  readonly headers: HeaderTable
  readonly bodyAt: number
  /** Sums of the bits of `checkedNames`: the fields that occurred, and those that occurred twice. */
  readonly seen: number
  readonly repeated: number
  /** What is wrong with the lines themselves. */
  readonly wrong: string | undefined
}

const CR = 13
const LF = 10
const space = 32
const version = 'SIP/2.0'
const mandatory: readonly (keyof typeof checkedNames)[] = ['Via', 'From', 'To', 'Call-ID', 'CSeq']
/** Several of one of these are refused, because it would be unclear which one counts. */
const single: readonly (keyof typeof checkedNames)[] = [
  'From',
  'To',
  'Call-ID',
  'CSeq',
  'Max-Forwards',
  'Content-Length',
  'Content-Type',
]
const allMandatory = sumOf(mandatory)
const allSingle = sumOf(single)
/** In characters. Ladders find the messages of thousands of past calls by their Call-IDs. The longest in practice have 200 characters. */
const longestCallId = 512
/** The places in a status line. */
const [statusAt, phraseAt] = [version.length + 1, version.length + 5]
const wrongInPhrase = /[\r\n\0]/
const wrongInUri = /[\0- <>"\x7f]/
/** Upper limit. More header fields than this are treated as an attack. */
const mostFields = 256

/**
 * Reads one message. In a datagram the body ends with Content-Length, or without it at the end of the datagram (RFC 3261 §18.3).
 * In a stream the framer has already cut it. A WebSocket frame holds exactly one message (RFC 7118 §4.2). This function finds the
 * header fields and checks those that every message needs; the rest is read on demand. It accepts lines that end with LF only,
 * white space at the end of the start line, and a missing empty line. Never throws.
 */
export function parseMessage(bytes: Buffer, framing: Framing): ParseOutcome {
  const text = bytes.toString('latin1')
  const startAt = skipBreaks(text)
  if (startAt === text.length) return { kind: 'silence', what: 'keep-alive' }
  const startEnd = text.indexOf('\n', startAt)
  if (startEnd < 0) return { kind: 'silence', what: 'no start line that ends' }
  const start = trimmed(text, startAt, startEnd)
  const head = readHead(text, startEnd + 1)
  return start.startsWith('SIP/') ? asResponse(start, head, text, framing) : asRequest(start, head, text, framing)
}

function asResponse(start: string, head: Head, text: string, framing: Framing): ParseOutcome {
  const status = statusIn(start)
  // Control characters become spaces, as they do in messages that we send.
  const line = asLine(start.slice(phraseAt))
  const reasonPhrase = trimmed(line, 0, line.length)
  const { headers } = head
  const what = status === undefined ? 'a status line that cannot be read' : (linesFault(head) ?? fieldsFault(headers))
  if (status === undefined || what !== undefined) return { kind: 'silence', what: what ?? '' }
  const body = readBody(head, text, framing)
  if (!body.ok) return { kind: 'silence', what: body.fault }
  return { kind: 'message', message: { kind: 'response', status, reasonPhrase, headers, body: body.value } }
}

/** The status of a line such as `SIP/2.0 200 OK`. Only one space stands before the phrase (RFC 3261 §7.2): further ones belong to it. */
function statusIn(start: string): number | undefined {
  const status = smallNumber(start.slice(statusAt, phraseAt - 1), 699)
  const isWhole = start.length < phraseAt || start.charCodeAt(phraseAt - 1) === space
  return isWhole &&
    status !== undefined &&
    status >= 100 &&
    start.startsWith(version) &&
    start.charCodeAt(version.length) === space &&
    !wrongInPhrase.test(start)
    ? status
    : undefined
}

function asRequest(start: string, head: Head, text: string, framing: Framing): ParseOutcome {
  const { headers } = head
  const methodEnd = endOfToken(start, 0)
  const uriEnd = start.length - version.length - 1
  const isUsual = start.endsWith(version) && start.charCodeAt(methodEnd) === space && start.charCodeAt(uriEnd) === space
  const method = start.slice(0, methodEnd)
  const uri = start.slice(methodEnd + 1, Math.max(uriEnd, methodEnd + 1))
  if (!isUsual || method === '' || uri === '') return unusual(start, method, headers)
  const what = wrongInUri.test(uri) ? 'a Request-URI with white space or brackets' : (linesFault(head) ?? fieldsFault(headers))
  if (what !== undefined) return refused(method, uri, headers, 400, what)
  if (cseq(headers)?.method !== method) return refused(method, uri, headers, 400, 'a CSeq of another method')
  const body = readBody(head, text, framing)
  if (!body.ok) return refused(method, uri, headers, 400, body.fault)
  return { kind: 'message', message: { kind: 'request', method, uri, headers, body: body.value } }
}

/** A start line that is not a request line of SIP 2.0. */
function unusual(start: string, firstToken: string, headers: HeaderTable): ParseOutcome {
  const [, method, uri, other] = /^(\S+) +(\S+) +SIP\/(\d+\.\d+)$/i.exec(start) ?? []
  if (method === undefined || uri === undefined || other === '2.0')
    return refused(firstToken, '', headers, 400, 'a request line that cannot be read')
  return refused(method, uri, headers, 505, `SIP version ${other ?? ''}`)
}

/** An ACK is never answered. Without a Via, no response can be sent. */
function refused(method: string, uri: string, headers: HeaderTable, answer: number, what: string): ParseOutcome {
  if (method === 'ACK' || !isToken(method) || !headers.has('Via')) return { kind: 'silence', what }
  return { kind: 'malformed', answer, what, request: { kind: 'request', method, uri, headers, body: '' } }
}

/** What is wrong with the header as a whole: a malformed line, or a field that is missing or occurs twice. */
function linesFault({ seen, repeated, wrong }: Head): string | undefined {
  if (wrong !== undefined) return wrong
  if ((seen & allMandatory) !== allMandatory) return `no ${mandatory.find(name => (seen & checkedNames[name]) === 0) ?? ''}`
  if ((repeated & allSingle) !== 0) return `several ${single.find(name => (repeated & checkedNames[name]) !== 0) ?? ''}`
  return undefined
}

/** Which of the fields that every message needs is malformed. */
function fieldsFault(headers: HeaderTable): string | undefined {
  if (!topVia(headers)) return 'a Via that cannot be read'
  if (!from(headers)) return 'a From that cannot be read'
  if (!to(headers)) return 'a To that cannot be read'
  if (!cseq(headers)) return 'a CSeq that cannot be read'
  const id = callId(headers) ?? ''
  if (id === '') return 'an empty Call-ID'
  if (id.length > longestCallId) return `a Call-ID of more than ${longestCallId} characters`
  // Characters outside the grammar occur in practice, but control characters would be copied into our response and shown to people.
  return hasControls(id) ? 'a Call-ID with control characters' : undefined
}

/** The body, as long as Content-Length says. What follows is not part of the message. */
function readBody({ headers, seen, bodyAt }: Head, text: string, framing: Framing): Result<string> {
  if ((seen & checkedNames['Content-Length']) === 0)
    return framing === 'stream' ? fault('no Content-Length in a stream') : ok(text.slice(bodyAt))
  const length = contentLength(headers)
  if (length === undefined) return fault('a Content-Length that is not a number')
  if (length > text.length - bodyAt) return fault('a body shorter than its Content-Length')
  if (framing === 'frame' && skipBreaks(text, bodyAt + length) < text.length) return fault('more than one message in a frame')
  return ok(text.slice(bodyAt, bodyAt + length))
}

/** RFC 3261 §7.5: line ends before the start line are ignored. */
function skipBreaks(text: string, from = 0): number {
  let at = from
  while (text.charCodeAt(at) === CR || text.charCodeAt(at) === LF) at += 1
  return at
}

/** One pass over the line ends. */
function readHead(text: string, from: number): Head {
  const headers = new HeaderTable()
  let seen = 0
  let repeated = 0
  let wrong: string | undefined
  let at = from
  let cr = nextCr(text, from)
  while (at < text.length && !isEmptyLine(text, at)) {
    if (headers.size === mostFields)
      return { headers, bodyAt: text.length, seen, repeated, wrong: `more than ${mostFields} header fields` }
    const end = endOfField(text, at)
    const spelling = readName(text, at)
    if (spelling) {
      headers.appendReceived(spelling.name, trimmed(text, at + spelling.raw.length + 1, end))
      repeated |= seen & spelling.bit
      seen |= spelling.bit
    } else wrong ??= `a line that is not a header field: '${trimmed(text, at, Math.min(end, at + 40))}'`
    // RFC 3261 §25.1 forbids a lone CR. We would send it on as a space, but other servers take it for a line end.
    cr = behindBreaks(text, cr, end)
    if (cr < end) wrong ??= 'a CR without LF in a header field'
    if (end === text.length) wrong ??= 'a header field that does not end'
    at = end + 1
  }
  return { headers, bodyAt: at < text.length ? text.indexOf('\n', at) + 1 : text.length, seen, repeated, wrong }
}

const nextCr = (text: string, from: number): number => {
  const at = text.indexOf('\r', from)
  return at < 0 ? Infinity : at
}

/** The first CR from `cr` on that has no LF behind it, or that stands at `end` or later. */
function behindBreaks(text: string, cr: number, end: number): number {
  let at = cr
  while (at < end && text.charCodeAt(at + 1) === LF) at = nextCr(text, at + 1)
  return at
}

const isEmptyLine = (text: string, at: number): boolean =>
  text.charCodeAt(at) === LF || (text.charCodeAt(at) === CR && text.charCodeAt(at + 1) === LF)

/** The line feed that ends the field at `at`, including folded lines. The end of the text if there is none. */
function endOfField(text: string, at: number): number {
  let end = text.indexOf('\n', at)
  while (end >= 0 && isBlank(text.charCodeAt(end + 1))) end = text.indexOf('\n', end + 1)
  return end < 0 ? text.length : end
}

function sumOf(names: readonly (keyof typeof checkedNames)[]): number {
  return names.reduce((sum, name) => sum | checkedNames[name], 0)
}
