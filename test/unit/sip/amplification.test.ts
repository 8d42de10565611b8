import assert from 'node:assert/strict'
import type { SipEndpoint } from '../../../src/sip/endpoint.js'
import { Wire } from './dialog/wire.js'
import { guardFor } from './registrar/guard.js'

const us = '192.0.2.1'
/** An address that may be forged. Its owner gets the answers. */
const stranger = '203.0.113.9'
const victim = '198.51.100.50'

const methods = [
  ...['INVITE', 'REGISTER', 'OPTIONS', 'SUBSCRIBE', 'NOTIFY', 'PUBLISH', 'MESSAGE', 'REFER', 'BYE', 'CANCEL', 'ACK', 'PRACK'],
  ...['UPDATE', 'INFO', 'FROBNICATE'],
]
/** The parts of a request that vary: Via, To, further header fields. */
const shapes: Readonly<Record<string, { via?: string; to?: string; more?: readonly string[]; uri?: string; callId?: string }>> = {
  'as short as can be': {},
  'with a To tag': { to: '<sip:a@b>;tag=x' },
  'with maddr': { via: `${stranger};maddr=${victim}` },
  'with maddr and another sent-by': { via: `${victim}:9;maddr=${victim};received=${victim}` },
  'with rport': { via: `${stranger};rport` },
  'with a sent-by elsewhere': { via: `${victim}:5060;rport` },
  'with headers as phones have them': {
    via: `${stranger}:5060;rport`,
    more: [
      'Max-Forwards: 70',
      `Contact: <sip:alice@${stranger}:5060;transport=udp>;expires=3600;+sip.instance="<urn:uuid:00000000-0000-1000-8000-000000000000>"`,
      'User-Agent: A phone with a name of some length/1.2.3',
      'Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, REFER, NOTIFY, MESSAGE',
      'Supported: path, outbound, gruu, replaces, timer',
    ],
  },
  'with what must be refused in words': { more: ['Require: one, two, three', 'Proxy-Require: four'] },
  'of another scheme': { uri: 'x:y' },
  'with header fields in short': {
    more: ['k: a', 'k: b', 'm: <sip:a@b>', 'm: <sip:c@d>', 'v: SIP/2.0/UDP a', 'v: SIP/2.0/UDP b'],
  },
  'with a Contact and little else': {
    via: `${stranger}:5060;rport`,
    more: ['Max-Forwards: 70', `Contact: <sip:alice@${stranger}:5060>`, 'Expires: 3600', 'User-Agent: phone'],
  },
}

describe('the answer to a stranger’s datagram', () => {
  let wire: Wire
  let endpoint: SipEndpoint
  let out: { readonly to: string; readonly bytes: Buffer }[]

  beforeEach(() => {
    wire = new Wire()
    endpoint = wire.site(us)
    guardFor(['alice'], endpoint, wire.clock)
    endpoint.onInvite(() => assert.fail('a stranger came through'))
    out = []
    for (const to of [stranger, victim]) wire.attach(to, bytes => void out.push({ to, bytes }))
  })

  function send(method: string, shape: (typeof shapes)[string], branch = 'z9hG4bKa'): Buffer {
    const { via = stranger, to = '<sip:a@b>', more = [], uri = 'sip:example.com', callId = 'c' } = shape
    const lines = [
      `${method} ${uri} SIP/2.0`,
      `Via: SIP/2.0/UDP ${via};branch=${branch}`,
      'From: <sip:a@b>;tag=1',
      `To: ${to}`,
      `Call-ID: ${callId}`,
      `CSeq: 1 ${method}`,
      ...more,
    ]
    const bytes = Buffer.from([...lines, '', ''].join('\r\n'), 'latin1')
    wire.carry(bytes, stranger, us)
    return bytes
  }

  for (const method of methods)
    for (const [name, shape] of Object.entries(shapes))
      it(`to a ${method} ${name}: at most one, no larger than 1.5 times the request, only to its source`, () => {
        const sent = send(method, shape)
        wire.clock.pass(120_000)
        assert.ok(out.length <= 1, `${out.length} datagrams`)
        for (const { to, bytes } of out) {
          assert.equal(to, stranger)
          assert.ok(bytes.length <= 1.5 * sent.length, `${bytes.length} bytes for ${sent.length}: ${bytes.toString('latin1')}`)
        }
        assert.equal(endpoint.transactions, 0)
      })

  it('is not sent again in full for a short copy of a long request', () => {
    for (const method of ['OPTIONS', 'REGISTER']) {
      out = []
      send(method, shapes['with headers as phones have them'] ?? {}, `z9hG4bK${method}`)
      wire.clock.pass(3)
      assert.equal(out.length, 1)
      const copy = send(method, { via: `${stranger}:5060` }, `z9hG4bK${method}`)
      wire.clock.pass(3)
      for (const { bytes } of out.slice(1)) assert.ok(bytes.length <= 1.5 * copy.length)
    }
  })

  it('challenges a phone’s usual REGISTER with both algorithms, and a short REGISTER only with the common one', () => {
    const challenges = (shape: string): string[] => {
      out = []
      send('REGISTER', shapes[shape] ?? {}, `z9hG4bK${shape.length}`)
      wire.clock.pass(3)
      const text = out[0]?.bytes.toString('latin1') ?? ''
      assert.match(text, /^SIP\/2\.0 401 /)
      return [...text.matchAll(/^WWW-Authenticate: .*algorithm=([\w-]+)/gm)].map(([, algorithm = '']) => algorithm)
    }
    assert.deepEqual(challenges('with headers as phones have them'), ['SHA-256', 'MD5'])
    assert.deepEqual(challenges('with a Contact and little else'), ['MD5'])
  })
})
