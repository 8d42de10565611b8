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

/** What an address in a description is worth: with or without a packet from there. */
function worth(address: string, writer: Writer, port = 8125): 'known' | 'first seconds' | 'nothing' {
  const vouching = evidence.vouch({ address, port }, writer)
  if (vouching.known) return 'known'
  const place = new SoundPlace(new FirstSeconds())
  place.goTo({ rtp: { address, port }, rtcp: { address, port: port + 1 } }, { rtp: vouching, rtcp: vouching }, 0)
  const { rtp, rtcp } = place.mayGo(1)
  assert.equal(rtp, rtcp)
  return rtp ? 'first seconds' : 'nothing'
}

describe('what a description that names this machine is worth', () => {
  const here = [own, ownV6, '127.0.0.1', '127.8.9.1', '0.0.0.1', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1', `::ffff:${own}`]

  for (const address of here)
    it(`sends nothing to ${address} for somebody who signals from elsewhere`, () => {
      assert.equal(worth(address, { source: account }), 'nothing')
      assert.equal(worth(address, {}), 'nothing')
    })

  for (const address of ['::ffff:c000:201', '::FFFF:C000:0201', '2001:DB8:0:0::1', '2001:db8:0:0:0:0:0:1'])
    it(`sends nothing to ${address}, another spelling of an address of this machine`, () =>
      assert.equal(worth(address, { source: account }), 'nothing'))

  it('sends nothing to our ports at another spelling of the address that we are reached at', () =>
    assert.equal(worth('::ffff:cb00:7101', { source: account }, 5060), 'nothing'))

  for (const address of ['169.254.169.254', 'fe80::2', '::ffff:169.254.169.254'])
    it(`sends nothing to the link-local ${address} for somebody who signals from elsewhere, but to one of that link`, () => {
      assert.equal(worth(address, { source: account }), 'nothing')
      assert.equal(worth(address, { source: pbx }), 'nothing')
      assert.equal(worth(address, { source: '169.254.1.1' }), 'first seconds')
      assert.equal(worth(address, { source: address }), 'known')
    })

  it('is known where it was written on this machine, as a PBX here does', () => {
    for (const source of [own, '127.0.0.1', '127.0.0.2', '::1'])
      for (const address of [own, ownV6, '127.0.0.1', '::1', `::ffff:${own}`]) assert.equal(worth(address, { source }), 'known')
    assert.equal(worth('127.8.9.1', { source: '127.0.0.1' }), 'first seconds')
    assert.equal(worth('127.8.9.1', { source: '127.8.9.1' }), 'known')
  })

  it('is not taken as written on this machine where a proxy for WebSocket may have passed it on', () => {
    assert.equal(worth('127.0.0.1', { source: '127.0.0.1', proxied: true }), 'nothing')
    assert.equal(worth(own, { source: own, proxied: true }), 'nothing')
    assert.equal(worth(account, { source: account, proxied: true }), 'known')
  })

  it('has its first seconds where a trusted peer elsewhere names our address, but never loopback', () => {
    assert.equal(worth(own, { source: pbx }), 'first seconds')
    for (const address of ['127.0.0.1', '::1', '0.0.0.1']) assert.equal(worth(address, { source: pbx }), 'nothing')
  })

  it('never leads to our own SIP port', () => {
    for (const source of [account, pbx, own, '127.0.0.1'])
      for (const address of [own, '127.0.0.1', advertised]) assert.equal(worth(address, { source }, 5060), 'nothing')
  })

  it('leads to our own media ports for a trusted peer alone, which may return our own description', () => {
    for (const source of [account, '127.0.0.2']) assert.equal(worth(own, { source }, 20_002), 'nothing')
    for (const source of [pbx, '127.0.0.1']) assert.equal(worth(own, { source }, 20_002), 'first seconds')
    assert.equal(worth('127.0.0.1', { source: '127.0.0.1' }, 20_002), 'first seconds')
    assert.equal(worth('127.0.0.1', { source: pbx }, 20_002), 'nothing')
  })

  it('is known where our own gateway wrote it for a browser', () => {
    assert.equal(worth(own, { source: account, ours: true }, 29_000), 'known')
  })

  it('follows the addresses that the machine gets later', () => {
    assert.equal(worth('192.0.2.77', { source: account }), 'first seconds')
    machine = [...machine, '192.0.2.77']
    now += 5_000
    assert.equal(worth('192.0.2.77', { source: account }), 'nothing')
  })
})

describe('what a description that names another machine is worth', () => {
  it('is known where its writer or a trusted peer is there, and else has its first seconds', () => {
    assert.equal(worth(account, { source: account }), 'known')
    assert.equal(worth(pbx, { source: account }), 'known')
    assert.equal(worth('198.51.100.8', { source: account }), 'first seconds')
    assert.equal(worth('198.51.100.8', {}), 'first seconds')
  })
})

describe('a place from which nothing may be asked', () => {
  const victim = { rtp: { address: own, port: 8125 }, rtcp: { address: own, port: 8126 } }
  const withheld = { known: false, withheld: true, signaling: account }

  it('gets nothing, and the sound goes to where packets of the caller come from', () => {
    const place = new SoundPlace(new FirstSeconds())
    place.goTo(victim, { rtp: withheld, rtcp: withheld }, 0)
    assert.deepEqual(place.mayGo(1), { rtp: false, rtcp: false })
    assert.equal(place.admitsRtp({ address: account, port: 4000 }), true)
    assert.deepEqual(place.rtpTarget, { address: account, port: 4000 })
    assert.equal(place.mayGo(2).rtp, true)
    assert.equal(place.mayGo(2).rtcp, false)
  })

  it('gets no reports where RTCP alone leads there', () => {
    const place = new SoundPlace(new FirstSeconds())
    const phone = { address: account, port: 4000 }
    place.goTo({ rtp: phone, rtcp: victim.rtcp }, { rtp: { known: true }, rtcp: withheld }, 0)
    assert.deepEqual(place.mayGo(1), { rtp: true, rtcp: false })
  })
})
