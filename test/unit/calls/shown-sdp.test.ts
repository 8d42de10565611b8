import assert from 'node:assert/strict'
import { inactive, ShownSdp, withoutHold } from '../../../src/calls/shown-sdp.js'

const body = (version: number) => ({ type: 'application/sdp', text: `v=0\r\no=a 1 ${version} IN IP4 192.0.2.1\r\ns=-\r\n` })

describe('the SDP that we show to a leg', () => {
  it('tells our media the signalling address of its author, also when hidden or renumbered, and does not store the address', () => {
    const shown = new ShownSdp()
    const [alice, bob] = [{ source: '198.51.100.1' }, { source: '198.51.100.2' }]
    assert.equal(shown.of(body(1), alice, false)?.source, alice.source)
    assert.equal(shown.of(body(5), bob, true)?.source, bob.source)
    assert.equal(shown.of(body(5), {}, false)?.source, undefined)
    assert.equal(shown.state()?.body.source, undefined)
  })
})

describe('the SDP of a side that was held, for an offer to a third side', () => {
  const opened = (...lines: string[]): string[] =>
    withoutHold({ type: 'application/sdp', text: lines.join('\r\n') }).text.split('\r\n')

  it('opens the audio, whether the direction stands in its section or before all sections (RFC 8866 §6.7)', () => {
    assert.deepEqual(opened('v=0', 'm=audio 4000 RTP/AVP 0', 'a=recvonly'), ['v=0', 'm=audio 4000 RTP/AVP 0', 'a=sendrecv'])
    assert.deepEqual(opened('v=0', 'a=inactive', 'm=audio 4000 RTP/AVP 0'), ['v=0', 'a=sendrecv', 'm=audio 4000 RTP/AVP 0'])
  })

  it('leaves the direction of other media as it is', () => {
    const video = ['v=0', 'm=audio 4000 RTP/AVP 0', 'm=video 4002 RTP/AVP 99', 'a=inactive']
    assert.deepEqual(opened(...video), video)
  })
})

describe('SDP without media', () => {
  const written = (...lines: string[]) => ({ type: 'application/sdp', text: [...lines, ''].join('\r\n') })

  it('says so in each section, whatever each said before, and the audio can be opened again', () => {
    const held = inactive(written('v=0', 'a=sendonly', 'm=audio 4000 RTP/AVP 0', 'a=recvonly', 'm=video 0 RTP/AVP 31'))
    const both = ['v=0', 'm=audio 4000 RTP/AVP 0', 'a=inactive', 'm=video 0 RTP/AVP 31', 'a=inactive']
    assert.deepEqual(held, written(...both))
    assert.match(withoutHold(held).text, /m=audio 4000 RTP\/AVP 0\r\na=sendrecv\r\n/)
  })

  it('is whole if the last line of the SDP has no end', () => {
    assert.equal(
      inactive({ type: 'application/sdp', text: 'v=0\r\nm=audio 1 RTP/AVP 0' }).text,
      'v=0\r\nm=audio 1 RTP/AVP 0\r\na=inactive\r\n',
    )
  })
})
