import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { WebSocket } from 'ws'
import { silentLog } from '../../../../src/foundation/log.js'
import { buildResponse } from '../../../../src/sip/message/build.js'
import { serialize } from '../../../../src/sip/message/serialize.js'
import { SipCounters } from '../../../../src/sip/transport/counters.js'
import { TransportLayer, type TransportOptions } from '../../../../src/sip/transport/layer.js'
import { responseHop } from '../../../../src/sip/transport/received.js'
import type { Hop } from '../../../../src/sip/transport/transport.js'
import { FakeClock } from '../transaction/fake-clock.js'
import { requestText } from '../transaction/messages.js'

const pbx = '127.0.0.1'
const limits = {
  ...{ connections: 12, reserved: 4, strangers: 6, strangersPerAddress: 3, knownPerAddress: 5, connectionsPerPeer: 100 },
}
const ask = (host: string): string =>
  requestText({ method: 'OPTIONS', via: `SIP/2.0/TCP ${host};branch=z9hG4bK${Math.random()}` })

describe('connections of strangers', () => {
  const closing: (() => unknown)[] = []
  let clock: FakeClock
  let counters: SipCounters
  let layer: TransportLayer
  let port: number
  let pagePort: number
  /** Addresses that showed a password. */
  let known: Set<string>
  let sources: Hop[]

  async function start(options: Partial<TransportOptions> = {}): Promise<void> {
    clock = new FakeClock()
    counters = new SipCounters()
    known = new Set()
    sources = []
    layer = new TransportLayer({
      place: {
        listen: [
          { transport: 'tcp', host: '0.0.0.0', port: 0 },
          { transport: 'ws', host: '0.0.0.0', port: 0 },
        ],
      },
      ...{ clock, log: silentLog, counters, random: () => 0 },
      connections: {
        limits,
        guestAt: ({ host, transport }) =>
          transport === 'tcp' && host === pbx ? 'trusted' : known.has(host) ? 'known' : 'stranger',
      },
      ...options,
    })
    const addresses = await layer.start({
      onRequest(request, via, source) {
        sources.push(source)
        layer.send(serialize(buildResponse(request, 200, { toTag: 'us' })), responseHop(via, source))
      },
      onResponse: () => undefined,
    })
    closing.push(() => layer.stop())
    const ports = addresses.map(address => Number(/:(\d+)$/.exec(address)?.[1]))
    port = ports[0] ?? 0
    pagePort = ports[1] ?? 0
  }
  beforeEach(() => start())
  afterEach(async () => {
    await Promise.all(closing.splice(0).map(close => close()))
  })

  const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

  /** Connects from an address of this machine, and waits until our side has accepted or closed it. */
  async function from(localAddress: string): Promise<Peer> {
    const before = layer.connections
    const rejected = counters.rejected.get('tooManyConnections') ?? 0
    const socket = connect({ port, host: '127.0.0.1', localAddress })
    const peer = new Peer(socket)
    closing.push(() => socket.destroy())
    await once(socket, 'connect')
    while (layer.connections === before && (counters.rejected.get('tooManyConnections') ?? 0) === rejected) await turn()
    return peer
  }

  const flood = async (hosts: readonly string[], each: number): Promise<Peer[]> => {
    const peers: Peer[] = []
    for (const host of hosts) for (let index = 0; index < each; index += 1) peers.push(await from(host))
    return peers
  }

  class Peer {
    closed = false
    text = ''
    constructor(readonly socket: Socket) {
      socket.on('error', () => undefined) // The event 'close' reports it.
      socket.on('close', () => (this.closed = true))
      socket.on('data', bytes => (this.text += bytes.toString()))
    }
    async answers(host: string): Promise<boolean> {
      this.socket.write(ask(host))
      while (!this.closed && !this.text.includes('200 OK')) await turn()
      return !this.closed
    }
    async gone(): Promise<void> {
      while (!this.closed) await turn()
    }
  }

  it('are limited for each address', async () => {
    const peers = await flood(['127.0.0.2'], 5)
    await Promise.all(peers.slice(3).map(peer => peer.gone()))
    assert.equal(layer.connections, 3)
    assert.equal(counters.rejected.get('tooManyConnections'), 2)
  })

  it('leave room for the trusted peer and our own connections, from however many addresses they come', async () => {
    await flood(['127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5', '127.0.0.6'], 4)
    assert.equal(layer.strangers, limits.strangers)
    const peer = await from(pbx)
    assert.equal(await peer.answers(pbx), true)
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    closing.push(() => server.close())
    const accepted = once(server, 'connection') as Promise<[Socket]>
    const { port: theirs } = server.address() as AddressInfo
    layer.send(Buffer.from('OPTIONS sip:x SIP/2.0\r\n\r\n'), { transport: 'tcp', host: '127.0.0.1', port: theirs })
    const [socket] = await accepted
    closing.push(() => socket.destroy())
    assert.ok(socket.remotePort)
  })

  it('are closed, the oldest first, for a new one that may be a phone that wants to register', async () => {
    const [first, second] = await flood(['127.0.0.2', '127.0.0.3'], 3)
    const phone = await from('127.0.0.9')
    await first?.gone()
    assert.equal(second?.closed, false)
    assert.equal(await phone.answers('127.0.0.9'), true)
    layer.hold(sources[0] ?? assert.fail('nothing came'), true)
    await flood(['127.0.0.4', '127.0.0.5', '127.0.0.6'], 3)
    assert.equal(phone.closed, false, 'a connection by which we reach a phone is not a stranger’s')
  })

  it('are not counted together with those from an address that showed a password', async () => {
    known.add('127.0.0.7')
    const peers = await flood(['127.0.0.7'], 4)
    await flood(['127.0.0.2', '127.0.0.3', '127.0.0.4'], 3)
    assert.equal(
      peers.some(peer => peer.closed),
      false,
    )
  })

  it('can’t use the room for trusted peers, even after a password was shown', async () => {
    known.add('127.0.0.7')
    known.add('127.0.0.8')
    await flood(['127.0.0.7', '127.0.0.8'], 8)
    assert.equal(layer.connections, limits.connections - limits.reserved)
  })

  it('are admitted, and phones too, when one account has used up the rest of the room', async () => {
    for (const host of ['127.0.0.7', '127.0.0.8', '127.0.0.9']) known.add(host)
    const phone = await from('127.0.0.9')
    await phone.answers('127.0.0.9')
    layer.hold(sources[0] ?? assert.fail('nothing came'), true)
    for (const host of ['127.0.0.7', '127.0.0.8'])
      for (let index = 0; index < 10; index += 1) {
        const peer = await from(host)
        await peer.answers(host)
        layer.proven(sources.at(-1) ?? assert.fail('nothing came'))
      }
    const [fresh, other] = [await from('127.0.0.2'), await from('127.0.0.9')]
    assert.deepEqual([await fresh.answers('127.0.0.2'), await other.answers('127.0.0.9'), phone.closed], [true, true, false])
    assert.equal(layer.connections, limits.connections - limits.reserved)
  })

  it('over WebSocket have the same limit before the handshake', async () => {
    const sockets = Array.from({ length: 5 }, () => connect({ port: pagePort, host: '127.0.0.1', localAddress: '127.0.0.2' }))
    const peers = sockets.map(socket => new Peer(socket))
    for (const socket of sockets) closing.push(() => socket.destroy())
    while (peers.filter(peer => peer.closed).length < 2) await turn()
    assert.equal(layer.connections, 3)
  })

  it('over WebSocket have the same limit after it', async () => {
    for (let index = 0; index < 3; index += 1) {
      const page = new WebSocket(`ws://127.0.0.1:${pagePort}`, 'sip', { localAddress: '127.0.0.2', origin: 'http://127.0.0.1' })
      closing.push(() => page.terminate())
      await once(page, 'open')
    }
    const late = new WebSocket(`ws://127.0.0.1:${pagePort}`, 'sip', { localAddress: '127.0.0.2', origin: 'http://127.0.0.1' })
    await once(late, 'error')
    assert.deepEqual([layer.connections, layer.strangers], [3, 3])
  })

  it('are closed after 15 s without a SIP message, even if line breaks or junk came', async () => {
    const [pinging, junk] = await flood(['127.0.0.2'], 2)
    const trusted = await from(pbx)
    for (let second = 0; second < 16; second += 2) {
      for (const peer of [pinging, trusted]) peer?.socket.write('\r\n\r\n')
      junk?.socket.write('JUNK\r\nContent-Length: 0\r\n\r\n')
      for (let turns = 0; turns < 20; turns += 1) await turn()
      clock.pass(2_000)
    }
    await pinging?.gone()
    await junk?.gone()
    assert.equal(trusted.closed, false)
    assert.equal(counters.rejected.get('slowPeer'), 2)
  })

  it('are closed a minute after the last message, even if line breaks come', async () => {
    const peer = await from('127.0.0.2')
    assert.equal(await peer.answers('127.0.0.2'), true)
    for (let second = 0; second < 62; second += 2) {
      peer.socket.write('\r\n\r\n')
      for (let turns = 0; turns < 20; turns += 1) await turn()
      clock.pass(2_000)
    }
    await peer.gone()
    assert.equal(layer.connections, 0)
  })

  it('over WebSocket have the same time limit, even if they answer pings', async () => {
    const page = new WebSocket(`ws://127.0.0.1:${pagePort}`, 'sip', { localAddress: '127.0.0.2', origin: 'http://127.0.0.1' })
    closing.push(() => page.terminate())
    await once(page, 'open')
    const closed = once(page, 'close')
    page.send('\r\n\r\n')
    await once(page, 'message')
    clock.pass(17_000)
    await closed
    assert.equal(counters.rejected.get('slowPeer'), 1)
  })

  for (const [what, bytes] of [
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n')],
    ['HTTP/2', Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')],
    ['an HTTP method that SIP has too', Buffer.from('OPTIONS / HTTP/1.1\r\n')],
    ['TLS', Buffer.from([0x16, 3, 1, 2, 0, 1, 0])],
  ] as const)
    it(`are closed at once, without an answer, when they speak ${what}`, async () => {
      const peer = await from('127.0.0.2')
      peer.socket.write(bytes)
      await peer.gone()
      assert.deepEqual([peer.text, counters.rejected.get('otherProtocol')], ['', 1])
    })
})
