import assert from 'node:assert/strict'
import { millis } from '../../src/foundation/time.js'
import type { SipRequest, SipResponse } from '../../src/sip/message/message.js'
import { DrachtioServer } from '../fakes/drachtio-server/server.js'
import { FarPhone, unique, type Place } from '../fakes/far-phone.js'
import { SrfClient, type SrfDialog, type SrfMessage, type Taken } from '../fakes/srf-client.js'

const sdp = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n'
const described = { body: sdp, contentType: 'application/sdp' }
const [, adminPort, secret = '', sipPort] = /^(\d+),(\w+),(\d+)$/.exec(process.env.DRACHTIO_SERVER ?? '') ?? []

/** The stand-in, or the server that DRACHTIO_SERVER names: its port for applications, its secret, its SIP port on loopback. */
const standIn =
  adminPort === undefined ? new DrachtioServer({ timers: { t1: millis(50), t2: millis(400), t4: millis(500) } }) : undefined

const branchOf = ({ headers }: SipRequest): string | undefined => /branch=([^;]+)/.exec(headers.first('Via') ?? '')?.[1]

describe(`requests of a call through a drachtio-server (${standIn ? 'stand-in' : 'real'})`, () => {
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

  const connect = (...methods: readonly string[]): Promise<void> => client.connect(server(), ...methods)
  const invited = async (headers: readonly (readonly [string, string])[] = []): Promise<{ taken: Taken; invite: SipRequest }> => {
    const invite = phone.request({ method: 'INVITE', uri: target(), headers, ...described })
    phone.send(invite, place())
    return { invite, taken: await client.next('invite') }
  }
  const answered = async (): Promise<{ dialog: SrfDialog; invite: SipRequest; ok: SipResponse }> => {
    const { taken, invite } = await invited()
    const dialog = await client.srf.createUAS(taken.request, taken.answer, { localSdp: sdp })
    const ok = await phone.nextResponse(200, 'INVITE')
    phone.send(phone.inDialog('ACK', invite, ok), place())
    return { dialog, invite, ok }
  }
  const called = async () => {
    const { request, heard } = await client.request({ uri: phone.uri(), method: 'INVITE', body: sdp })
    return { request, heard, invite: await phone.nextRequest('INVITE') }
  }
  const statusOf = (result: SrfMessage | string): number | string => (typeof result === 'string' ? result : result.status)
  const asks = (dialog: SrfDialog, event: string): Promise<Taken> =>
    new Promise(resolve => dialog.on(event, (request, answer) => resolve({ request: request as Taken['request'], answer })))

  describe('inside dialogs', () => {
    for (const [method, headers] of [
      ['INFO', []],
      ['UPDATE', []],
      ['REFER', [['Refer-To', '<sip:bob@example.com>']]],
      [
        'NOTIFY',
        [
          ['Event', 'refer'],
          ['Subscription-State', 'active'],
        ],
      ],
      ['MESSAGE', []],
      ['OPTIONS', []],
    ] as const)
      it(`passes ${method} to the application and its answer to the phone`, async () => {
        await connect('invite')
        const { dialog, invite, ok } = await answered()
        const asked = asks(dialog, method.toLowerCase())
        phone.send(phone.inDialog(method, invite, ok, { headers }), place())
        assert.equal(statusOf(await client.respond(await asked, 202, { headers: { 'X-Word': 'yes' } })), 202)
        assert.equal((await phone.nextResponse(202, method)).headers.first('X-Word'), 'yes')
      })

    it('sends INFO, UPDATE, REFER and NOTIFY of the application with rising numbers', async () => {
      await connect('invite')
      const { dialog, invite } = await answered()
      let last = 0
      for (const [method, headers] of [
        ['INFO', {}],
        ['UPDATE', {}],
        ['REFER', { 'Refer-To': '<sip:bob@example.com>' }],
        ['NOTIFY', { Event: 'refer', 'Subscription-State': 'active' }],
      ] as const) {
        const sent = dialog.request({ method, headers })
        const request = await phone.nextRequest(method)
        const number = Number(/^\d+/.exec(request.headers.first('CSeq') ?? '')?.[0])
        assert.ok(number > last)
        last = number
        assert.equal(request.headers.first('To'), invite.headers.first('From'))
        phone.respond(request, 202)
        assert.equal((await sent).status, 202)
      }
    })

    it('passes the answer to a re-INVITE on', async () => {
      await connect()
      const { heard, invite } = await called()
      const ok = phone.respond(invite, 200, described)
      const first = await heard.next()
      first.acknowledge()
      await phone.nextRequest('ACK')
      const again = await client.request({ method: 'INVITE', stackDialogId: first.response.stackDialogId, body: sdp })
      const asked = await phone.nextRequest('INVITE')
      assert.equal(asked.headers.first('To'), ok.headers.first('To'))
      phone.respond(asked, 488)
      assert.equal((await again.heard.next()).response.status, 488)
      await phone.nextRequest('ACK')
    })

    it('answers a BYE with 481 when its application is gone', async () => {
      await connect('invite')
      const { invite, ok } = await answered()
      client.stop()
      const other = new SrfClient()
      await other.connect(server(), 'invite')
      phone.send(phone.inDialog('INFO', invite, ok), place())
      await phone.nextResponse(481, 'INFO')
      phone.send(phone.inDialog('BYE', invite, ok, { cseq: 3 }), place())
      await phone.nextResponse(481, 'BYE')
      other.stop()
    })

    it('sends the BYE of an application that has connected again', async () => {
      await connect('invite')
      const { dialog } = await answered()
      const { id } = dialog
      client.stop()
      const other = new SrfClient()
      await other.connect(server(), 'invite')
      const { heard } = await other.request({ method: 'BYE', stackDialogId: id })
      phone.respond(await phone.nextRequest('BYE'), 200)
      assert.equal((await heard.next()).response.status, 200)
      other.stop()
    })
  })

  describe('reliable provisional responses', () => {
    it('sends 183 reliably when the application requires 100rel, and lets the application answer the PRACK', async () => {
      await connect('invite', 'prack')
      const { taken, invite } = await invited([['Supported', '100rel']])
      await client.respond(taken, 183, { body: sdp, headers: { Require: '100rel' } })
      const early = await phone.nextResponse(183)
      const rseq = early.headers.first('RSeq') ?? ''
      assert.match(rseq, /^\d+$/)
      phone.send(phone.inDialog('PRACK', invite, early, { headers: [['RAck', `${rseq} 1 INVITE`]] }), place())
      await client.respond(await client.next('prack'), 200)
      await phone.nextResponse(200, 'PRACK')
      await client.respond(taken, 486)
      phone.send(phone.inDialog('ACK', invite, await phone.nextResponse(486), {}, branchOf(invite)), place())
    })

    it('refuses a reliable response to a caller without 100rel', async () => {
      await connect('invite')
      const { taken, invite } = await invited()
      const result = await client.respond(taken, 183, { body: sdp, headers: { Require: '100rel' } })
      assert.equal(result, 'Remote endpoint does not support 100rel')
      await client.respond(taken, 486)
      phone.send(phone.inDialog('ACK', invite, await phone.nextResponse(486), {}, branchOf(invite)), place())
    })

    it('sends the PRACK that the application asks for, with its RAck', async () => {
      await connect()
      const { heard, invite } = await called()
      phone.respond(invite, 183, {
        ...described,
        headers: [
          ['Require', '100rel'],
          ['RSeq', '77'],
        ],
      })
      const { response, acknowledge } = await heard.next()
      assert.equal(response.status, 183)
      acknowledge()
      const prack = await phone.nextRequest('PRACK')
      assert.equal(prack.headers.first('RAck'), `77 ${invite.headers.first('CSeq')}`)
      phone.respond(prack, 200)
      phone.respond(invite, 486)
      assert.equal((await heard.next()).response.status, 486)
      await phone.nextRequest('ACK')
    })

    it('passes UPDATE before the answer on, in the dialog that a PRACK began', async () => {
      await connect('invite', 'prack')
      const { taken, invite } = await invited([['Supported', '100rel']])
      await client.respond(taken, 183, { body: sdp, headers: { Require: '100rel' } })
      const early = await phone.nextResponse(183)
      const rack = `${early.headers.first('RSeq') ?? ''} 1 INVITE`
      phone.send(phone.inDialog('PRACK', invite, early, { headers: [['RAck', rack]] }), place())
      await client.respond(await client.next('prack'), 200)
      await phone.nextResponse(200, 'PRACK')
      const updated = new Promise<Taken>(resolve => {
        const heard = taken.request as unknown as {
          on(event: string, run: (request: Taken['request'], answer: Taken['answer']) => void): void
        }
        heard.on('update', (request, answer) => resolve({ request, answer }))
      })
      phone.send(phone.inDialog('UPDATE', invite, early, { cseq: 3, ...described }), place())
      await client.respond(await updated, 200, { body: sdp })
      assert.equal((await phone.nextResponse(200, 'UPDATE')).body, sdp)
      await client.respond(taken, 486)
      phone.send(phone.inDialog('ACK', invite, await phone.nextResponse(486), {}, branchOf(invite)), place())
    })
  })

  describe('outside dialogs', () => {
    it('passes REGISTER to the application, which challenges it', async () => {
      await connect('register')
      const callId = unique('reg')
      const from = `<sip:alice@example.com>;tag=${unique('f')}`
      const first = phone.request({ method: 'REGISTER', uri: 'sip:example.com', from, to: '<sip:alice@example.com>', callId })
      phone.send(first, place())
      const challenge = 'Digest realm="example.com", nonce="n", algorithm=SHA-256, qop="auth"'
      await client.respond(await client.next('register'), 401, { headers: { 'WWW-Authenticate': challenge } })
      const asked = await phone.nextResponse(401)
      assert.equal(asked.headers.first('WWW-Authenticate'), challenge)
      const authorization = 'Digest username="alice", realm="example.com", nonce="n", uri="sip:example.com", response="r"'
      const headers = [['Authorization', authorization]] as const
      const second = phone.request({
        ...{ method: 'REGISTER', uri: 'sip:example.com', from, to: '<sip:alice@example.com>', callId, cseq: 2, headers },
      })
      phone.send(second, place())
      const taken = await client.next('register')
      assert.equal(taken.request.get('Authorization'), authorization)
      await client.respond(taken, 200, { headers: { Contact: `${phone.contact};expires=60`, Path: '<sip:edge@127.0.0.1;lr>' } })
      const ok = await phone.nextResponse(200)
      assert.match(ok.headers.first('Contact') ?? '', /expires=60/)
      assert.equal(ok.headers.first('Path'), '<sip:edge@127.0.0.1;lr>')
    })

    for (const method of ['OPTIONS', 'PUBLISH', 'MESSAGE', 'INFO', 'NOTIFY'])
      it(`passes ${method} on`, async () => {
        await connect(method.toLowerCase())
        phone.send(phone.request({ method, uri: target(), headers: [['Event', 'presence']] }), place())
        await client.respond(await client.next(method.toLowerCase()), 200)
        await phone.nextResponse(200, method)
      })

    it('makes a dialog of SUBSCRIBE, in which the application sends NOTIFY', async () => {
      await connect('subscribe')
      const subscribe = phone.request({
        method: 'SUBSCRIBE',
        uri: target(),
        headers: [
          ['Event', 'presence'],
          ['Expires', '60'],
        ],
      })
      phone.send(subscribe, place())
      const taken = await client.next('subscribe')
      const dialog = await client.srf.createUAS(taken.request, taken.answer, { headers: { Expires: '60' } })
      await phone.nextResponse(202)
      const sent = dialog.request({ method: 'NOTIFY', headers: { Event: 'presence', 'Subscription-State': 'active' } })
      const notify = await phone.nextRequest('NOTIFY')
      assert.equal(notify.headers.first('Call-ID'), subscribe.headers.first('Call-ID'))
      phone.respond(notify, 200)
      assert.equal((await sent).status, 200)
    })

    it('sends SUBSCRIBE of the application and passes NOTIFY to it', async () => {
      await connect('notify')
      const made = client.srf.createUAC(phone.uri(), { method: 'SUBSCRIBE', headers: { Event: 'presence', Expires: '60' } })
      const subscribe = await phone.nextRequest('SUBSCRIBE')
      const ok = phone.respond(subscribe, 200, { headers: [['Expires', '60']] })
      const dialog = await made
      const notified = asks(dialog, 'notify')
      const headers = [
        ['Event', 'presence'],
        ['Subscription-State', 'active'],
      ] as const
      phone.send(phone.backwards('NOTIFY', subscribe, ok, { headers }), place())
      await client.respond(await notified, 200)
      await phone.nextResponse(200, 'NOTIFY')
    })

    it('answers with 503 when no application takes the method', async () => {
      await connect('options')
      phone.send(phone.request({ method: 'PUBLISH', uri: target(), headers: [['Event', 'presence']] }), place())
      await phone.nextResponse(503)
    })

    it('does not answer REFER', async () => {
      await connect('refer', 'options')
      phone.send(phone.request({ method: 'REFER', uri: target(), headers: [['Refer-To', '<sip:x@example.com>']] }), place())
      phone.send(phone.request({ method: 'OPTIONS', uri: target() }), place())
      await client.respond(await client.next('options'), 200)
      await phone.nextResponse(200, 'OPTIONS')
      assert.equal(
        phone.count(message => (message.headers.first('CSeq') ?? '').includes('REFER')),
        0,
      )
    })

    it('answers BYE and UPDATE with 481', async () => {
      await connect()
      for (const method of ['BYE', 'UPDATE']) {
        phone.send(phone.request({ method, uri: target(), to: `<${target()}>;tag=nobody` }), place())
        await phone.nextResponse(481, method)
      }
    })
  })

  describe('outgoing calls in special cases', () => {
    it('repeats an INVITE with credentials', async () => {
      await connect()
      const auth = { username: 'carillon', password: 'secret' }
      const { heard } = await client.request({ uri: phone.uri(), method: 'INVITE', body: sdp, auth })
      const first = await phone.nextRequest('INVITE')
      phone.respond(first, 407, { headers: [['Proxy-Authenticate', 'Digest realm="x", nonce="n", qop="auth"']] })
      await phone.nextRequest('ACK')
      const second = await phone.nextRequest('INVITE')
      assert.equal(second.headers.first('Call-ID'), first.headers.first('Call-ID'))
      assert.match(second.headers.first('Proxy-Authorization') ?? '', /username="carillon"/)
      phone.respond(second, 486)
      assert.equal((await heard.next()).response.status, 486)
      await phone.nextRequest('ACK')
    })

    it('treats the 200 of a second fork as a repetition of the first', async () => {
      await connect()
      const { heard, invite } = await called()
      phone.respond(invite, 200, { ...described, toTag: 'first' })
      const { acknowledge } = await heard.next()
      acknowledge()
      assert.match((await phone.nextRequest('ACK')).headers.first('To') ?? '', /;tag=first/)
      phone.respond(invite, 200, { ...described, toTag: 'second' })
      assert.match((await phone.nextRequest('ACK')).headers.first('To') ?? '', /;tag=first/)
      assert.equal(heard.size, 0)
    })

    it('sends to the proxy that the application names, without a Route', async () => {
      await connect()
      const { heard } = await client.request({
        uri: 'sip:bob@example.com',
        method: 'INVITE',
        body: sdp,
        proxy: phone.uri('edge'),
      })
      const invite = await phone.nextRequest('INVITE')
      assert.equal(invite.uri, 'sip:bob@example.com')
      assert.equal(invite.headers.has('Route'), false)
      phone.respond(invite, 404)
      assert.equal((await heard.next()).response.status, 404)
      await phone.nextRequest('ACK')
    })

    it('follows the Record-Route of the 200 in the dialog', async () => {
      await connect()
      const { heard, invite } = await called()
      const route = `<${phone.uri('proxy')};lr>`
      phone.respond(invite, 200, { ...described, headers: [['Record-Route', route]] })
      const { response, acknowledge } = await heard.next()
      acknowledge()
      assert.equal((await phone.nextRequest('ACK')).headers.first('Route'), route)
      const bye = await client.request({ method: 'BYE', stackDialogId: response.stackDialogId })
      const request = await phone.nextRequest('BYE')
      assert.equal(request.headers.first('Route'), route)
      assert.equal(request.uri, phone.uri())
      phone.respond(request, 200)
      assert.equal((await bye.heard.next()).response.status, 200)
    })

    it('joins two legs as drachtio-srf does', async () => {
      await connect('invite')
      const { taken, invite } = await invited()
      const joined = client.srf.createB2BUA(taken.request, taken.answer, phone.uri('bob'), {})
      const onward = await phone.nextRequest('INVITE')
      phone.respond(onward, 180)
      await phone.nextResponse(180)
      phone.respond(onward, 200, described)
      const ok = await phone.nextResponse(200, 'INVITE')
      await phone.nextRequest('ACK')
      phone.send(phone.inDialog('ACK', invite, ok), place())
      const { uas, uac } = await joined
      const gone = asks(uas, 'destroy')
      phone.send(phone.inDialog('BYE', invite, ok), place())
      await phone.nextResponse(200, 'BYE')
      await gone
      const destroyed = uac.destroy()
      phone.respond(await phone.nextRequest('BYE'), 200)
      await destroyed
    })
  })
})
