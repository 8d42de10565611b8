import assert from 'node:assert/strict'
import { anonymise } from '../../../src/calls/anonymise.js'
import { ShownSdp } from '../../../src/calls/shown-sdp.js'
import type { Body } from '../../../src/legs/body.js'
import { sdp } from '../../fakes/signaling.js'

const lines = (...each: string[]): string => each.map(line => `${line}\r\n`).join('')
const telling = lines(
  'v=0',
  'o=alice 2890844526 7 IN IP4 alice-desk.example.com',
  's=Alice calling',
  'i=Alice',
  'u=http://example.com/alice',
  'e=alice@example.com',
  'p=+1 425 555 0100 (Alice)',
  'c=IN IP4 192.0.2.9',
  't=0 0',
  'a=identity:ZXlhbGljZQ==',
  'm=audio 4000 RTP/AVP 0',
  'i=Alice speaking',
  'a=ssrc:4711 cname:alice@desk',
  'a=ssrc:4711 label:x',
  'a=tool:alice 1.0',
  'a=msid:alice',
  'a=label:alice',
  'a=x-owner:alice',
  'a=rtcp:4001 IN IP4 alice.example.com',
  'a=sendrecv',
)
const body: Body = { type: 'application/sdp', text: telling }

describe('anonymised SDP', () => {
  it('does not name its owner and keeps what media needs', () => {
    assert.equal(
      anonymise(body)?.text,
      lines(
        'v=0',
        'o=- 2890844526 7 IN IP4 192.0.2.9',
        's=-',
        'c=IN IP4 192.0.2.9',
        't=0 0',
        'm=audio 4000 RTP/AVP 0',
        'a=rtcp:4001',
        'a=sendrecv',
      ),
    )
  })

  it('is made from SDP with any line ending', () => {
    for (const end of ['\n', '\r']) {
      const shown = anonymise({ ...body, text: telling.replaceAll('\r\n', end) })
      assert.doesNotMatch(shown?.text ?? 'alice', /alice/i)
      assert.match(shown?.text ?? '', /^o=- 2890844526 7 IN IP4 192\.0\.2\.9\r$/m)
    }
  })

  it('is the only part that is kept of a multipart body', () => {
    const text = `--b1\r\nContent-Type: text/plain\r\n\r\nAlice\r\n--b1\r\nContent-Type: application/sdp\r\n\r\n${telling}\r\n--b1--\r\n`
    for (const type of ['multipart/mixed;boundary=b1', 'multipart/mixed; boundary="b1"'])
      assert.deepEqual(anonymise({ type, text }), anonymise(body))
  })

  it('is undefined when the body contains no SDP', () => {
    assert.equal(anonymise({ type: 'text/plain', text: 'Alice' }), undefined)
    assert.equal(anonymise({ type: 'multipart/mixed;boundary=b1', text: '--b1\r\n\r\nAlice\r\n--b1--' }), undefined)
  })
})

describe('the SDP that we show to a caller', () => {
  const alice = {}
  const bob = {}
  const origin = (shown: Body | undefined): string | undefined => /^o=.*$/m.exec(shown?.text ?? '')?.[0]

  it('is the partner’s own SDP, unchanged, for the first partner', () => {
    const shown = new ShownSdp()
    assert.equal(shown.of(sdp('alice'), alice, false)?.text, sdp('alice').text)
    assert.equal(shown.of(body, alice, false), body)
  })

  it('keeps the first origin for a second partner and raises the version, also beyond 2^53', () => {
    const shown = new ShownSdp()
    const first = sdp('alice').text.replace('alice 1 1', 'alice 9007199254740993 9007199254740993')
    shown.of({ type: 'application/sdp', text: first }, alice, false)
    const next = shown.of(sdp('bob'), bob, false)
    assert.equal(origin(next), 'o=alice 9007199254740993 9007199254740994 IN IP4 192.0.2.9')
    assert.match(next?.text ?? '', /^s=bob calling\r$/m)
  })

  it('raises the version only when something changed', () => {
    const shown = new ShownSdp()
    const held = { ...body, text: telling.replace('sendrecv', 'sendonly').replace(' 7 IN', ' 9 IN') }
    const origins = [body, body, held, held, body].map(each => origin(shown.of(each, alice, true)))
    assert.deepEqual(
      origins,
      [7, 7, 8, 8, 9].map(version => `o=- 2890844526 ${version} IN IP4 192.0.2.9`),
    )
  })

  it('is the unchanged body when it is not SDP or has no usable origin', () => {
    const shown = new ShownSdp()
    const other = { type: 'text/plain', text: 'hello' }
    assert.equal(shown.of(other, alice, false), other)
    shown.of({ type: 'application/sdp', text: 'v=0\r\n' }, alice, false)
    assert.equal(shown.of(body, bob, false)?.text, body.text)
  })
})
