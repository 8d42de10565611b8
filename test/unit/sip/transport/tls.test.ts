import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect as connectTcp } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, createServer, type ConnectionOptions, type Server, type TLSSocket } from 'node:tls'
import { WebSocket } from 'ws'
import { systemClock, type Clock } from '../../../../src/foundation/clock.js'
import { silentLog } from '../../../../src/foundation/log.js'
import { buildResponse } from '../../../../src/sip/message/build.js'
import { serialize } from '../../../../src/sip/message/serialize.js'
import { SipCounters } from '../../../../src/sip/transport/counters.js'
import { TransportLayer, type TransportOptions } from '../../../../src/sip/transport/layer.js'
import { responseHop } from '../../../../src/sip/transport/received.js'
import type { TlsSettings } from '../../../../src/sip/transport/tls.js'
import type { Hop } from '../../../../src/sip/transport/transport.js'
import { issue, issueExpired, makeAuthority, type Pair } from '../../../fakes/certificates.js'
import { FakeClock } from '../transaction/fake-clock.js'
import { Warnings } from '../../../fakes/warnings.js'
import { requestText } from '../transaction/messages.js'

describe('SIP over TLS and over secure WebSocket', () => {
  let folder: string
  let authority: Pair
  let stranger: Pair
  let ours: Pair
  let renewed: Pair
  let sbc: Pair
  let expired: Pair
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'carillon-tls-'))
    authority = makeAuthority(folder, 'authority')
    stranger = makeAuthority(folder, 'stranger')
    ours = issue(folder, 'ours', authority, ['DNS:rgs.example.com', 'IP:127.0.0.1'])
    renewed = issue(folder, 'renewed', authority, ['DNS:rgs.example.com', 'IP:127.0.0.1'])
    sbc = issue(folder, 'sbc', authority, ['DNS:sbc.example.com', 'URI:sip:trunk.example.com'])
    expired = issueExpired(folder, 'expired', authority, ['DNS:sbc.example.com'])
  })
  after(() => rmSync(folder, { recursive: true }))

  const closing: (() => unknown)[] = []
  let counters: SipCounters
  let layer: TransportLayer
  let ports: number[]
  let came: Hop[]

  /** A layer that listens on TLS and secure WebSocket and answers each request with 200. */
  async function start(tls: Partial<TlsSettings> = {}, options: Partial<TransportOptions> = {}): Promise<void> {
    counters = new SipCounters()
    came = []
    const listen = (['tls', 'wss'] as const).map(transport => ({ transport, host: '127.0.0.1', port: 0 }))
    layer = new TransportLayer({
      ...{ place: { listen }, clock: systemClock, log: silentLog, counters, random: () => 0, ...options },
      connections: {
        tls: { certificate: ours.certificate, key: ours.key, ca: authority.certificate, ...tls },
        ...options.connections,
      },
    })
    const addresses = await layer.start({
      onRequest(request, via, source) {
        came.push(source)
        layer.send(serialize(buildResponse(request, 200, { toTag: 'us' })), responseHop(via, source))
      },
      onResponse: () => undefined,
    })
    ports = addresses.map(address => Number(/\d+$/.exec(address)))
    closing.push(() => layer.stop())
  }

  afterEach(async () => {
    await Promise.all(closing.splice(0).map(close => close()))
  })

  // A WebSocket handshake in more than 256 pieces is refused before the record count matters.
  for (const [transport, why] of [
    ['tls', 'overhead'],
    ['wss', 'handshake'],
  ] as const) {
    it(`closes a stranger's connection by ${transport} that brings many records and hardly any content`, async () => {
      await start()
      const socket = await peer({ port: ports[transport === 'tls' ? 0 : 1] ?? 0 })
      socket.resume()
      if (transport === 'wss') socket.write('GET / HTTP/1.1\r\nX: ')
      const closed = new Promise(resolve => socket.once('close', resolve))
      // One at a time, because waiting bytes are sent in one record.
      for (let sent = 0; sent < 2_000 && !socket.destroyed; sent++) await new Promise(resolve => socket.write('G', resolve))
      await closed
      assert.equal(counters.rejected.get(why), 1)
    })
  }

  /** A peer that trusts our authority. */
  async function peer(options: ConnectionOptions = {}): Promise<TLSSocket> {
    const socket = connect({ port: ports[0] ?? 0, host: '127.0.0.1', ca: authority.certificate, ...options })
    closing.push(() => socket.destroy())
    await once(socket, 'secureConnect')
    socket.on('error', () => undefined) // The event 'close' reports it.
    return socket
  }

  const text = (callId = 'c') => requestText({ via: 'SIP/2.0/TLS 127.0.0.1:9;branch=z9hG4bKx', callId })

  async function asked(socket: TLSSocket): Promise<string> {
    socket.write(text())
    const [answer] = (await once(socket, 'data')) as [Buffer]
    return answer.toString()
  }

  const shows = (pair: Pair): ConnectionOptions => ({ cert: pair.certificate, key: pair.key })

  it('receives a request and answers on its connection', async () => {
    await start()
    assert.match(await asked(await peer()), /^SIP\/2\.0 200 OK/)
    assert.equal(came[0]?.transport, 'tls')
    assert.equal(came[0]?.trusted, undefined)
  })

  it('receives a request over secure WebSocket', async () => {
    await start()
    const phone = new WebSocket(`wss://127.0.0.1:${ports[1]}`, 'sip', { ca: authority.certificate })
    closing.push(() => phone.terminate())
    await once(phone, 'open')
    phone.send(requestText({ via: 'SIP/2.0/WSS x.invalid;branch=z9hG4bKx' }))
    const [answer] = (await once(phone, 'message')) as [Buffer]
    assert.match(answer.toString(), /^SIP\/2\.0 200 OK/)
    assert.equal(came[0]?.transport, 'wss')
  })

  it('counts and closes an invalid handshake, and one with an old version', async () => {
    await start()
    const plain = connectTcp(ports[0] ?? 0, '127.0.0.1')
    plain.on('error', () => undefined) // It may be reset.
    plain.write(text())
    await new Promise(resolve => plain.on('close', resolve))
    const old = connect({
      port: ports[0] ?? 0,
      host: '127.0.0.1',
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      rejectUnauthorized: false,
    })
    await once(old, 'error')
    while (layer.connections > 0) await new Promise(resolve => setImmediate(resolve))
    assert.equal(counters.rejected.get('handshake'), 2)
  })

  it('logs failed handshakes and invalid certificates with the address, once a minute', async () => {
    const warnings = new Warnings()
    await start({ clientCa: authority.certificate }, { log: warnings.log })
    for (let times = 0; times < 3; times++) {
      const plain = connectTcp(ports[0] ?? 0, '127.0.0.1')
      plain.on('error', () => undefined) // It may be reset.
      plain.write(text())
      await new Promise(resolve => plain.on('close', resolve))
      await asked(await peer(shows(expired)))
    }
    while (warnings.lines.length < 2) await new Promise(resolve => setImmediate(resolve))
    const [handshake = '', certificate = ''] = [...warnings.messages].sort(
      (a, b) => Number(b.includes('(TLS')) - Number(a.includes('(TLS')),
    )
    assert.match(handshake, /^refused a connection from 127\.0\.0\.1 \(TLS: .*sip\.tls\.certificate/)
    assert.match(certificate, /^does not trust the certificate of 127\.0\.0\.1 .*CERT_HAS_EXPIRED.*sip\.tls\.clientCa/)
    assert.equal(warnings.lines.length, 2)
  })

  it('ends a handshake that does not finish within 15 s', async () => {
    const clock = new FakeClock()
    await start({}, { clock: clock satisfies Clock })
    const silent = connectTcp(ports[0] ?? 0, '127.0.0.1')
    silent.on('error', () => undefined) // It is reset.
    const closed = new Promise(resolve => silent.on('close', resolve))
    while (layer.connections === 0) await new Promise(resolve => setImmediate(resolve))
    clock.pass(14_000)
    assert.equal(layer.connections, 1)
    clock.pass(3_000)
    await closed
    assert.equal(counters.rejected.get('slowPeer'), 1)
  })

  it('uses a new certificate for new connections and keeps existing ones', async () => {
    await start()
    const before = await peer()
    layer.secure({ certificate: renewed.certificate, key: renewed.key })
    const after = await peer()
    assert.equal(before.getPeerX509Certificate()?.subject, 'CN=ours')
    assert.equal(after.getPeerX509Certificate()?.subject, 'CN=renewed')
    assert.match(await asked(before), /^SIP\/2\.0 200 OK/)
  })

  describe('a listener that trusts peers by certificate', () => {
    const isTrusted = async (options: ConnectionOptions): Promise<boolean> => {
      came = []
      assert.match(await asked(await peer(options)), /^SIP\/2\.0 200 OK/)
      return came[0]?.trusted === true
    }

    it('accepts those of the named authority and no other; a peer without one is a stranger', async () => {
      await start({ clientCa: authority.certificate })
      assert.equal(await isTrusted(shows(sbc)), true)
      assert.equal(await isTrusted(shows(issue(folder, 'forged', stranger, ['DNS:sbc.example.com']))), false)
      assert.equal(await isTrusted({}), false)
      assert.equal(counters.rejected.get('badCertificate'), 1)
    })

    it('treats an expired certificate as a stranger’s, and counts it', async () => {
      await start({ clientCa: authority.certificate })
      assert.equal(await isTrusted(shows(expired)), false)
      assert.equal(counters.rejected.get('badCertificate'), 1)
    })

    for (const [names, trusted] of [
      [['sbc.example.com'], true],
      [['SBC.example.com'], true],
      [['trunk.example.com'], true],
      [['example.com', 'rgs.example.com'], false],
      [[], false],
    ] as const) {
      it(`${trusted ? 'trusts' : 'does not trust'} the peer when trustedNames has ${names.join(', ') || 'no name'}`, async () => {
        await start({ clientCa: authority.certificate, trustedNames: names })
        assert.equal(await isTrusted(shows(sbc)), trusted)
      })
    }

    it('closes its connections when the authority changes', async () => {
      await start({ clientCa: authority.certificate })
      const [trusted, other] = [await peer(shows(sbc)), await peer()]
      await asked(trusted)
      await asked(other)
      layer.secure({ certificate: ours.certificate, key: ours.key, clientCa: stranger.certificate })
      await once(trusted, 'close')
      assert.match(await asked(other), /^SIP\/2\.0 200 OK/)
      assert.equal(await isTrusted(shows(sbc)), false)
    })

    it('asks for no certificate without such an authority', async () => {
      await start()
      assert.equal(await isTrusted(shows(sbc)), false)
    })
  })

  describe('a TLS connection to a server', () => {
    async function server(pair: Pair, options: object = {}): Promise<{ port: number; accepted: Promise<TLSSocket> }> {
      const listening: Server = createServer({ cert: pair.certificate, key: pair.key, ...options })
      listening.on('tlsClientError', () => undefined) // Our layer ended it, and the test checks it there.
      listening.listen(0, '127.0.0.1')
      await once(listening, 'listening')
      closing.push(() => listening.close())
      const address = listening.address()
      const accepted = new Promise<TLSSocket>(resolve =>
        listening.on('secureConnection', socket => {
          closing.push(() => socket.destroy())
          resolve(socket)
        }),
      )
      return { port: address !== null && typeof address === 'object' ? address.port : 0, accepted }
    }

    const sent = (hop: Hop): Promise<'failed'> =>
      new Promise(resolve => layer.send(Buffer.from(text()), hop, () => resolve('failed')))

    for (const name of ['sbc.example.com', 'trunk.example.com']) {
      it(`carries a request when the certificate has ${name}, and is opened once`, async () => {
        await start()
        const { port, accepted } = await server(sbc)
        const hop: Hop = { transport: 'tls', host: '127.0.0.1', port, name }
        void sent(hop)
        void sent(hop)
        const [bytes] = (await once(await accepted, 'data')) as [Buffer]
        assert.match(bytes.toString(), /^OPTIONS /)
        assert.equal(layer.connections, 1)
      })
    }

    it('carries nothing when the certificate has another name, an unknown authority, has expired, or does not have the address', async () => {
      await start()
      const known = await server(sbc)
      assert.equal(await sent({ transport: 'tls', host: '127.0.0.1', port: known.port, name: 'pbx.example.com' }), 'failed')
      assert.equal(await sent({ transport: 'tls', host: '127.0.0.1', port: known.port }), 'failed')
      const forged = await server(issue(folder, 'forger', stranger, ['DNS:sbc.example.com']))
      assert.equal(await sent({ transport: 'tls', host: '127.0.0.1', port: forged.port, name: 'sbc.example.com' }), 'failed')
      const old = await server(expired)
      assert.equal(await sent({ transport: 'tls', host: '127.0.0.1', port: old.port, name: 'sbc.example.com' }), 'failed')
    })

    it('has our own certificate for a server that asks for it', async () => {
      await start()
      const { port, accepted } = await server(sbc, { requestCert: true, ca: authority.certificate })
      void sent({ transport: 'tls', host: '127.0.0.1', port, name: 'sbc.example.com' })
      assert.equal((await accepted).getPeerX509Certificate()?.subject, 'CN=ours')
    })
  })

  it('can’t be accepted by a listener without a certificate', async () => {
    const listen = [{ transport: 'tls', host: '127.0.0.1', port: 0 }] as const
    const bare = new TransportLayer({
      place: { listen },
      clock: systemClock,
      log: silentLog,
      counters: new SipCounters(),
      random: () => 0,
    })
    await assert.rejects(bare.start({ onRequest: () => undefined, onResponse: () => undefined }), /tls:.*there is no certificate/)
  })

  it('is limited for a stranger’s address to 100 at once and 10 a second, and unlimited for addresses that showed a password', async () => {
    const clock = new FakeClock()
    let guest: 'stranger' | 'known' = 'stranger'
    await start({}, { clock, connections: { guestAt: () => guest } })
    /** Tries this many handshakes one after the other. Returns how many succeeded. */
    const served = async (count: number): Promise<number> => {
      let handshakes = 0
      for (let each = 0; each < count; each += 1) {
        const socket = connect({ host: '127.0.0.1', port: ports[0], rejectUnauthorized: false }, () => {
          handshakes += 1
          socket.destroy()
        })
        socket.on('error', () => undefined) // It was refused.
        await new Promise(resolve => socket.on('close', resolve))
      }
      return handshakes
    }
    assert.equal(await served(105), 100)
    clock.pass(1_000)
    assert.equal(await served(12), 10)
    guest = 'known'
    assert.equal(await served(15), 15)
  })
})
