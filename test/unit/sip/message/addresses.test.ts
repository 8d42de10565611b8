import assert from 'node:assert/strict'
import { decodeUtf8, encodeUtf8 } from '../../../../src/sip/message/grammar.js'
import { formatNameAddr, parseNameAddr } from '../../../../src/sip/message/name-addr.js'
import { formatVia, parseVia } from '../../../../src/sip/message/via.js'

function read(text: string): unknown[] {
  const address = parseNameAddr(text)
  if (!address.ok) return ['malformed']
  const { displayName, uri, tag, parameters } = address.value
  return [
    displayName,
    uri,
    tag,
    [...parameters].map(([name, value]) => (value === undefined ? name : `${name}=${value}`)).join(' '),
  ]
}

describe('a name and address', () => {
  for (const [text, ...expected] of [
    ['<sip:a@h>', undefined, 'sip:a@h', undefined, ''],
    ['<sip:a@h;lr?x=1>;tag=7;x', undefined, 'sip:a@h;lr?x=1', '7', 'tag=7 x'],
    ['sip:a@h;tag=7', undefined, 'sip:a@h', '7', 'tag=7'],
    ['sip:a@h ; tag = 7', undefined, 'sip:a@h', '7', 'tag=7'],
    ['sip:a@h;note="<x>;y"', undefined, 'sip:a@h', undefined, 'note="<x>;y"'],
    ['"Bob" <sip:b@h>', 'Bob', 'sip:b@h', undefined, ''],
    ['"Bob"<sip:b@h>;TAG=Q', 'Bob', 'sip:b@h', 'Q', 'tag=Q'],
    ['"B \\"x\\" \\\\ <,;" <sip:b@h>', 'B "x" \\ <,;', 'sip:b@h', undefined, ''],
    ['"" <sip:b@h>', undefined, 'sip:b@h', undefined, ''],
    ['Bob Smith  <sip:b@h>', 'Bob Smith', 'sip:b@h', undefined, ''],
    ['Smith, Bob <sip:b@h>', 'Smith, Bob', 'sip:b@h', undefined, ''],
    ['<sip:a@h>;;tag=1;', undefined, 'sip:a@h', '1', 'tag=1'],
    ['<sip:a@h>;tag=1;tag=2', undefined, 'sip:a@h', '1', 'tag=1'],
    ['<tel:+1-425>', undefined, 'tel:+1-425', undefined, ''],
  ] as const)
    it(`is read from ${text}`, () => assert.deepEqual(read(text), expected))

  for (const text of [
    '',
    '*',
    'Bob',
    'sip:',
    '<>',
    '<sip:a@h',
    '"Bob <sip:a@h>',
    '"Bob" x <sip:a@h>',
    'x "Bob" <sip:a@h>',
    'sip:a@h?x=1',
    'sip:a,b@h',
    'sip:a b@h',
    '<sip:a b@h>',
    '<sip:a@h> tag=1',
    '<sip:a@h>;tag=a b',
    '<sip:a@h>;tag="x',
    '<sip:a@h>;tag',
    'sip:a@h;tag=',
    '"Bob" sip:a@h',
  ])
    it(`is not ${JSON.stringify(text)}`, () => assert.deepEqual(read(text), ['malformed']))

  it('is written in angle brackets with a quoted name', () => {
    assert.equal(formatNameAddr({ uri: 'sip:a@h' }), '<sip:a@h>')
    assert.equal(
      formatNameAddr({ displayName: 'B "x" \\', uri: 'sip:a@h', parameters: new Map([['tag', '1'], ['x', undefined]]) }), // prettier-ignore
      '"B \\"x\\" \\\\" <sip:a@h>;tag=1;x',
    )
  })

  it('may have a name in any script', () => {
    const written = formatNameAddr({ displayName: encodeUtf8('Jürgen 大停電 à'), uri: 'sip:j@h' })
    const address = parseNameAddr(written)
    assert.ok(address.ok)
    assert.equal(decodeUtf8(address.value.displayName ?? ''), 'Jürgen 大停電 à')
  })
})

describe('a Via', () => {
  it('is read with all values that the transport needs', () => {
    const via = parseVia(
      'SIP/2.0/udp host.example.com:5070;branch=z9hG4bKx;rport;received=192.0.2.9;maddr=[2001:db8::1];ttl=16;x=y',
    )
    assert.ok(via.ok)
    const { parameters, ...rest } = via.value
    assert.deepEqual(rest, {
      transport: 'UDP',
      host: 'host.example.com',
      port: 5070,
      branch: 'z9hG4bKx',
      received: '192.0.2.9',
      rport: true,
      maddr: '2001:db8::1',
      ttl: 16,
    })
    assert.equal(parameters.get('x'), 'y')
  })

  for (const [text, host, port, rport] of [
    ['SIP / 2.0 / TCP   h : 5061 ;branch=z9', 'h', 5061, undefined],
    ['sip/2.0/UDP [2001:db8::1]:5060;rport=5080', '2001:db8::1', 5060, 5080],
    ['SIP/2.0/UDP [::1]', '::1', undefined, undefined],
    ['SIP/2.0/UDP 2001:db8::1;branch=x', '2001:db8::1', undefined, undefined],
    ['SIP/2.0/UDP a_b.local;rport=99999', 'a_b.local', undefined, true],
    ['SIP/2.0/UDP h;rport=', 'h', undefined, true],
  ] as const)
    it(`is read from ${text}`, () => {
      const via = parseVia(text)
      assert.ok(via.ok)
      assert.deepEqual([via.value.host, via.value.port, via.value.rport], [host, port, rport])
    })

  for (const text of [
    '',
    'SIP/2.0/UDP',
    'SIP/2.0/ h',
    'SIP/1.0/UDP h',
    'SIP/2.0/UDPh',
    'SIP/2.0/UDP h:',
    'SIP/2.0/UDP h:65536',
    'SIP/2.0/UDP h:5060x',
    'SIP/2.0/UDP h x',
    'SIP/2.0/UDP h;;branch=1',
    // When it is written, a control character becomes a space.
    'SIP/2.0/UDP h;branch=z\u007fh',
    'SIP/2.0/UDP h;',
    'SIP/2.0/UDP [::1;branch=1',
    'SIP/2.0/UDP ;branch=1',
  ])
    it(`is not ${JSON.stringify(text)}`, () => assert.ok(!parseVia(text).ok))

  it('is written with its current values, IPv6 in brackets', () => {
    const via = parseVia('SIP/2.0/UDP [2001:db8::1]:5060;branch=z9hG4bKx;rport;x')
    assert.ok(via.ok)
    assert.equal(formatVia(via.value), 'SIP/2.0/UDP [2001:db8::1]:5060;branch=z9hG4bKx;rport;x')
    assert.equal(
      formatVia({ ...via.value, received: '2001:db8::9', rport: 5080 }),
      'SIP/2.0/UDP [2001:db8::1]:5060;branch=z9hG4bKx;rport=5080;x;received=2001:db8::9',
    )
    assert.equal(formatVia({ transport: 'TCP', host: 'h', branch: 'z9' }), 'SIP/2.0/TCP h;branch=z9')
  })
})
