import assert from 'node:assert/strict'
import { Capture } from '../../../../src/sip/transport/capture.js'
import type { Hop } from '../../../../src/sip/transport/transport.js'
import { FakeClock } from '../../../fakes/clock.js'

const peer: Hop = { transport: 'tls', host: '2001:db8::7', port: 5061 }

function message(callId: string, start: string, cseq = 'INVITE', padding = 0): Buffer {
  return Buffer.from(`${start}\r\nCall-ID: ${callId}\r\nCSeq: 1 ${cseq}\r\n\r\n${'x'.repeat(padding)}`)
}

describe('the capture of SIP messages', () => {
  const clock = new FakeClock(1_800_000_000_000)
  let capture: Capture
  beforeEach(() => (capture = new Capture(1024 * 1024, clock)))

  const starts = async (...callIds: string[]): Promise<string[]> =>
    (await capture.messages(new Set(callIds))).map(({ text }) => text.split('\r\n', 1)[0] ?? '')

  it('returns each message of the requested Call-IDs, in both directions, in order and unchanged', async () => {
    const sent = message('one@there', 'SIP/2.0 180 Ringing')
    capture.received(message('one@there', 'INVITE sip:support@example.com SIP/2.0'), peer)
    capture.received(message('one@there.not', 'INVITE sip:sales@example.com SIP/2.0'), peer)
    capture.sent(sent, { transport: 'udp', host: '10.0.0.9', port: 5060 })
    const [first, second, ...others] = await capture.messages(new Set(['one@there', 'two']))
    assert.deepEqual(others, [])
    assert.equal(first?.text.slice(0, 6), 'INVITE')
    assert.deepEqual([first?.direction, first?.transport, first?.host, first?.port], ['in', 'tls', '2001:db8::7', 5061])
    assert.deepEqual(second, {
      ...{ at: clock.now(), direction: 'out', transport: 'udp', host: '10.0.0.9', port: 5060 },
      ...{ callId: 'one@there', text: sent.toString('latin1') },
    })
  })

  it('finds a Call-ID in compact form, in any case and with spaces around the colon', async () => {
    for (const name of ['i:', 'I :', 'CALL-ID : ']) capture.received(Buffer.from(`BYE sip:x SIP/2.0\r\n${name}abc\r\n\r\n`), peer)
    assert.equal((await starts('abc')).length, 3)
  })

  it('keeps the latest messages when the memory is full, and never more than the limit', async () => {
    for (let count = 0; count < 400; count += 1)
      capture.received(message('call', `INFO sip:${count} SIP/2.0`, 'INFO', 10_000), peer)
    const kept = await starts('call')
    assert.equal(kept.at(-1), 'INFO sip:399 SIP/2.0')
    // Three to four of the four pages of 256 KiB are in use.
    assert.ok(kept.length >= 75 && kept.length <= 104, `${kept.length} messages`)
    assert.deepEqual(
      kept,
      Array.from({ length: kept.length }, (_, place) => `INFO sip:${400 - kept.length + place} SIP/2.0`),
    )
  })

  it('accepts messages while it is searched', async () => {
    for (let count = 0; count < 100; count += 1) capture.received(message('old', 'INVITE sip:x SIP/2.0', 'INVITE', 9_000), peer)
    const search = starts('old', 'new')
    for (let count = 0; count < 100; count += 1) capture.received(message('new', 'INVITE sip:y SIP/2.0', 'INVITE', 9_000), peer)
    const found = await search
    assert.ok(found.includes('INVITE sip:y SIP/2.0'))
    assert.deepEqual([...found].sort(), found, 'messages keep their order')
  })

  it('keeps the first 64 KiB of a larger message', async () => {
    capture.received(message('long', 'INVITE sip:x SIP/2.0', 'INVITE', 100_000), peer)
    capture.received(message('long', 'ACK sip:x SIP/2.0', 'ACK'), peer)
    assert.deepEqual(await starts('long'), ['INVITE sip:x SIP/2.0', 'ACK sip:x SIP/2.0'])
  })

  it('returns the first and the last half MiB of a call that has more, and the number of those between', async () => {
    capture = new Capture(8 * 1024 * 1024, clock)
    for (let count = 0; count < 400; count += 1)
      capture.received(message('call', `INFO sip:${count} SIP/2.0`, 'INFO', 10_000), peer)
    const kept = await capture.messages(new Set(['call']))
    const numbers = kept.map(({ text }) => Number(/^INFO sip:(\d+)/.exec(text)?.[1]))
    const gap = numbers.findIndex((number, place) => number !== place)
    assert.equal(numbers.at(-1), 399)
    assert.ok(gap >= 50 && gap <= 52, `${gap} first ones`)
    assert.ok(numbers.length - gap >= 50 && numbers.length - gap <= 52, `${numbers.length - gap} last ones`)
    assert.deepEqual(
      kept.map(({ leftOutBefore }) => leftOutBefore),
      kept.map((_, place) => (place === gap ? 400 - kept.length : undefined)),
    )
  })

  it('returns the first and the last 500 messages of a call that has more', async () => {
    for (let count = 0; count < 1_200; count += 1) capture.received(message('call', `INFO sip:${count} SIP/2.0`, 'INFO'), peer)
    const kept = await capture.messages(new Set(['call']))
    assert.deepEqual(
      [kept.length, kept[499]?.text.slice(0, 12), kept[500]?.text.slice(0, 12)],
      [1_000, 'INFO sip:499', 'INFO sip:700'],
    )
    assert.equal(kept[500]?.leftOutBefore, 200)
  })

  it('keeps what no other limit counts as far as a limit for each address allows', async () => {
    const other = { ...peer, host: '10.0.0.7' }
    for (let count = 0; count < 100; count += 1)
      capture.receivedUncounted(message('flood', 'SIP/2.0 200 OK', 'INFO', 10_000), peer)
    capture.receivedUncounted(message('call', 'SIP/2.0 180 Ringing'), other)
    capture.received(message('call', 'INVITE sip:x SIP/2.0'), peer)
    assert.equal((await starts('flood')).length, 26)
    assert.equal((await starts('call')).length, 2)
    clock.pass(10_000)
    for (let count = 0; count < 100; count += 1)
      capture.receivedUncounted(message('flood', 'SIP/2.0 200 OK', 'INFO', 10_000), peer)
    assert.equal((await starts('flood')).length, 42)
  })

  it('leaves out messages that do not belong to calls, and their responses', async () => {
    for (const method of ['REGISTER', 'OPTIONS', 'SUBSCRIBE', 'PUBLISH', 'MESSAGE']) {
      capture.received(message('x', `${method} sip:example.com SIP/2.0`, method), peer)
      capture.sent(message('x', 'SIP/2.0 200 OK', method), peer)
    }
    for (const method of ['INVITE', 'ACK', 'BYE', 'CANCEL', 'PRACK', 'UPDATE', 'INFO', 'REFER', 'NOTIFY']) {
      capture.received(message('x', `${method} sip:x SIP/2.0`, method), peer)
      capture.sent(message('x', `SIP/2.0 200 to ${method}`, method), peer)
    }
    assert.equal((await starts('x')).length, 18)
  })

  it('accepts bytes that are not a message', async () => {
    for (const text of ['', 'S', 'SIP/2.0', 'SIP/2.0 200 OK\r\nCSeq:', 'SIP/2.0 200 OK\r\nCSeq: 1'])
      capture.received(Buffer.from(text), { transport: 'udp', host: '', port: 99_999 })
    assert.deepEqual(await starts('x'), [])
  })
})
