import assert from 'node:assert/strict'
import type { InboundInfo } from '../../../src/legs/info.js'
import type { Leg } from '../../../src/legs/leg.js'
import type { SipEndpoint } from '../../../src/sip/endpoint.js'
import { Phone, sdp, Wire, type Dialogue, talkTo } from './dialog/wire.js'

const us = '192.0.2.1'
/** Not a trusted peer, because `site` trusts only 192.0.2.0/24. */
const phoneHost = '198.51.100.7'
/** Far more requests than a phone sends. */
const flood = 3_000

describe('a flood of requests within a dialog', () => {
  let wire: Wire
  let endpoint: SipEndpoint
  let infos: InboundInfo[]
  let ends: string[]
  let sessions: Leg[]
  beforeEach(() => {
    wire = new Wire()
    endpoint = wire.site(us)
    infos = []
    ends = []
    sessions = []
  })

  /** We call the phone and it answers. Returns the dialog from the phone's side. */
  function talk(phone: Phone, account?: string): Dialogue {
    return talkTo(endpoint, phone, {
      account,
      answered: leg => {
        sessions.push(leg)
        leg.listen({
          renegotiation: reinvite => reinvite.accept(sdp('us'), () => undefined),
          info: info => void infos.push(info),
          ended: end => ends.push(end.kind),
        })
      },
    })
  }

  /** Sends all requests at one moment. Returns the number of remaining transactions. */
  function send(
    method: string,
    { from, to, callId }: Dialogue,
    count: number,
    options: { first?: number; body?: string; host?: string } = {},
  ): number {
    const { first = 10, body = '', host = phoneHost } = options
    const before = endpoint.transactions
    for (let number = first; number < first + count; number += 1) {
      const lines = [
        `${method} sip:${us} SIP/2.0`,
        `Via: SIP/2.0/UDP ${host}:5060;branch=z9hG4bK${method}${number}${callId}`,
        `From: ${from}`,
        `To: ${to}`,
        `Call-ID: ${callId}`,
        `CSeq: ${number} ${method}`,
        'Max-Forwards: 70',
        `Contact: <sip:bob@${host}>`,
        ...(method === 'REFER' ? ['Refer-To: <sip:carol@example.com>'] : []),
        ...(body === '' ? [] : ['Content-Type: text/plain']),
        `Content-Length: ${body.length}`,
      ]
      wire.carry(Buffer.from([...lines, '', body].join('\r\n'), 'latin1'), host, us)
    }
    wire.clock.pass(5)
    return endpoint.transactions - before
  }

  for (const method of ['INVITE', 'UPDATE', 'INFO', 'REFER', 'PRACK', 'NOTIFY', 'SUBSCRIBE', 'MESSAGE', 'FROBNICATE'])
    it(`leaves at most 200 transactions of ${method}, and BYE ends the call`, () => {
      const phone = new Phone(wire, phoneHost)
      const dialogue = talk(phone)
      assert.ok(send(method, dialogue, flood) <= 200)
      assert.equal(endpoint.counters.rejected.get('dialogLimited'), flood - 200)
      phone.ask('BYE', us, dialogue, { cseq: 10_000 })
      assert.equal(phone.heard().at(-1), '200 BYE')
      assert.deepEqual(ends, ['hungUp'])
    })

  it('of OPTIONS is answered without a transaction', () => {
    const phone = new Phone(wire, phoneHost)
    assert.equal(send('OPTIONS', talk(phone), flood), 0)
    assert.deepEqual(phone.heard(), Array(200).fill('200 OPTIONS'))
  })

  it('of CANCEL, which matches no INVITE, leaves no transaction', () => {
    const phone = new Phone(wire, phoneHost)
    assert.equal(send('CANCEL', talk(phone), flood), 0)
    assert.deepEqual(ends, [])
  })

  it('of BYEs out of order leaves only a few transactions', () => {
    const phone = new Phone(wire, phoneHost)
    const dialogue = talk(phone)
    phone.ask('OPTIONS', us, dialogue, { cseq: 5 })
    phone.ask('INFO', us, dialogue, { cseq: 100_000 })
    assert.ok(send('BYE', dialogue, flood) <= 20)
    assert.deepEqual(ends, [])
    // Wait for the retransmission after 4 s (timer E).
    wire.clock.pass(4_000)
    phone.ask('BYE', us, dialogue, { cseq: 100_001 })
    assert.deepEqual(ends, ['hungUp'])
  })

  it('may keep at most 256 KiB, and 64 KiB more each second', () => {
    const dialogue = talk(new Phone(wire, phoneHost))
    assert.ok(send('INFO', dialogue, 100, { body: 'x'.repeat(15_000) }) <= 17)
    wire.clock.pass(1_000)
    assert.ok(send('INFO', dialogue, 100, { first: 2_000, body: 'x'.repeat(15_000) }) <= 5)
  })

  it('pays for a long answer too, which the other side of the call may have written', () => {
    const dialogue = talk(new Phone(wire, phoneHost))
    let taken = 0
    for (let number = 0; number < 100; number += 1) {
      taken += send('INFO', dialogue, 1, { first: 1 + number })
      infos.pop()?.respond(200, { type: 'text/plain', text: 'x'.repeat(60_000) })
    }
    assert.ok(taken <= 6, `${taken} were taken`)
  })

  it('is limited for all calls of an account together, without effect on another account at the same address', () => {
    const phone = new Phone(wire, phoneHost)
    const dialogues = Array.from({ length: 10 }, () => talk(phone, 'sip:mallory@example.com'))
    const other = talk(phone, 'sip:bob@example.com')
    let left = 0
    for (const dialogue of dialogues) left += send('UPDATE', dialogue, flood)
    assert.ok(left <= 820, `${left} are left`)
    assert.equal(send('UPDATE', other, 50), 50)
  })

  it('is limited for an account in whatever spelling, because a caller writes its own From', () => {
    endpoint.guard({
      open: true,
      onRequest: () => undefined,
      knows: () => true,
      answersChallenge: () => false,
      judge: () => ({ kind: 'admitted' }),
      payer: account => ({ kind: 'agent', account: account.replace(/;.*/, '') }),
      reaches: () => false,
      proves: () => ({ kind: 'admitted' }),
      connectionClosed: () => undefined,
    })
    const phone = new Phone(wire, phoneHost)
    let left = 0
    for (let call = 0; call < 10; call += 1) left += send('UPDATE', talk(phone, `sip:mallory@example.com;x=${call}`), flood)
    assert.ok(left <= 820, `${left} are left`)
  })

  it('is limited for all accounts at an address together', () => {
    const phone = new Phone(wire, phoneHost)
    let left = 0
    for (let index = 0; index < 30; index += 1) left += send('UPDATE', talk(phone, `sip:a${index}@example.com`), 300)
    assert.ok(left <= 2_200, `${left} are left`)
  })

  it('from a trusted peer is not limited', () => {
    const host = '192.0.2.2'
    assert.equal(send('UPDATE', talk(new Phone(wire, host)), 1_000, { host }), 1_000)
  })

  for (const [whose, host] of [
    ['a phone', phoneHost],
    ['a trusted peer', '192.0.2.2'],
  ] as const)
    it(`of INFO from ${whose} has at most four pending requests; others get 500 with Retry-After`, () => {
      const phone = new Phone(wire, host)
      const dialogue = talk(phone)
      send('INFO', dialogue, 100, { host })
      assert.equal(infos.length, 4)
      assert.deepEqual(phone.heard(), Array(96).fill('500 INFO'))
      assert.match(phone.response(500).headers.first('Retry-After') ?? '', /^(\d|10)$/)
      for (const info of infos) info.respond(200)
      wire.clock.pass(3)
      send('INFO', dialogue, 100, { host, first: 500 })
      assert.equal(infos.length, 8)
    })
})
