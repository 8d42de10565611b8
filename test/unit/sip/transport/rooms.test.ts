import assert from 'node:assert/strict'
import type { Link } from '../../../../src/sip/transport/link.js'
import { Rooms, type Guest, type Standing } from '../../../../src/sip/transport/rooms.js'

const limits = {
  ...{ connections: 16, reserved: 4, connectionsPerPeer: 8, knownPerAddress: 3, strangers: 6, strangersPerAddress: 3 },
}

class FakeLink implements Link {
  readonly source
  open = true
  constructor(
    host: string,
    public usedAt: number,
  ) {
    this.source = { transport: 'tcp', host, port: 5060 } as const
  }
  send(): void {}
  hold(): void {}
  overdue(): undefined {}
  close(): void {
    this.open = false
  }
}

describe('the limits of connections', () => {
  let rooms: Rooms
  let now: number
  beforeEach(() => {
    rooms = new Rooms(limits)
    now = 0
  })

  /** Opens a connection from this address. `later` is its final standing. Returns undefined if there was no room. */
  function connect(host: string, guest: Guest, later: Standing = guest): FakeLink | undefined {
    const admitted = rooms.admits(host, guest)
    if (admitted === 'full') return undefined
    if (admitted.evicted) {
      admitted.evicted.close()
      rooms.delete(admitted.evicted)
    }
    const link = new FakeLink(host, (now += 1))
    rooms.add(link, guest)
    rooms.move(link, later)
    return link
  }
  const several = (count: number, host: string, guest: Guest, later?: Standing) =>
    Array.from({ length: count }, () => connect(host, guest, later))
  const opened = (links: readonly (FakeLink | undefined)[]) => links.filter(link => link?.open === true).length

  it('admit a new phone when an account has used them up from several addresses, with its password on each connection', () => {
    const phones = [connect('10.0.0.1', 'known', 'phone'), connect('10.0.0.2', 'known', 'phone')]
    for (const host of ['192.0.2.1', '192.0.2.2', '192.0.2.3']) several(30, host, 'known', 'proven')
    assert.equal(rooms.size, limits.connections - limits.reserved)
    const [fresh, registered] = [connect('203.0.113.5', 'stranger'), connect('10.0.0.3', 'known', 'phone')]
    several(30, '192.0.2.1', 'known')
    several(30, '192.0.2.4', 'known', 'proven')
    assert.equal(opened([...phones, fresh, registered]), 4)
    assert.equal(rooms.size, limits.connections - limits.reserved)
  })

  it('close the connection that was idle longest, at the address with most connections that reach no phone', () => {
    const few = several(2, '10.0.0.1', 'known')
    const many = several(8, '192.0.2.1', 'known', 'proven')
    several(2, '10.0.0.2', 'known', 'phone')
    const [first, second] = many
    if (first) first.usedAt = now += 1
    assert.ok(connect('10.0.0.3', 'known'))
    assert.deepEqual([first?.open, second?.open, opened(few)], [true, false, 2])
  })

  it('allow only a few connections without a password at an address that showed one: the idlest is closed for the next', () => {
    const silent = several(5, '192.0.2.1', 'known')
    assert.deepEqual(
      silent.map(link => link?.open),
      [false, false, true, true, true],
    )
    assert.ok(connect('192.0.2.1', 'known', 'phone'), 'a colleague behind the same translation gets in')
    assert.equal(opened(several(3, '192.0.2.1', 'known', 'proven')), 3)
  })

  it('keep the connections of registered phones in every case', () => {
    const phones = [...several(6, '10.0.0.1', 'known', 'phone'), ...several(6, '10.0.0.2', 'known', 'phone')]
    assert.equal(connect('10.0.0.3', 'known'), undefined)
    assert.equal(connect('10.0.0.4', 'stranger'), undefined)
    assert.ok(connect('192.0.2.99', 'trusted'))
    assert.equal(opened(phones), 12)
  })

  it('close other connections for trusted peers when the rest is full', () => {
    several(4, '192.0.2.99', 'trusted')
    several(8, '192.0.2.1', 'known', 'proven')
    several(4, '10.0.0.1', 'stranger')
    assert.equal(opened(several(8, '192.0.2.98', 'trusted')), 8)
    assert.equal(rooms.size, limits.connections)
    assert.equal(opened(several(8, '192.0.2.97', 'trusted')), 4, 'a trusted peer can’t close connections of another one')
  })

  it('count an IPv6 /64 as one address, addresses of each link separately, and a mapped address as IPv4', () => {
    const opens = (hosts: readonly string[]) => {
      rooms = new Rooms(limits)
      return opened(hosts.map(host => connect(host, 'stranger')))
    }
    const ends = ['1', '2:3', 'ffff:ffff:ffff:ffff', 'a', 'b']
    assert.equal(opens(ends.map(end => `2001:db8:0:1:${end.includes(':ffff') ? end : `:${end}`}`)), 3)
    assert.equal(opens(['2001:db8:0:1::1', '2001:db8:0:2::1', '2001:db8:0:3::1', '2001:db8:0:4::1']), 4)
    assert.equal(opens(ends.slice(0, 2).flatMap(end => [`fe80::${end}%eth0`, `fe80::${end}9%eth0`, `fe80::${end}%eth1`])), 5)
    assert.equal(opens(['::ffff:192.0.2.1', '192.0.2.1', '::ffff:c000:201', '192.0.2.1', '::ffff:192.0.2.2']), 4)
  })

  it('forget a connection that ends', () => {
    const links = [...several(3, '10.0.0.1', 'known'), ...several(2, '10.0.0.2', 'stranger'), connect('192.0.2.99', 'trusted')]
    for (const link of links) if (link) rooms.delete(link)
    assert.deepEqual([rooms.size, rooms.strangers, [...rooms.of('10.0.0.1')]], [0, 0, []])
  })
})
