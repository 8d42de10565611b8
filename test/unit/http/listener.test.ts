import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Server } from 'node:http'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect as connectRaw, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { silentLog } from '../../../src/foundation/log.js'
import { Connections } from '../../../src/http/connections.js'
import { guardedListener } from '../../../src/http/listener.js'
import { makeAuthority } from '../../fakes/certificates.js'
import { FakeClock } from '../../fakes/clock.js'

const limits = { most: 20, strangers: 10, perAddress: 10, requestWithin: 5_000 } as never

/** Sends what TLS has to send after the server's first data in one piece, together with the request, and resets the connection. */
async function sendAndReset(port: number, request: string): Promise<void> {
  const raw: Socket = connectRaw(port, '127.0.0.1').on('error', () => undefined)
  await once(raw, 'connect')
  let kept: Buffer[] | undefined
  const between = new Duplex({
    read: () => undefined,
    write: (piece: Buffer, _encoding, done) => {
      if (kept) kept.push(piece)
      else raw.write(piece)
      done()
    },
  })
  raw.on('data', data => {
    kept ??= []
    between.push(data)
  })
  const secure = connectTls({ socket: between, rejectUnauthorized: false }).on('error', () => undefined)
  await once(secure, 'secureConnect')
  await new Promise<void>(resolve => void secure.write(request, () => resolve()))
  const closed = once(raw, 'close')
  raw.write(Buffer.concat(kept ?? []))
  raw.resetAndDestroy()
  await closed
  between.destroy()
  secure.destroy()
}

describe('a guarded listener', () => {
  let server: Server
  let handled: (string | undefined)[]
  const lines: string[] = []
  const listen = async (handle: (url: string | undefined) => void, tls = {}): Promise<number> => {
    handled = []
    const log = { ...silentLog, error: (text: string) => void lines.push(text) }
    const connections = new Connections(limits, [], new FakeClock())
    server = guardedListener({ settings: { connections: limits }, connections, log, ...tls }, (request, response) => {
      handled.push(request.socket.remoteAddress)
      handle(request.url)
      response.end('done')
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }
  afterEach(() => void server.close())

  it('handles no request whose sender is not known any more, because a TLS client reset its connection', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'carillon-listener-'))
    const { certificate, key } = makeAuthority(folder, 'server')
    const port = await listen(() => undefined, { tls: { cert: certificate, key } })
    await rm(folder, { recursive: true })
    for (let tries = 0; tries < 20; tries += 1) await sendAndReset(port, 'GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n')
    // The server has read all of them before it answers this one.
    const secure = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
    secure.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    await once(secure, 'data')
    secure.destroy()
    assert.deepEqual(
      handled.filter(address => address === undefined),
      [],
    )
    assert.ok(handled.length >= 1)
  })

  it('closes the connection of a request that fails, says so, and goes on', async () => {
    const port = await listen(url => {
      if (url === '/bad') throw new Error('of ours')
    })
    await assert.rejects(fetch(`http://127.0.0.1:${port}/bad`))
    assert.deepEqual(lines, ['a request failed: of ours'])
    assert.equal(await (await fetch(`http://127.0.0.1:${port}/good`)).text(), 'done')
  })
})
