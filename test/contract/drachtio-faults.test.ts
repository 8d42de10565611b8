import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Server } from 'node:net'
import { millis } from '../../src/foundation/time.js'
import { DrachtioServer } from '../fakes/drachtio-server/server.js'
import { FarPhone } from '../fakes/far-phone.js'
import { Arrivals } from '../fakes/arrivals.js'
import { SrfClient, type SrfAnswer, type SrfMessage, type SrfRequest, type Taken } from '../fakes/srf-client.js'

const sdp = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n'
const described = { body: sdp, contentType: 'application/sdp' }
const timers = { t1: millis(20), t2: millis(100), t4: millis(100) }

/** Faults of the real server. The engine must handle them, so the stand-in has them too. */
describe('the stand-in for a drachtio-server fails as the real one does', () => {
  let server: DrachtioServer
  let phone: FarPhone
  let client: SrfClient

  beforeEach(async () => {
    server = new DrachtioServer({ timers })
    await server.start()
    phone = new FarPhone()
    await phone.start()
    client = new SrfClient()
  })
  afterEach(async () => {
    client.stop()
    phone.stop()
    await server.stop()
  })

  const target = (): string => `sip:app@127.0.0.1:${server.sip().port}`
  const invited = async (): Promise<Taken> => {
    phone.send(phone.request({ method: 'INVITE', uri: target(), ...described }), server.sip())
    return client.next('invite')
  }
  const called = async () => {
    const { request, heard } = await client.request({ uri: phone.uri(), method: 'INVITE', body: sdp })
    return { request, heard, invite: await phone.nextRequest('INVITE') }
  }
  /** Makes a call of ours. Returns its dialog id. */
  const talking = async (): Promise<string> => {
    const { heard, invite } = await called()
    phone.respond(invite, 200, described)
    const { response, acknowledge } = await heard.next()
    acknowledge()
    await phone.nextRequest('ACK')
    return response.stackDialogId
  }

  describe('connections with applications', () => {
    it('refuses a wrong secret and closes', async () => {
      await assert.rejects(client.connect({ port: server.port, secret: 'wrong' }), /failed to authenticate/)
      assert.equal(server.applications, 0)
    })

    it('takes an application back after its connection broke, and knows its methods again', async () => {
      await client.connect(server, 'invite')
      server.breakConnections()
      assert.equal(await client.connections.next(), undefined)
      const taken = await invited()
      assert.equal(taken.request.method, 'INVITE')
      await client.respond(taken, 486)
      await phone.nextResponse(486)
    })

    it('accepts no application while it is isolated', async () => {
      await client.connect(server, 'options')
      await server.isolate()
      phone.send(phone.request({ method: 'OPTIONS', uri: target() }), server.sip())
      await phone.nextResponse(503)
      await server.admit()
      assert.equal(await client.connections.next(), undefined)
    })

    it('has lost all state after a restart', async () => {
      await client.connect(server, 'invite')
      const id = await talking()
      await server.restart()
      assert.equal(await client.connections.next(), undefined)
      await assert.rejects(client.request({ method: 'BYE', stackDialogId: id }), /unable to find dialog/)
    })

    it('no longer knows a transaction that it has forgotten', async () => {
      await client.connect(server, 'invite')
      const taken = await invited()
      server.forgetTransactions()
      assert.equal(await client.respond(taken, 180), 'Response not sent due to unknown transaction')
    })

    it('reads nothing more from an application that wrote more than its buffer holds', async () => {
      await client.connect(server)
      const headers = { 'Content-Type': 'text/plain' }
      const unheard = client.request({ uri: phone.uri(), method: 'MESSAGE', headers, body: 'x'.repeat(12_300) })
      const also = client.request({ uri: phone.uri(), method: 'OPTIONS' })
      const other = new SrfClient()
      await other.connect(server)
      const { heard } = await other.request({ uri: phone.uri(), method: 'OPTIONS' })
      phone.respond(await phone.nextRequest('OPTIONS'), 200)
      await heard.next()
      assert.equal(await Promise.race([unheard, also, Promise.resolve('nothing')]), 'nothing')
      assert.equal(
        phone.count(message => message.kind === 'request'),
        1,
      )
      other.stop()
    })

    it('connects to a listening application for each request outside dialogs', async () => {
      const taken = new Arrivals<Taken>()
      client.srf.use('options', (request: SrfRequest, answer: SrfAnswer) => taken.push({ request, answer }))
      const listening = client.srf.listen({ host: '127.0.0.1', port: 0, secret: 'cymru' }) as Server
      await once(listening, 'listening')
      const { port } = listening.address() as { port: number }
      const outbound = new DrachtioServer({ timers, route: () => ({ kind: 'connect', host: '127.0.0.1', port }) })
      await outbound.start()
      phone.send(phone.request({ method: 'OPTIONS', uri: `sip:app@127.0.0.1:${outbound.sip().port}` }), outbound.sip())
      await client.respond(await taken.next(), 200)
      await phone.nextResponse(200)
      await outbound.stop()
      listening.close()
      client = new SrfClient()
      await client.connect(server)
    })

    it('answers with 480 when the application to which it connects is not there', async () => {
      await client.connect(server)
      const outbound = new DrachtioServer({ timers, route: () => ({ kind: 'connect', host: '127.0.0.1', port: 9 }) })
      await outbound.start()
      phone.send(phone.request({ method: 'OPTIONS', uri: `sip:app@127.0.0.1:${outbound.sip().port}` }), outbound.sip())
      await phone.nextResponse(480)
      await outbound.stop()
    })
  })

  describe('re-INVITE', () => {
    it('loses the final response after a provisional one', async () => {
      await client.connect(server)
      const id = await talking()
      const { heard } = await client.request({ method: 'INVITE', stackDialogId: id, body: sdp })
      const again = await phone.nextRequest('INVITE')
      phone.respond(again, 180)
      assert.equal((await heard.next()).response.status, 180)
      phone.respond(again, 200, described)
      await server.restart()
      assert.equal(heard.size, 0)
    })

    it('sends CANCEL before a BYE that the application sends meanwhile', async () => {
      await client.connect(server)
      const id = await talking()
      await client.request({ method: 'INVITE', stackDialogId: id, body: sdp })
      const again = await phone.nextRequest('INVITE')
      await client.request({ method: 'BYE', stackDialogId: id })
      phone.respond(again, 100)
      phone.respond(await phone.nextRequest('CANCEL'), 200)
      phone.respond(await phone.nextRequest('BYE'), 200)
    })
  })

  describe('forks', () => {
    it('acknowledges the fork of the reliable provisional response, whichever answers', async () => {
      await client.connect(server)
      const { heard, invite } = await called()
      const reliable = [
        ['Require', '100rel'],
        ['RSeq', '1'],
      ] as const
      phone.respond(invite, 183, { ...described, toTag: 'a', headers: reliable })
      const early = await heard.next()
      early.acknowledge()
      phone.respond(await phone.nextRequest('PRACK'), 200)
      phone.respond(invite, 200, { ...described, toTag: 'b' })
      const answered = await heard.next()
      assert.match(answered.response.get('To'), /;tag=b/)
      answered.acknowledge()
      assert.match((await phone.nextRequest('ACK')).headers.first('To') ?? '', /;tag=a/)
    })
  })

  describe('requests that nobody answers', () => {
    it('reports 408 when the phone says nothing', async () => {
      await client.connect(server)
      const { heard } = await client.request({ uri: phone.uri(), method: 'OPTIONS' })
      assert.equal((await heard.next()).response.status, 408)
    })

    it('reports 503 when nobody listens at the address', async () => {
      await client.connect(server)
      const gone = phone.uri()
      phone.stop()
      phone = new FarPhone()
      await phone.start()
      const { heard } = await client.request({ uri: gone, method: 'INVITE', body: sdp })
      assert.equal((await heard.next()).response.status, 503)
    })

    it('ends a call whose 200 gets no ACK, and tells the application', async () => {
      await client.connect(server, 'invite')
      const taken = await invited()
      const dialog = await client.srf.createUAS(taken.request, taken.answer, { localSdp: sdp })
      const ended = new Promise<SrfMessage>(resolve => dialog.on('destroy', resolve))
      const bye = await phone.nextRequest('BYE')
      assert.match(bye.headers.first('Reason') ?? '', /ACK timeout/)
      assert.equal((await ended).source, 'application')
    })
  })

  describe('session timers', () => {
    it('grants what the caller asks for when the caller says who refreshes', async () => {
      await client.connect(server, 'invite')
      for (const [asked, granted] of [
        ['1800', undefined],
        ['1800;refresher=uas', '1800;refresher=uas'],
        ['60;refresher=uac', '90;refresher=uac'],
      ] as const) {
        const headers = [
          ['Session-Expires', asked],
          ['Supported', 'timer'],
        ] as const
        const invite = phone.request({ method: 'INVITE', uri: target(), headers, ...described })
        phone.send(invite, server.sip())
        await client.respond(await client.next('invite'), 200, { body: sdp })
        const callId = invite.headers.first('Call-ID')
        let ok = await phone.nextResponse(200, 'INVITE')
        // The 200 of the call before may have been repeated.
        while (ok.headers.first('Call-ID') !== callId) ok = await phone.nextResponse(200, 'INVITE')
        assert.equal(ok.headers.first('Session-Expires'), granted)
        phone.send(phone.inDialog('ACK', invite, ok), server.sip())
      }
    })

    it('refuses a shorter session in a dialog with 422', async () => {
      await client.connect(server, 'invite')
      const invite = phone.request({ method: 'INVITE', uri: target(), ...described })
      phone.send(invite, server.sip())
      await client.respond(await client.next('invite'), 200, { body: sdp })
      const ok = await phone.nextResponse(200, 'INVITE')
      phone.send(phone.inDialog('ACK', invite, ok), server.sip())
      phone.send(phone.inDialog('UPDATE', invite, ok, { headers: [['Session-Expires', '30']] }), server.sip())
      assert.equal((await phone.nextResponse(422, 'UPDATE')).headers.first('Min-SE'), '90')
    })
  })
})
