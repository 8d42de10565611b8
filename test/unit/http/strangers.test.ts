import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'
import type { AgentDocument } from '../../../src/http/documents.js'
import { mostUnanswered, Pipelines } from '../../../src/http/pipelines.js'
import { Site } from './site.js'

const token = 'tower'
const viewer = { name: 'tool', digest: createHash('sha256').update(token).digest('hex'), role: 'viewer', workflows: [] } as const
const from = (address: string, more: Readonly<Record<string, string>> = {}) => ({ 'x-forwarded-for': address, ...more })

/** A socket that sends all requests at once, and resolves at its end. */
function sendAhead(url: string, ...requests: readonly string[]): { readonly socket: Socket; readonly closed: Promise<unknown> } {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.on('error', () => undefined)
  const closed = once(socket, 'close')
  socket.write(requests.map(path => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`).join(''))
  return { socket, closed }
}

const rethrown = (error: unknown): never => {
  throw error
}

describe('a client that has not logged in', () => {
  let site: Site
  beforeEach(async () => {
    site = new Site({ tokens: [viewer] }, { trustedProxies: ['127.0.0.1'] })
    await site.start()
  })
  afterEach(() => site.stop())

  const ask = async (address: string, path: string, more = {}): Promise<Response> => {
    const response = await site.ask('GET', path, undefined, from(address, more))
    await response.body?.cancel()
    return response
  }
  const statuses = async (count: number, address: string, path: string, more = {}): Promise<Record<number, number>> => {
    const counts: Record<number, number> = {}
    for (let each = 0; each < count; each += 1) {
      const { status } = await ask(address, path, more)
      counts[status] = (counts[status] ?? 0) + 1
    }
    return counts
  }

  it('gets 200 answers at once and 20 per second, whatever it asks for', async () => {
    const paths = ['/health/live', '/nothing', '/api/agents', '/']
    const all = []
    for (let each = 0; each < 220; each += 1) all.push((await ask('192.0.2.1', paths[each % paths.length] ?? '')).status)
    assert.deepEqual(all.slice(200), Array(20).fill(429))
    assert.ok(!all.slice(0, 200).includes(429))
    site.shell.clock.pass(1_000)
    assert.deepEqual(await statuses(25, '192.0.2.1', '/health/live'), { 200: 20, 429: 5 })
    const refused = await ask('192.0.2.1', '/health/live')
    assert.deepEqual([refused.headers.get('retry-after'), refused.headers.get('connection')], ['1', 'close'])
  })

  it('takes nothing from other addresses, nor from a client of the same address with a valid token', async () => {
    assert.deepEqual(await statuses(220, '192.0.2.1', '/api/agents', { authorization: 'Bearer none' }), { 401: 200, 429: 20 })
    assert.equal((await ask('192.0.2.2', '/health/live')).status, 200)
    assert.deepEqual(await statuses(250, '192.0.2.1', '/api/session', { authorization: `Bearer ${token}` }), { 200: 250 })
  })

  it('shares an allowance with its IPv6 site', async () => {
    for (let each = 0; each < 200; each += 1) await ask(`2001:db8:1:${each.toString(16)}::1`, '/health/live')
    assert.equal((await ask('2001:db8:1:ffff::2', '/health/live')).status, 429)
    assert.equal((await ask('2001:db8:2::1', '/health/live')).status, 200)
  })

  it('shares one allowance in each spelling of its address, with and without a port, and with the proxy if it is no address', async () => {
    const spellings: readonly ((each: number) => string)[] = [
      each => `192.0.2.7:${2_000 + each}`,
      each => `[2001:db8:7::1]:${2_000 + each}`,
      each => ['2001:DB8:8::1', '2001:db8:8:0::1', '[2001:0db8:8::1]'][each % 3] ?? '',
      each => ['::ffff:192.0.2.8', '192.0.2.8', '::FFFF:C000:208'][each % 3] ?? '',
      each => `x${each}`,
      each => `198.51.100.${each}, unknown, 192.0.2.9`,
    ]
    for (const spell of spellings) {
      const counts: Record<number, number> = {}
      for (let each = 0; each < 210; each += 1) {
        const { status } = await ask(spell(each), '/health/live')
        counts[status] = (counts[status] ?? 0) + 1
      }
      assert.deepEqual(counts, { 200: 200, 429: 10 }, spell(0))
    }
  })

  it('gets fewer answers that take longer to make', async () => {
    assert.deepEqual(await statuses(50, '192.0.2.1', '/metrics'), { 200: 40, 429: 10 })
  })

  it('gets 400 for a request without a host, which does not count as an internal error', async () => {
    for (const host of ['a b', '[::1', 'evil; x', 'evil.example,*', 'a;connect-src']) {
      const socket = connect(Number(new URL(site.url).port), '127.0.0.1')
      socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\nX-Forwarded-For: 192.0.2.9\r\nConnection: close\r\n\r\n`)
      let answer = ''
      for await (const piece of socket as AsyncIterable<Buffer>) answer += String(piece)
      assert.match(answer, /^HTTP\/1\.1 400 /, host)
    }
    const socket = connect(Number(new URL(site.url).port), '127.0.0.1')
    socket.write('GET / HTTP/1.1\r\n\r\n')
    const [piece] = (await once(socket, 'data')) as [Buffer]
    assert.match(String(piece), /^HTTP\/1\.1 400 /, 'a request without Host is refused')
    socket.destroy()
    assert.deepEqual(site.faults, [])
  })

  it('gets the description of the API, which is made once', async () => {
    const read = async () => (await site.ask('GET', '/api/openapi.json')).text()
    assert.equal(await read(), await read())
  })
})

describe('pipelined requests', () => {
  it(`are limited to ${mostUnanswered} per connection, and with more the connection ends and the rest is not handled`, async () => {
    let handled = 0
    const ended: string[] = []
    const server = createServer()
    new Pipelines(why => void ended.push(why), rethrown).serve(server, () => void (handled += 1))
    await listen(server)
    const { closed } = sendAhead(urlOf(server), ...Array<string>(500).fill('/'))
    await closed
    assert.deepEqual([handled, ended], [mostUnanswered, ['unanswered']])
    await stop(server)
  })

  it('are limited too if Node would answer them itself: without a host, or with an unknown expectation', async () => {
    for (const request of ['GET / HTTP/1.1\r\n\r\n', 'GET / HTTP/1.1\r\nHost: localhost\r\nExpect: x\r\n\r\n']) {
      const site = new Site()
      await site.start()
      const socket = connect(Number(new URL(site.url).port), '127.0.0.1')
      socket.on('error', () => undefined)
      let answers = 0
      socket.on('data', (piece: Buffer) => (answers += String(piece).split('HTTP/1.1 4').length - 1))
      const closed = once(socket, 'close')
      socket.write(request.repeat(500))
      await closed
      assert.ok(answers <= mostUnanswered, `${answers} answers`)
      await site.stop()
    }
  })

  it('are refused with more header fields than a proxy needs, so that no field of the proxy is dropped', async () => {
    const site = new Site()
    await site.start()
    const socket = connect(Number(new URL(site.url).port), '127.0.0.1')
    socket.write(`GET /health/live HTTP/1.1\r\nHost: localhost\r\n${'a:b\r\n'.repeat(1_500)}X-Forwarded-For: 192.0.2.1\r\n\r\n`)
    const [piece] = (await once(socket, 'data')) as [Buffer]
    assert.match(String(piece), /^HTTP\/1\.1 431 /)
    socket.destroy()
    await site.stop()
  })

  it('get 414 for a URL that is longer than anybody needs, or has thousands of names', async () => {
    const site = new Site()
    await site.start()
    const names = (count: number): string => Array.from({ length: count }, (_, index) => `a${index}`).join('&')
    const statuses = []
    for (const query of [names(60), names(65), `from=${'x'.repeat(9_000)}`])
      statuses.push((await site.ask('GET', `/api/session?${query}`)).status)
    assert.deepEqual(statuses, [200, 414, 414])
    await site.stop()
  })

  it('get 400 with two Host headers, and answers of the API are not cached', async () => {
    const site = new Site()
    await site.start()
    const socket = connect(Number(new URL(site.url).port), '127.0.0.1')
    socket.write('GET /api/agents HTTP/1.1\r\nHost: localhost\r\nHost: elsewhere.example\r\n\r\n')
    assert.match(String((await once(socket, 'data'))[0]), /^HTTP\/1\.1 400 [^]*several Host/)
    socket.destroy()
    const kept = async (path: string) => (await site.ask('GET', path)).headers.get('cache-control')
    assert.deepEqual(await Promise.all(['/api/agents', '/api/nothing', '/api/config/check', '/api/openapi.json'].map(kept)), [
      'no-store',
      'no-store',
      'no-store',
      null,
    ])
    await site.stop()
  })

  it('are answered in their order when they are few', async () => {
    const site = new Site()
    await site.start()
    const { socket } = sendAhead(site.url, ...Array<string>(mostUnanswered).fill('/health/live'))
    let answer = ''
    while (answer.split('"live"').length <= mostUnanswered) answer += String((await once(socket, 'data'))[0])
    socket.destroy()
    await site.stop()
  })

  it('learn when the connection ends, so that no stream behind an answer stays open', async () => {
    const streams: Readable[] = []
    const ends: Promise<unknown>[] = []
    let begun = (): void => undefined
    const allBegun = new Promise<void>(resolve => (begun = resolve))
    const server = createServer()
    new Pipelines(() => undefined, rethrown).serve(server, (_request, response) => {
      const stream = new Readable({ read: () => void stream.push(Buffer.alloc(65_536)) })
      streams.push(stream)
      ends.push(pipeline(stream, response).catch(() => undefined))
      if (streams.length === mostUnanswered) begun()
    })
    await listen(server)
    const { socket } = sendAhead(urlOf(server), ...Array<string>(mostUnanswered).fill('/'))
    await allBegun
    socket.destroy()
    await Promise.all(ends)
    assert.deepEqual(
      streams.map(({ destroyed }) => destroyed),
      Array(mostUnanswered).fill(true),
    )
    await stop(server)
  })

  it('are over for a stream that comes after the connection has ended, too', async () => {
    const responses: ServerResponse[] = []
    let begun = (): void => undefined
    const allBegun = new Promise<void>(resolve => (begun = resolve))
    const server = createServer()
    new Pipelines(() => undefined, rethrown).serve(server, (request, response) => {
      responses.push(response)
      if (responses.length < mostUnanswered) return
      request.socket.once('close', () => setImmediate(begun))
      request.socket.destroy()
    })
    await listen(server)
    sendAhead(urlOf(server), ...Array<string>(mostUnanswered).fill('/'))
    await allBegun
    const streams = responses.map(response => {
      const stream = new Readable({ read: () => undefined })
      finished(response).catch(() => stream.destroy()) // As the framework does.
      stream.pipe(response)
      return stream
    })
    await Promise.all(streams.map(stream => once(stream, 'close')))
    await stop(server)
  })

  it('end with the connection if their answers are not read in time, but a slow reader is waited for', async () => {
    const ended: string[] = []
    const pipelines = new Pipelines(why => void ended.push(why), rethrown)
    let answer = (): void => undefined
    const server = createServer()
    pipelines.serve(server, (request, response) => {
      if (request.url === '/much') response.end(Buffer.alloc(64 * 1024 * 1024))
      else answer = () => void response.end('late')
    })
    pipelines.guard(server, 50)
    assert.equal(server.timeout, 25, 'the timer of Node is half the limit, because it may run twice')
    await listen(server)
    const slow = sendAhead(urlOf(server), '/late')
    const { socket, closed } = sendAhead(urlOf(server), '/much')
    socket.pause()
    await once(server, 'timeout')
    while (ended.length === 0) await once(server, 'timeout')
    answer()
    assert.match(String((await once(slow.socket, 'data'))[0]), /late$/)
    slow.socket.destroy()
    socket.resume()
    await closed
    assert.deepEqual(ended, ['unread'])
    await stop(server)
  })

  it('for event streams leave no listener behind when the connection ends', async () => {
    const site = new Site()
    await site.start()
    for (let round = 0; round < 5; round += 1) {
      const { socket, closed } = sendAhead(site.url, ...Array<string>(mostUnanswered).fill('/api/events'))
      await once(socket, 'data')
      socket.destroy()
      await closed
    }
    const response = await site.ask('GET', '/api/events')
    assert.equal(response.status, 200)
    await response.body?.cancel()
    assert.equal((await site.read<AgentDocument[]>('/api/agents')).length, 3)
    await site.stop()
  })
})

const urlOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`
const listen = (server: Server): Promise<unknown> => once(server.listen(0, '127.0.0.1'), 'listening')
const stop = async (server: Server): Promise<void> => {
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
}
