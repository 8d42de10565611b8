import assert from 'node:assert/strict'
import { topVia } from '../../../../src/sip/message/fields.js'
import { responseHop, viaAsReceived } from '../../../../src/sip/transport/received.js'
import type { Hop } from '../../../../src/sip/transport/transport.js'
import { parsed, requestText } from '../transaction/messages.js'

const source: Hop = { transport: 'udp', host: '192.0.2.1', port: 40_000, listenPoint: 3 }

function receive(via: string, from = source) {
  const request = parsed(requestText({ via }))
  assert.ok(request.kind === 'request')
  const top = topVia(request.headers)
  assert.ok(top)
  const seen = viaAsReceived(request, top, from)
  return { vias: request.headers.values('Via'), hop: responseHop(seen, from), reread: topVia(request.headers) }
}

describe('a request’s top Via on arrival (RFC 3261 §18.2.1, RFC 3581 §4)', () => {
  it('stays unchanged when the sent-by is the source', () => {
    assert.deepEqual(receive('SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bKx').vias, ['SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bKx'])
  })

  for (const sentBy of ['pbx.example.com', '10.0.0.9:5070']) {
    it(`gets the real address when the sent-by is ${sentBy}`, () => {
      const { reread } = receive(`SIP/2.0/UDP ${sentBy};branch=z9hG4bKx`)
      assert.equal(reread?.received, '192.0.2.1')
      assert.equal(reread?.rport, undefined)
    })
  }

  it('gets address and port when rport asks for them, even if the sent-by is right', () => {
    const { vias } = receive('SIP/2.0/UDP 192.0.2.1:5070;rport;branch=z9hG4bKx')
    assert.equal(vias.length, 1)
    assert.match(vias[0] ?? '', /;rport=40000/)
    assert.match(vias[0] ?? '', /;received=192\.0\.2\.1/)
  })

  for (const via of [
    'SIP/2.0/UDP 10.0.0.9:5070;RPORT;branch=z9hG4bKx',
    'SIP/2.0/UDP 10.0.0.9:5070 ; rport ;branch=z9hG4bKx',
    'SIP/2.0/UDP 10.0.0.9:5070;rport=;branch=z9hG4bKx',
    'SIP/2.0/UDP 10.0.0.9:5070;rport=1;branch=z9hG4bKx',
    'SIP/2.0/UDP 10.0.0.9:5070;rportal;rport;branch=z9hG4bKx',
    'SIP/2.0/UDP 10.0.0.9:5070;x=";rport";rport;branch=z9hG4bKx',
    'SIP/2.0/UDP 10.0.0.9:5070;received=10.0.0.8;rport;branch=z9hG4bKx',
    'SIP/2.0/UDP 10.0.0.9:5070;branch=z9hG4bKx;rport',
  ])
    it(`gets the source also in the form ${via}`, () => {
      const { reread } = receive(via)
      assert.deepEqual([reread?.received, reread?.rport, reread?.branch], ['192.0.2.1', 40_000, 'z9hG4bKx'])
    })

  it('keeps every other character', () => {
    const { vias } = receive('SIP/2.0/UDP A.example.com:5070;Branch=z9hG4bKx;rport;X')
    assert.deepEqual(vias, ['SIP/2.0/UDP A.example.com:5070;Branch=z9hG4bKx;rport=40000;X;received=192.0.2.1'])
  })

  it('leaves the Vias below it unchanged, also in the same line', () => {
    const { vias } = receive('SIP/2.0/UDP a.example.com;branch=z9hG4bKx, SIP/2.0/UDP b.example.com;branch=z9hG4bKy')
    assert.equal(vias.length, 2)
    assert.match(vias[0] ?? '', /a\.example\.com.*received=192\.0\.2\.1/)
    assert.equal(vias[1], 'SIP/2.0/UDP b.example.com;branch=z9hG4bKy')
  })

  it('treats an IPv6 address with and without brackets as the same', () => {
    const { vias } = receive('SIP/2.0/UDP [2001:db8::1]:5070;branch=z9hG4bKx', { ...source, host: '2001:db8::1' })
    assert.deepEqual(vias, ['SIP/2.0/UDP [2001:db8::1]:5070;branch=z9hG4bKx'])
  })
})

describe('the target of responses (RFC 3261 §18.2.2, RFC 3581 §4)', () => {
  for (const [via, host, port] of [
    ['192.0.2.1:5070', '192.0.2.1', 5_070],
    ['192.0.2.1', '192.0.2.1', 5_060],
    ['pbx.example.com:5070', '192.0.2.1', 5_070],
    ['10.0.0.9:5070;rport', '192.0.2.1', 40_000],
    ['192.0.2.1:5070;maddr=192.0.2.7', '192.0.2.1', 5_070],
    ['192.0.2.1:5070;maddr=name.example.com', '192.0.2.1', 5_070],
  ] as const) {
    it(`for ${via} is ${host} port ${port}, from the listen point that received the request`, () => {
      const { hop } = receive(`SIP/2.0/UDP ${via};branch=z9hG4bKx`)
      assert.deepEqual(hop, { transport: 'udp', host, port, listenPoint: 3 })
    })
  }

  it('follows maddr only for a trusted peer, and only to an address', () => {
    const hopOf = (maddr: string): string =>
      responseHop({ host: '192.0.2.1', port: 5_070, maddr, transport: 'UDP', parameters: new Map() }, source, true).host
    assert.deepEqual([hopOf('192.0.2.7'), hopOf('name.example.com')], ['192.0.2.7', source.host])
  })

  it('over TCP is the connection, or the port of the sent-by if it is closed', () => {
    const from: Hop = { transport: 'tcp', host: '192.0.2.1', port: 40_000, connection: 7 }
    const { hop } = receive('SIP/2.0/TCP pbx.example.com:5070;rport;branch=z9hG4bKx', from)
    assert.deepEqual(hop, { transport: 'tcp', host: '192.0.2.1', port: 5_070, connection: 7 })
  })
})
