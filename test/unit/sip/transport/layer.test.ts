import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { systemClock, type Clock } from '../../../../src/foundation/clock.js'
import { silentLog } from '../../../../src/foundation/log.js'
import { buildResponse } from '../../../../src/sip/message/build.js'
import { serialize } from '../../../../src/sip/message/serialize.js'
import type { SipRequest } from '../../../../src/sip/message/message.js'
import { SipCounters } from '../../../../src/sip/transport/counters.js'
import { TransportLayer, type TransportOptions } from '../../../../src/sip/transport/layer.js'
import type { Hop, ListenPoint, TransportName } from '../../../../src/sip/transport/transport.js'
import { responseHop } from '../../../../src/sip/transport/received.js'
import { FakeClock } from '../transaction/fake-clock.js'
import { requestText } from '../transaction/messages.js'
import { messagesOf, spiedLog } from '../../../fakes/spies.js'

const point = (transport: TransportName, host = '127.0.0.1'): ListenPoint => ({ transport, host, port: 0 })

describe('the transport layer on loopback', () => {
  const closing: (() => unknown)[] = []
  let counters: SipCounters

  afterEach(async () => {
    await Promise.all(closing.splice(0).map(close => close()))
  })

  interface Running {
    readonly layer: TransportLayer
    readonly ports: readonly number[]
    /** Received messages, and the tests that wait for them. */
    readonly requests: { request: SipRequest; source: Hop }[]
    readonly next: () => Promise<{ request: SipRequest; source: Hop }>
  }

  /** A layer that answers each request with 200. */
  async function start(listen: ListenPoint[], options: Partial<TransportOptions> = {}): Promise<Running> {
    counters = new SipCounters()
    const layer = new TransportLayer({
      place: { listen },
      clock: systemClock,
      log: silentLog,
      counters,
      random: () => 0,
      ...options,
      connections: { guestAt: () => 'trusted', ...options.connections },
    })
    const requests: Running['requests'] = []
    const waiting: ((came: Running['requests'][number]) => void)[] = []
    const addresses = await layer.start({
      onRequest(request, via, source) {
        const came = { request, source }
        requests.push(came)
        waiting.shift()?.(came)
        layer.send(serialize(buildResponse(request, 200, { toTag: 'us' })), responseHop(via, source))
      },
      onResponse: () => undefined,
    })
    closing.push(() => layer.stop())
    const ports = addresses.map(address => Number(/:(\d+)$/.exec(address)?.[1]))
    return { layer, ports, requests, next: () => new Promise(resolve => waiting.push(resolve)) }
  }

  /** A peer's UDP socket. */
  async function udpPeer(host = '127.0.0.1') {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
    socket.bind(0, host)
    await once(socket, 'listening')
    closing.push(() => socket.close())
    const read = async (): Promise<string> => {
      const [bytes] = (await once(socket, 'message')) as [Buffer]
      return bytes.toString()
    }
    return { socket, port: socket.address().port, read }
  }

  /** A peer's TCP connection that keeps all it reads. */
  async function tcpPeer(port: number, host = '127.0.0.1') {
    const socket = connect({ port, host })
    await once(socket, 'connect')
    return reader(socket)
  }

  function reader(socket: Socket) {
    let text = ''
    let closed = false
    let wake: () => void = () => undefined
    socket.on('data', chunk => {
      text += chunk.toString()
      wake()
    })
    socket.on('close', () => {
      closed = true
      wake()
    })
    socket.on('error', () => undefined) // The event 'close' reports it.
    closing.push(() => socket.destroy())
    const until = async (seen: () => boolean) => {
      while (!seen()) await new Promise<void>(resolve => (wake = resolve))
    }
    return {
      socket,
      /** Returns all it has read, once the pattern matches. */
      read: async (pattern: RegExp) => {
        await until(() => pattern.test(text) || closed)
        assert.match(text, pattern)
        return text
      },
      closed: () => until(() => closed),
      get text() {
        return text
      },
    }
  }

  async function tcpServer() {
    const server: Server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    closing.push(() => server.close())
    const accepted = async () => reader(((await once(server, 'connection')) as [Socket])[0])
    return { port: (server.address() as AddressInfo).port, accepted }
  }

  for (const [family, host, inVia] of [
    ['IPv4', '127.0.0.1', '127.0.0.1'],
    ['IPv6', '::1', '[::1]'],
  ] as const) {
    it(`receives a request by UDP over ${family} and answers at the rport`, async () => {
      const { ports } = await start([point('udp', host)])
      const peer = await udpPeer(host)
      peer.socket.send(requestText({ via: `SIP/2.0/UDP ${inVia}:9;rport;branch=z9hG4bKx` }), ports[0] ?? 0, host)
      const answer = await peer.read()
      assert.match(answer, /^SIP\/2\.0 200 /)
      assert.match(answer, new RegExp(`;rport=${peer.port}`))
    })

    it(`receives a request by TCP over ${family} and answers on its connection`, async () => {
      const { ports } = await start([point('tcp', host)])
      const peer = await tcpPeer(ports[0] ?? 0, host)
      peer.socket.write(requestText({ via: `SIP/2.0/TCP ${inVia}:9;branch=z9hG4bKx` }).repeat(2))
      await peer.read(/200 OK[\s\S]*200 OK/)
    })

    it(`names the bound ${family} address for Via and Contact`, async () => {
      const { layer, ports } = await start([point('udp', host === '::1' ? '::' : '0.0.0.0')])
      const local = layer.localTowards(`sip:bob@${inVia}`)
      assert.deepEqual(local, { transport: 'udp', host: inVia, port: ports[0] })
    })
  }

  it('answers from the listen point that received the request, when several are open', async () => {
    const { ports } = await start([point('udp'), point('udp')])
    const peer = await udpPeer()
    peer.socket.send(requestText({ via: 'SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bKx' }), ports[1] ?? 0, '127.0.0.1')
    const [, from] = (await once(peer.socket, 'message')) as [Buffer, AddressInfo]
    assert.equal(from.port, ports[1])
  })

  it('rejects with the failed address, and releases what it had bound', async () => {
    const { ports } = await start([point('tcp')])
    const taken = { transport: 'tcp' as const, host: '127.0.0.1', port: ports[0] ?? 0 }
    await assert.rejects(
      start([point('udp'), taken]),
      new RegExp(`can't listen on tcp://127\\.0\\.0\\.1:${ports[0]} \\(sip\\.listen\\): .*EADDRINUSE`),
    )
  })

  it('answers a malformed request with its status, always with the same tag, and reports it to nobody', async () => {
    const { ports, requests } = await start([point('udp')])
    const peer = await udpPeer()
    const bad = requestText({ via: 'SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bKx', cseqMethod: 'BYE' })
    const answers: string[] = []
    for (let i = 0; i < 2; i++) {
      peer.socket.send(bad, ports[0] ?? 0, '127.0.0.1')
      answers.push(await peer.read())
    }
    assert.match(answers[0] ?? '', /^SIP\/2\.0 400 [\s\S]*\r\nTo: .*;tag=/)
    assert.equal(answers[0], answers[1])
    assert.equal(requests.length, 0)
    assert.equal(counters.rejected.get('malformed'), 2)
  })

  it('drops garbage, and does not count keep-alive packets for NAT', async () => {
    const { ports, next } = await start([point('udp')])
    const peer = await udpPeer()
    for (const text of ['\r\n\r\n', '\0\0\0\0', 'hello world', requestText({ via: '127.0.0.1' })]) {
      peer.socket.send(text, ports[0] ?? 0, '127.0.0.1')
    }
    const came = next()
    peer.socket.send(
      requestText({ via: 'SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bKx', callId: 'good' }),
      ports[0] ?? 0,
      '127.0.0.1',
    )
    assert.equal((await came).request.headers.first('Call-ID'), 'good')
    assert.equal(counters.rejected.get('malformed'), 2)
  })

  it('survives an internal error: the message is lost, logged and counted, and the next one is served', async () => {
    const log = spiedLog()
    const layer = new TransportLayer({
      place: { listen: [point('udp')] },
      clock: systemClock,
      log,
      counters: (counters = new SipCounters()),
      random: () => 0,
    })
    const served: string[] = []
    let told: () => void = () => undefined
    const second = new Promise<void>(resolve => (told = resolve))
    const [address = ''] = await layer.start({
      onRequest(request) {
        served.push(request.headers.first('Call-ID') ?? '')
        if (served.length === 1) throw new Error('a bug')
        told()
      },
      onResponse: () => undefined,
    })
    closing.push(() => layer.stop())
    const peer = await udpPeer()
    for (const callId of ['1', '2']) peer.socket.send(requestText({ callId }), Number(address.split(':')[2]), '127.0.0.1')
    await second
    assert.deepEqual(served, ['1', '2'])
    assert.match(messagesOf(log.error).join(), /a bug/)
    assert.equal(counters.rejected.get('ourBug'), 1)
  })

  it('ignores datagrams with a header above 16 KiB, even from a trusted peer', async () => {
    const layer = new TransportLayer({
      ...{ place: { listen: [point('udp')] }, clock: systemClock, log: silentLog, random: () => 0 },
      connections: { guestAt: () => 'trusted' },
      counters: (counters = new SipCounters()),
    })
    const came: (string | undefined)[] = []
    const [address = ''] = await layer.start({
      onRequest: ({ headers }) => void came.push(headers.first('Call-ID')),
      onResponse: () => undefined,
    })
    closing.push(() => layer.stop())
    const peer = await udpPeer()
    const long = (bytes: number) =>
      requestText({ callId: String(bytes) }).replace('\r\n\r\n', `\r\nX: ${'x'.repeat(bytes)}\r\n\r\n`)
    for (const text of [long(16_384), `\r\n\r\n\n\n${long(16_385)}`, long(60_000), long(15_000)])
      peer.socket.send(text, Number(address.split(':')[2]), '127.0.0.1')
    while (came.length === 0) await new Promise(resolve => setImmediate(resolve))
    assert.deepEqual(came, ['15000'])
    assert.deepEqual(Object.fromEntries(counters.rejected), { tooLarge: 3 })
  })

  it('answers a malformed UDP request with at most 1.5 times its bytes, or not at all', async () => {
    const { ports } = await start([point('udp')])
    const peer = await udpPeer()
    const send = (lines: readonly string[]): number => {
      const bytes = Buffer.from([...lines, '', ''].join('\r\n'))
      peer.socket.send(bytes, ports[0] ?? 0, '127.0.0.1')
      return bytes.length
    }
    const via = `Via: SIP/2.0/UDP 127.0.0.1:${peer.port};branch=z9hG4bK1`
    const fields = ['From: <sip:a@b>;tag=1', 'To: <sip:a@b>', 'Call-ID: c', 'CSeq: 1 OPTIONS']
    send(['A b SIP/2.0', `v: SIP/2.0/UDP a:${peer.port}`, 'i:1'])
    const sent = send(['INVITE sip:a@example.com SIP/2.0', via, ...fields, 'Subject: a word or two, so that the answer fits'])
    const answer = await peer.read()
    assert.match(answer, /^SIP\/2\.0 400 /)
    assert.match(answer, /CSeq: 1 OPTIONS/, 'only the second request got a response')
    assert.ok(answer.length <= 1.5 * sent)
  })

  describe('over TCP', () => {
    const text = (callId = 'c') => requestText({ via: 'SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bKx', callId })

    it('answers a ping with CRLF (RFC 5626 §4.4.1)', async () => {
      const { ports } = await start([point('tcp')])
      const peer = await tcpPeer(ports[0] ?? 0)
      peer.socket.write('\r\n\r\n')
      assert.equal(await peer.read(/\r\n/), '\r\n')
    })

    it('sends requests to one address on one connection, which also carries responses and the peer’s requests', async () => {
      const { layer, next } = await start([point('tcp')])
      const server = await tcpServer()
      const hop: Hop = { transport: 'tcp', host: '127.0.0.1', port: server.port }
      const accepted = server.accepted()
      layer.send(Buffer.from(text('1')), hop)
      layer.send(Buffer.from(text('2')), hop)
      const peer = await accepted
      await peer.read(/Call-ID: 1[\s\S]*Call-ID: 2/)
      const came = next()
      peer.socket.write(text('3'))
      assert.equal((await came).source.port, server.port)
      await peer.read(/SIP\/2\.0 200 OK/)
      assert.equal(layer.connections, 1)
    })

    it('distinguishes the ports of one address', async () => {
      const { layer } = await start([point('tcp')])
      for (const callId of ['1', '2']) {
        const server = await tcpServer()
        const accepted = server.accepted()
        layer.send(Buffer.from(text(callId)), { transport: 'tcp', host: '127.0.0.1', port: server.port })
        await (await accepted).read(new RegExp(`Call-ID: ${callId}`))
      }
      assert.equal(layer.connections, 2)
    })

    it('opens a connection to the Via’s sent-by for a response whose connection is closed', async () => {
      const { layer, ports, next } = await start([point('tcp')])
      const server = await tcpServer()
      const peer = await tcpPeer(ports[0] ?? 0)
      const came = next()
      peer.socket.write(text())
      const { source } = await came
      peer.socket.destroy()
      await peer.closed()
      while (layer.connections > 0) await new Promise(resolve => setImmediate(resolve))
      const accepted = server.accepted()
      layer.send(Buffer.from('SIP/2.0 200 OK\r\n\r\n'), { ...source, port: server.port })
      await (await accepted).read(/200 OK/)
    })

    it('reports that nobody listens, so that the next address can be tried', async () => {
      const { layer } = await start([point('tcp')])
      const refused = createServer()
      refused.listen(0, '127.0.0.1')
      await once(refused, 'listening')
      const { port } = refused.address() as AddressInfo
      refused.close()
      await once(refused, 'close')
      let early = true
      const failed = new Promise<void>((resolve, reject) => {
        layer.send(Buffer.from(text()), { transport: 'tcp', host: '127.0.0.1', port }, () =>
          early ? reject(new Error('told before send returned')) : resolve(),
        )
      })
      early = false
      await failed
    })

    for (const [what, broken, status, count] of [
      ['a length that is no number', text().replace('Content-Length: 0', 'Content-Length: x'), 400, 'malformed'],
      ['a body past the limit', text().replace('Content-Length: 0', 'Content-Length: 999999'), 513, 'tooLarge'],
    ] as const) {
      it(`answers ${what} with ${status} and closes, because the next message cannot be found`, async () => {
        const { ports, requests } = await start([point('tcp')])
        const peer = await tcpPeer(ports[0] ?? 0)
        peer.socket.write(broken + text('next'))
        await peer.read(new RegExp(`^SIP/2\\.0 ${status} `))
        await peer.closed()
        assert.equal(requests.length, 0)
        assert.equal(counters.rejected.get(count), 1)
      })
    }

    it('closes at a head that does not end', async () => {
      const { ports } = await start([point('tcp')], { connections: { limits: { headBytes: 1_000 } } })
      const peer = await tcpPeer(ports[0] ?? 0)
      peer.socket.write(`OPTIONS sip:a SIP/2.0\r\nX: ${'x'.repeat(2_000)}`)
      await peer.closed()
      assert.equal(counters.rejected.get('tooLarge'), 1)
    })

    it('answers a message without Content-Length with 400 (§20.14)', async () => {
      const { ports } = await start([point('tcp')])
      const peer = await tcpPeer(ports[0] ?? 0)
      peer.socket.write(text().replace('Content-Length: 0\r\n', ''))
      await peer.read(/^SIP\/2\.0 400 /)
    })

    it('refuses connections above the limit of one peer', async () => {
      const { layer, ports } = await start([point('tcp')], { connections: { limits: { connectionsPerPeer: 2 } } })
      const peers = [await tcpPeer(ports[0] ?? 0), await tcpPeer(ports[0] ?? 0), await tcpPeer(ports[0] ?? 0)]
      await peers[2]?.closed()
      assert.equal(layer.connections, 2)
      assert.equal(counters.rejected.get('tooManyConnections'), 1)
    })

    it('drops a peer that does not read, and tells the senders', async () => {
      const { layer, ports, next } = await start([point('tcp')], { connections: { limits: { unreadBytes: 10_000 } } })
      const peer = await tcpPeer(ports[0] ?? 0)
      const came = next()
      peer.socket.write(text())
      const { source } = await came
      peer.socket.pause()
      const failed = new Promise<void>(resolve => {
        // More than the kernel buffers of both sides hold.
        for (let i = 0; i < 3_000; i++) layer.send(Buffer.alloc(9_000, 'x'), source, () => resolve())
      })
      await failed
      assert.equal(counters.rejected.get('notReading'), 1)
      peer.socket.destroy()
    })

    describe('over time', () => {
      let clock: FakeClock
      let running: Running
      type Peer = Awaited<ReturnType<typeof tcpPeer>>
      let peer: Peer

      const connected = async (first: string, seen: RegExp) => {
        clock = new FakeClock()
        running = await start([point('tcp')], { clock: clock satisfies Clock })
        peer = await tcpPeer(running.ports[0] ?? 0)
        if (first === '') while (running.layer.connections === 0) await new Promise(resolve => setImmediate(resolve))
        else {
          peer.socket.write(first)
          await peer.read(seen)
        }
      }

      it('closes a connection without any bytes after 15 s', async () => {
        await connected('', /$/)
        clock.pass(14_000)
        assert.equal(running.layer.connections, 1)
        clock.pass(3_000)
        await peer.closed()
        assert.equal(counters.rejected.get('slowPeer'), 1)
      })

      it('keeps a connection that pings, and closes one that is idle for 10 min', async () => {
        await connected('\r\n\r\n', /\r\n/)
        clock.pass(599_000)
        assert.equal(running.layer.connections, 1)
        peer.socket.write('\r\n\r\n')
        await peer.read(/\r\n\r\n/)
        clock.pass(599_000)
        assert.equal(running.layer.connections, 1)
        clock.pass(3_000)
        await peer.closed()
        assert.equal(running.layer.connections, 0)
        assert.equal(counters.rejected.size, 0)
      })
    })
  })

  it('offers TCP for a large request only if it listens on TCP, and not where TCP has just failed', async () => {
    const udpOnly = await start([point('udp')])
    const both = await start([point('udp'), point('tcp')])
    const hop: Hop = { transport: 'udp', host: '127.0.0.1', port: 5_060 }
    assert.equal(udpOnly.layer.streamTo(hop), undefined)
    const stream = both.layer.streamTo(hop)
    assert.deepEqual(stream, { ...hop, transport: 'tcp' })
    if (stream) both.layer.avoid(stream)
    assert.equal(both.layer.streamTo(hop), undefined)
  })
})
