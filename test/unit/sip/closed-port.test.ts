import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { systemClock, type Clock } from '../../../src/foundation/clock.js'
import { silentLog } from '../../../src/foundation/log.js'
import { SipEndpoint } from '../../../src/sip/endpoint.js'
import { SipCounters } from '../../../src/sip/transport/counters.js'
import { TransportLayer } from '../../../src/sip/transport/layer.js'
import type { Resolver } from '../../../src/sip/transport/resolver.js'

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4')
  await once(socket.bind(0, '127.0.0.1'), 'listening')
  return socket
}

/** A network without timeouts for silent addresses: only an ICMP error can lead to the next address. */
const clock: Clock = {
  now: () => systemClock.now(),
  wallOffset: () => systemClock.wallOffset(),
  monotonic: () => systemClock.monotonic(),
  after: (delay, run) => (delay < 1_000 ? systemClock.after(delay, run) : { cancel: () => undefined }),
}

/** A PBX whose SRV records name these ports, the first one preferred. */
const pbxAt = (ports: readonly number[]): Resolver => ({
  pointers: () => Promise.resolve([]),
  services: name =>
    Promise.resolve(
      name.startsWith('_sip._udp.')
        ? ports.map((port, priority) => ({ name: 'host.example', port, priority, weight: 0, ttl: 60 }))
        : [],
    ),
  addresses: (_host, family) => Promise.resolve(family === 4 ? [{ address: '127.0.0.1', ttl: 60 }] : []),
})

describe('a PBX with two SRV targets', () => {
  it('gets the call at the second when the first port is closed, long before a timeout (RFC 3263 §4.3)', async () => {
    const dead = await bound()
    const { port: closed } = dead.address()
    dead.close()
    await once(dead, 'close')
    const alive = await bound()
    const listen = [{ transport: 'udp', host: '127.0.0.1', port: 0 }] as const
    const random = (): number => 0
    const transport = new TransportLayer({
      ...{ place: { listen }, clock, log: silentLog, counters: new SipCounters(), random },
      resolver: pbxAt([closed, alive.address().port]),
    })
    const endpoint = new SipEndpoint({
      ...{ place: { listen }, trustedPeers: ['127.0.0.1'], clock, log: silentLog, random: randomBytes },
      network: { transport },
    })
    await endpoint.start()
    const came = once(alive, 'message')
    const refused = new Promise<number>(resolve => {
      endpoint.invite(
        { uri: 'sip:bob@pbx.example', from: '<sip:carol@pbx.example>', to: '<sip:bob@pbx.example>', headers: [] },
        { answered: () => undefined, refused: ({ status }) => resolve(status) },
      )
    })
    const [bytes, { port }] = (await came) as [Buffer, { port: number }]
    const copied = bytes
      .toString()
      .split('\r\n')
      .filter(line => /^(?:Via|From|To|Call-ID|CSeq):/.test(line))
    const answer = ['SIP/2.0 486 Busy Here', ...copied.map(line => (line.startsWith('To:') ? `${line};tag=b` : line))]
    alive.send([...answer, 'Content-Length: 0', '', ''].join('\r\n'), port, '127.0.0.1')
    assert.equal(await refused, 486)
    await endpoint.stop()
    alive.close()
  })
})
