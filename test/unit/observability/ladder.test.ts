import assert from 'node:assert/strict'
import { instant, wallTime } from '../../../src/foundation/time.js'
import { ladderOf, ladderText } from '../../../src/observability/ladder.js'
import type { CallId } from '../../../src/routing/index.js'
import type { CallMessage } from '../../../src/signaling/port.js'

const start = Date.UTC(2027, 0, 15, 8)
const call = 'c1' as CallId
const caller = { leg: 0, from: 'sip:+15550100@pbx.example.com', to: 'sip:support@example.com', peer: '10.0.0.1:5060' }
const agent = (leg: number, name: string, peer: string) => ({ leg, from: caller.from, to: `sip:${name}@example.com`, peer })

function message(
  after: number,
  of: typeof caller,
  direction: 'in' | 'out',
  what: string,
  more: Partial<CallMessage> = {},
): CallMessage {
  const [, status, reasonPhrase] = /^(\d{3}) (.*)$/.exec(what) ?? []
  return {
    ...{ at: instant(start + after), direction, transport: 'udp', sipCallId: `leg-${of.leg}`, repeated: false, text: what },
    ...of,
    ...(status === undefined ? { method: what } : { method: 'INVITE', status: Number(status), reasonPhrase: reasonPhrase ?? '' }),
    ...more,
  }
}

const sdp = { contentType: 'application/sdp' }
const [alice, bob, aliceAgain] = [
  agent(1, 'alice', '10.0.0.1:5060'),
  agent(2, 'bob', '[2001:db8::7]:5060'),
  agent(3, 'alice', '10.0.0.1:49152'),
]
const whole = [
  message(0, caller, 'in', 'INVITE', sdp),
  message(1, caller, 'out', '100 Trying'),
  message(2, alice, 'out', 'INVITE', sdp),
  message(20, alice, 'in', '486 Busy Here'),
  message(21, bob, 'out', 'INVITE', sdp),
  message(521, bob, 'out', 'INVITE', { ...sdp, repeated: true }),
  message(1_700, bob, 'in', '200 OK', { method: 'CANCEL' }),
  message(1_700, aliceAgain, 'out', 'INVITE', sdp),
  message(12_345, caller, 'in', 'BYE'),
]

describe('the SIP ladder of a call', () => {
  it('has one lane for each peer with any port: first the caller, then the called ones in order', () => {
    const { peers, messages, complete } = ladderOf(call, wallTime(start), whole, wallTime)
    assert.deepEqual(peers, [
      { side: 'caller', uri: 'sip:+15550100@pbx.example.com', address: '10.0.0.1:5060' },
      { side: 'called', uri: 'sip:alice@example.com', address: '10.0.0.1:5060' },
      { side: 'called', uri: 'sip:bob@example.com', address: '[2001:db8::7]:5060' },
    ])
    assert.deepEqual(
      messages.map(({ peer }) => peer),
      [0, 0, 1, 1, 2, 2, 2, 1, 0],
    )
    assert.equal(complete, true)
  })

  it('puts a phone that takes over a leg beside the caller, because it called too', () => {
    const taker = { leg: 2, from: 'sip:carol@example.com', to: 'sip:support@example.com', peer: '10.0.0.3:5060' }
    const { peers, messages } = ladderOf(
      call,
      wallTime(start),
      [...whole.slice(0, 3), message(9, taker, 'in', 'INVITE')],
      wallTime,
    )
    assert.deepEqual(
      peers.map(({ uri }) => uri),
      ['sip:+15550100@pbx.example.com', 'sip:carol@example.com', 'sip:alice@example.com'],
    )
    assert.equal(messages.at(-1)?.peer, 1)
  })

  it('says when its first messages are gone, and still names the peers', () => {
    const ladder = ladderOf(
      call,
      wallTime(start),
      [message(12_345, { ...bob, from: bob.to, to: bob.from }, 'in', 'BYE'), ...whole.slice(-1)],
      wallTime,
    )
    assert.equal(ladder.complete, false)
    assert.deepEqual(
      ladder.peers.map(({ side, uri }) => [side, uri]),
      [
        ['caller', 'sip:+15550100@pbx.example.com'],
        ['called', 'sip:bob@example.com'],
      ],
    )
    assert.match(ladderText(ladder), /no longer kept/)
  })

  it('holds a bounded text, whatever the parties sent in the call', () => {
    const long = Array.from({ length: 100 }, (_, index) =>
      message(index, caller, 'in', 'INFO', { text: `INFO\r\n\r\n${'\u0001x'.repeat(6_000)}` }),
    )
    const { messages } = ladderOf(call, wallTime(start), [...whole, ...long], wallTime)
    assert.equal(messages.length, whole.length + long.length)
    assert(JSON.stringify(messages).length < 400_000)
    assert.match(messages[whole.length]?.text ?? '', /^INFO\r\n\r\n\ufffdx/)
    assert.equal(messages.at(-1)?.text, '…')
  })

  it('has short fields without invisible characters, whatever the parties sent', () => {
    const evil = '\u001b]0;owned\u0007\u009b\u202e\ud800\n'
    const long = { ...caller, from: `sip:${evil}${'x'.repeat(60_000)}`, peer: `${evil}:1` }
    const sent = [
      message(0, long, 'in', `${evil}${'M'.repeat(60_000)}`, { contentType: `${evil}y`, sipCallId: evil, text: `${evil}\tz` }),
      message(1, caller, 'out', '200 x', { reasonPhrase: `${evil}${'R'.repeat(60_000)}`, method: evil }),
    ]
    const ladder = ladderOf(call, wallTime(start), sent, wallTime)
    const [{ text, ...fields } = assert.fail(), second] = ladder.messages
    assert.equal(text, '\ufffd]0;owned\ufffd\ufffd\ufffd\ufffd\n\tz')
    assert.doesNotMatch(JSON.stringify([fields, second, ladder.peers]), /\p{C}|\\[un]/u)
    assert.doesNotMatch(ladderText(ladder).replaceAll('\n', ''), /\p{C}/u)
    assert(JSON.stringify(ladder).length < 3_000)
  })

  it('holds a bounded number of characters in all fields of all messages', () => {
    const long = 'x'.repeat(1_000)
    const ladder = ladderOf(
      call,
      wallTime(start),
      Array.from({ length: 1_000 }, (_, index) =>
        message(index, { ...caller, leg: index, from: `sip:${index}${long}`, peer: `${index}${long}` }, 'in', long, {
          ...{ method: long, status: 200, reasonPhrase: long, contentType: long, sipCallId: long, text: long },
        }),
      ),
      wallTime,
    )
    assert.equal(ladder.messages.length, 1_000)
    assert(JSON.stringify(ladder.messages).length < 800_000, `${JSON.stringify(ladder.messages).length}`)
    assert(JSON.stringify(ladder).length < 1_400_000, `${JSON.stringify(ladder).length}`)
  })

  it('says where messages in its middle are left out', () => {
    const sent = [...whole.slice(0, 2), message(5_000, caller, 'in', 'BYE', { leftOutBefore: 7 })]
    const ladder = ladderOf(call, wallTime(start), sent, wallTime)
    assert.deepEqual(
      ladder.messages.map(({ leftOutBefore }) => leftOutBefore),
      [0, 0, 7],
    )
    assert.match(ladderText(ladder), /Trying.*\nand 7 messages that are left out\n +5\.000 .*BYE/)
  })

  it('is drawn with a bounded text, however many phones rang: the document has the rest', () => {
    const phones = Array.from({ length: 200 }, (_, index) => agent(index + 1, `agent${index}`, `10.0.1.${index}:5060`))
    const rang = phones.flatMap((phone, index) => [
      message(index, phone, 'out', 'INVITE'),
      message(index + 1, phone, 'in', '180 Ringing'),
    ])
    const ladder = ladderOf(call, wallTime(start), [...whole.slice(0, 1), ...rang], wallTime)
    const text = ladderText(ladder)
    assert.equal(ladder.messages.length, 401)
    assert(text.length < 300_000, `${text.length} characters`)
    assert.match(text, /and 3\d\d further messages, which the JSON document has/)
  })

  it('is drawn as text, with each message as an arrow between two lanes', () => {
    assert.equal(ladderText(ladderOf(call, wallTime(start), whole, wallTime)), drawing)
  })

  it('is a short notice if messages are not stored, or no longer', () => {
    assert.match(ladderText(ladderOf(call, wallTime(start), undefined, wallTime)), /sip\.capture: none/)
    assert.match(ladderText(ladderOf(call, wallTime(start), [], wallTime)), /no longer kept/)
  })
})

const drawing = `
call c1: 9 SIP messages since 2027-01-15T08:00:00.000Z

                 +15550100                  Carillon                   alice                      bob
               10.0.0.1:5060                                       10.0.0.1:5060           [2001:db8::7]:5060
    0.000             |----- INVITE (SDP) ----->|                         |                         |
    0.001             |<----- 100 Trying -------|                         |                         |
    0.002             |                         |----- INVITE (SDP) ----->|                         |
    0.020             |                         |<---- 486 Busy Here -----|                         |
    0.021             |                         |------------------ INVITE (SDP) ------------------>|
    0.521             |                         |--------------- INVITE (SDP, again) -------------->|
    1.700             |                         |<---------------- 200 OK (CANCEL) -----------------|
    1.700             |                         |----- INVITE (SDP) ----->|                         |
   12.345             |---------- BYE --------->|                         |                         |
`.slice(1)
