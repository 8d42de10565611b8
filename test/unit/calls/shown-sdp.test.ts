import assert from 'node:assert/strict'
import { ShownSdp } from '../../../src/calls/shown-sdp.js'

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
