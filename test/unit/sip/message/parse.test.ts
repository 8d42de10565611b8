import assert from 'node:assert/strict'
import { cseq, from, to } from '../../../../src/sip/message/fields.js'
import { parseMessage, type ParseOutcome } from '../../../../src/sip/message/parse.js'
import { messageIn } from './torture.js'

const fields = {
  Via: 'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1',
  From: '<sip:alice@example.com>;tag=1',
  To: '<sip:bob@example.com>',
  'Call-ID': 'abc@192.0.2.1',
  CSeq: '1 INVITE',
  'Content-Length': '4',
}

interface Parts {
  readonly start?: string
  /** Undefined removes a field. */
  readonly fields?: Readonly<Record<string, string | undefined>>
  readonly more?: readonly string[]
  readonly body?: string
}

function textOf({ start = 'INVITE sip:bob@example.com SIP/2.0', fields: own = {}, more = [], body = 'v=0\n' }: Parts): string {
  const all: Readonly<Record<string, string | undefined>> = { ...fields, ...own }
  const lines = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]))
  return [start, ...lines, ...more, '', body].join('\r\n')
}

const outcomeOf = (parts: Parts, framing: 'datagram' | 'stream' = 'datagram'): ParseOutcome =>
  parseMessage(Buffer.from(textOf(parts), 'latin1'), framing)

const summary = (outcome: ParseOutcome): string =>
  outcome.kind === 'malformed' ? `${outcome.answer} ${outcome.what}` : outcome.kind === 'silence' ? `- ${outcome.what}` : 'read'

describe('parsing a message', () => {
  it('reads a request: start line, fields, body', () => {
    const message = messageIn(textOf({}))
    assert.ok(message.kind === 'request')
    assert.deepEqual([message.method, message.uri, message.body], ['INVITE', 'sip:bob@example.com', 'v=0\n'])
    assert.deepEqual(cseq(message.headers), { number: 1, method: 'INVITE' })
    assert.equal(from(message.headers)?.tag, '1')
    assert.equal(to(message.headers)?.uri, 'sip:bob@example.com')
  })

  it('reads a reason phrase in the form in which it would be written', () => {
    const message = messageIn(textOf({ start: 'SIP/2.0 200 O\u007fK\u0001\u0001' }))
    assert.equal(message.kind === 'response' && message.reasonPhrase, 'O K')
  })

  it('ignores line breaks before the start line', () => assert.equal(messageIn(`\r\n\r\n${textOf({})}`).kind, 'request'))

  for (const text of ['', '\r\n', '\r\n\r\n', '\n', '\0\0\0\0', 'hello', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', 'SIP/2.0\r\n\r\n'])
    it(`ignores ${JSON.stringify(text)}`, () => assert.equal(parseMessage(Buffer.from(text), 'datagram').kind, 'silence'))

  for (const [parts, expected] of [
    [{ fields: { Via: undefined } }, '- no Via'],
    [{ fields: { From: undefined } }, '400 no From'],
    [{ fields: { To: undefined } }, '400 no To'],
    [{ fields: { 'Call-ID': undefined } }, '400 no Call-ID'],
    [{ fields: { CSeq: undefined } }, '400 no CSeq'],
    [{ fields: { 'Call-ID': '' } }, '400 an empty Call-ID'],
    [{ fields: { 'Call-ID': 'a'.repeat(512) } }, 'read'],
    [{ fields: { 'Call-ID': 'a'.repeat(513) } }, '400 a Call-ID of more than 512 characters'],
    [{ fields: { 'Call-ID': 'a\x7fb' } }, '400 a Call-ID with control characters'],
    [{ fields: { 'Call-ID': 'a\x1b[2Jb' } }, '400 a Call-ID with control characters'],
    [{ fields: { Via: 'nonsense' } }, '400 a Via that cannot be read'],
    [{ fields: { From: '<sip:alice@example.com' } }, '400 a From that cannot be read'],
    [{ fields: { To: '"Bob <sip:bob@example.com>' } }, '400 a To that cannot be read'],
    [{ fields: { CSeq: '2147483647 INVITE' } }, 'read'],
    [{ fields: { CSeq: '2147483648 INVITE' } }, '400 a CSeq that cannot be read'],
    [{ fields: { CSeq: '-1 INVITE' } }, '400 a CSeq that cannot be read'],
    [{ fields: { CSeq: '1INVITE' } }, '400 a CSeq that cannot be read'],
    [{ fields: { CSeq: '1 BYE' } }, '400 a CSeq of another method'],
    [{ more: ['f: <sip:eve@example.com>;tag=2'] }, '400 several From'],
    [{ more: ['CSeq: 1 INVITE'] }, '400 several CSeq'],
    [{ more: ['Max-Forwards: 1', 'Max-Forwards: 2'] }, '400 several Max-Forwards'],
    [{ more: ['l: 4'] }, '400 several Content-Length'],
    [{ more: ['no colon here'] }, "400 a line that is not a header field: 'no colon here'"],
    [{ more: [': no name'] }, "400 a line that is not a header field: ': no name'"],
    [{ more: ['two words: x'] }, "400 a line that is not a header field: 'two words: x'"],
    [{ more: ['P-Asserted-Identity: <sip:a@b>\rX-Evil: 1'] }, '400 a CR without LF in a header field'],
    [{ more: ['Subject: a\r'] }, '400 a CR without LF in a header field'],
    [{ more: ['Subject: a\r\r\n b'] }, '400 a CR without LF in a header field'],
    [{ more: ['Subject: a\r\n b', 'Subject: c\n\td'] }, 'read'],
    [{ start: 'SIP/2.0 200 OK', more: ['Subject: a\rb'] }, '- a CR without LF in a header field'],
    [{ fields: { 'Content-Length': '3' }, body: 'a\rb' }, 'read'],
    [{ more: Array.from({ length: 300 }, () => 'X: y') }, '400 more than 256 header fields'],
    [{ fields: { 'Content-Length': '4x' } }, '400 a Content-Length that is not a number'],
    [{ fields: { 'Content-Length': '5' } }, '400 a body shorter than its Content-Length'],
    [{ fields: { 'Content-Length': '99999999999999999999' } }, '400 a Content-Length that is not a number'],
    [{ start: 'INVITE sip:bob@example.com SIP/3.0' }, '505 SIP version 3.0'],
    [{ start: 'INVITE sip:bob@example.com' }, '400 a request line that cannot be read'],
    [{ start: 'INVITE  SIP/2.0' }, '400 a request line that cannot be read'],
    [{ start: 'INVITE sip:b\tob@example.com SIP/2.0' }, '400 a Request-URI with white space or brackets'],
    [{ start: 'INVITE sip:b\0ob@example.com SIP/2.0' }, '400 a Request-URI with white space or brackets'],
    [{ start: 'IN<>ITE sip:bob@example.com SIP/2.0' }, '400 a request line that cannot be read'],
    [{ start: '<> sip:bob@example.com SIP/2.0' }, '- a request line that cannot be read'],
    [{ start: 'ACK sip:bob@example.com SIP/2.0', fields: { CSeq: '1 ACK', From: undefined } }, '- no From'],
    [{ start: 'ACK sip:bob@example.com SIP/9.9', fields: { CSeq: '1 ACK' } }, '- SIP version 9.9'],
    [{ start: 'SIP/2.0 200 OK', fields: { From: undefined } }, '- no From'],
    [{ start: 'SIP/2.0 99 Low' }, '- a status line that cannot be read'],
    [{ start: 'SIP/2.0 700 High' }, '- a status line that cannot be read'],
    [{ start: 'SIP/3.0 200 OK' }, '- a status line that cannot be read'],
    [{ start: 'SIP/2.0 200 O\rK' }, '- a status line that cannot be read'],
    [{ start: 'SIP/2.0 200 O\0K' }, '- a status line that cannot be read'],
    [{ start: 'SIP/2.0  200 OK' }, '- a status line that cannot be read'],
    [{ start: 'SIP/2.0 200' }, 'read'],
    [{ start: 'SIP/2.0 200   OK' }, 'read'],
  ] as const satisfies readonly (readonly [Parts, string])[])
    it(`gives "${expected}" for ${JSON.stringify(parts).slice(0, 90)}`, () => assert.equal(summary(outcomeOf(parts)), expected))

  it('takes the rest of a datagram as the body without a Content-Length', () =>
    assert.equal(messageIn(textOf({ fields: { 'Content-Length': undefined }, body: 'whatever' })).body, 'whatever'))

  it('cuts off bytes after Content-Length', () => assert.equal(messageIn(textOf({ body: 'v=0\nINVITE' })).body, 'v=0\n'))

  it('requires Content-Length in a stream', () =>
    assert.equal(summary(outcomeOf({ fields: { 'Content-Length': undefined } }, 'stream')), '400 no Content-Length in a stream'))

  it('accepts a missing empty line, but not an incomplete field', () => {
    const [head = ''] = textOf({ fields: { 'Content-Length': '0' } }).split('\r\n\r\n')
    assert.equal(summary(parseMessage(Buffer.from(`${head}\r\n`), 'datagram')), 'read')
    assert.equal(summary(parseMessage(Buffer.from(head), 'datagram')), '400 a header field that does not end')
  })

  it('keeps every byte of the body', () => {
    const bytes = Buffer.from(Uint8Array.from({ length: 256 }, (_, code) => code))
    const body = bytes.toString('latin1')
    assert.deepEqual(Buffer.from(messageIn(textOf({ fields: { 'Content-Length': '256' }, body })).body, 'latin1'), bytes)
  })

  it('stays fast with hostile text', () => {
    const long = 60_000
    const hostile = [
      { fields: { Subject: `${' '.repeat(long)}\r\n x` } },
      { fields: { From: `"${'\\"'.repeat(long / 2)}` } },
      { fields: { To: '<'.repeat(long) } },
      { fields: { Via: ','.repeat(long) } },
      { fields: { Via: `SIP/2.0/UDP h${';a'.repeat(long / 2)}` } },
      { fields: { Contact: '","'.repeat(long / 3) } },
      { fields: { Contact: `"${'\\","'.repeat(long / 4)}` } },
      { start: `INVITE tel:+${'1'.repeat(long)}x SIP/2.0` },
      { start: 'A '.repeat(long / 2) },
      { start: `A B${' '.repeat(long)}SIP/2.0x` },
      { start: `SIP/2.0 200 ${' '.repeat(long)}\0x` },
      { start: `SIP/2.0 200 ${' '.repeat(long)}\rx` },
      { more: ['v:'.repeat(long / 2)] },
    ]
    const before = performance.now()
    for (const parts of hostile) {
      const outcome = outcomeOf(parts)
      if (outcome.kind === 'message') for (const [name] of outcome.message.headers) outcome.message.headers.values(name)
    }
    // A quadratic parser takes many seconds for these.
    assert.ok(performance.now() - before < 1_000)
  })
})
