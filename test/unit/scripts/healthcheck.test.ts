import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer as createPlain, type RequestListener, type Server } from 'node:http'
import { createServer as createSecure } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeAuthority } from '../../fakes/certificates.js'

describe('scripts/healthcheck.js, which the image runs', () => {
  let folder: string
  let server: Server | undefined
  let status: number
  const asked: (string | undefined)[] = []
  const answer: RequestListener = ({ url }, response) => {
    asked.push(url)
    response.writeHead(status).end()
  }
  before(() => (folder = mkdtempSync(join(tmpdir(), 'carillon-health-'))))
  after(() => rmSync(folder, { recursive: true }))
  beforeEach(() => asked.splice(0))
  afterEach(() => {
    server?.closeAllConnections()
    server?.close()
  })

  async function listen(next: Server): Promise<number> {
    server = next.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }

  /** Its exit code. */
  async function check(url: string): Promise<number | null> {
    const child = spawn(process.execPath, ['scripts/healthcheck.js'], { env: { CARILLON_HEALTH: url }, stdio: 'inherit' })
    await once(child, 'exit')
    return child.exitCode
  }

  const serving: readonly (readonly [string, () => Server])[] = [
    ['http', () => createPlain(answer)],
    [
      'https, by a certificate that does not name 127.0.0.1,',
      () => {
        const { certificate, key } = makeAuthority(folder, 'rgs.example.com')
        return createSecure({ cert: certificate, key }, answer)
      },
    ],
  ]
  for (const [name, create] of serving) {
    it(`exits with 0 if the server is ready over ${name}, and with 1 if it is not`, async () => {
      const url = `${name.split(',')[0] ?? ''}://127.0.0.1:${await listen(create())}`
      status = 200
      assert.equal(await check(url), 0)
      status = 503
      assert.equal(await check(url), 1)
      assert.deepEqual(asked, ['/health/ready', '/health/ready'])
    })
  }

  it('exits with 1 if nobody answers', async () => {
    const port = await listen(createPlain(answer))
    const closed = once(server ?? assert.fail(), 'close')
    server?.close()
    await closed
    assert.equal(await check(`http://127.0.0.1:${port}`), 1)
  })
})
