import assert from 'node:assert/strict'
import { CallMessages } from '../../../src/signaling/call-messages.js'
import { Capture } from '../../../src/sip/index.js'
import { FakeClock } from '../../fakes/clock.js'

describe('the messages of a call', () => {
  let capture: Capture
  let messages: CallMessages
  beforeEach(() => {
    capture = new Capture(1024 * 1024, new FakeClock())
    messages = new CallMessages(capture)
  })

  interface Parts {
    readonly callId?: string
    readonly branch?: string
    readonly toTag?: string
    readonly cseq?: string
    readonly more?: readonly string[]
    readonly body?: string
  }

  function bytes(start: string, { callId = 'in-1', branch = 'b1', toTag, cseq, more = [], body = '' }: Parts = {}): Buffer {
    const tag = toTag === undefined ? '' : `;tag=${toTag}`
    const head = [
      start,
      `Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK${branch}`,
      `From: "Zoë" <sip:zoe@example.com>;tag=f`,
      `To: <sip:support@example.com>${tag}`,
      `Call-ID: ${callId}`,
      `CSeq: ${cseq ?? `1 ${start.split(' ')[0] ?? ''}`}`,
      ...more,
    ]
    return Buffer.from(`${head.join('\r\n')}\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
  }
  const hop = { transport: 'udp', host: '10.0.0.1', port: 5060 } as const
  const comes = (...message: Parameters<typeof bytes>): void => capture.received(bytes(...message), hop)
  const goes = (...message: Parameters<typeof bytes>): void => capture.sent(bytes(...message), hop)
  const invite = 'INVITE sip:support@example.com SIP/2.0'

  it('are those of all its legs, in the order of the wire, and none of other calls', async () => {
    for (const [sipCallId, call] of [['in-1', 'c1'], ['out-1', 'c1'], ['in-2', 'c2']] as const) messages.belongs(sipCallId, call) // prettier-ignore
    comes(invite)
    comes(invite, { callId: 'in-2' })
    goes('INVITE sip:alice@10.0.0.2 SIP/2.0', { callId: 'out-1' })
    goes('SIP/2.0 180 Ringing', { toTag: 'us', cseq: '1 INVITE' })
    const told = (await messages.of('c1')).map(({ leg, direction, method, status }) => [leg, direction, method, status])
    assert.deepEqual(told, [
      [0, 'in', 'INVITE', undefined],
      [1, 'out', 'INVITE', undefined],
      [0, 'out', 'INVITE', 180],
    ])
    assert.equal((await messages.of('c2')).length, 1)
    assert.deepEqual(await messages.of('c3'), [])
  })

  it('are not those of another call whose caller uses the same Call-ID', async () => {
    messages.belongs('in-1', 'c1', 'f')
    comes(invite)
    capture.received(Buffer.from(bytes(invite).toString().replace(';tag=f', ';tag=f2')), hop)
    messages.belongs('in-1', 'c2', 'f2')
    for (const [call, tag] of [
      ['c1', 'tag=f\r'],
      ['c2', 'tag=f2'],
    ] as const) {
      const [only, ...others] = await messages.of(call)
      assert.ok(only?.text.includes(tag))
      assert.deepEqual(others, [])
    }
  })

  it('of a caller without a tag (RFC 2543) are not those of another call with the same Call-ID', async () => {
    messages.belongs('in-1', 'c1', '')
    comes(invite)
    capture.received(Buffer.from(bytes(invite).toString().replace(';tag=f', '')), hop)
    assert.deepEqual(
      (await messages.of('c1')).map(({ text }) => text.includes(';tag=f')),
      [false],
    )
  })

  it('have sender, receiver, content and text, with names in Unicode', async () => {
    messages.belongs('in-1', 'c1')
    comes(invite, { more: ['Content-Type: application/sdp;x=y'], body: 'v=0\r\n' })
    const [{ text, ...rest } = assert.fail()] = await messages.of('c1')
    assert.deepEqual(rest, {
      ...{ at: 1_800_000_000_000, direction: 'in', transport: 'udp', peer: '10.0.0.1:5060', leg: 0, sipCallId: 'in-1' },
      ...{ method: 'INVITE', from: 'sip:zoe@example.com', to: 'sip:support@example.com' },
      ...{ contentType: 'application/sdp', repeated: false },
    })
    assert.match(text, /^From: "Zoë"/m)
  })

  it('are marked as repeated if they are retransmissions, but not if they belong to another transaction or phone', async () => {
    messages.belongs('in-1', 'c1')
    const marked = async (): Promise<boolean[]> => (await messages.of('c1')).map(({ repeated }) => repeated)
    comes(invite)
    comes(invite)
    // A second attempt with credentials, and a forked one.
    comes(invite, { branch: 'b2', cseq: '2 INVITE' })
    goes(invite)
    for (const toTag of ['p1', 'p2', 'p1']) comes('SIP/2.0 180 Ringing', { toTag, cseq: '1 INVITE' })
    // Reliable responses differ by their RSeq (RFC 3262).
    for (const rseq of [1, 2, 2])
      comes('SIP/2.0 183 Session Progress', { toTag: 'p1', cseq: '1 INVITE', more: [`RSeq: ${rseq}`] })
    for (const cseq of ['1 CANCEL', '1 INVITE']) comes('SIP/2.0 200 OK', { toTag: 'p1', cseq })
    assert.deepEqual(await marked(), [
      ...[false, true, false, false],
      ...[false, false, true],
      ...[false, false, true],
      ...[false, false],
    ])
  })

  it('are shown as far as they can be read', async () => {
    messages.belongs('in-1', 'c1')
    capture.received(Buffer.from('INVITE sip:x SIP/2.0\r\nCall-ID: in-1\r\n\r\n'), hop)
    capture.received(Buffer.from('SIP/2.0 200 OK\r\nCall-ID: in-1\r\n\r\n'), hop)
    assert.deepEqual(
      (await messages.of('c1')).map(({ method, from }) => [method, from]),
      [
        ['INVITE', ''],
        ['unreadable', ''],
      ],
    )
  })

  it('have a short name if they are no messages, whatever their first word is', async () => {
    messages.belongs('in-1', 'c1')
    capture.received(Buffer.from(`${'\x01'.repeat(15_000)}\r\nCall-ID: in-1\r\n`), hop)
    assert.deepEqual(
      (await messages.of('c1')).map(({ method }) => method),
      ['unreadable'],
    )
  })

  it('are cut past 256 Ki characters of text, without a part of a password, and those past that have their names only', async () => {
    messages.belongs('in-1', 'c1')
    comes(invite)
    const body = 'a=sip:alice:secret@example.com\r\n'.repeat(400)
    for (let count = 0; count < 40; count += 1) comes('INFO sip:x SIP/2.0', { cseq: `${count} INFO`, body })
    const told = await messages.of('c1')
    const texts = told.map(({ text }) => text)
    assert.match(texts[0] ?? '', /^INVITE/)
    assert.ok(texts.join('').length < 257 * 1024, `${texts.join('').length} characters`)
    assert.doesNotMatch(texts.join(''), /secre/)
    assert.deepEqual([told.at(-1)?.method, told.at(-1)?.text], ['INFO', '…'])
  })

  it('let other work run between them', async () => {
    messages.belongs('in-1', 'c1')
    for (let count = 0; count < 500; count += 1) comes('INFO sip:x SIP/2.0', { cseq: `${count} INFO`, body: 'x'.repeat(1_000) })
    let isOver = false
    const told = messages.of('c1').finally(() => (isOver = true))
    let turns = 0
    while (!isOver) {
      turns += 1
      await new Promise(resolve => setImmediate(resolve))
    }
    assert.equal((await told).length, 500)
    // Three for the pages of the capture, and one for each 50 messages.
    assert.ok(turns >= 10, `${turns} turns`)
  })

  it('of a call with very many offers are those of the caller and of the latest thousand legs, each with its number', async () => {
    messages.belongs('in-1', 'c1')
    for (let leg = 1; leg <= 5_000; leg += 1) messages.belongs(`out-${leg}`, 'c1')
    comes(invite)
    for (const leg of [1, 4_001, 4_002, 5_000]) goes(invite, { callId: `out-${leg}` })
    const told = (await messages.of('c1')).map(({ leg }) => leg)
    assert.deepEqual(told, [0, 4_002, 5_000])
  })

  it('are known for the latest ten thousand calls', async () => {
    messages.belongs('in-1', 'first')
    for (let call = 0; call < 25_000; call += 1) messages.belongs(`in-${call + 2}`, `c${call}`)
    comes(invite)
    comes(invite, { callId: 'in-15002' })
    assert.deepEqual(await messages.of('first'), [])
    assert.equal((await messages.of('c15000')).length, 1)
  })
})
