import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer as createHttp, type IncomingMessage, type Server } from 'node:http'
import { createServer as createHttps } from 'node:https'
import { connect, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { mostUnanswered, Pipelines } from '../../../src/http/pipelines.js'
import { systemClock } from '../../../src/foundation/clock.js'
import { silentLog } from '../../../src/foundation/log.js'
import { SipCounters } from '../../../src/sip/transport/counters.js'
import { TransportLayer } from '../../../src/sip/transport/layer.js'
import { makeAuthority } from '../../fakes/certificates.js'
import { Site } from './site.js'

/** Node emits this for each request that its parser has read, answered or not. */
const channel = 'http.server.request.start'
/** A piece of 256 bytes holds 14 of the shortest requests and parts of two more. */
const mostInPiece = 16
const shortest = 'GET / HTTP/1.1\r\n\r\n'

const rethrown = (error: unknown): never => {
  throw error
}

describe('data that Node’s parser gets from a connection', () => {
  let requests: IncomingMessage[]
  /** Chunks of bodies. Each is an object. */
  let parts: number
  const seen = (message: unknown): void => {
    const { request } = message as { readonly request: IncomingMessage }
    requests.push(request)
    const push = request.push.bind(request)
    request.push = (chunk: unknown, ...more) => {
      if (chunk !== null) parts += 1
      return push(chunk, ...more)
    }
  }
  const closing: (() => unknown)[] = []
  beforeEach(() => {
    ;[requests, parts] = [[], 0]
    subscribe(channel, seen)
  })
  afterEach(async () => {
    unsubscribe(channel, seen)
    await Promise.all(closing.splice(0).map(close => close()))
  })

  /** Sends the text. Returns all that comes back until the connection ends. */
  async function send(port: number, text: string, secure = false): Promise<string> {
    const socket = secure ? connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }) : connect(port, '127.0.0.1')
    socket.on('error', () => undefined)
    let answer = ''
    socket.on('data', (piece: Buffer) => (answer += piece.toString('latin1')))
    const closed = once(socket, 'close')
    socket.write(text)
    await closed
    return answer
  }

  async function site(metrics = false): Promise<Site> {
    const made = metrics ? new Site({}, { metrics: { host: '127.0.0.1', port: 0, allow: ['127.0.0.1'] } }) : new Site()
    closing.push(() => made.stop())
    await made.start()
    return made
  }

  async function listening(server: Server): Promise<number> {
    closing.push(() => {
      server.closeAllConnections()
      server.close()
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    return (server.address() as AddressInfo).port
  }

  const most = mostUnanswered + mostInPiece
  const fewSeen = (where: string): void =>
    assert.ok(requests.length > 0 && requests.length <= most, `${where}: ${requests.length} requests of 3,600`)

  it('stops when the connection is closed: of 3,600 requests in one read only a few are seen, over http, https and at the metrics port', async () => {
    await send(portOf((await site()).url), shortest.repeat(3_600))
    fewSeen('http')
    requests = []
    await send(portOf((await site(true)).metricsUrl), shortest.repeat(3_600))
    fewSeen('metrics')
    requests = []
    const folder = mkdtempSync(join(tmpdir(), 'carillon-pieces-'))
    closing.push(() => rmSync(folder, { recursive: true }))
    const { certificate: cert, key } = makeAuthority(folder, 'authority')
    const server = createHttps({ cert, key, requireHostHeader: false })
    const ended: string[] = []
    new Pipelines(why => void ended.push(why), rethrown).serve(server, () => undefined)
    // TLS delivers 16 kB at a time.
    await send(await listening(server), shortest.repeat(3_600), true)
    fewSeen('https')
    assert.deepEqual(ended, ['unanswered'])
  })

  it('stops as well when each request has an invalid Expect header', async () => {
    await send(portOf((await site()).url), 'GET / HTTP/1.1\r\nHost: x\r\nExpect: x\r\n\r\n'.repeat(1_700))
    fewSeen('Expect')
  })

  it('stops after the first request at the port for SIP over WebSocket', async () => {
    const layer = new TransportLayer({
      place: { listen: [{ transport: 'ws', host: '127.0.0.1', port: 0 }] },
      ...{ clock: systemClock, log: silentLog, counters: new SipCounters(), random: () => 0 },
      connections: { guestAt: () => 'stranger' },
    })
    closing.push(() => layer.stop())
    const [address = ''] = await layer.start({
      onRequest: () => undefined,
      onResponse: () => undefined,
      onClosed: () => undefined,
    })
    const answer = await send(portOf(address), 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(2_500))
    assert.match(answer, /^HTTP\/1\.1 426 /)
    assert.ok(requests.length <= mostInPiece, `${requests.length} requests`)
  })

  it('excludes chunked bodies: POST and GET get 411, also with Expect: 100-continue, and the chunks are not read', async () => {
    const { url } = await site()
    for (const [method, expect] of [
      ['POST', ''],
      ['GET', ''],
      ['POST', 'Expect: 100-continue\r\n'],
    ] as const) {
      parts = 0
      const head = `${method} /api/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${expect}`
      const answer = await send(portOf(url), `${head}Transfer-Encoding: chunked\r\n\r\n${'1\r\na\r\n'.repeat(8_000)}`)
      assert.match(answer, /^HTTP\/1\.1 411 Length Required\r\n/)
      assert.match(answer, /content-type: application\/problem\+json[^]*Content-Length/i)
      assert.ok(parts <= 50, `${method}: ${parts} parts of 8,000`)
    }
  })

  it('includes a request with a long head and a body of 60 kB, unchanged', async () => {
    const server = createHttp()
    const bodies: Buffer[] = []
    new Pipelines(() => undefined, rethrown).serve(server, (request, response) => {
      request.on('data', (part: Buffer) => bodies.push(part))
      request.on('end', () => response.writeHead(200, { connection: 'close' }).end(request.headers['x-long']))
    })
    const body = Buffer.alloc(60_000, 'carillon ')
    const head = `POST / HTTP/1.1\r\nHost: x\r\nX-Long: ${'long'.repeat(2_000)}\r\nContent-Length: ${body.length}\r\n\r\n`
    const answer = await send(await listening(server), head + body.toString('latin1'))
    assert.ok(answer.includes(`\r\n\r\n1f40\r\n${'long'.repeat(2_000)}\r\n`))
    assert.deepEqual(Buffer.concat(bodies), body)
  })

  it('continues where it stopped while responses were not read', async () => {
    const server = createHttp({ requireHostHeader: false })
    let answered = 0
    new Pipelines(() => undefined, rethrown).serve(server, (_request, response) => {
      answered += 1
      response.end(Buffer.alloc(200_000, 'x'))
    })
    const socket = connect(await listening(server), '127.0.0.1')
    let length = 0
    socket.on('data', (piece: Buffer) => (length += piece.length))
    // Many requests are allowed if each response is read before the next one.
    socket.write(shortest.repeat(mostUnanswered))
    while (length < mostUnanswered * 200_000) await once(socket, 'data')
    socket.destroy()
    assert.equal(answered, mostUnanswered)
  })

  it('excludes a request that comes in more than 256 reads', async () => {
    const server = createHttp()
    const ended: string[] = []
    new Pipelines(why => void ended.push(why), rethrown).serve(server, () => undefined)
    const socket = new Duplex({ read: () => undefined, write: (_bytes, _encoding, done) => done() })
    Object.assign(socket, { remoteAddress: '127.0.0.1' })
    socket.on('error', () => undefined)
    const closed = once(socket, 'close')
    server.emit('connection', socket)
    socket.push('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n')
    for (let sent = 0; sent < 1_000 && !socket.destroyed; sent += 1) {
      await new Promise(resolve => setImmediate(resolve))
      socket.push('a')
    }
    await closed
    assert.deepEqual(ended, ['pieces'])
    assert.ok(parts <= 256, `${parts} parts`)
  })
})

const portOf = (url: string | undefined): number => Number(/:(\d+)/.exec(url ?? '')?.[1])
