import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readOptions } from '../../../scripts/demo/options.js'
import { assureFree } from '../../../scripts/demo/ports.js'
import { copySample, forgetSite, useFreePorts } from '../../../scripts/demo/site.js'
import { CannotStart } from '../../../scripts/demo/stop.js'
import { loadConfig } from '../../../src/config/load.js'

const host = '127.0.0.1'

/** The port of an HTTP server that answers this until the test is over. */
async function serving(text: string, test: (port: number) => Promise<void>): Promise<void> {
  const server = createServer((_, response) => response.end(text))
  server.listen(0, host)
  await once(server, 'listening')
  try {
    await test((server.address() as AddressInfo).port)
  } finally {
    server.close()
  }
}

const told = (pattern: RegExp) => (error: unknown) => error instanceof CannotStart && pattern.test(error.message)

describe('npm run demo', () => {
  it('has three agents and five calls a minute for each agent, unless told otherwise', () => {
    assert.deepEqual(readOptions([]), { agents: 3, callsPerMinute: 15, seconds: undefined, freePorts: false })
    assert.deepEqual(readOptions(['--agents', '2', '--seconds', '9', '--free-ports']), {
      ...{ agents: 2, callsPerMinute: 10, seconds: 9, freePorts: true },
    })
    assert.equal(readOptions(['--calls-per-minute', '0']).callsPerMinute, 0)
  })

  for (const args of [
    ['--agents', '8'],
    ['--agents', '1.5'],
    ['--agents', ''],
    ['--seconds', 'ten'],
    ['--calls-per-minute', '601'],
  ])
    it(`refuses ${args.join(' ')}`, () => {
      assert.throws(() => readOptions(args), new RegExp(`^Error: ${args[0] ?? ''}`))
    })

  it('names the port that another program uses, and the remedy', async () => {
    const socket = createSocket('udp4')
    socket.bind(0, host)
    await once(socket, 'listening')
    const { port } = socket.address()
    try {
      await serving('a printer', http =>
        assert.rejects(
          assureFree([{ transport: 'udp', host, port }], `http://${host}:${http}`),
          told(new RegExp(`udp port ${port} of ${host}, and another program uses it[^]*--free-ports`)),
        ),
      )
    } finally {
      socket.close()
    }
    await assureFree([{ transport: 'udp', host, port }], `http://${host}:1`)
  })

  it('says that a Carillon already runs', () =>
    serving('# TYPE carillon_calls_total counter', port =>
      assert.rejects(
        assureFree([{ transport: 'tcp', host, port }], `http://${host}:${port}`),
        told(/^A Carillon server already runs at .* Ctrl-C/),
      ),
    ))

  it('copies the sample, knows its addresses, and can serve it on free ports', async () => {
    const site = await copySample()
    try {
      assert.deepEqual(
        site.places.map(({ transport, host, port }) => `${transport} ${host} ${port}`),
        ['udp 0.0.0.0 5060', 'tcp 0.0.0.0 5060', 'tcp 127.0.0.1 8081', 'tcp 127.0.0.1 8080', 'udp 127.0.0.1 5080'],
      )
      await useFreePorts(site, 5099)
      const loaded = await loadConfig(site.config, { env: {}, generation: 1 })
      assert.ok(loaded.ok)
      assert.deepEqual(
        loaded.settings.sip.listen.map(({ port }) => port),
        [0, 0, 0],
      )
    } finally {
      await forgetSite(site)
    }
  })
})
