import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { systemClock } from '../../../../src/foundation/clock.js'
import { silentLog, type Log } from '../../../../src/foundation/log.js'
import { UdpPoint } from '../../../../src/sip/transport/udp.js'
import { messagesOf, spiedLog } from '../../../fakes/spies.js'

const partsWith = (log: Log) => ({ log, clock: systemClock, random: () => 7 })

describe('a UDP listen point', () => {
  it('treats a datagram that can’t be sent as lost: port 0, no address', async () => {
    const point = await UdpPoint.open(0, { transport: 'udp', host: '127.0.0.1', port: 0 }, () => undefined, partsWith(silentLog))
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

  it('gets no report about a closed port, because only a connected socket does (decision 037)', async () => {
    const log = spiedLog()
    const socket = createSocket('udp4')
    await once(socket.bind(0, '127.0.0.1'), 'listening')
    const { port: closed } = socket.address()
    socket.close()
    await once(socket, 'close')
    const came: string[] = []
    let wake = (): void => undefined
    const sink = (bytes: Buffer): void => {
      came.push(bytes.toString())
      wake()
    }
    const point = await UdpPoint.open(0, { transport: 'udp', host: '127.0.0.1', port: 0 }, sink, partsWith(log))
    const failures: string[] = []
    const arrived = new Promise<void>(resolve => (wake = resolve))
    point.send(Buffer.from('lost'), '127.0.0.1', closed, () => failures.push('lost'))
    point.send(Buffer.from('again'), '127.0.0.1', closed, () => failures.push('again'))
    // Loopback reports in order: a report for the other two would have come before this one.
    point.send(Buffer.from('own'), '127.0.0.1', point.bound.port)
    await arrived
    await point.close()
    assert.deepEqual([came, failures, messagesOf(log.warn)], [['own'], [], []])
  })

  it('takes a datagram for lost, and not the peer for gone, while this machine does not have its address', async () => {
    let wake = (): void => undefined
    const state = { isHere: false }
    const parts = { ...partsWith(silentLog), hasAddress: () => state.isHere }
    const point = await UdpPoint.open(0, { transport: 'udp', host: '127.0.0.1', port: 0 }, () => wake(), parts)
    const failed = async (): Promise<boolean> => {
      let has = false
      const arrived = new Promise<void>(resolve => (wake = resolve))
      // From a loopback address the kernel sends nothing there: it says EINVAL, as it does to a socket whose address is gone.
      point.send(Buffer.from('x'), '192.0.2.1', 5060, () => (has = true))
      point.send(Buffer.from('own'), '127.0.0.1', point.bound.port)
      await arrived
      return has
    }
    assert.equal(await failed(), false)
    state.isHere = true
    assert.equal(await failed(), true)
    await point.close()
  })
})
