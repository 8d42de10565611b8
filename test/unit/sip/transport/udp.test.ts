import assert from 'node:assert/strict'
import { silentLog } from '../../../../src/foundation/log.js'
import { UdpPoint } from '../../../../src/sip/transport/udp.js'

describe('a UDP listen point', () => {
  it('takes what can’t be sent for a datagram that did not arrive: port 0, no address', async () => {
    const point = await UdpPoint.open(0, { transport: 'udp', host: '127.0.0.1', port: 0 }, () => undefined, silentLog)
    for (const [host, port] of [
      ['127.0.0.1', 0],
      ['127.0.0.1', 70_000],
    ] as const) {
      point.send(Buffer.from('x'), host, port)
      await new Promise<void>(failed => point.send(Buffer.from('x'), host, port, failed))
    }
    await point.close()
    assert.ok(true, 'nothing was thrown')
  })
})
