import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createHttp } from 'node:http'
import { createServer as createHttps } from 'node:https'
import { connect, type AddressInfo } from 'node:net'
import { closesAll } from '../../../src/http/closes-all.js'
import { eventually } from '../../wire/harness/eventually.js'

describe('a server that closes all connections', () => {
  for (const [name, make] of [
    ['http', () => createHttp()],
    ['https', () => createHttps({ handshakeTimeout: 600_000 })],
  ] as const)
    it(`${name}: is closed at once, also if a stranger is connected and says nothing`, async () => {
      const server = closesAll(make())
      let connected = 0
      server.on('connection', () => (connected += 1))
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      const stranger = connect((server.address() as AddressInfo).port, '127.0.0.1')
      stranger.on('error', () => undefined)
      await eventually('the stranger is connected', () => connected === 1)
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
      assert.equal(server.listening, false)
    })
})
