import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer, type Server, type TLSSocket } from 'node:tls'
import { systemClock } from '../../src/foundation/clock.js'
import { silentLog } from '../../src/foundation/log.js'
import { EmbeddedSignaling } from '../../src/signaling/embedded.js'
import { issue, makeAuthority, type Pair } from '../fakes/certificates.js'
import { DrachtioServer } from '../fakes/drachtio-server/server.js'

/** TLS before the port for applications of a stand-in, as a drachtio-server has it. */
class TlsDoor {
  /** What came inside TLS. */
  heard = ''
  readonly #sockets = new Set<TLSSocket>()
  readonly #server: Server

  constructor({ certificate, key }: Pair, inner: number) {
    this.#server = createServer({ cert: certificate, key }, socket => {
      this.#sockets.add(socket)
      const within = connect(inner, '127.0.0.1')
      for (const end of [socket, within]) end.on('error', () => within.destroy())
      socket.on('data', (bytes: Buffer) => (this.heard += bytes.toString()))
      socket.pipe(within).pipe(socket)
    })
    // A client that does not accept the certificate.
    this.#server.on('tlsClientError', () => undefined)
  }

  async open(): Promise<number> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return (this.#server.address() as AddressInfo).port
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  close(): void {
    this.cut()
    this.#server.close()
  }
}

describe('The engine drachtio over TLS', () => {
  let folder: string
  let authority: Pair
  let server: DrachtioServer
  let door: TlsDoor | undefined
  let engine: EmbeddedSignaling | undefined

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carillon-drachtio-tls-'))
    authority = makeAuthority(folder, 'authority')
    server = new DrachtioServer()
    await server.start()
  })
  after(async () => {
    await server.stop()
    await rm(folder, { recursive: true })
  })
  afterEach(async () => {
    await engine?.stop()
    door?.close()
  })

  async function behind(certificate: Pair): Promise<EmbeddedSignaling> {
    door = new TlsDoor(certificate, server.port)
    const port = await door.open()
    const tls = { ca: authority.certificate }
    engine = new EmbeddedSignaling({
      sip: { listen: [], drachtio: [{ host: '127.0.0.1', port, secret: server.secret, tls }], trustedPeers: [] },
      ...{ clock: systemClock, log: silentLog, random: randomBytes },
    })
    return engine
  }

  const status = (of: EmbeddedSignaling) => of.drachtioServers()?.[0]

  it('connects, and by TLS again after a break', async () => {
    const signaling = await behind(issue(folder, 'ours', authority, ['IP:127.0.0.1']))
    await signaling.start()
    assert.equal(status(signaling)?.connected, true)
    door?.cut()
    while (status(signaling)?.connects !== 2) await new Promise(resolve => setImmediate(resolve))
    assert.equal(door?.heard.split('authenticate|').length, 3)
  })

  for (const [what, certificate] of [
    ['with another name', () => issue(folder, 'named', authority, ['DNS:other.example.com'])],
    ['of another authority', () => issue(folder, 'foreign', makeAuthority(folder, 'nobody'), ['IP:127.0.0.1'])],
  ] as const)
    it(`tells no secret to a server whose certificate is ${what}`, async () => {
      const signaling = await behind(certificate())
      await signaling.start()
      assert.equal(status(signaling)?.connected, false)
      assert.match(status(signaling)?.trouble ?? '', /certificate/)
      assert.equal(door?.heard, '')
    })
})
