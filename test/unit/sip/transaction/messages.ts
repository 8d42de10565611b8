import assert from 'node:assert/strict'
import type { SipMessage, SipRequest, SipResponse } from '../../../../src/sip/message/message.js'
import { parseMessage } from '../../../../src/sip/message/parse.js'

export interface RequestText {
  readonly method?: string
  readonly uri?: string
  /** The whole top Via value. Empty: no Via. */
  readonly via?: string
  readonly callId?: string
  readonly fromTag?: string
  readonly toTag?: string
  readonly cseq?: number
  readonly cseqMethod?: string
  readonly extra?: readonly string[]
  readonly body?: string
}

export function parsed(text: string): SipMessage {
  const result = parseMessage(Buffer.from(text, 'latin1'), 'datagram')
  assert.equal(result.kind, 'message', `${JSON.stringify(result)}\n${text}`)
  if (result.kind !== 'message') throw new Error('unreachable')
  return result.message
}

export function requestText(options: RequestText = {}): string {
  const method = options.method ?? 'OPTIONS'
  const via = options.via ?? 'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKabc'
  const body = options.body ?? ''
  return [
    `${method} ${options.uri ?? 'sip:bob@192.0.2.9'} SIP/2.0`,
    ...(via === '' ? [] : [`Via: ${via}`]),
    'Max-Forwards: 70',
    `From: <sip:alice@192.0.2.1>;tag=${options.fromTag ?? 'from1'}`,
    `To: <sip:bob@192.0.2.9>${options.toTag === undefined ? '' : `;tag=${options.toTag}`}`,
    `Call-ID: ${options.callId ?? 'call-1@192.0.2.1'}`,
    `CSeq: ${options.cseq ?? 1} ${options.cseqMethod ?? method}`,
    'Contact: <sip:alice@192.0.2.1>',
    ...(options.extra ?? []),
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n')
}

export function request(options: RequestText = {}): SipRequest {
  const { via, ...rest } = options
  const message = parsed(requestText(via === '' ? rest : options))
  assert.equal(message.kind, 'request')
  if (message.kind !== 'request') throw new Error('unreachable')
  // The state of our own requests before they are sent. Received requests always have a Via.
  if (via === '') message.headers.delete('Via')
  return message
}

/** The peer's response to a request. */
export function responseTo(to: SipRequest, status: number, toTag = 'to1'): SipResponse {
  const lines = (name: string) => to.headers.values(name).map(value => `${name}: ${value}`)
  const tag = status > 100 && !(to.headers.first('To') ?? '').includes(';tag=') ? `;tag=${toTag}` : ''
  const text = [
    `SIP/2.0 ${status} Whatever`,
    ...lines('Via'),
    ...lines('From'),
    `To: ${to.headers.first('To') ?? ''}${tag}`,
    ...lines('Call-ID'),
    ...lines('CSeq'),
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n')
  const message = parsed(text)
  assert.equal(message.kind, 'response')
  if (message.kind !== 'response') throw new Error('unreachable')
  return message
}
