import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { systemClock } from '../../../src/foundation/clock.js'
import { silentLog } from '../../../src/foundation/log.js'
import { EmbeddedSignaling } from '../../../src/signaling/embedded.js'
import { requestText } from '../sip/transaction/messages.js'
import { seededBytes } from '../sip/transaction/pair.js'

describe('a server that has all the calls that it can hold', () => {
  const closing: (() => unknown)[] = []
  afterEach(async () => {
    await Promise.all(closing.splice(0).map(close => close()))
  })

  it('answers a trusted peer’s next INVITE with 503 and Retry-After, and takes calls again when it has room', async () => {
    let full: 'maxCalls' | 'memory' | undefined = 'maxCalls'
    const signaling = new EmbeddedSignaling({
      listen: [{ transport: 'udp', host: '127.0.0.1', port: 0 }],
      ...{ trustedPeers: ['127.0.0.1'], clock: systemClock, log: silentLog, random: seededBytes(1) },
      refusesCalls: () => full,
    })
    let calls = 0
    signaling.onInvite(call => {
      calls += 1
      call.reject(486)
    })
    const [address = ''] = await signaling.start()
    closing.push(() => signaling.stop())
    const socket = createSocket('udp4')
    closing.push(() => socket.close())
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    const answerTo = async (callId: string): Promise<string> => {
      const final = new Promise<string>(resolve => {
        socket.on('message', bytes => {
          const text = bytes.toString()
          if (text.includes(`Call-ID: ${callId}\r\n`) && !text.startsWith('SIP/2.0 100')) resolve(text)
        })
      })
      const via = `SIP/2.0/UDP 127.0.0.1:${socket.address().port};branch=z9hG4bK${callId}`
      socket.send(requestText({ method: 'INVITE', via, callId }), Number(/:(\d+)$/.exec(address)?.[1]), '127.0.0.1')
      return final
    }
    assert.match(await answerTo('a'), /^SIP\/2\.0 503 [^]*Retry-After: 30/)
    full = 'memory'
    assert.match(await answerTo('b'), /^SIP\/2\.0 503 [^]*Retry-After: 30/)
    full = undefined
    assert.match(await answerTo('c'), /^SIP\/2\.0 486 /)
    assert.equal(calls, 1)
    assert.deepEqual(
      ['maxCalls', 'memory'].map(why => signaling.statistics().rejected.get(why)),
      [1, 1],
    )
  })
})
