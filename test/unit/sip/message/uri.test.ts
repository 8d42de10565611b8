import assert from 'node:assert/strict'
import { formatUri, isKnownScheme, parseUri, unescapeUser, type Uri } from '../../../../src/sip/message/uri.js'

function uri(text: string): Uri {
  const read = parseUri(text)
  return read.ok ? read.value : assert.fail(read.fault)
}

describe('a URI', () => {
  it('is read with all its parts', () => {
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

  it('has a known scheme, or not', () =>
    assert.deepEqual(['sip:x', 'SIPS:x', 'tel:1', 'http://x', 'sipx:y', ''].map(isKnownScheme), [
      true,
      true,
      true,
      false,
      false,
      false,
    ]))

  it('may have escapes in its user part, each for one byte', () => assert.equal(unescapeUser('%61%00%zz%41'), 'a\0%zzA'))
})
