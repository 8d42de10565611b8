import assert from 'node:assert/strict'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { systemClock } from '../../../src/foundation/clock.js'
import { silentLog } from '../../../src/foundation/log.js'
import { SipEndpoint } from '../../../src/sip/endpoint.js'
import { Capture } from '../../../src/sip/transport/capture.js'
import { requestText } from './transaction/messages.js'
import { seededBytes } from './transaction/pair.js'

describe('the memory for ladders', () => {
  const closing: (() => unknown)[] = []
  afterEach(async () => {
    await Promise.all(closing.splice(0).map(close => close()))
  })

  it('keeps messages to and from trusted peers, and nothing of strangers, not even our answers', async () => {
    const capture = new Capture(1024 * 1024, systemClock)
    const endpoint = new SipEndpoint({
      place: { listen: [{ transport: 'udp', host: '0.0.0.0', port: 0 }] },
      ...{ trustedPeers: ['127.0.0.1'], clock: systemClock, log: silentLog, random: seededBytes(1), network: { capture } },
    })
    endpoint.onInvite(invite => invite.reject(486))
    const [address = ''] = await endpoint.start()
    closing.push(() => endpoint.stop())
    const port = Number(/:(\d+)$/.exec(address)?.[1])
    const asks = async (host: string, callId: string, status: string): Promise<Socket> => {
      const socket = createSocket('udp4')
      closing.push(() => socket.close())
      socket.bind(0, host)
      await once(socket, 'listening')
      const answered = new Promise<void>(resolve =>
        socket.on('message', bytes => {
          if (bytes.toString().startsWith(`SIP/2.0 ${status}`)) resolve()
        }),
      )
      const via = `SIP/2.0/UDP ${host}:${socket.address().port};branch=z9hG4bK${callId}`
      socket.send(requestText({ method: 'INVITE', via, callId }), port, '127.0.0.1')
      await answered
      return socket
    }
    await asks('127.0.0.2', 'strange', '403')
    await asks('127.0.0.1', 'trusted', '486')
    const kept = await capture.messages(new Set(['strange', 'trusted']))
    assert.deepEqual(
      kept.map(({ callId, text }) => `${callId} ${text.slice(0, 11)}`),
      ['trusted INVITE sip:', 'trusted SIP/2.0 100', 'trusted SIP/2.0 486'],
    )
  })
})
