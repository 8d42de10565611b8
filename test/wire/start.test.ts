import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { assureBuilt, carillon, type CommandEnd } from './harness/program.js'

interface Keys {
  readonly sip?: object
  readonly http?: object
  readonly media?: object
  readonly store?: string
  readonly journal?: object
}

describe('A failed start', () => {
  let site: string
  before(assureBuilt)
  beforeEach(async () => {
    site = await mkdtemp(join(tmpdir(), 'carillon-start-'))
    await mkdir(join(site, 'config'))
  })
  afterEach(() => rm(site, { recursive: true }))

  const write = ({ sip, http, ...rest }: Keys): Promise<void> =>
    writeFile(
      join(site, 'config', 'carillon.yaml'),
      stringify({
        sip: { domain: 'example.com', trustedPeers: ['127.0.0.1'], listen: ['udp://127.0.0.1:0'], ...sip },
        http: { listen: 'http://127.0.0.1:0', ...http },
        media: { engine: 'none' },
        store: 'memory',
        ...rest,
      }),
    )

  /** Starts the server, which must exit with 1 and print one readable line. Returns the line. */
  async function fails(keys: Keys): Promise<string> {
    await write(keys)
    const end: CommandEnd = await carillon('serve', '--config', join(site, 'config'))
    assert.equal(end.code, 1, end.stdout + end.stderr)
    assert.doesNotMatch(end.stderr, /carillon ready/)
    return end.stderr
  }

  it('with a missing HTTP certificate names file, line and column, as check does', async () => {
    const keys = { http: { listen: 'https://127.0.0.1:0', tls: { certificate: 'tls/c.pem', key: 'tls/k.pem' } } }
    const said = /carillon\.yaml:\d+:\d+: 'tls\/c\.pem' can't be used: ENOENT/
    assert.match(await fails(keys), said)
    const checked = await carillon('check', join(site, 'config'))
    assert.equal(checked.code, 1)
    assert.match(checked.stdout + checked.stderr, said)
  })

  it('with a taken SIP port names the address and sip.listen', async () => {
    const taken = createSocket('udp4').bind(0, '127.0.0.1')
    await once(taken, 'listening')
    try {
      const address = `udp://127.0.0.1:${taken.address().port}`
      const said = await fails({ sip: { listen: [address] } })
      assert.match(said, new RegExp(`^carillon: can't listen on ${address} \\(sip\\.listen\\): another program uses this port`))
    } finally {
      taken.close()
    }
  })

  for (const key of ['http.listen', 'http.metrics.listen'])
    it(`with a taken port of ${key} names the key`, async () => {
      const taken = createServer().listen(0, '127.0.0.1')
      await once(taken, 'listening')
      try {
        const bound = taken.address()
        const listen = `http://127.0.0.1:${bound !== null && typeof bound === 'object' ? bound.port : 0}`
        const said = await fails({ http: key === 'http.listen' ? { listen } : { metrics: { listen } } })
        assert.match(
          said,
          new RegExp(`^carillon: can't listen on 127\\.0\\.0\\.1 port \\d+ \\(${key}\\): another program uses this port`),
        )
      } finally {
        taken.close()
      }
    })

  for (const engine of ['none', 'builtin'])
    it(`with an address of another machine names sip.listen, with the media engine ${engine}`, async () => {
      const said = await fails({ sip: { listen: ['udp://192.0.2.1:0'] }, media: { engine } })
      assert.match(said, /192\.0\.2\.1.*\(sip\.listen\).*this machine does not have this address/)
    })

  it('with a damaged store names its file and a remedy, and does not change the file', async () => {
    await writeFile(join(site, 'c.db'), 'no database at all'.repeat(100))
    const said = await fails({ store: 'sqlite:../c.db' })
    assert.match(said, /the store .*c\.db \(store\) can't be used.*move a damaged file away/)
  })

  it('with a folder that can’t be created names the key', async () => {
    await writeFile(join(site, 'file'), '')
    assert.match(
      await fails({ store: 'sqlite:../file/c.db', journal: { folder: '../journal' } }),
      /the store .*file\/c\.db \(store\) can't be used/,
    )
    assert.match(await fails({ journal: { folder: '../file/journal' } }), /\(journal\.folder\) can't be written: ENOTDIR/)
  })
})
