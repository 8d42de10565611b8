import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { buildAckForFailure, buildCancel, buildResponse } from '../../src/sip/message/build.js'
import { minSe, parseReplaces, rack, referTo, rseq, sessionExpires, wantsNoNews } from '../../src/sip/message/extensions.js'
import * as fields from '../../src/sip/message/fields.js'
import { decodeUtf8 } from '../../src/sip/message/grammar.js'
import type { SipMessage, SipRequest } from '../../src/sip/message/message.js'
import { formatNameAddr, parseNameAddr, type NameAddr } from '../../src/sip/message/name-addr.js'
import { parseMessage, type ParseOutcome } from '../../src/sip/message/parse.js'
import { parseReasons } from '../../src/sip/message/reason.js'
import { serialize } from '../../src/sip/message/serialize.js'
import { formatUri, parseUri, type Uri } from '../../src/sip/message/uri.js'
import { formatVia, parseVia } from '../../src/sip/message/via.js'

/** The messages of RFC 4475 and RFC 5118. */
export function tortureMessages(): readonly Buffer[] {
  return ['rfc4475', 'rfc5118'].flatMap(rfc => {
    const folder = new URL(`../data/${rfc}/`, import.meta.url)
    const files = readdirSync(folder).filter(file => file.endsWith('.dat'))
    return files.sort().map(file => readFileSync(new URL(file, folder)))
  })
}

/** Reads bytes with every reader and checks rules that hold for any bytes. Throws when a rule is broken. */
export function readAll(bytes: Buffer, framing: 'datagram' | 'stream' = 'datagram'): ParseOutcome {
  const outcome = parseMessage(bytes, framing)
  if (outcome.kind === 'malformed') checkAnswerable(outcome.answer, outcome.request)
  if (outcome.kind === 'message') checkMessage(outcome.message)
  return outcome
}

function checkAnswerable(answer: number, request: SipRequest): void {
  assert.ok(answer === 400 || answer === 505, 'a status that the RFC asks for')
  assert.notEqual(request.method, 'ACK')
  assert.ok(request.headers.has('Via'))
  readFields(request)
  checkWritten(buildResponse(request, answer, { toTag: 'x' }))
}

function checkMessage(message: SipMessage): void {
  const { headers } = message
  assert.ok(
    fields.topVia(headers) && fields.from(headers) && fields.to(headers) && fields.cseq(headers),
    'the required header fields can be read',
  )
  assert.notEqual(fields.callId(headers) ?? '', '')
  if (message.kind === 'request') assert.equal(fields.cseq(headers)?.method, message.method)
  readFields(message)
  checkRoundTrip(message)
  if (message.kind === 'response') return
  const response = buildResponse(message, 486, { toTag: 'x' })
  checkRoundTrip(response)
  assert.notEqual(fields.to(response.headers)?.tag, undefined)
  checkRoundTrip(buildCancel(message))
  checkRoundTrip(buildAckForFailure(message, response))
}

/** A written message has one line for each field, and no other line breaks. */
function checkWritten(message: SipMessage): string {
  const text = serialize(message).toString('latin1')
  const head = text.slice(0, text.length - message.body.length)
  const lengths = message.headers.count('Content-Length')
  assert.equal(head.split('\r\n').length, 1 + message.headers.size - lengths + 1 + 2)
  assert.equal(head.split(/[\r\n]/).length, head.split('\r\n').length * 2 - 1, 'no lone CR or LF')
  return text
}

/** A message that is written and read is written in the same way again. */
function checkRoundTrip(message: SipMessage): void {
  const text = checkWritten(message)
  const outcome = parseMessage(Buffer.from(text, 'latin1'), 'stream')
  if (outcome.kind !== 'message') assert.fail(`what we write cannot be read: ${outcome.what}`)
  assert.equal(serialize(outcome.message).toString('latin1'), text)
}

function readFields(message: SipMessage): void {
  const { headers } = message
  for (const read of [...Object.values(fields), minSe, rack, referTo, rseq, sessionExpires, wantsNoNews]) read(headers)
  for (const [name, value] of headers) {
    assert.ok(!/[\r\n]/.test(value), 'a value has no line break')
    headers.values(name).forEach(checkValue)
    decodeUtf8(value)
  }
  parseReasons(headers.lines('Reason'))
  if (message.kind === 'request') checkUri(message.uri)
}

function checkValue(value: string): void {
  parseReplaces(value)
  const via = parseVia(value)
  if (via.ok) assert.ok(parseVia(formatVia(via.value)).ok, 'a Via that we write can be read')
  const address = parseNameAddr(value)
  if (address.ok) checkAddress(address.value)
}

function checkAddress(address: NameAddr): void {
  const written = formatNameAddr(address)
  const again = parseNameAddr(written)
  assert.ok(
    again.ok &&
      again.value.uri === address.uri &&
      again.value.displayName === address.displayName &&
      formatNameAddr(again.value) === written,
  )
  checkUri(address.uri)
}

function checkUri(text: string): void {
  const uri = parseUri(text)
  if (!uri.ok) return
  assert.ok(isSameAsWritten(uri.value), `a URI that we write is the one that we read: ${text}`)
}

/** Whether reading what we write of a URI gives the same URI. */
export function isSameAsWritten(uri: Uri): boolean {
  const again = parseUri(formatUri(uri))
  return again.ok && isDeepStrictEqual(plain(again.value), plain(uri))
}

const plain = ({ parameters, ...rest }: Uri): object => ({ ...rest, parameters: [...parameters] })
