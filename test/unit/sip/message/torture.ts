import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import type { SipMessage, SipRequest } from '../../../../src/sip/message/message.js'
import { parseMessage, type ParseOutcome } from '../../../../src/sip/message/parse.js'

/** The result of reading one of an RFC's test messages, and the RFC's reason. */
export type Expected =
  | { readonly kind: 'message'; readonly because: string; readonly check?: (message: SipMessage) => void }
  | { readonly kind: 'malformed'; readonly because: string; readonly answer: number; readonly what: RegExp }
  | { readonly kind: 'silence'; readonly because: string; readonly what: RegExp }

const folder = (rfc: string): URL => new URL(`../../../data/${rfc}/`, import.meta.url)

export const messageNames = (rfc: string): readonly string[] =>
  readdirSync(folder(rfc)).flatMap(file => (file.endsWith('.dat') ? [file.slice(0, -'.dat'.length)] : []))

export const messageBytes = (rfc: string, name: string): Buffer => readFileSync(new URL(`${name}.dat`, folder(rfc)))

export function assertOutcome(outcome: ParseOutcome, expected: Expected): void {
  assert.equal(outcome.kind, expected.kind, outcome.kind === 'message' ? 'it was read' : outcome.what)
  if (expected.kind === 'message') {
    if (outcome.kind === 'message') expected.check?.(outcome.message)
    return
  }
  if (outcome.kind === 'message') return
  assert.match(outcome.what, expected.what)
  if (expected.kind === 'malformed' && outcome.kind === 'malformed') assert.equal(outcome.answer, expected.answer)
}

/** Reads a datagram. The test fails if it is not a message. */
export function messageIn(bytes: Buffer | string): SipMessage {
  const outcome = parseMessage(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes, 'datagram')
  if (outcome.kind !== 'message') assert.fail(`${outcome.kind}: ${outcome.what}`)
  return outcome.message
}

export function requestIn(bytes: Buffer | string): SipRequest {
  const message = messageIn(bytes)
  if (message.kind !== 'request') assert.fail('a response')
  return message
}
