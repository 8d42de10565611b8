import assert from 'node:assert/strict'
import { silentLog } from '../../../../src/foundation/log.js'
import { Locator } from '../../../../src/sip/transport/locate.js'
import type { PointerRecord, Resolver, ServiceRecord } from '../../../../src/sip/transport/resolver.js'
import type { Hop, Location } from '../../../../src/sip/transport/transport.js'
import { FakeClock } from '../transaction/fake-clock.js'

/** A fake DNS. Names that it was not given do not exist. */
class FakeDns implements Resolver {
  readonly hosts: Record<string, { address: string; ttl: number }[]> = {}
  readonly srv: Record<string, ServiceRecord[]> = {}
  readonly naptr: Record<string, PointerRecord[]> = {}
  readonly asked: string[] = []
  broken = false

  addresses(host: string, family: 4 | 6) {
    const known = this.hosts[host] ?? []
    return this.#answer(
      `A${family} ${host}`,
      known.filter(({ address }) => address.includes(':') === (family === 6)),
    )
  }
  services(name: string) {
    return this.#answer(`SRV ${name}`, this.srv[name] ?? [])
  }
  pointers(name: string) {
    return this.#answer(`NAPTR ${name}`, this.naptr[name] ?? [])
  }
  async #answer<T>(question: string, answer: T): Promise<T> {
    this.asked.push(question)
    if (this.broken) throw new Error('SERVFAIL')
    return answer
  }
}

const text = ({ transport, host, port }: Hop) => `${transport} ${host} ${port}`

describe('location of SIP servers (RFC 3263)', () => {
  let clock: FakeClock
  let dns: FakeDns
  let drawn: number
  let locator: Locator

  beforeEach(() => {
    clock = new FakeClock()
    dns = new FakeDns()
    drawn = 0
    locator = new Locator({ resolver: dns, clock, log: silentLog, random: () => drawn, families: [4, 6] })
  })

  const locate = (target: string) => new Promise<Location>(found => locator.locate(target, found))
  const hops = async (target: string) => (await locate(target)).hops.map(text)
  const atOnce = (target: string): string[] | undefined => {
    let location: Location | undefined
    locator.locate(target, found => (location = found))
    return location?.hops.map(text)
  }

  for (const [target, hop] of [
    ['sip:bob@192.0.2.9', 'udp 192.0.2.9 5060'],
    ['sip:192.0.2.9:5070', 'udp 192.0.2.9 5070'],
    ['sip:bob@192.0.2.9;transport=tcp', 'tcp 192.0.2.9 5060'],
    ['sip:bob@192.0.2.9;transport=UDP;lr', 'udp 192.0.2.9 5060'],
    ['sip:bob@[2001:db8::9]:5062', 'udp 2001:db8::9 5062'],
    ['sip:bob@example.com;maddr=192.0.2.9', 'udp 192.0.2.9 5060'],
    ['sips:bob@192.0.2.9', 'tls 192.0.2.9 5061'],
    ['sips:bob@192.0.2.9;transport=tcp', 'tls 192.0.2.9 5061'],
    ['sip:bob@192.0.2.9:5070;transport=tls', 'tls 192.0.2.9 5070'],
  ] as const) {
    it(`${target} resolves to ${hop} at once, without DNS`, () => {
      assert.deepEqual(atOnce(target), [hop])
      assert.deepEqual(atOnce(target), [hop])
      assert.deepEqual(dns.asked, [])
    })
  }

  it('leaves the transport undecided only when the URI names none', async () => {
    assert.equal((await locate('sip:192.0.2.9')).anyTransport, true)
    assert.equal((await locate('sip:192.0.2.9;transport=udp')).anyTransport, false)
  })

  for (const target of [
    'sips:bob@192.0.2.9;transport=udp',
    'sip:bob@192.0.2.9;transport=ws',
    'sips:bob@192.0.2.9;transport=ws',
    'tel:+15551234',
    'nonsense',
    '',
  ]) {
    it(`${JSON.stringify(target)} resolves to nothing, because we have no such listen point`, () => {
      assert.deepEqual(atOnce(target), [])
    })
  }

  it('asks only for addresses when there is a port (§4.2)', async () => {
    dns.hosts['pbx.example.com'] = [
      { address: '192.0.2.1', ttl: 60 },
      { address: '2001:db8::1', ttl: 60 },
    ]
    assert.deepEqual(await hops('sip:pbx.example.com:5070'), ['udp 192.0.2.1 5070', 'udp 2001:db8::1 5070'])
    assert.deepEqual(dns.asked, ['A4 pbx.example.com', 'A6 pbx.example.com'])
  })

  it('asks for the SRV records of a transport that the URI names', async () => {
    dns.srv['_sip._tcp.example.com'] = [{ name: 'a.example.com', port: 5070, priority: 1, weight: 0 }]
    dns.hosts['a.example.com'] = [{ address: '192.0.2.1', ttl: 60 }]
    assert.deepEqual(await hops('sip:example.com;transport=tcp'), ['tcp 192.0.2.1 5070'])
    assert.ok(!dns.asked.some(question => question.startsWith('NAPTR')))
  })

  it('asks for the secure service of a sips URI, and the host must have the domain in its certificate (RFC 5922 §4)', async () => {
    dns.srv['_sips._tcp.example.com'] = [{ name: 'a.example.net', port: 5071, priority: 1, weight: 0 }]
    dns.hosts['a.example.net'] = [{ address: '192.0.2.1', ttl: 60 }]
    for (const target of ['sips:example.com', 'sip:example.com;transport=tls']) {
      const { hops } = await locate(target)
      assert.deepEqual(hops, [{ transport: 'tls', host: '192.0.2.1', port: 5071, name: 'example.com' }])
    }
    assert.ok(!dns.asked.some(question => question.includes('_udp')))
  })

  it('follows NAPTR by order and preference, and skips what we do not support (§4.1)', async () => {
    const pointer = (order: number, preference: number, service: string, replacement: string): PointerRecord => ({
      order,
      preference,
      flags: 's',
      service,
      replacement,
    })
    dns.naptr['example.com'] = [
      pointer(50, 50, 'SIPS+D2T', '_sips._tcp.example.com'),
      pointer(100, 50, 'SIP+D2U', '_sip._udp.example.com'),
      pointer(90, 50, 'SIP+D2T', '_sip._tcp.example.com'),
    ]
    dns.srv['_sip._udp.example.com'] = [{ name: 'u.example.com', port: 5060, priority: 0, weight: 0 }]
    dns.srv['_sip._tcp.example.com'] = [{ name: 't.example.com', port: 5061, priority: 9, weight: 0 }]
    dns.hosts['u.example.com'] = [{ address: '192.0.2.1', ttl: 60 }]
    dns.hosts['t.example.com'] = [{ address: '192.0.2.2', ttl: 60 }]
    assert.deepEqual(await hops('sip:example.com'), ['tcp 192.0.2.2 5061', 'udp 192.0.2.1 5060'])
  })

  it('orders SRV records by priority, and chooses by weight at random (RFC 2782)', async () => {
    const service = (name: string, priority: number, weight: number) => ({ name, port: 5060, priority, weight })
    dns.srv['_sip._udp.example.com'] = [service('c.', 20, 5), service('a.', 10, 10), service('b.', 10, 90)]
    for (const [index, name] of ['a.', 'b.', 'c.'].entries()) dns.hosts[name] = [{ address: `192.0.2.${index + 1}`, ttl: 60 }]
    drawn = 5
    assert.deepEqual(await hops('sip:example.com'), ['udp 192.0.2.1 5060', 'udp 192.0.2.2 5060', 'udp 192.0.2.3 5060'])
    drawn = 50
    assert.deepEqual(await hops('sip:example.com'), ['udp 192.0.2.2 5060', 'udp 192.0.2.1 5060', 'udp 192.0.2.3 5060'])
  })

  it('chooses the heavier ones more often, in proportion', async () => {
    const service = (name: string, weight: number) => ({ name, port: 5060, priority: 1, weight })
    dns.srv['_sip._udp.example.com'] = [service('a.', 1), service('b.', 3)]
    dns.hosts['a.'] = [{ address: '192.0.2.1', ttl: 60 }]
    dns.hosts['b.'] = [{ address: '192.0.2.2', ttl: 60 }]
    let heavier = 0
    for (drawn = 0; drawn < 1_000; drawn++) if ((await hops('sip:example.com'))[0] === 'udp 192.0.2.2 5060') heavier++
    assert.ok(heavier > 550 && heavier < 800, String(heavier))
  })

  it('treats a service named "." as absent', async () => {
    dns.srv['_sip._udp.example.com'] = [{ name: '.', port: 0, priority: 0, weight: 0 }]
    dns.hosts['example.com'] = [{ address: '192.0.2.1', ttl: 60 }]
    assert.deepEqual(await hops('sip:example.com'), ['udp 192.0.2.1 5060'])
  })

  it('does not look up services for a name without dots', async () => {
    dns.hosts['localhost'] = [{ address: '127.0.0.1', ttl: 60 }]
    assert.deepEqual(await hops('sip:localhost'), ['udp 127.0.0.1 5060'])
    assert.deepEqual(dns.asked, ['A4 localhost', 'A6 localhost'])
  })

  it('keeps an answer for the TTL of its records, then asks again', async () => {
    dns.hosts['pbx'] = [{ address: '192.0.2.1', ttl: 30 }]
    await hops('sip:pbx')
    clock.pass(29_999)
    assert.deepEqual(atOnce('sip:other@PBX'), ['udp 192.0.2.1 5060'])
    assert.equal(dns.asked.length, 2)
    clock.pass(2)
    dns.hosts['pbx'] = [{ address: '192.0.2.2', ttl: 30 }]
    assert.equal(atOnce('sip:pbx'), undefined)
    assert.deepEqual(await hops('sip:pbx'), ['udp 192.0.2.2 5060'])
  })

  it('keeps an answer with TTL 0, and a negative answer, for 5 s', async () => {
    dns.hosts['brief'] = [{ address: '192.0.2.1', ttl: 0 }]
    for (const name of ['brief', 'nobody']) {
      await hops(`sip:${name}`)
      clock.pass(4_000)
      assert.notEqual(atOnce(`sip:${name}`), undefined)
      clock.pass(2_000)
      assert.equal(atOnce(`sip:${name}`), undefined)
    }
  })

  it('asks once for several simultaneous calls', async () => {
    dns.hosts['pbx'] = [{ address: '192.0.2.1', ttl: 30 }]
    const all = await Promise.all([hops('sip:a@pbx'), hops('sip:b@pbx'), hops('sip:c@pbx')])
    assert.equal(all.length, 3)
    assert.equal(dns.asked.length, 2)
  })

  it('uses the old answer while DNS fails, and finds nothing without one', async () => {
    dns.hosts['pbx'] = [{ address: '192.0.2.1', ttl: 30 }]
    await hops('sip:pbx')
    clock.pass(31_000)
    dns.broken = true
    assert.deepEqual(await hops('sip:pbx'), ['udp 192.0.2.1 5060'])
    assert.deepEqual(await hops('sip:new'), [])
    clock.pass(6_000)
    dns.broken = false
    dns.hosts['pbx'] = [{ address: '192.0.2.7', ttl: 30 }]
    assert.deepEqual(await hops('sip:pbx'), ['udp 192.0.2.7 5060'])
  })

  it('uses the old answer for a day, however often DNS fails in that time', async () => {
    dns.hosts['pbx'] = [{ address: '192.0.2.1', ttl: 30 }]
    await hops('sip:pbx')
    dns.broken = true
    clock.pass(86_399_000)
    assert.deepEqual(await hops('sip:pbx'), ['udp 192.0.2.1 5060'])
    clock.pass(6_000)
    assert.deepEqual(await hops('sip:pbx'), [])
  })

  it('puts an address that did not answer last, for 30 s', async () => {
    dns.hosts['pbx'] = [
      { address: '192.0.2.1', ttl: 600 },
      { address: '192.0.2.2', ttl: 600 },
    ]
    await hops('sip:pbx')
    locator.avoid({ transport: 'udp', host: '192.0.2.1', port: 5060 })
    assert.deepEqual(atOnce('sip:pbx'), ['udp 192.0.2.2 5060', 'udp 192.0.2.1 5060'])
    locator.avoid({ transport: 'udp', host: '192.0.2.2', port: 5060 })
    assert.deepEqual(atOnce('sip:pbx'), ['udp 192.0.2.1 5060', 'udp 192.0.2.2 5060'])
    clock.pass(30_001)
    assert.deepEqual(atOnce('sip:pbx'), ['udp 192.0.2.1 5060', 'udp 192.0.2.2 5060'])
    assert.deepEqual(atOnce('sip:192.0.2.1'), ['udp 192.0.2.1 5060'])
  })
})
