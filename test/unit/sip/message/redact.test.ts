import assert from 'node:assert/strict'
import { withoutSecrets } from '../../../../src/sip/message/redact.js'

describe('a message without its secrets', () => {
  const head = (...lines: string[]): string => [...lines, '', ''].join('\r\n')

  it('shows the subject of a digest, not its proof, also in a folded line', () => {
    const text = withoutSecrets(
      head(
        'INVITE sip:bob@example.com SIP/2.0',
        'Proxy-Authorization: Digest username="alice", realm="example.com",',
        ' nonce="n-secret", uri="sip:bob@example.com", response="r-secret",',
        '\tqop=auth, cnonce="c-secret", nc=00000001, algorithm=SHA-256, opaque="o-secret"',
        'Max-Forwards: 70',
      ),
    )
    assert.doesNotMatch(text, /secret/)
    assert.match(text, /username="alice", realm="example\.com", nonce=…, uri="sip:bob@example\.com", response=…, qop=auth/)
    assert.match(text, /\r\nMax-Forwards: 70\r\n\r\n$/)
  })

  for (const field of [
    'Authorization: Digest response="secret"',
    'authorization : digest response=secret',
    'WWW-Authenticate: Digest realm="r", nonce="secret", qop="auth"',
    'Proxy-Authenticate: Digest nonce=secret',
    'Authentication-Info: nextnonce="secret", rspauth="secret"',
    'Proxy-Authentication-Info: nextnonce="secret"',
    'Authorization: Basic secret=',
    'Authorization: Bearer secret',
    'Authorization: Digest username="half, response="secret"',
    'Authorization: Digest response = "se\\"secret"',
    'Contact: <sip:alice:secret@example.com>',
  ])
    it(`hides the proof in '${field}'`, () => {
      assert.doesNotMatch(withoutSecrets(head('BYE sip:x SIP/2.0', field, 'CSeq: 2 BYE')), /secret/)
    })

  it('hides media keys with any line ending, and keeps the rest of the SDP', () => {
    const body = [
      'v=0',
      'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:secret|2^20',
      'a=ice-ufrag:F7gI',
      'a=ice-pwd:secret',
      'k=base64:secret',
    ]
    for (const end of ['\r\n', '\n']) {
      const text = withoutSecrets(head('ACK sip:x SIP/2.0', 'CSeq: 1 ACK') + body.join(end))
      assert.doesNotMatch(text, /secret/)
      assert.match(text, /a=crypto:1 AES_CM_128_HMAC_SHA1_80 …/)
      assert.match(text, /a=ice-ufrag:F7gI/)
    }
  })

  it('hides pressed keys, and credentials in an embedded message', () => {
    assert.doesNotMatch(withoutSecrets(`${head('INFO sip:x SIP/2.0')}Signal=4\r\nDuration=160\r\n`), /4/)
    assert.doesNotMatch(
      withoutSecrets(`${head('NOTIFY sip:x SIP/2.0')}SIP/2.0 401\r\nWWW-Authenticate: Digest nonce="secret"\r\n`),
      /secret/,
    )
  })

  // A pattern whose time grows with the square of the length takes minutes for these, and this test would time out.
  it('is made of a hostile text of half a million characters, too', () => {
    const long = 512 * 1024
    for (const text of ['a', '-', 'a-', 'a=', 'a="', 'a="\\', 'a="\\\n ', ' \t'])
      for (const begin of ['Authorization: Digest a=b, ', 'Proxy-Authorization:', 'a=crypto:1 x', 'Signal', 'sip:'])
        assert.ok(withoutSecrets(begin + text.repeat(long / text.length)).length > 0)
  })

  it('changes nothing else', () => {
    const plain = head(
      'INVITE sip:bob@[2001:db8::1]:5060 SIP/2.0',
      'From: "a: b" <sip:ann@10.0.0.1:5060>;tag=1',
      'Subject: x',
      '  y',
    )
    assert.equal(withoutSecrets(plain), plain)
  })
})
