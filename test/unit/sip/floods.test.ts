import assert from 'node:assert/strict'
import type { SipEndpoint } from '../../../src/sip/endpoint.js'
import { digestOf, nonceIn } from '../../fakes/digest.js'
import { Wire } from './dialog/wire.js'
import { domain, password } from './registrar/asking.js'
import { guardFor } from './registrar/guard.js'

const us = '192.0.2.1'
const phone = '203.0.113.9'

describe('a flood of datagrams with forged sources', () => {
  let wire: Wire
  let endpoint: SipEndpoint
  let answers: string[]

  beforeEach(() => {
    wire = new Wire()
    endpoint = wire.site(us)
    guardFor(['alice'], endpoint, wire.clock)
    answers = []
    wire.attach(phone, bytes => void answers.push(bytes.toString('latin1')))
  })

  function send(method: string, from: string, cseq: number, more: readonly string[] = []): void {
    const lines = [
      `${method} sip:${domain} SIP/2.0`,
      `Via: SIP/2.0/UDP ${from}:5060;rport;branch=z9hG4bK${method}${cseq}`,
      `From: <sip:alice@${domain}>;tag=1`,
      `To: <sip:alice@${domain}>`,
      `Call-ID: c${cseq}@${from}`,
      `CSeq: ${cseq} ${method}`,
      'Max-Forwards: 70',
      `Contact: <sip:alice@${from}:5060>`,
      ...more,
    ]

    wire.carry(Buffer.from([...lines, '', ''].join('\r\n'), 'latin1'), from, us)
  }

  const flood = (method: string, size: number, more?: readonly string[]): void => {
    for (let index = 0; index < size; index += 1) send(method, `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`, 1, more)
    wire.clock.pass(1)
  }

  const credentials = (nonce: string): string =>
    `Authorization: ${digestOf({ method: 'REGISTER', uri: `sip:${domain}`, user: 'alice', realm: domain, password, nonce })}`

  it('leaves no transaction behind, so that its size costs no memory', () => {
    flood('REGISTER', 3_000)
    assert.equal(endpoint.transactions, 0)
    flood('REGISTER', 3_000, [credentials('x.y.z')])
    assert.equal(endpoint.transactions, 0)
  })

  it('of OPTIONS leaves no transaction, and each request is answered', () => {
    for (let copy = 0; copy < 3; copy += 1) send('OPTIONS', phone, 1, [`X: ${'y'.repeat(10_000)}`])
    wire.clock.pass(2)
    assert.deepEqual(
      answers.map(answer => answer.split('\r\n')[0]),
      Array(3).fill('SIP/2.0 200 OK'),
    )
    assert.equal(new Set(answers).size, 1)
    assert.equal(endpoint.transactions, 0)
    flood('OPTIONS', 3_000)
    assert.equal(endpoint.transactions, 0)
  })

  it('of OPTIONS with a phone’s address leaves no transaction', () => {
    register()
    wire.clock.pass(40_000)
    assert.equal(endpoint.transactions, 0)
    answers = []
    for (let cseq = 1; cseq <= 1_000; cseq += 1) send('OPTIONS', phone, cseq)
    wire.clock.pass(2)
    assert.deepEqual([answers.length, endpoint.transactions], [400, 0])
  })

  it('of 2,000 REGISTERs a second does not block a new phone', () => {
    for (let second = 0; second < 5; second += 1) {
      flood('REGISTER', 2_000)
      wire.clock.pass(999)
    }
    flood('REGISTER', 2_000)
    register()
  })

  it('of another method does not block a new phone', () => {
    flood('OPTIONS', 5_000)
    register()
  })

  it('of any size does not block a phone that has a challenge', () => {
    send('REGISTER', phone, 1)
    wire.clock.pass(2)
    flood('REGISTER', 6_000)
    assert.ok((endpoint.counters.rejected.get('rateLimited') ?? 0) > 0)
    send('REGISTER', phone, 2, [credentials(nonceIn(answers[0] ?? ''))])
    wire.clock.pass(2)
    assert.match(answers[1] ?? '', /^SIP\/2\.0 200 /)
  })

  it('with the challenge of one address is not accepted from other addresses', () => {
    send('REGISTER', phone, 1)
    wire.clock.pass(2)
    flood('REGISTER', 6_000, [credentials(nonceIn(answers[0] ?? ''))])
    assert.ok((endpoint.counters.rejected.get('rateLimited') ?? 0) > 0)
    assert.equal(endpoint.transactions, 0)
  })

  function register(): void {
    send('REGISTER', phone, 1)
    wire.clock.pass(2)
    assert.match(answers[0] ?? 'no answer', /^SIP\/2\.0 401 /)
    send('REGISTER', phone, 2, [credentials(nonceIn(answers[0] ?? ''))])
    wire.clock.pass(2)
    assert.match(answers[1] ?? 'no answer', /^SIP\/2\.0 200 /)
  }
})
