import assert from 'node:assert/strict'
import { formatUri, hostOf, isKnownScheme, parseUri, unescapeUser, userOf, type Uri } from '../../../../src/sip/message/uri.js'
import { equalUris } from '../../../../src/sip/message/uri-equality.js'

function uri(text: string): Uri {
  const read = parseUri(text)
  return read.ok ? read.value : assert.fail(read.fault)
}

describe('a URI', () => {
  it('is read in all its parts', () => {
    const { parameters, ...rest } = uri(
      'SIP:al%20ice;x=1:se:cret'.replace('se:', 'se') + '@Example.COM:5070;Transport=TCP;lr?Subject=a%20b&to=c',
    )
    assert.deepEqual(rest, {
      scheme: 'sip',
      user: 'al%20ice;x=1',
      password: 'secret',
      host: 'example.com',
      port: 5070,
      headers: 'Subject=a%20b&to=c',
    })
    assert.deepEqual([...parameters], [['transport', 'TCP'], ['lr', undefined]]) // prettier-ignore
  })

  for (const text of [
    'sip:example.com',
    'sip:alice@example.com',
    'sips:alice@example.com:5061;transport=tcp',
    'sip:+1-212-555-1212:1234@gateway.com;user=phone',
    'sip:alice@[2001:db8::1]:5060;lr',
    'sip:[::]',
    'sip:[1:2:3:4:5:6:7:8]',
    'sip:[1:2:3:4:5:6:192.0.2.1]',
    'sip:[1::]',
    'sip:#31#0171@gw.example.com',
    'sip:atlanta.com;method=REGISTER?to=alice%40atlanta.com',
    'tel:+1-425-555-0100',
    'tel:7042;phone-context=example.com',
    'tel:*21#',
  ])
    it(`is written as it was read: ${text}`, () => assert.equal(formatUri(uri(text)), text))

  for (const text of [
    '',
    'sip',
    'sip:',
    'sip:@example.com',
    'sip:alice@',
    'sip:alice@example.com:',
    'sip:alice@example.com:65536',
    'sip:alice@example.com:50x',
    'sip:alice@exa mple.com',
    'sip:al ice@example.com',
    'sip:al%2@example.com',
    'sip:al"ice@example.com',
    'sip:<alice@example.com>',
    'sip:a@b@c',
    'sip:alice@2001:db8::1',
    'sip:alice@[2001:db8::1',
    'sip:alice@[192.0.2.1]',
    'sip:alice@[]',
    'sip:alice@[1:2:3]',
    'sip:alice@[::1::2]',
    'sip:alice@[1:2:3:4:5:6:7:8:9]',
    'sip:alice@[::12345]',
    'sip:alice@[2001:db8::::192.0.2.1]',
    'sip:alice@[::192.0.2.256]',
    'sip:alice@example.com;x=a b',
    'sip:alice@example.com?a\r\nb',
    'http://example.com',
    'tel:',
    'tel:+',
    'tel:---',
    'tel:+1x',
    'tel:+1;ext=1 2',
  ])
    it(`is not ${JSON.stringify(text)}`, () => assert.ok(!parseUri(text).ok))

  it('has a scheme that is known, or not', () =>
    assert.deepEqual(['sip:x', 'SIPS:x', 'tel:1', 'http://x', 'sipx:y', ''].map(isKnownScheme), [
      true,
      true,
      true,
      false,
      false,
      false,
    ]))

  for (const [text, user, host] of [
    ['sip:alice@Example.com;x', 'alice', 'example.com'],
    ['sip:%2B1425:pw@h:5060', '+1425', 'h'],
    ['sip:alice@[2001:DB8::1]:5060', 'alice', '[2001:db8::1]'],
    ['sip:example.com', undefined, 'example.com'],
    ['SIPS:h', undefined, 'h'],
    ['tel:+1425;phone-context=x', '+1425', undefined],
    ['TEL:5', '5', undefined],
    ['nonsense', undefined, undefined],
    ['', undefined, undefined],
  ] as const)
    it(`gives user and host of '${text}' without reading the rest`, () =>
      assert.deepEqual([userOf(text), hostOf(text)], [user, host]))

  it('has a user part whose escapes stand for one byte each', () => assert.equal(unescapeUser('%61%00%zz%41'), 'a\0%zzA'))
})

describe('equality of URIs', () => {
  // The examples of RFC 3261 §19.1.4 first.
  for (const [a, b] of [
    ['sip:%61lice@atlanta.com;transport=TCP', 'sip:alice@AtlanTa.CoM;Transport=tcp'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com;newparam=5'],
    ['sip:carol@chicago.com;security=on', 'sip:carol@chicago.com;newparam=5'],
    [
      'sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com',
      'sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com',
    ],
    ['sip:alice@atlanta.com?subject=project%20x&priority=urgent', 'sip:alice@atlanta.com?priority=urgent&Subject=project%20x'],
    ['sip:a%2fb@h', 'sip:a%2Fb@h'],
    ['tel:+1-425-555-0100', 'tel:+1(425)555.0100'],
    ['tel:5;phone-context=Example.com', 'TEL:5;phone-context=example.com'],
  ] as const)
    it(`holds for ${a} and ${b}`, () => assert.ok(equalUris(uri(a), uri(b))))

  for (const [a, b] of [
    ['SIP:ALICE@AtLanTa.CoM;Transport=udp', 'sip:alice@AtLanTa.CoM;Transport=UDP'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:5060'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;transport=udp'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:6000;transport=tcp'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com?Subject=next%20meeting'],
    ['sip:bob@phone21.boxesbybob.com', 'sip:bob@192.0.2.4'],
    ['sip:carol@chicago.com;security=on', 'sip:carol@chicago.com;security=off'],
    ['sip:a@h', 'sips:a@h'],
    ['sip:h', 'sip:a@h'],
    ['sip:a:x@h', 'sip:a:y@h'],
    ['sip:a@h', 'sip:a:@h'],
    ['sip:a%3Bb@h', 'sip:a;b@h'],
    ['tel:+1425', 'tel:1425'],
    ['tel:5;phone-context=a', 'tel:5'],
  ] as const)
    it(`does not hold for ${a} and ${b}`, () => assert.ok(!equalUris(uri(a), uri(b))))
})
