import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import fc from 'fast-check'
import { WebSocket } from 'ws'
import { systemClock } from '../../src/foundation/clock.js'
import { silentLog } from '../../src/foundation/log.js'
import { SipCounters } from '../../src/sip/transport/counters.js'
import { TransportLayer } from '../../src/sip/transport/layer.js'
import { requestText } from '../unit/sip/transaction/messages.js'

const handshake =
  'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: sip\r\n\r\n'

describe('a WebSocket peer that sends anything', () => {
  it('loses at most its own connection: there is no error of ours, and the next one is served', async () => {
    const counters = new SipCounters()
    const layer = new TransportLayer({
      place: { listen: [{ transport: 'ws', host: '127.0.0.1', port: 0 }] },
      ...{ clock: systemClock, log: silentLog, counters, random: () => 0 },
    })
    const [address = ''] = await layer.start({ onRequest: () => undefined, onResponse: () => undefined })
    const port = Number(/\d+$/.exec(address))
    const part = fc.oneof(
      fc.constant(Buffer.from(handshake)),
      fc.uint8Array({ maxLength: 200 }).map(bytes => Buffer.from(bytes)),
      // The first bytes of a frame, masked as a client must do.
      fc
        .tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 130 }))
        .map(([first, second, rest]) => Buffer.from([first, second | 0x80, ...rest])),
      fc.constant(Buffer.from(requestText())),
    )
    const said = fc.array(part, { minLength: 1, maxLength: 6 }).map(parts => Buffer.concat([Buffer.from(handshake), ...parts]))
    let strangers = 0
    await fc.assert(
      fc.asyncProperty(said, async bytes => {
        // From a new address each time, because new connections from one address are limited.
        strangers += 1
        const localAddress = `127.1.${strangers >> 8}.${strangers & 255}`
        const socket = connect({ port, host: '127.0.0.1', localAddress })
        socket.on('error', () => undefined) // It may be reset.
        socket.resume()
        socket.end(bytes)
        await new Promise(resolve => socket.on('close', resolve))
        assert.equal(counters.rejected.get('ourBug'), undefined)
      }),
      { numRuns: 200 },
    )
    const phone = new WebSocket(`ws://127.0.0.1:${port}`, 'sip')
    await once(phone, 'open')
    phone.send('\r\n\r\n')
    await once(phone, 'message')
    phone.terminate()
    await layer.stop()
  })
})
