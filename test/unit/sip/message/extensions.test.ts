import assert from 'node:assert/strict'
import { minSe, parseReplaces, rack, referTo, rseq, sessionExpires, wantsNoNews } from '../../../../src/sip/message/extensions.js'
import { HeaderTable } from '../../../../src/sip/message/headers.js'

const table = (...entries: (readonly [string, string])[]) => HeaderTable.of(entries)

describe('header fields of extensions', () => {
  for (const [text, expected] of [
    ['1800', { seconds: 1800 }],
    ['90;refresher=uac', { seconds: 90, refresher: 'uac' }],
    ['90 ; Refresher = UAS;x=y', { seconds: 90, refresher: 'uas' }],
    ['90;refresher=me', { seconds: 90 }],
    ['', undefined],
    ['soon', undefined],
    ['99999999999', undefined],
    ['90 refresher', undefined],
  ] as const)
    it(`Session-Expires '${text}' is read (RFC 4028 §4), in compact form too`, () => {
      assert.deepEqual(sessionExpires(table(['Session-Expires', text])), expected)
      assert.deepEqual(sessionExpires(table(['x', text])), expected)
    })

  it('Min-SE is read with unknown parameters (RFC 4028 §5)', () => {
    assert.deepEqual(
      ['120', '120;x', 'x', ''].map(text => minSe(table(['Min-SE', text]))),
      [120, 120, undefined, undefined],
    )
    assert.equal(minSe(table()), undefined)
  })

  it('RSeq is read from 1 to 2**31 - 1, and RAck (RFC 3262 §7)', () => {
    assert.deepEqual(
      ['1', '2147483647', '0', '2147483648', 'x', ''].map(text => rseq(table(['RSeq', text]))),
      [1, 2_147_483_647, undefined, undefined, undefined, undefined],
    )
    assert.deepEqual(rack(table(['RAck', '776656  1 \t INVITE'])), { rseq: 776_656, cseq: 1, method: 'INVITE' })
    for (const text of ['', '1', '1 2', 'a 2 INVITE', '1 b INVITE', '1 2 INVITE x'])
      assert.equal(rack(table(['RAck', text])), undefined, text)
  })

  it('Replaces is read with tags in any order, and with early-only (RFC 3891 §6.1)', () => {
    assert.deepEqual(parseReplaces('98732@x ;from-tag=r33th4x0r ; to-tag=ff87ff;early-only'), {
      callId: '98732@x',
      toTag: 'ff87ff',
      fromTag: 'r33th4x0r',
      earlyOnly: true,
    })
    for (const text of ['', 'x', 'x;to-tag=a', 'x;from-tag=a', ';to-tag=a;from-tag=b', 'x;to-tag;from-tag=b', 'x;;to-tag="'])
      assert.equal(parseReplaces(text), undefined, text)
  })

  it('Replaces is checked by its grammar and written again (RFC 3891 §6.1)', () => {
    for (const callId of ['a b', 'a@b@c', 'a\r\nX: y', 'a@', '@b', 'a,b', 'a=b', ''])
      assert.equal(parseReplaces(`${callId};to-tag=1;from-tag=2`), undefined, callId)
    for (const tags of ['to-tag=1;from-tag="2"', 'to-tag=1;from-tag=a@b', 'to-tag;from-tag=2', 'to-tag=1\r\n;from-tag=2'])
      assert.equal(parseReplaces(`a@b;${tags}`), undefined, tags)
    assert.equal(parseReplaces('{a}<b>~@[::1];to-tag=1;from-tag=2')?.callId, '{a}<b>~@[::1]')
  })

  it('Refer-To may have a Replaces with unescaped @ ; =, as phones write it', () => {
    const replaces = { callId: '12@10.0.0.1', toTag: '7', fromTag: '8', earlyOnly: false }
    for (const [text, uri] of [
      ['<sip:bob@h?Replaces=12@10.0.0.1;to-tag=7;from-tag=8>', 'sip:bob@h'],
      [
        '<sip:bob@h:5080;transport=tcp?Replaces=12@10.0.0.1;to-tag=7;from-tag=8&Require=replaces>',
        'sip:bob@h:5080;transport=tcp',
      ],
      ['<sip:10.0.0.9?Require=replaces&Replaces=12%4010.0.0.1;to-tag=7;from-tag=8>', 'sip:10.0.0.9'],
      ['<sip:a?b@h?replaces=12@10.0.0.1%3bto-tag=7%3Bfrom-tag%3d8>', 'sip:a?b@h'],
    ] as const)
      assert.deepEqual(referTo(table(['Refer-To', text])), { uri, method: 'INVITE', replaces }, text)
  })

  it('Refer-To with an invalid Replaces is unreadable, and other header fields are ignored', () => {
    for (const value of [
      'a%0D%0AX%3Ay%3Bto-tag%3D1%3Bfrom-tag%3D2',
      'a;to-tag=1',
      'a;to-tag=1;from-tag=2&Replaces=b;to-tag=1;from-tag=2',
    ])
      assert.equal(referTo(table(['Refer-To', `<sip:bob@h?Replaces=${value}>`])), undefined, value)
    assert.deepEqual(referTo(table(['Refer-To', '<sip:bob@h?Route=%3Csip:evil%3E&P-Asserted-Identity=sip:boss>'])), {
      uri: 'sip:bob@h',
      method: 'INVITE',
    })
  })

  it('Refer-To gives the URI without header fields and method, and its Replaces (RFC 3515 §2.1, RFC 3891 §7.1)', () => {
    const replaces = 'Replaces=12%40h%3Bto-tag%3D7%3Bfrom-tag%3D8'
    assert.deepEqual(referTo(table(['r', `"Bob" <sip:bob@h:5080;user=phone?Accept-Contact=x&${replaces}>;x=y`])), {
      uri: 'sip:bob@h:5080;user=phone',
      method: 'INVITE',
      replaces: { callId: '12@h', toTag: '7', fromTag: '8', earlyOnly: false },
    })
    assert.deepEqual(referTo(table(['Refer-To', '<sip:bob@h;method=bye>'])), { uri: 'sip:bob@h', method: 'BYE' })
    assert.deepEqual(referTo(table(['Refer-To', 'tel:+1425'])), { uri: 'tel:+1425', method: 'INVITE' })
  })

  it('Refer-To is refused when missing, repeated or unreadable', () => {
    const one = ['Refer-To', '<sip:bob@h>'] as const
    assert.equal(referTo(table()), undefined)
    assert.equal(referTo(table(one, one)), undefined)
    for (const text of ['<sip:a@h>, <sip:b@h>', '<http://h>', 'bob', '<sip:a@h?Replaces=nonsense>'])
      assert.equal(referTo(table(['Refer-To', text])), undefined, text)
  })

  it('Refer-Sub means NOTIFYs unless it is false (RFC 4488 §4)', () =>
    assert.deepEqual(
      [table(), table(['Refer-Sub', 'true']), table(['Refer-Sub', 'False ;x']), table(['Refer-Sub', 'falsely'])].map(wantsNoNews),
      [false, false, true, false],
    ))
})
