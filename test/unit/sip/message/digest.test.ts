import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import {
  formatChallenge,
  isResponseTo,
  meansUri,
  Nonces,
  passwordHashes,
  readCredentials,
  type Credentials,
} from '../../../../src/sip/message/digest.js'
import { HeaderTable } from '../../../../src/sip/message/headers.js'

const credentialsIn = (value: string, realm: string): Credentials => {
  const read = readCredentials(HeaderTable.of([['Authorization', value]]), realm)
  assert.ok(typeof read === 'object')
  return read
}

/** RFC 7616 §3.9.1: the same request in both algorithms. */
const example = (algorithm: string, response: string): string =>
  `Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm=${algorithm},
 nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth,
 response="${response}", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`.replaceAll('\n', '')

describe('Digest (RFC 7616)', () => {
  const hashes = passwordHashes('Mufasa', 'http-auth@example.org', 'Circle of Life')

  it('matches the example of §3.9.1 with SHA-256', () => {
    const said = credentialsIn(
      example('SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'),
      'http-auth@example.org',
    )
    assert.equal(isResponseTo(said, 'GET', hashes), true)
    assert.equal(isResponseTo(said, 'POST', hashes), false)
  })

  it('matches the example of §3.9.1 with MD5', () => {
    const said = credentialsIn(example('MD5', '8ca523f5e9506fed4657c9700eebdbec'), 'http-auth@example.org')
    assert.equal(isResponseTo(said, 'GET', hashes), true)
    assert.equal(isResponseTo(said, 'GET', passwordHashes('Mufasa', 'http-auth@example.org', 'Circle of life')), false)
  })

  it('matches the example of RFC 2617 §3.5, which names no algorithm', () => {
    const said = credentialsIn(
      'Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", uri="/dir/index.html", ' +
        'qop=auth, nc=00000001, cnonce="0a4f113b", response="6629fae49393a05397450978507c4ef1"',
      'testrealm@host.com',
    )
    assert.equal(said.algorithm, 'MD5')
    assert.equal(isResponseTo(said, 'GET', passwordHashes('Mufasa', 'testrealm@host.com', 'Circle Of Life')), true)
  })

  it('treats a response of another length as wrong, not as an error', () => {
    const said = credentialsIn(example('SHA-256', '8ca523f5e9506fed4657c9700eebdbec'), 'http-auth@example.org')
    assert.equal(isResponseTo(said, 'GET', hashes), false)
  })

  it('finds the credentials for its own realm among several', () => {
    const headers = HeaderTable.of([
      ['Authorization', example('MD5', '00').replace('http-auth@example.org', 'elsewhere')],
      ['Authorization', example('MD5', '11')],
    ])
    const read = readCredentials(headers, 'http-auth@example.org')
    assert.ok(typeof read === 'object')
    assert.equal(read.response, '11')
  })

  it('ignores credentials that can’t be read', () => {
    assert.equal(readCredentials(HeaderTable.of([]), 'r'), 'none')
    assert.equal(readCredentials(HeaderTable.of([['Authorization', 'Basic QWxhZGRpbg==']]), 'r'), 'none')
    for (const wrong of [
      'Digest',
      'Digest ',
      'Digest username="a',
      'Digest username="a", realm="r", nonce="n", uri="sip:r", response="00"',
      'Digest username="a", realm="r", nonce="n", uri="sip:r", response="00", qop=auth, nc=00000000, cnonce="c"',
      'Digest username="a", realm="r", nonce="n", uri="sip:r", response="00", qop=auth, nc=1, cnonce="c"',
      'Digest username="a", realm="r", nonce="n", uri="sip:r", response="00", qop=auth-int, nc=00000001, cnonce="c"',
      'Digest username="a", realm="r", nonce="n", uri="sip:r", response="00", qop=auth, nc=00000001, cnonce="c", algorithm=MD5-sess',
      'Digest username="a", realm="r", nonce="n", uri="sip:r", response="xyz", qop=auth, nc=00000001, cnonce="c"',
    ])
      assert.equal(typeof readCredentials(HeaderTable.of([['Authorization', wrong]]), 'r'), 'string', wrong)
  })

  it('writes a challenge as RFC 8760 requires', () => {
    assert.equal(
      formatChallenge({ realm: 'example.com', nonce: 'n', algorithm: 'SHA-256', stale: true }),
      'Digest realm="example.com", nonce="n", algorithm=SHA-256, qop="auth", stale=true',
    )
  })

  it('accepts a digest-uri with another port or parameters than the Request-URI, but not with another user or host', () => {
    assert.equal(meansUri('sip:example.com', 'sip:EXAMPLE.com:5060;transport=tcp'), true)
    assert.equal(meansUri('sip:a%6Cice@example.com', 'sip:alice@example.com'), true)
    assert.equal(meansUri('sip:alice@example.com', 'sip:bob@example.com'), false)
    assert.equal(meansUri('sip:example.com', 'sip:example.org'), false)
    assert.equal(meansUri('', 'sip:example.org'), false)
  })
})

describe('Nonces', () => {
  const host = '198.51.100.7'
  let now = 0
  const nonces = (remembered = 100): Nonces => {
    now = 1_000
    return new Nonces({ monotonic: () => now, random: randomBytes, livesFor: 60_000, remembered })
  }

  it('are fresh, then stale, and unknown to another process', () => {
    const ours = nonces()
    const nonce = ours.issue(host)
    assert.equal(ours.look(nonce, host), 'fresh')
    assert.equal(nonces().look(nonce, host), 'unknown')
    now += 60_001
    assert.equal(ours.look(nonce, host), 'stale')
  })

  it('are valid only at the address that got them', () => {
    const ours = nonces()
    assert.equal(ours.look(ours.issue(host), '198.51.100.8'), 'unknown')
  })

  it('can’t be made younger', () => {
    const ours = nonces()
    const [at = '', ...rest] = ours.issue(host).split('.')
    assert.equal(ours.look([`${at}1`, ...rest].join('.'), host), 'unknown')
    for (const wrong of ['', '.', '..', 'a.b.c.d']) assert.equal(ours.look(wrong, host), 'unknown')
  })

  it('reject a count that does not rise as a replay', () => {
    const ours = nonces()
    const nonce = ours.issue(host)
    assert.deepEqual(
      [1, 1, 3, 2, 3, 4].map(count => ours.use(nonce, count)),
      [true, false, true, false, false, true],
    )
  })

  it('above the limit become stale, oldest first, so that none can be replayed', () => {
    const ours = nonces(2)
    const issued = [0, 1, 2].map(() => {
      now += 10
      const nonce = ours.issue(host)
      assert.equal(ours.use(nonce, 1), true)
      return nonce
    })
    assert.deepEqual(
      issued.map(nonce => ours.look(nonce, host)),
      ['stale', 'fresh', 'fresh'],
    )
  })
})
