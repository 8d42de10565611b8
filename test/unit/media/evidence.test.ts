import assert from 'node:assert/strict'
import type { Writer } from '../../../src/legs/body.js'
import { Evidence } from '../../../src/media/evidence.js'
import { FirstSeconds } from '../../../src/media/rtp/first-seconds.js'
import { SoundPlace } from '../../../src/media/rtp/sound-place.js'

const [own, ownV6, pbx, account] = ['192.0.2.1', '2001:db8::1', '192.0.2.2', '198.51.100.7']
const advertised = '203.0.113.1'
let now = 0
let machine = [own, ownV6, '127.0.0.1', '::1', 'fe80::1%eth0']
const evidence = new Evidence({
  trusts: address => [pbx, '127.0.0.1'].includes(address),
  ...{ sipPorts: [5060], mediaPorts: { first: 20_000, last: 29_999 }, addresses: [own, advertised] },
  clock: { monotonic: () => now },
  machine: () => machine,
})

/** What an address in SDP gets, before any packet comes from there. */
function worth(address: string, writer: Writer, port = 8125): 'known' | 'first seconds' | 'nothing' {
  const vouching = evidence.vouch({ address, port }, writer)
  if (vouching.known) return 'known'
  const place = new SoundPlace(new FirstSeconds())
  place.goTo({ rtp: { address, port }, rtcp: { address, port: port + 1 } }, { rtp: vouching, rtcp: vouching }, 0)
  const { rtp, rtcp } = place.mayGo(1)
  assert.equal(rtp, rtcp)
  return rtp ? 'first seconds' : 'nothing'
}

describe('SDP that names an address of this machine', () => {
  const here = [own, ownV6, '127.0.0.1', '127.8.9.1', '0.0.0.1', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1', `::ffff:${own}`]

  for (const address of here)
    it(`gets no sound at ${address} when its author signals from elsewhere`, () => {
      assert.equal(worth(address, { source: account }), 'nothing')
      assert.equal(worth(address, {}), 'nothing')
    })

  for (const address of ['::ffff:c000:201', '::FFFF:C000:0201', '2001:DB8:0:0::1', '2001:db8:0:0:0:0:0:1'])
    it(`gets no sound at ${address}, another spelling of an address of this machine`, () =>
      assert.equal(worth(address, { source: account }), 'nothing'))

  it('gets no sound at our ports at another spelling of our advertised address', () =>
    assert.equal(worth('::ffff:cb00:7101', { source: account }, 5060), 'nothing'))

  for (const address of ['169.254.169.254', 'fe80::2', '::ffff:169.254.169.254'])
    it(`gets no sound at the link-local ${address} for an author elsewhere, but for one on that link`, () => {
      assert.equal(worth(address, { source: account }), 'nothing')
      assert.equal(worth(address, { source: pbx }), 'nothing')
      assert.equal(worth(address, { source: '169.254.1.1' }), 'first seconds')
      assert.equal(worth(address, { source: address }), 'known')
    })

  it('gets sound without limit when its author is on this machine, such as a local PBX', () => {
    for (const source of [own, '127.0.0.1', '127.0.0.2', '::1'])
      for (const address of [own, ownV6, '127.0.0.1', '::1', `::ffff:${own}`]) assert.equal(worth(address, { source }), 'known')
    assert.equal(worth('127.8.9.1', { source: '127.0.0.1' }), 'first seconds')
    assert.equal(worth('127.8.9.1', { source: '127.8.9.1' }), 'known')
  })

  it('does not count as local when a WebSocket proxy may have forwarded it', () => {
    assert.equal(worth('127.0.0.1', { source: '127.0.0.1', proxied: true }), 'nothing')
    assert.equal(worth(own, { source: own, proxied: true }), 'nothing')
    assert.equal(worth(account, { source: account, proxied: true }), 'known')
  })

  it('gets the first seconds when a trusted peer elsewhere names our address, but never for loopback', () => {
    assert.equal(worth(own, { source: pbx }), 'first seconds')
    for (const address of ['127.0.0.1', '::1', '0.0.0.1']) assert.equal(worth(address, { source: pbx }), 'nothing')
  })

  it('never gets sound at our own SIP port', () => {
    for (const source of [account, pbx, own, '127.0.0.1'])
      for (const address of [own, '127.0.0.1', advertised]) assert.equal(worth(address, { source }, 5060), 'nothing')
  })

  it('gets sound at our own media ports only from a trusted peer, which may return our own SDP', () => {
    for (const source of [account, '127.0.0.2']) assert.equal(worth(own, { source }, 20_002), 'nothing')
    for (const source of [pbx, '127.0.0.1']) assert.equal(worth(own, { source }, 20_002), 'first seconds')
    assert.equal(worth('127.0.0.1', { source: '127.0.0.1' }, 20_002), 'first seconds')
    assert.equal(worth('127.0.0.1', { source: pbx }, 20_002), 'nothing')
  })

  it('gets sound without limit when our own gateway wrote it for a browser', () => {
    assert.equal(worth(own, { source: account, ours: true }, 29_000), 'known')
  })

  it('is judged by the machine’s current addresses', () => {
    assert.equal(worth('192.0.2.77', { source: account }), 'first seconds')
    machine = [...machine, '192.0.2.77']
    now += 5_000
    assert.equal(worth('192.0.2.77', { source: account }), 'nothing')
  })
})

describe('SDP that names another machine', () => {
  it('gets sound without limit when its author or a trusted peer is there, or else the first seconds', () => {
    assert.equal(worth(account, { source: account }), 'known')
    assert.equal(worth(pbx, { source: account }), 'known')
    assert.equal(worth('198.51.100.8', { source: account }), 'first seconds')
    assert.equal(worth('198.51.100.8', {}), 'first seconds')
  })
})

describe('an address that gets no sound unasked', () => {
  const victim = { rtp: { address: own, port: 8125 }, rtcp: { address: own, port: 8126 } }
  const withheld = { known: false, withheld: true, signaling: account }

  it('gets nothing, and the sound goes to the source of the caller’s packets', () => {
    const place = new SoundPlace(new FirstSeconds())
    place.goTo(victim, { rtp: withheld, rtcp: withheld }, 0)
    assert.deepEqual(place.mayGo(1), { rtp: false, rtcp: false })
    assert.equal(place.admitsRtp({ address: account, port: 4000 }), true)
    assert.deepEqual(place.rtpTarget, { address: account, port: 4000 })
    assert.equal(place.mayGo(2).rtp, true)
    assert.equal(place.mayGo(2).rtcp, false)
  })

  it('gets no reports when only RTCP points to it', () => {
    const place = new SoundPlace(new FirstSeconds())
    const phone = { address: account, port: 4000 }
    place.goTo({ rtp: phone, rtcp: victim.rtcp }, { rtp: { known: true }, rtcp: withheld }, 0)
    assert.deepEqual(place.mayGo(1), { rtp: true, rtcp: false })
  })
})
