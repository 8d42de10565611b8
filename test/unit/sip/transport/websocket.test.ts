import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { WebSocket, type ClientOptions } from 'ws'
import { systemClock, type Clock } from '../../../../src/foundation/clock.js'
import { silentLog } from '../../../../src/foundation/log.js'
import { buildResponse } from '../../../../src/sip/message/build.js'
import { serialize } from '../../../../src/sip/message/serialize.js'
import type { SipRequest } from '../../../../src/sip/message/message.js'
import { SipCounters } from '../../../../src/sip/transport/counters.js'
import { TransportLayer, type TransportOptions } from '../../../../src/sip/transport/layer.js'
import { responseHop } from '../../../../src/sip/transport/received.js'
import type { Guest } from '../../../../src/sip/transport/rooms.js'
import type { Hop } from '../../../../src/sip/transport/transport.js'
import { FakeClock } from '../transaction/fake-clock.js'
import { requestText } from '../transaction/messages.js'

describe('SIP over WebSocket (RFC 7118)', () => {
  const closing: (() => unknown)[] = []
  let counters: SipCounters
  let layer: TransportLayer
  let port: number
  let came: { readonly request: SipRequest; readonly source: Hop }[]
  let gone: Hop[]
  let guest: Guest

  /** A layer that answers each request with 200. */
  async function start(options: Partial<TransportOptions> = {}): Promise<void> {
    counters = new SipCounters()
    ;[came, gone, guest] = [[], [], 'known']
    const listen = [{ transport: 'ws', host: '127.0.0.1', port: 0 }] as const
    layer = new TransportLayer({
      place: { listen },
      clock: systemClock,
      log: silentLog,
      counters,
      random: () => 0,
      ...options,
      connections: { guestAt: () => guest, ...options.connections },
    })
    const [address = ''] = await layer.start({
      onRequest(request, via, source) {
        came.push({ request, source })
        layer.send(serialize(buildResponse(request, 200, { toTag: 'us' })), responseHop(via, source))
      },
      onResponse: () => undefined,
      onClosed: source => void gone.push(source),
    })
    assert.match(address, /^ws:\/\/127\.0\.0\.1:\d+$/)
    port = Number(/\d+$/.exec(address))
    closing.push(() => layer.stop())
  }

  afterEach(async () => {
    await Promise.all(closing.splice(0).map(close => close()))
  })

  const url = (): string => `ws://127.0.0.1:${port}`

  async function browser(options: ClientOptions = {}) {
    const socket = new WebSocket(url(), 'sip', options)
    closing.push(() => socket.terminate())
    socket.on('error', () => undefined) // The event 'close' reports it.
    const heard: string[] = []
    let wake: () => void = () => undefined
    let closed: number | undefined
    socket.on('message', (bytes: Buffer, isBinary) => {
      heard.push(`${isBinary ? 'binary ' : ''}${bytes.toString('latin1')}`)
      wake()
    })
    socket.on('close', code => {
      closed = code
      wake()
    })
    await once(socket, 'open')
    const until = async (seen: () => boolean) => {
      while (!seen()) await new Promise<void>(resolve => (wake = resolve))
    }
    return {
      socket,
      heard,
      next: async () => {
        await until(() => heard.length > 0 || closed !== undefined)
        return heard.shift() ?? `closed ${closed}`
      },
      closed: async () => {
        await until(() => closed !== undefined)
        return closed
      },
    }
  }

  /** The status of a refused handshake. */
  async function refusal(protocols: string | string[], options: ClientOptions = {}): Promise<number | undefined> {
    const socket = new WebSocket(url(), protocols, options)
    socket.on('error', () => undefined) // It is refused.
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode?: number }]
    socket.terminate()
    return response.statusCode
  }

  /** All bytes that the server sends as a reply until it closes. */
  async function raw(text: string): Promise<string> {
    const socket: Socket = connect(port, '127.0.0.1')
    let got = ''
    socket.on('data', chunk => (got += chunk.toString('latin1')))
    socket.write(text)
    await once(socket, 'close')
    return got
  }

  /** A connection after its handshake that writes frames unchanged. */
  async function shaken() {
    const socket: Socket = connect(port, '127.0.0.1')
    closing.push(() => socket.destroy())
    socket.on('error', () => undefined) // The event 'close' reports it.
    let isClosed = false
    socket.on('close', () => (isClosed = true))
    const head = ['GET / HTTP/1.1', 'Host: x', 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13']
    socket.write([...head, `Sec-WebSocket-Key: ${'A'.repeat(22)}==`, 'Sec-WebSocket-Protocol: sip', '', ''].join('\r\n'))
    await once(socket, 'data')
    let heard = ''
    socket.on('data', bytes => (heard += bytes.toString('hex')))
    return {
      get heard() {
        return heard
      },
      write: (bytes: string) => void socket.write(bytes, 'latin1'),
      closed: async () => {
        while (!isClosed) await new Promise(resolve => setImmediate(resolve))
      },
    }
  }

  /** One frame with a mask of zeros. */
  const masked = (message: string): string => {
    const head = Buffer.from([0x81, 0xfe, 0, 0, 0, 0, 0, 0])
    head.writeUInt16BE(message.length, 2)
    return head.toString('latin1') + message
  }

  /** Sends frames of 120 bytes, each after the pong to the previous one, until the server closes. */
  async function pings(socket: WebSocket, number: number): Promise<void> {
    const closed = once(socket, 'close')
    for (let pinged = 0; pinged < number && socket.readyState === WebSocket.OPEN; pinged++) {
      socket.ping(Buffer.alloc(120))
      await Promise.race([once(socket, 'pong'), closed])
    }
  }

  const text = (callId = 'c', more: Parameters<typeof requestText>[0] = {}) =>
    requestText({ via: 'SIP/2.0/WS df7jal23ls0d.invalid;branch=z9hG4bKx', callId, ...more })

  describe('after the handshake', () => {
    beforeEach(() => start())

    it('receives a request as text or binary and answers on the same connection', async () => {
      const phone = await browser()
      for (const message of [text('1'), Buffer.from(text('2'))]) {
        phone.socket.send(message)
        const answer = await phone.next()
        assert.match(
          answer,
          /^SIP\/2\.0 200 OK\r\nVia: SIP\/2\.0\/WS df7jal23ls0d\.invalid;branch=z9hG4bKx;received=127\.0\.0\.1/,
        )
      }
      assert.deepEqual(
        came.map(({ source }) => source.transport),
        ['ws', 'ws'],
      )
      assert.deepEqual([...counters.rejected], [])
    })

    it('reaches a phone only on its own connection, and not at all when that is gone', async () => {
      const phone = await browser()
      phone.socket.send(text())
      await phone.next()
      const hop = came[0]?.source ?? assert.fail()
      layer.send(Buffer.from(text('ours')), hop)
      assert.match(await phone.next(), /Call-ID: ours/)
      phone.socket.close()
      while (layer.connections > 0) await new Promise(resolve => setImmediate(resolve))
      assert.deepEqual(gone, [hop])
      await new Promise<void>(failed => layer.send(Buffer.from(text('late')), hop, () => failed()))
    })

    it('sends text when it is valid text, and otherwise bytes', async () => {
      const phone = await browser()
      phone.socket.send(text())
      await phone.next()
      const hop = came[0]?.source ?? assert.fail()
      layer.send(Buffer.from('Ω'), hop)
      layer.send(Buffer.from([0xff, 0xfe]), hop)
      assert.equal(await phone.next(), Buffer.from('Ω').toString('latin1'))
      assert.equal(await phone.next(), 'binary \u00ff\u00fe')
    })

    it('uses WS in Via and transport=ws in Contact', async () => {
      assert.deepEqual(layer.local({ transport: 'ws', host: '127.0.0.1', port: 9, connection: 1 }), {
        transport: 'ws',
        host: '127.0.0.1',
        port,
      })
    })

    it('answers a ping of line breaks, accepts keep-alive bytes, and counts neither', async () => {
      const phone = await browser()
      for (const keepAlive of ['\r\n', '\r\n\r\n']) phone.socket.send(keepAlive)
      assert.equal(await phone.next(), '\r\n')
      phone.socket.ping()
      await once(phone.socket, 'pong')
      assert.deepEqual([...counters.rejected], [])
    })

    it('needs no Content-Length, and answers 400 to a second message in one frame and to an incomplete body', async () => {
      const phone = await browser()
      phone.socket.send(text('1').replace('Content-Length: 0\r\n', ''))
      assert.match(await phone.next(), /^SIP\/2\.0 200 /)
      phone.socket.send(text('2') + text('3'))
      assert.match(await phone.next(), /^SIP\/2\.0 400 /)
      phone.socket.send(text('4').replace('Content-Length: 0', 'Content-Length: 9'))
      assert.match(await phone.next(), /^SIP\/2\.0 400 /)
      assert.equal(came.length, 1)
      assert.equal(counters.rejected.get('malformed'), 2)
    })

    it('closes at a message above the limit (1009) and at text that is not UTF-8 (1007)', async () => {
      const large = await browser()
      large.socket.send('x'.repeat(70_000))
      assert.equal(await large.closed(), 1009)
      const broken = await browser()
      broken.socket.send(Buffer.from([0xff, 0xff]), { binary: false })
      assert.equal(await broken.closed(), 1007)
      assert.equal(counters.rejected.get('tooLarge'), 1)
      assert.equal(counters.rejected.get('malformed'), 1)
      assert.equal(layer.connections, 0)
    })

    it('accepts a message in several frames', async () => {
      const phone = await browser()
      const message = text()
      phone.socket.send(message.slice(0, 50), { fin: false })
      phone.socket.send(message.slice(50))
      assert.match(await phone.next(), /^SIP\/2\.0 200 /)
    })

    it('closes at a message in more than 16 fragments (1008), because each fragment is an object', async () => {
      const phone = await browser()
      const message = text()
      for (let at = 0; at < 15; at++) phone.socket.send(message[at] ?? '', { fin: false })
      phone.socket.send(message.slice(15))
      assert.match(await phone.next(), /^SIP\/2\.0 200 /)
      for (let fragments = 0; fragments < 17; fragments++) phone.socket.send('x', { fin: false })
      assert.equal(await phone.closed(), 1008)
      assert.equal(counters.rejected.get('malformed'), 1)
      assert.equal(layer.connections, 0)
    })

    it('closes when more than twice the size of the largest message comes between fragments of one message', async () => {
      const phone = await browser()
      phone.socket.send('x', { fin: false })
      await pings(phone.socket, 1_100)
      assert.equal(await phone.closed(), 1001)
      assert.equal(counters.rejected.get('tooLarge'), 1)
    })

    it('allows a phone any number of pings between messages', async () => {
      const phone = await browser()
      await pings(phone.socket, 1_100)
      phone.socket.send(text())
      assert.match(await phone.next(), /^SIP\/2\.0 200 /)
    })

    it('keeps at most one pong waiting for a phone that pings by line breaks and does not read', async () => {
      guest = 'trusted'
      const phone = await browser()
      phone.socket.pause()
      // In one write, so that they come faster than pongs can be sent.
      for (let pings = 0; pings < 20_000; pings++) phone.socket.send('\r\n\r\n')
      phone.socket.send(text())
      while (came.length === 0) await new Promise(resolve => setImmediate(resolve))
      phone.socket.resume()
      let pongs = 0
      for (let heard = await phone.next(); heard === '\r\n'; heard = await phone.next()) pongs += 1
      assert.ok(pongs > 0 && pongs < 10_000, `${pongs} pongs`)
    })

    for (const [what, frame] of [
      ['line breaks', '\x81\x84\0\0\0\0\r\n\r\n'],
      ['empty messages', '\x81\x80\0\0\0\0'],
      ['pings', '\x89\x80\0\0\0\0'],
      ['pongs', '\x8a\x80\0\0\0\0'],
    ] as const) {
      it(`closes the connection of a stranger who sends ${what} in many frames, without answers`, async () => {
        guest = 'stranger'
        const phone = await shaken()
        phone.write(frame.repeat(5_000))
        await phone.closed()
        // A Close (1001), and nothing before it.
        assert.deepEqual([phone.heard, Object.fromEntries(counters.rejected)], ['880203e9', { overhead: 1 }])
      })
    }

    it('lets a stranger send messages and pings at the pace of a phone', async () => {
      guest = 'stranger'
      const phone = await browser()
      for (let sent = 0; sent < 20; sent++) {
        phone.socket.send('\r\n\r\n')
        assert.equal(await phone.next(), '\r\n')
        phone.socket.send(text(String(sent)))
        assert.match(await phone.next(), /^SIP\/2\.0 200 /)
      }
      assert.deepEqual([...counters.rejected], [])
    })

    it('gives a peer that showed a password a much higher limit, and still a limit', async () => {
      const phone = await shaken()
      const pings = '\x8a\x80\0\0\0\0'.repeat(1_000)
      for (let block = 0; block < 2; block++) phone.write(pings)
      phone.write(masked(text('after')))
      while (came.length === 0) await new Promise(resolve => setImmediate(resolve))
      assert.deepEqual([...counters.rejected], [])
      for (let block = 0; block < 20; block++) phone.write(pings)
      await phone.closed()
      assert.deepEqual(Object.fromEntries(counters.rejected), { overhead: 1 })
    })

    it('tells connected peers when it stops', async () => {
      const phone = await browser()
      const stopped = layer.stop()
      assert.equal(await phone.closed(), 1001)
      await stopped
    })
  })

  describe('the handshake', () => {
    it('requires the subprotocol sip, alone or among others', async () => {
      await start()
      for (const protocols of [[], ['xmpp'], ['sips']]) assert.equal(await refusal(protocols), 400)
      const socket = new WebSocket(url(), ['xmpp', 'sip'])
      closing.push(() => socket.terminate())
      await once(socket, 'open')
      assert.equal(socket.protocol, 'sip')
      assert.equal(counters.rejected.get('handshake'), 3)
    })

    for (const [origin, host, admitted] of [
      ['http://127.0.0.1:8080', '127.0.0.1:8081', true],
      ['http://localhost:8080', '127.0.0.1:8081', true],
      ['http://[::1]:8080', 'localhost:8081', true],
      ['https://rgs.example.com', 'rgs.example.com:8443', true],
      ['https://RGS.example.com:8443', '127.0.0.1', true],
      ['https://evil.example.net', 'rgs.example.com', false],
      ['https://evil.example.net', 'evil.example.net', false],
      ['https://rgs.example.com.evil.example.net', 'rgs.example.com', false],
      ['http://127.0.0.1.evil.example.net', '127.0.0.1:8081', false],
      ['null', '127.0.0.1:8081', false],
      ['', '127.0.0.1:8081', false],
    ] as const) {
      it(`${admitted ? 'admits' : 'refuses'} a page of '${origin}' at ${host}`, async () => {
        await start({ connections: { origins: ['rgs.example.com'] } })
        const headers = { Origin: origin, Host: host }
        if (admitted) await browser({ headers })
        else assert.equal(await refusal('sip', { headers }), 403)
        assert.equal(counters.rejected.get('foreignOrigin'), admitted ? undefined : 1)
      })
    }

    it('admits only the named origins, for new connections after a change', async () => {
      await start({ connections: { origins: ['https://rgs.example.com'] } })
      await browser({ headers: { Origin: 'https://RGS.example.com' } })
      assert.equal(await refusal('sip', { headers: { Origin: 'http://127.0.0.1:8080' } }), 403)
      assert.equal(await refusal('sip', { headers: { Origin: 'http://rgs.example.com' } }), 403)
      layer.allowOrigins(undefined)
      await browser({ headers: { Origin: 'http://127.0.0.1:8080' } })
    })

    it('admits a client without an origin, because browsers always send one', async () => {
      await start()
      await browser()
    })

    it('answers once for several requests in a row, also those that Node would answer by itself', async () => {
      await start()
      for (const request of [
        'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
        'GET / HTTP/1.1\r\n\r\n',
        'GET / HTTP/1.1\r\nHost: x\r\nExpect: x\r\n\r\n',
      ]) {
        const socket = connect(port, '127.0.0.1')
        socket.on('error', () => undefined)
        let answers = 0
        socket.on('data', (piece: Buffer) => (answers += String(piece).split('HTTP/1.1 ').length - 1))
        const closed = once(socket, 'close')
        socket.write(request.repeat(300))
        await closed
        assert.ok(answers <= 1, `${answers} answers to ${request}`)
      }
    })

    it('answers a request that is no handshake by HTTP, and closes', async () => {
      await start()
      assert.match(await raw('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), /^HTTP\/1\.1 426 [\s\S]*Upgrade: websocket/)
      assert.match(await raw(text()), /^HTTP\/1\.1 400 /)
      assert.match(await raw(`GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`), /^HTTP\/1\.1 431 /)
      assert.equal(counters.rejected.get('handshake'), 1)
      while (layer.connections > 0) await new Promise(resolve => setImmediate(resolve))
    })
  })

  describe('over time', () => {
    let clock: FakeClock
    beforeEach(async () => {
      clock = new FakeClock()
      await start({ clock: clock satisfies Clock })
    })

    it('closes when a handshake takes longer than 15 s', async () => {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => undefined) // It is reset.
      const closed = new Promise(resolve => socket.on('close', resolve))
      socket.write('GET / HTTP/1.1\r\n')
      while (layer.connections === 0) await new Promise(resolve => setImmediate(resolve))
      clock.pass(14_000)
      assert.equal(layer.connections, 1)
      clock.pass(3_000)
      await closed
      assert.equal(counters.rejected.get('slowPeer'), 1)
      assert.equal(layer.connections, 0)
    })

    it('closes when fragments come for longer than 15 s without an end, even with pings in between', async () => {
      const phone = await browser()
      for (let drops = 0; drops < 4; drops++) {
        assert.equal(layer.connections, 1)
        phone.socket.send('x', { fin: false })
        phone.socket.ping()
        await once(phone.socket, 'pong')
        clock.pass(4_000)
      }
      assert.equal(layer.connections, 0)
      assert.equal(counters.rejected.get('slowPeer'), 1)
    })

    it('closes when a frame is not complete after 15 s', async () => {
      const phone = await browser()
      const raw = (phone.socket as unknown as { readonly _socket: Socket })._socket
      // In one chunk with a message: the answer shows that both were read.
      raw.cork()
      phone.socket.send(text())
      raw.write(Buffer.from([0x81, 0x80 | 100, 0, 0, 0, 0, 1]))
      raw.uncork()
      await phone.next()
      clock.pass(14_000)
      assert.equal(layer.connections, 1)
      clock.pass(3_000)
      assert.equal(layer.connections, 0)
      assert.equal(counters.rejected.get('slowPeer'), 1)
    })

    it('pings a silent phone after 30 s, and closes if no answer comes', async () => {
      const phone = await browser({ autoPong: false })
      const asked = once(phone.socket, 'ping')
      clock.pass(31_000)
      await asked
      clock.pass(14_000)
      assert.equal(layer.connections, 1)
      clock.pass(2_000)
      assert.equal(await phone.closed(), 1001)
      assert.deepEqual([...counters.rejected], [])
    })

    it('keeps a phone that answers while it is reached on this connection, and otherwise closes it after 10 min without a message', async () => {
      const phone = await browser()
      phone.socket.send(text())
      await phone.next()
      const hop = came[0]?.source ?? assert.fail()
      const silence = async (minutes: number) => {
        for (let pings = 0; pings < minutes * 2 && layer.connections > 0; pings += 1) {
          const asked = once(phone.socket, 'ping')
          clock.pass(31_000)
          if (layer.connections === 0) return
          await asked
          // Its answer comes before the answer to this.
          phone.socket.ping()
          await once(phone.socket, 'pong')
        }
      }
      layer.hold(hop, true)
      await silence(11)
      assert.equal(layer.connections, 1)
      layer.hold(hop, false)
      await silence(1)
      assert.equal(layer.connections, 0)
    })
  })

  it('reads a message that arrives together with a long handshake', async () => {
    await start()
    const socket = connect(port, '127.0.0.1')
    closing.push(() => socket.destroy())
    const text = Buffer.from(requestText())
    // A text frame of more than 125 bytes, masked by zeros (RFC 6455 §5.2).
    const frame = Buffer.concat([Buffer.from([0x81, 0xfe, text.length >> 8, text.length & 0xff, 0, 0, 0, 0]), text])
    const upgrade = 'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: sip\r\n'
    const head = `GET / HTTP/1.1\r\nHost: x\r\n${upgrade}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nCookie: ${'c'.repeat(900)}\r\n\r\n`
    socket.write(Buffer.concat([Buffer.from(head), frame]))
    let answer = ''
    while (!answer.includes('SIP/2.0 200')) answer += String((await once(socket, 'data'))[0])
    assert.equal(came.length, 1)
  })

  describe('limits new connections from a stranger’s address', () => {
    const asked = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'
    let clock: FakeClock
    beforeEach(async () => {
      clock = new FakeClock()
      await start({ clock })
      guest = 'stranger'
    })

    /** Sends this many, one after the other. Returns how many were answered. */
    async function answered(count: number, text = asked): Promise<number> {
      let answers = 0
      for (let each = 0; each < count; each += 1) {
        const socket = connect(port, '127.0.0.1')
        socket.on('error', () => undefined)
        socket.once('data', () => (answers += 1))
        socket.on('connect', () => socket.write(text))
        await once(socket, 'close')
      }
      return answers
    }

    it('to 100 at once and 10 a second, without a limit for addresses that showed a password', async () => {
      assert.equal(await answered(110), 100)
      clock.pass(1_000)
      assert.equal(await answered(15), 10)
      guest = 'known'
      assert.equal(await answered(20), 20)
    })

    it('and counts a connection with several requests as one: only the first request is read', async () => {
      assert.equal(await answered(110, asked.repeat(500)), 100)
    })
  })
})
