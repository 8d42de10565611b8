import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import fc from 'fast-check'
import { connect, type Socket } from 'node:net'
import { millis } from '../../../src/foundation/time.js'
import { Connections } from '../../../src/http/connections.js'
import { Listeners } from '../../../src/http/listeners.js'
import type { Principal } from '../../../src/http/rights.js'
import { FakeClock } from '../../fakes/clock.js'
import { connections as defaults, Site } from './site.js'

const limits = { ...defaults, most: 20, strangers: 8, perAddress: 4 }

class FakeSocket extends EventEmitter {
  destroyed = false
  bytesRead = 0
  constructor(
    readonly remoteAddress: string,
    readonly remotePort: number,
    readonly localAddress = '203.0.113.1',
    readonly localPort = 8080,
  ) {
    super()
  }
  destroy(): void {
    if (this.destroyed) return
    this.destroyed = true
    this.emit('close')
  }
}

describe('connections to the HTTP server', () => {
  let server: EventEmitter
  let connections: Connections
  let clock: FakeClock
  let port = 0
  beforeEach(() => {
    clock = new FakeClock()
    server = new EventEmitter()
    connections = new Connections(limits, ['192.0.2.128/25'], clock)
    connections.guard(server as never)
  })

  function come(address: string): FakeSocket {
    const socket = new FakeSocket(address, (port += 1))
    server.emit('connection', socket)
    return socket
  }
  const many = (count: number, address: (index: number) => string): FakeSocket[] =>
    Array.from({ length: count }, (_, index) => come(address(index)))
  const open = (sockets: readonly FakeSocket[]): number => sockets.filter(({ destroyed }) => !destroyed).length
  const prove = (socket: FakeSocket, person: string | undefined): void => connections.prove(socket as unknown as Socket, person)

  it('are limited for one stranger’s address, also for IPv4 on an IPv6 socket, until one closes', () => {
    const first = many(4, () => '192.0.2.1')
    assert.equal(open(many(2, index => ['192.0.2.1', '::ffff:192.0.2.1'][index] ?? '')), 0)
    assert.deepEqual(connections.statistics.refused.get('perAddress'), 2)
    first[0]?.destroy()
    assert.equal(open([come('192.0.2.1')]), 1)
  })

  it('are closed when TLS brings much besides content, except those of this machine', () => {
    const [stranger, ours] = ['192.0.2.1', '127.0.0.1'].map(address => {
      const raw = come(address)
      const content = new FakeSocket(address, raw.remotePort)
      server.emit('secureConnection', content)
      return raw
    })
    for (const socket of [stranger, ours]) if (socket) socket.bytesRead = 24_000
    clock.pass(100)
    assert.deepEqual([stranger?.destroyed, ours?.destroyed], [false, false])
    for (const socket of [stranger, ours]) if (socket) socket.bytesRead = 1_000_000
    clock.pass(100)
    assert.deepEqual([stranger?.destroyed, ours?.destroyed], [true, false])
    assert.equal(connections.statistics.refused.get('records'), 1)
  })

  it('are limited for all strangers together, and the oldest is closed so that the newest can log in', () => {
    const strangers = many(8, index => `192.0.2.${index}`)
    const next = come('192.0.2.100')
    assert.deepEqual([strangers[0]?.destroyed, open(strangers), next.destroyed], [true, 7, false])
    assert.equal(connections.statistics.refused.get('strangers'), 1)
  })

  it('of people who have logged in stay open whatever strangers do, and have no limit per address', () => {
    const people = many(3, () => '192.0.2.1')
    for (const socket of people) prove(socket, 'user ann')
    const others = many(4, () => '192.0.2.1')
    many(100, index => `198.51.100.${index}`)
    assert.equal(open(people), 3)
    assert.equal(open(others), 0)
    assert.deepEqual([connections.statistics.known, connections.statistics.strangers], [3, 8])
  })

  it('from this machine and from trusted proxies do not count as strangers’', () => {
    const ours = many(10, index => (index < 5 ? '127.0.0.1' : '192.0.2.200'))
    many(100, index => `198.51.100.${index}`)
    assert.equal(open(ours), 10)
    assert.ok(connections.statistics.known + connections.statistics.strangers <= limits.most)
  })

  it('of one person count as strangers’ from the 33rd on', () => {
    connections = new Connections({ ...defaults, perAddress: 200 }, [], clock)
    server.removeAllListeners()
    connections.guard(server as never)
    for (const socket of many(40, () => '192.0.2.1')) prove(socket, 'user ann')
    assert.deepEqual([connections.statistics.known, connections.statistics.strangers], [32, 8])
  })

  it('from one address and port to two server addresses count as two', () => {
    for (let each = 0; each < 10; each += 1) {
      port += 1
      const [first, second] = ['203.0.113.1', '203.0.113.2'].map(own => {
        const socket = new FakeSocket('192.0.2.1', port, own)
        server.emit('connection', socket)
        return socket
      })
      first?.destroy()
      assert.deepEqual([connections.statistics.strangers, second?.destroyed], [1, false])
      second?.destroy()
    }
    assert.equal(connections.statistics.strangers, 0)
    assert.equal(open(many(4, () => '192.0.2.1')), 4)
  })

  it('with the same ends as one that is still closing are told apart from it', () => {
    const [before, after] = [0, 1].map(() => {
      const socket = new FakeSocket('192.0.2.1', 1)
      server.emit('connection', socket)
      return socket
    })
    before?.destroy()
    // With TLS the socket object differs, but it has the same ends.
    prove(new FakeSocket('192.0.2.1', 1), 'user ann')
    assert.deepEqual([connections.statistics.known, connections.statistics.strangers, after?.destroyed], [1, 0, false])
  })

  it('of a person who has logged out count as a stranger’s again', () => {
    const socket = come('192.0.2.1')
    prove(socket, 'user ann')
    prove(socket, undefined)
    assert.deepEqual([connections.statistics.known, connections.statistics.strangers], [0, 1])
    const ours = come('127.0.0.1')
    prove(ours, undefined)
    many(100, index => `198.51.100.${index}`)
    assert.deepEqual([socket.destroyed, ours.destroyed], [true, false])
  })

  it('are accepted 200 at once and 20 per second from a stranger’s address or IPv6 site, without effect on others', () => {
    let letIn = 0
    const arrive = (count: number, address: (index: number) => string): number => {
      letIn = 0
      for (let index = 0; index < count; index += 1) {
        const socket = come(address(index))
        if (!socket.destroyed) letIn += 1
        socket.destroy()
      }
      return letIn
    }
    assert.equal(
      arrive(250, () => '192.0.2.1'),
      200,
    )
    assert.equal(connections.statistics.refused.get('rate'), 50)
    assert.equal(
      arrive(1, () => '192.0.2.2'),
      1,
    )
    clock.pass(1_000)
    assert.equal(
      arrive(25, () => '192.0.2.1'),
      20,
    )
    assert.equal(
      arrive(250, index => `2001:db8:1:${index}::1`),
      200,
    )
    assert.equal(
      arrive(500, index => (index % 2 === 0 ? '127.0.0.1' : '192.0.2.200')),
      500,
    )
  })

  it('have no rate for a client that proves who it is on each of them, even at an address of strangers', () => {
    for (let each = 0; each < 1_000; each += 1) {
      const socket = come('192.0.2.1')
      assert.equal(socket.destroyed, false)
      prove(socket, 'token tool')
      prove(socket, undefined)
      prove(socket, 'token tool')
      socket.destroy()
    }
    // What was given back once is not given back again.
    let strangers = 0
    for (let each = 0; each < 350; each += 1) {
      const socket = come('192.0.2.1')
      if (!socket.destroyed) strangers += 1
      socket.destroy()
    }
    // 200 as for any address, and 100 from the reserve for addresses with known people.
    assert.equal(strangers, 300)
  })

  it('count as six of a stranger’s address when they were closed for too many requests', () => {
    const junk = (): boolean => {
      const socket = come('192.0.2.1')
      const wasLetIn = !socket.destroyed
      if (wasLetIn) connections.closed('unanswered', socket as unknown as Socket)
      socket.destroy()
      return wasLetIn
    }
    assert.equal(Array.from({ length: 60 }, junk).filter(Boolean).length, 34)
    clock.pass(1_000)
    assert.equal(Array.from({ length: 60 }, junk).filter(Boolean).length, 3)
    assert.equal(come('192.0.2.2').destroyed, false)
  })

  it('from an address with a session or token of the last day are accepted beside a flood, even one that has all places', () => {
    const known = come('192.0.2.1')
    prove(known, 'user olga')
    known.destroy()
    const flood = (): void => {
      for (let each = 0; each < 300; each += 1) {
        const socket = come('192.0.2.1')
        if (!socket.destroyed) connections.closed('unanswered', socket as unknown as Socket)
        if (each % 2 === 0) socket.destroy()
      }
    }
    flood()
    let letIn = 0
    for (let second = 0; second < 20; second += 1) {
      clock.pass(1_000)
      for (let each = 0; each < 9; each += 1) {
        const socket = come('192.0.2.1')
        if (!socket.destroyed) connections.closed('unanswered', socket as unknown as Socket)
      }
      const olga = come('192.0.2.1')
      if (olga.destroyed) continue
      letIn += 1
      prove(olga, 'user olga')
      olga.destroy()
    }
    assert.equal(letIn, 20)
    clock.pass(86_400_000)
    flood()
    assert.equal(come('192.0.2.1').destroyed, true, 'after a day the address has no advantage any more')
  })

  it('from one IPv6 site count as one address', () => {
    assert.equal(open(many(10, index => `2001:db8:1:${index}::1`)), 4)
  })

  it('are counted exactly while they open and close', () => {
    const act = fc.record({
      what: fc.constantFrom('come', 'go', 'prove', 'doubt'),
      from: fc.constantFrom('192.0.2.1', '192.0.2.2', '198.51.100.1', '2001:db8::1', '127.0.0.1'),
      port: fc.integer({ min: 1, max: 3 }),
      to: fc.constantFrom('203.0.113.1', '203.0.113.2'),
      nth: fc.nat(30),
    })
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), acts => {
        server = new EventEmitter()
        connections = new Connections(limits, [], new FakeClock())
        connections.guard(server as never)
        let sockets: FakeSocket[] = []
        for (const { what, from, port: remote, to, nth } of acts) {
          const chosen = sockets[nth % Math.max(1, sockets.length)]
          const taken = sockets.some(
            each => each.remoteAddress === from && each.remotePort === remote && each.localAddress === to,
          )
          if (what === 'come' && !taken) {
            const socket = new FakeSocket(from, remote, to)
            server.emit('connection', socket)
            sockets.push(socket)
          } else if (what === 'go') chosen?.destroy()
          else if (chosen) prove(chosen, what === 'prove' ? 'user ann' : undefined)
          sockets = sockets.filter(({ destroyed }) => !destroyed)
          const { known, strangers } = connections.statistics
          assert.equal(known + strangers, sockets.length)
          assert.ok(sockets.length <= limits.most && strangers <= limits.strangers)
        }
        for (const socket of sockets) socket.destroy()
        assert.deepEqual([connections.statistics.known, connections.statistics.strangers], [0, 0])
      }),
    )
  })

  it('leave no count behind after they have closed', () => {
    const all = [...many(3, () => '192.0.2.1'), ...many(30, index => `198.51.100.${index}`), come('127.0.0.1')]
    prove(all[2] ?? come(''), 'user ann')
    for (const socket of all) socket.destroy()
    assert.deepEqual([connections.statistics.known, connections.statistics.strangers], [0, 0])
    assert.equal(open(many(4, () => '192.0.2.1')), 4)
  })
})

describe('a request that does not arrive', () => {
  it('is ended in time even if part of its body has arrived', async () => {
    const site = new Site({}, { connections: { ...defaults, requestWithin: millis(300) } })
    await site.start()
    try {
      const socket = connect(Number(new URL(site.url).port), '127.0.0.1')
      socket.on('error', () => undefined)
      socket.write(
        'POST /api/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{',
      )
      const [answer] = (await once(socket, 'data')) as [Buffer]
      assert.match(String(answer), /^HTTP\/1\.1 408 /)
      await once(socket, 'close')
    } finally {
      await site.stop()
    }
  })
})

describe('event streams', () => {
  const person = (name: string): Principal => ({ kind: 'user', name, role: 'agent', workflows: [] })
  const enter = (listeners: Listeners, name: string, session: string): (() => void) | undefined => {
    try {
      return listeners.enter(person(name), session)
    } catch {
      return undefined
    }
  }

  it('are limited to eight per session, and a closed one makes room for one', () => {
    const listeners = new Listeners()
    const entered = Array.from({ length: 9 }, () => enter(listeners, 'ann', 's1'))
    assert.deepEqual(entered.map(Boolean), [...Array<boolean>(8).fill(true), false])
    entered[0]?.()
    entered[0]?.()
    assert.deepEqual([Boolean(enter(listeners, 'ann', 's1')), Boolean(enter(listeners, 'ann', 's1'))], [true, false])
  })

  it('can’t all be taken by one person with many sessions', () => {
    const listeners = new Listeners()
    const ofOne = Array.from({ length: 500 }, (_, index) => enter(listeners, 'ann', `s${index}`)).filter(Boolean)
    assert.equal(ofOne.length, 32)
  })

  it('leave room for others when one token takes as many as it can', () => {
    const listeners = new Listeners()
    for (let each = 0; each < 5; each++)
      for (let stream = 0; stream < 100; stream++) enter(listeners, `mob ${each}`, `m${each} ${stream}`)
    assert.ok(enter(listeners, 'ben', 'b'))
  })

  it('leave room for each person who has none when a dozen take as many as they can', () => {
    const listeners = new Listeners()
    for (let each = 0; each < 12; each++)
      for (let stream = 0; stream < 100; stream++) enter(listeners, `mob ${each}`, `m${each} ${stream}`)
    assert.deepEqual(
      ['ben', 'cleo', 'ben'].map((name, index) => Boolean(enter(listeners, name, `${name} ${index}`))),
      [true, true, false],
    )
  })
})
