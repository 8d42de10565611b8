import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { systemClock } from '../../src/foundation/clock.js'
import { silentLog } from '../../src/foundation/log.js'
import { EmbeddedSignaling } from '../../src/signaling/embedded.js'
import { DrachtioServer } from '../fakes/drachtio-server/server.js'

const trustedPeers = ['127.0.0.1']
const lines = (...all: readonly string[]): string => [...all, 'Content-Length: 0', '', ''].join('\r\n')

describe('a phone in a browser behind a drachtio-server', () => {
  it('gets 403, although the server calls its transport tcp', async () => {
    const server = new DrachtioServer({ listen: [{ transport: 'ws', host: '127.0.0.1', port: 0 }] })
    await server.start()
    const ours = new EmbeddedSignaling({
      sip: { listen: [], drachtio: [{ host: '127.0.0.1', port: server.port, secret: server.secret }], trustedPeers },
      ...{ clock: systemClock, log: silentLog, random: randomBytes },
    })
    const [address = ''] = await ours.start()
    const phone = new WebSocket(address, 'sip')
    await once(phone, 'open')
    const answer = once(phone, 'message')
    phone.send(
      lines(
        'INVITE sip:sales@example.com SIP/2.0',
        'Via: SIP/2.0/WS x.invalid;branch=z9hG4bKb1',
        'From: <sip:guest@example.com>;tag=g1',
        'To: <sip:sales@example.com>',
        'Call-ID: c1',
        'CSeq: 1 INVITE',
        'Max-Forwards: 70',
        'Contact: <sip:guest@x.invalid;transport=ws>',
      ),
    )
    let text = ''
    for (let [data] = (await answer) as [Buffer]; !/^SIP\/2\.0 [2-6]/.test((text = String(data)));)
      [data] = (await once(phone, 'message')) as [Buffer]
    assert.match(text, /^SIP\/2\.0 403 /)
    phone.terminate()
    await ours.stop()
    await server.stop()
  })
})
