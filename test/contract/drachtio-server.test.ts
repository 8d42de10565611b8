import assert from 'node:assert/strict'
import { millis } from '../../src/foundation/time.js'
import type { SipRequest } from '../../src/sip/message/message.js'
import { DrachtioServer } from '../fakes/drachtio-server/server.js'
import { FarPhone, type Place } from '../fakes/far-phone.js'
import { SrfClient, type SrfMessage, type Taken } from '../fakes/srf-client.js'

const sdp = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n'
const [, adminPort, secret = '', sipPort] = /^(\d+),(\w+),(\d+)$/.exec(process.env.DRACHTIO_SERVER ?? '') ?? []

/** The stand-in, or the server that DRACHTIO_SERVER names: its port for applications, its secret, its SIP port on loopback. */
const standIn =
  adminPort === undefined ? new DrachtioServer({ timers: { t1: millis(50), t2: millis(400), t4: millis(500) } }) : undefined

const closed = 'transport for response has been shutdown or closed'
const branchOf = ({ headers }: SipRequest): string | undefined => /branch=([^;]+)/.exec(headers.first('Via') ?? '')?.[1]

describe(`a drachtio-server (${standIn ? 'stand-in' : 'real'}), as drachtio-srf sees it`, () => {
  let phone: FarPhone
  let client: SrfClient
  const server = (): { port: number; secret: string } =>
    standIn ? { port: standIn.port, secret: standIn.secret } : { port: Number(adminPort), secret }
  const place = (): Place => standIn?.sip() ?? { host: '127.0.0.1', port: Number(sipPort) }
  const target = (): string => `sip:app@${place().host}:${place().port}`

  before(async () => standIn?.start())
  after(async () => standIn?.stop())
  beforeEach(async () => {
    phone = new FarPhone()
    await phone.start()
    client = new SrfClient()
  })
  afterEach(() => {
    client.stop()
    phone.stop()
  })

  const invited = async (): Promise<{ taken: Taken; invite: ReturnType<FarPhone['request']> }> => {
    const invite = phone.request({ method: 'INVITE', uri: target(), body: sdp, contentType: 'application/sdp' })
    phone.send(invite, place())
    return { invite, taken: await client.next('invite') }
  }
  const answered = async () => {
    const { taken, invite } = await invited()
    const dialog = await client.srf.createUAS(taken.request, taken.answer, { localSdp: sdp })
    const ok = await phone.nextResponse(200, 'INVITE')
    phone.send(phone.inDialog('ACK', invite, ok), place())
    return { dialog, invite, ok }
  }
  const called = async (headers: Record<string, string> = {}) => {
    const { request, heard } = await client.request({ uri: phone.uri(), method: 'INVITE', body: sdp, headers })
    return { request, heard, invite: await phone.nextRequest('INVITE') }
  }
  const statusOf = (result: SrfMessage | string): number | string => (typeof result === 'string' ? result : result.status)

  describe('incoming calls', () => {
    beforeEach(() => client.connect(server(), 'invite', 'info'))

    it('answers an INVITE with 100 at once and passes it on', async () => {
      const { taken, invite } = await invited()
      await phone.nextResponse(100)
      assert.equal(taken.request.get('Call-ID'), invite.headers.first('Call-ID'))
      assert.equal(taken.request.body, sdp)
      assert.equal(statusOf(await client.respond(taken, 486)), 486)
      const busy = await phone.nextResponse(486)
      assert.match(busy.headers.first('To') ?? '', /;tag=/)
      phone.send(phone.inDialog('ACK', invite, busy, {}, /branch=([^;]+)/.exec(invite.headers.first('Via') ?? '')?.[1]), place())
    })

    it('adds its Contact to a 200, repeats it until the ACK and passes the ACK on', async () => {
      const { taken, invite } = await invited()
      const dialog = await client.srf.createUAS(taken.request, taken.answer, { localSdp: sdp })
      const acknowledged = new Promise<SrfMessage>(resolve => dialog.on('ack', resolve))
      const ok = await phone.nextResponse(200, 'INVITE')
      assert.match(ok.headers.first('Contact') ?? '', new RegExp(`<sip:127\\.0\\.0\\.1:${place().port}`))
      await phone.nextResponse(200, 'INVITE')
      phone.send(phone.inDialog('ACK', invite, ok), place())
      const { method, source_address: host, source_port: port } = await acknowledged
      assert.deepEqual([method, `sip:phone@${host}:${port}`], ['ACK', phone.uri()])
      const bye = dialog.destroy()
      const request = await phone.nextRequest('BYE')
      phone.respond(request, 200)
      await bye
    })

    it('ends a dialog on the phone’s BYE', async () => {
      const { dialog, invite, ok } = await answered()
      const ended = new Promise<SrfMessage>(resolve => dialog.on('destroy', resolve))
      phone.send(phone.inDialog('BYE', invite, ok), place())
      await phone.nextResponse(200, 'BYE')
      assert.equal((await ended).method, 'BYE')
    })

    it('answers CANCEL and INVITE by itself and tells the application', async () => {
      const { taken, invite } = await invited()
      const cancelled = new Promise<SrfMessage>(resolve => taken.request.on('cancel', resolve))
      const branch = /branch=([^;]+)/.exec(invite.headers.first('Via') ?? '')?.[1]
      const cancel = phone.request(
        {
          ...{
            method: 'CANCEL',
            uri: invite.uri,
            from: invite.headers.first('From') ?? '',
            to: invite.headers.first('To') ?? '',
          },
          ...{ callId: invite.headers.first('Call-ID') ?? '' },
        },
        branch,
      )
      phone.send(cancel, place())
      await phone.nextResponse(200, 'CANCEL')
      const terminated = await phone.nextResponse(487)
      assert.equal((await cancelled).method, 'CANCEL')
      phone.send(phone.inDialog('ACK', invite, terminated, {}, branch), place())
      assert.equal(statusOf(await client.respond(taken, 200, { body: sdp })), 'Response not sent due to unknown transaction')
    })

    it('tells the application of a CANCEL after 180 too', async () => {
      const { taken, invite } = await invited()
      const cancelled = new Promise<SrfMessage>(resolve => taken.request.on('cancel', resolve))
      assert.equal(statusOf(await client.respond(taken, 180)), 180)
      await phone.nextResponse(180)
      const branch = /branch=([^;]+)/.exec(invite.headers.first('Via') ?? '')?.[1]
      const { headers, uri } = invite
      const same = { from: headers.first('From') ?? '', to: headers.first('To') ?? '', callId: headers.first('Call-ID') ?? '' }
      phone.send(phone.request({ method: 'CANCEL', uri, ...same }, branch), place())
      await phone.nextResponse(200, 'CANCEL')
      const terminated = await phone.nextResponse(487)
      await cancelled
      phone.send(phone.inDialog('ACK', invite, terminated, {}, branch), place())
    })

    it('answers INFO before the 200 by itself with 500, and passes it on all the same', async () => {
      const { taken, invite } = await invited()
      assert.equal(statusOf(await client.respond(taken, 180)), 180)
      phone.send(phone.inDialog('INFO', invite, await phone.nextResponse(180)), place())
      await phone.nextResponse(500, 'INFO')
      assert.equal(await client.respond(await client.next('info'), 200), closed)
      await client.respond(taken, 486)
      phone.send(phone.inDialog('ACK', invite, await phone.nextResponse(486), {}, branchOf(invite)), place())
    })

    it('lets the application choose the tag of its first response', async () => {
      const { taken, invite } = await invited()
      await client.respond(taken, 180, { headers: { To: `<${target()}>;tag=chosen` } })
      assert.match((await phone.nextResponse(180)).headers.first('To') ?? '', /;tag=chosen$/)
      await client.respond(taken, 480)
      const gone = await phone.nextResponse(480)
      assert.match(gone.headers.first('To') ?? '', /;tag=chosen$/)
      phone.send(phone.inDialog('ACK', invite, gone, {}, /branch=([^;]+)/.exec(invite.headers.first('Via') ?? '')?.[1]), place())
    })

    it('passes a re-INVITE on and answers it with 100', async () => {
      const { dialog, invite, ok } = await answered()
      const asked = new Promise<Taken>(resolve =>
        dialog.on('modify', (request, answer) => resolve({ request: request as Taken['request'], answer })),
      )
      const again = phone.inDialog('INVITE', invite, ok, { body: sdp, contentType: 'application/sdp' })
      phone.send(again, place())
      await phone.nextResponse(100)
      assert.equal(statusOf(await client.respond(await asked, 200, { body: sdp })), 200)
      const accepted = await phone.nextResponse(200, 'INVITE')
      phone.send(phone.inDialog('ACK', again, accepted), place())
      phone.send(phone.inDialog('BYE', again, accepted), place())
      await phone.nextResponse(200, 'BYE')
    })

    it('sends a re-INVITE and BYE of the application inside the dialog', async () => {
      const { dialog, invite } = await answered()
      const modified = dialog.modify(sdp)
      const again = await phone.nextRequest('INVITE')
      assert.equal(again.headers.first('Call-ID'), invite.headers.first('Call-ID'))
      assert.equal(again.headers.first('To'), invite.headers.first('From'))
      phone.respond(again, 200, { body: sdp, contentType: 'application/sdp' })
      assert.equal(await modified, sdp)
      await phone.nextRequest('ACK')
      const destroyed = dialog.destroy()
      phone.respond(await phone.nextRequest('BYE'), 200)
      await destroyed
    })

    it('refuses a second INVITE for a dialog that does not exist with 481', async () => {
      const stray = phone.request({ method: 'INVITE', uri: target(), to: `<${target()}>;tag=nobody` })
      phone.send(stray, place())
      await phone.nextResponse(481)
    })
  })

  describe('outgoing calls', () => {
    beforeEach(() => client.connect(server(), 'info'))

    it('passes responses on and sends the ACK that the application asks for', async () => {
      const { heard, invite } = await called()
      phone.respond(invite, 100)
      phone.respond(invite, 180)
      assert.equal((await heard.next()).response.status, 180)
      phone.respond(invite, 200, { body: sdp, contentType: 'application/sdp' })
      const { response, acknowledge } = await heard.next()
      assert.equal(response.status, 200)
      acknowledge()
      assert.match((await phone.nextRequest('ACK')).headers.first('CSeq') ?? '', /ACK$/)
      phone.respond(invite, 200)
      await phone.nextRequest('ACK')
    })

    it('sends ACK to where the answer came from if its Contact names another host', async () => {
      const { heard, invite } = await called()
      const contact = [['Contact', '<sip:phone@192.0.2.1:5060>']] as const
      phone.respond(invite, 200, { body: sdp, contentType: 'application/sdp', headers: contact })
      const { acknowledge } = await heard.next()
      acknowledge()
      assert.match((await phone.nextRequest('ACK')).uri, /^sip:phone@192\.0\.2\.1:5060/)
    })

    it('acknowledges a refusal by itself', async () => {
      const { heard, invite } = await called()
      phone.respond(invite, 486)
      assert.equal((await heard.next()).response.status, 486)
      await phone.nextRequest('ACK')
    })

    it('sends CANCEL with the Reason of the application', async () => {
      const { request, heard, invite } = await called()
      phone.respond(invite, 180)
      await heard.next()
      request.cancel({ headers: { Reason: 'SIP;cause=200;text="Call completed elsewhere"' } })
      const cancel = await phone.nextRequest('CANCEL')
      assert.equal(cancel.headers.first('Reason'), 'SIP;cause=200;text="Call completed elsewhere"')
      phone.respond(cancel, 200)
      phone.respond(invite, 487)
      assert.equal((await heard.next()).response.status, 487)
      await phone.nextRequest('ACK')
    })

    it('ends a call that is answered although it was cancelled, after the ACK of the application', async () => {
      client.take('bye')
      const { request, heard, invite } = await called()
      phone.respond(invite, 180)
      await heard.next()
      request.cancel()
      phone.respond(await phone.nextRequest('CANCEL'), 200)
      phone.respond(invite, 200, { body: sdp, contentType: 'application/sdp' })
      const { response, acknowledge } = await heard.next()
      assert.equal(response.status, 200)
      acknowledge()
      await phone.nextRequest('ACK')
      const bye = await phone.nextRequest('BYE')
      assert.match(bye.headers.first('Reason') ?? '', /ACK-BYE/)
      phone.respond(bye, 200)
    })

    it('answers INFO of a phone that rings by itself with 500, and passes it on all the same', async () => {
      const { heard, invite } = await called()
      const ringing = phone.respond(invite, 180)
      await heard.next()
      phone.send(phone.backwards('INFO', invite, ringing), place())
      await phone.nextResponse(500, 'INFO')
      assert.equal(await client.respond(await client.next('info'), 200), closed)
      phone.respond(invite, 486)
      await phone.nextRequest('ACK')
    })

    it('refuses to send to itself, and a body without a type', async () => {
      await assert.rejects(client.request({ uri: target(), method: 'INVITE' }), /can not send request to myself/)
      await assert.rejects(client.request({ uri: phone.uri(), method: 'MESSAGE', body: 'hello' }), /missing content-type/)
    })

    it('does not know a dialog that never was', async () => {
      await assert.rejects(client.request({ method: 'BYE', stackDialogId: 'nobody' }), /unable to find dialog/)
    })

    it('sends the headers of the application, except those that are its own', async () => {
      const { invite } = await called({
        From: '<sip:alice@example.com>;tag=ours',
        'Call-ID': 'our-call',
        Route: '<sip:127.0.0.9;lr>',
        'X-Queue': 'support',
      })
      assert.equal(invite.headers.first('From'), '<sip:alice@example.com>;tag=ours')
      assert.equal(invite.headers.first('Call-ID'), 'our-call')
      assert.equal(invite.headers.first('X-Queue'), 'support')
      assert.equal(invite.headers.has('Route'), false)
      phone.respond(invite, 404)
    })
  })
})
