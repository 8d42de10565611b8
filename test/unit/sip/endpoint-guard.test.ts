import assert from 'node:assert/strict'
import { AddressList } from '../../../src/sip/transport/address-list.js'
import { KnownLimit, StrangerLimit, type StrangerCost } from '../../../src/sip/transport/peers.js'
import type { Hop } from '../../../src/sip/transport/transport.js'
import { Phone, reverse, sdp, sdpText, toPhone, Wire, type Dialogue } from './dialog/wire.js'
import { FakeClock } from './transaction/fake-clock.js'

const us = '192.0.2.1'

describe('trusted peers', () => {
  const includes = (peers: readonly string[], hosts: readonly string[]) => {
    const trusted = new AddressList(peers)
    return hosts.filter(host => trusted.includes(host))
  }

  it('are addresses and blocks of IPv4 and IPv6; an IPv4-mapped address counts as IPv4', () => {
    const hosts = ['10.1.2.3', '10.1.3.0', '::ffff:10.1.2.9', '192.0.2.7', '192.0.2.8', '2001:db8::5', '2001:db9::5', '::1']
    assert.deepEqual(includes(['10.1.2.0/24', '192.0.2.7', '2001:db8::/32', '::1'], hosts), [
      '10.1.2.3',
      '::ffff:10.1.2.9',
      '192.0.2.7',
      '2001:db8::5',
      '::1',
    ])
  })

  it('exclude IPv4 addresses from an IPv6 block, and include those that a mapped block stands for', () => {
    const hosts = ['10.1.2.3', '127.0.0.1', '203.0.113.5', '::ffff:203.0.113.5', '::ffff:cb00:7105', '::1']
    assert.deepEqual(includes(['::/8', '::ffff:127.0.0.1/8', '::ffff:10.0.0.0/8'], hosts), ['::1'])
    assert.deepEqual(includes(['::ffff:10.0.0.0/104', '::FFFF:7f00:1'], hosts), ['10.1.2.3', '127.0.0.1'])
    assert.deepEqual(includes(['203.0.113.0/24'], hosts), hosts.slice(2, 5), 'in each spelling')
  })

  it('are nobody when none is named, or the name is not an address', () => {
    assert.deepEqual(includes([], ['127.0.0.1', '::1']), [])
    assert.deepEqual(includes(['pbx.example.com', ''], ['127.0.0.1', 'pbx.example.com']), [])
  })
})

describe('the limit for strangers', () => {
  const udp = (host: string) => ({ host, transport: 'udp' }) as const
  const tcp = (host: string) => ({ host, transport: 'tcp' }) as const
  const passed = (
    limit: StrangerLimit,
    from: (index: number) => Pick<Hop, 'host' | 'transport'>,
    cost: StrangerCost,
    tries = 20_000,
  ) => Array.from({ length: tries }, (_, index) => limit.allows(from(index), cost)).filter(Boolean).length

  for (const [cost, atOnce, aSecond] of [
    ['refused', 10, 2],
    ['open', 10, 2],
    ['challenged', 100, 50],
    ['proven', 100, 50],
  ] as const)
    it(`answers each address ${atOnce} times at once, then ${aSecond} times a second, requests that are ${cost}`, () => {
      const clock = new FakeClock()
      const limit = new StrangerLimit(clock)
      const here = () => passed(limit, () => udp('198.51.100.1'), cost, 500)
      assert.equal(here(), atOnce)
      clock.pass(1_000)
      assert.equal(here(), aSecond)
      assert.equal(limit.allows(udp('198.51.100.2'), cost), true, 'another address has its own limit')
      clock.pass(3_600_000)
      assert.equal(here(), atOnce, 'unused requests do not add up')
    })

  it('lets a phone register although somebody sends datagrams with its address', () => {
    const limit = new StrangerLimit(new FakeClock())
    for (const cost of ['refused', 'open', 'challenged'] as const) passed(limit, () => udp('198.51.100.1'), cost)
    assert.equal(limit.allows(udp('198.51.100.1'), 'challenged'), false)
    assert.equal(limit.allows(udp('198.51.100.1'), 'proven'), true, 'its answer to our challenge')
    assert.equal(limit.allows(tcp('198.51.100.1'), 'challenged'), true, 'by a connection')
  })

  it('counts all addresses of an IPv6 /64 as one, because one host has a whole /64', () => {
    const limit = new StrangerLimit(new FakeClock())
    const from = (prefix: string, zone = ''): number =>
      passed(limit, index => udp(`${prefix}${(index + 1).toString(16)}${zone}`), 'refused', 50)
    assert.equal(from('2001:db8:1:2::'), 10)
    assert.equal(from('2001:db8:1:3::'), 10)
    assert.deepEqual([from('fe80::', '%eth0'), from('fe80::', '%eth0'), from('fe80::', '%eth1')], [10, 0, 10])
    assert.deepEqual([limit.allows(udp('::ffff:198.51.100.7'), 'refused'), from('::ffff:198.51.100.')], [true, 50])
  })

  for (const [costs, atOnce, aSecond] of [
    [['refused', 'challenged'], 4_000, 4_000],
    [['open'], 400, 200],
  ] as const)
    it(`answers all addresses together, forged or not, ${atOnce} times at once, then ${aSecond} times a second, requests that are ${costs.join(' or ')}`, () => {
      const clock = new FakeClock()
      const limit = new StrangerLimit(clock)
      const flood = () => passed(limit, index => udp(`forged ${index}`), costs[0])
      assert.equal(flood(), atOnce)
      clock.pass(1_000)
      assert.equal(flood(), aSecond)
      for (const cost of ['refused', 'challenged', 'open'] as const)
        assert.equal(limit.allows(udp('192.0.2.9'), cost), !(costs as readonly string[]).includes(cost))
      assert.equal(limit.allows(udp('192.0.2.9'), 'proven'), true, 'an address that proved to read our answers is not limited')
      assert.equal(limit.allows(tcp('192.0.2.9'), 'challenged'), true, 'a connection comes from where it says')
    })
})

describe('an address that showed a password', () => {
  const host = '198.51.100.1'

  it('gets answers to 400 OPTIONS at once, then 200 a second', () => {
    const clock = new FakeClock()
    const limit = new KnownLimit(clock)
    const passed = () => Array.from({ length: 1_000 }, () => limit.allows({ host }, 'open')).filter(Boolean).length
    assert.equal(passed(), 400)
    clock.pass(1_000)
    assert.equal(passed(), 200)
  })

  it('is never blocked by challenges that somebody asks for with its forged address', () => {
    const limit = new KnownLimit(new FakeClock())
    for (let sent = 0; sent < 20_000; sent++) assert.equal(limit.allows({ host }, 'challenged'), true)
  })
})

describe('a response', () => {
  const phoneHost = '198.51.100.7'
  const from = (host: string): { outcome: string; rejected: number } => {
    const wire = new Wire()
    const endpoint = wire.site(us)
    const phone = new Phone(wire, phoneHost)
    let outcome = 'none'
    endpoint.invite(
      { ...toPhone(phoneHost), body: sdp('us') },
      { answered: () => (outcome = 'answered'), refused: ({ status }) => (outcome = `refused ${status}`) },
    )
    wire.clock.pass(3)
    new Phone(wire, host).answer(phone.request('INVITE'), 200, 'a', { body: sdpText('bob') })
    wire.clock.pass(3)
    return { outcome, rejected: endpoint.counters.rejected.get('foreignResponse') ?? 0 }
  }

  it('is accepted from the host that got the request, and from a trusted peer, which may have several addresses', () => {
    assert.deepEqual(from(phoneHost), { outcome: 'answered', rejected: 0 })
    assert.deepEqual(from('192.0.2.55'), { outcome: 'answered', rejected: 0 })
  })

  it('is dropped from anybody else, even with the right branch', () => {
    assert.deepEqual(from('203.0.113.66'), { outcome: 'none', rejected: 1 })
  })
})

describe('an endpoint among strangers', () => {
  let wire: Wire
  let stranger: Phone
  beforeEach(() => {
    wire = new Wire()
    stranger = new Phone(wire, '198.51.100.7')
  })
  const dialogue = (name: string): Dialogue => ({ from: `<sip:m@x.example>;tag=${name}`, to: '<sip:y@x.example>', callId: name })

  it('gives all of them the same answer, for known and unknown numbers, valid and invalid requests', () => {
    const endpoint = wire.site(us)
    endpoint.onInvite(() => assert.fail('a stranger came through'))
    const refusals = [{ uri: 'sip:support@192.0.2.1' }, { uri: 'sip:nobody@192.0.2.1' }, { uri: 'unknown:x' }].map(
      ({ uri }, index) => {
        stranger.ask('INVITE', us, { ...dialogue(`call${index}`), uri }, { headers: index === 1 ? ['Require: x'] : [] })
        const { status, reasonPhrase, headers } = stranger.response(403)
        return [status, reasonPhrase, [...headers].map(([name]) => name)]
      },
    )
    assert.deepEqual(refusals[1], refusals[0])
    assert.deepEqual(refusals[2], refusals[0])
    for (const method of ['REGISTER', 'SUBSCRIBE', 'REFER', 'NOTIFY', 'FROBNICATE']) stranger.ask(method, us, dialogue(method))
    assert.deepEqual(stranger.heard().slice(-5), ['403 REGISTER', '403 SUBSCRIBE', '403 REFER', '403 NOTIFY', '403 FROBNICATE'])
    assert.equal(endpoint.counters.rejected.get('untrusted'), 8)
  })

  it('answers each request and copy once, is silent above the limit, and makes no transaction', () => {
    const endpoint = wire.site(us)
    for (let index = 0; index < 30; index += 1) stranger.ask('INVITE', us, dialogue(`call${index}`))
    assert.deepEqual(stranger.heard(), Array<string>(10).fill('403 INVITE'))
    assert.equal(endpoint.transactions, 0)
    assert.equal(endpoint.counters.rejected.get('rateLimited'), 20)
  })

  it('has no limit for trusted peers, and changes them by `trust`', () => {
    const endpoint = wire.site(us)
    let invited = 0
    endpoint.onInvite(invite => {
      invited += 1
      invite.reject(486)
    })
    const pbx = new Phone(wire, '192.0.2.99')
    for (let index = 0; index < 30; index += 1) pbx.ask('INVITE', us, dialogue(`call${index}`))
    assert.equal(invited, 30)
    endpoint.trust(['198.51.100.0/24'])
    pbx.ask('INVITE', us, dialogue('late'))
    stranger.ask('INVITE', us, dialogue('welcome'))
    assert.equal(invited, 31)
    assert.equal(pbx.response(403).status, 403)
  })

  it('serves an agent’s untrusted phone in its dialog without the strangers’ limit', () => {
    const endpoint = wire.site(us)
    let infos = 0
    let ended = ''
    endpoint.invite(
      { ...toPhone(stranger.host), body: sdp('us') },
      {
        answered: leg => {
          leg.listen({
            info: info => {
              infos += 1
              info.respond(200)
            },
            ended: end => (ended = end.kind),
          })
          leg.acknowledge()
        },
        refused: ({ status }) => assert.fail(`refused ${status}`),
      },
    )
    wire.clock.pass(3)
    const invite = stranger.request('INVITE')
    stranger.answer(invite, 200, 'a', { body: sdpText('bob') })
    const within = reverse(invite, 'a')
    for (let cseq = 1; cseq <= 40; cseq += 1) stranger.ask('INFO', us, within, { cseq })
    stranger.ask('BYE', us, within, { cseq: 41 })
    assert.deepEqual([infos, ended], [40, 'hungUp'])
    for (let index = 0; index < 30; index += 1)
      stranger.ask('BYE', us, { ...dialogue(`guess${index}`), to: '<sip:y@x>;tag=guess' })
    assert.equal(stranger.heard().filter(line => line === '481 BYE').length, 10, 'guesses are limited')
  })
})
