import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { systemClock } from '../../src/foundation/clock.js'
import { millis } from '../../src/foundation/time.js'
import { silentLog } from '../../src/foundation/log.js'
import type { InboundCall } from '../../src/legs/answering.js'
import type { AnsweredLeg } from '../../src/legs/leg.js'
import type { CallFailure } from '../../src/legs/invitation.js'
import { EmbeddedSignaling } from '../../src/signaling/embedded.js'
import { digestOf, nonceIn } from '../fakes/digest.js'
import { DrachtioServer } from '../fakes/drachtio-server/server.js'
import { FarPhone } from '../fakes/far-phone.js'
import { sdp } from '../fakes/signaling.js'
import { accounts, password } from '../unit/sip/registrar/asking.js'

const long = (bytes: number): string => 'x'.repeat(bytes)
const aor = 'sip:alice@example.com'
const body = (bytes: number) => ({ type: 'application/sdp', text: `${sdp('us').text}a=x:${long(bytes)}\r\n` })

describe('what is too long for a drachtio-server', () => {
  let server: DrachtioServer
  let phone: FarPhone
  let ours: EmbeddedSignaling
  let calls: InboundCall[]
  let connects = 0

  beforeEach(async () => {
    server = new DrachtioServer()
    phone = new FarPhone()
    calls = []
    await Promise.all([server.start(), phone.start()])
    ours = new EmbeddedSignaling({
      sip: {
        listen: [],
        drachtio: [{ host: '127.0.0.1', port: server.port, secret: server.secret }],
        trustedPeers: ['127.0.0.1'],
      },
      phones: { registration: accounts(['alice']) },
      ...{ clock: systemClock, log: silentLog, random: randomBytes },
    })
    ours.onInvite(call => calls.push(call))
    await ours.start()
    connects = connectsOf()
  })
  afterEach(async () => {
    phone.stop()
    await ours.stop()
    await server.stop()
  })

  const connectsOf = (): number => ours.drachtioServers()?.[0]?.connects ?? 0
  const send = (method: string, more: Partial<Parameters<FarPhone['request']>[0]> = {}) => {
    const request = phone.request({ method, uri: 'sip:team@example.com', ...more })
    phone.send(request, server.sip())
    return request
  }
  /** The connection stands, and what we send is read. */
  async function isRead(): Promise<void> {
    send('OPTIONS')
    await phone.nextResponse(200, 'OPTIONS')
    assert.equal(connectsOf(), connects)
  }
  const tooLarge = (): number => ours.statistics().rejected.get('tooLarge') ?? 0

  it('of a refusal that repeats what a stranger wrote is left out', async () => {
    send('OPTIONS', { to: `<sip:${long(6_000)}@example.com>`, headers: [['Require', long(6_100)]] })
    const { headers } = await phone.nextResponse(420)
    assert.equal(headers.first('Unsupported')?.length, 6_100)
    send('OPTIONS', { headers: [['Require', long(12_100)]] })
    await phone.nextResponse(420)
    assert.ok(tooLarge() > 0)
    await isRead()
  })

  it('does not come together: the server loses the beginning of a long message that is followed by others', async () => {
    for (let at = 0; at < 5; at += 1) send('OPTIONS', { headers: [['Require', long(9_000)]] })
    for (let at = 0; at < 5; at += 1) await phone.nextResponse(420)
    await isRead()
  })

  for (const name of ['a|b', 'a;from-tag=other', 'a b', 'a,b'])
    it(`or would change a command: a call with the Call-ID ${name} gets 400`, async () => {
      send('INVITE', { body: sdp('phone').text, contentType: 'application/sdp', callId: name })
      await phone.nextResponse(400)
      assert.equal(calls.length, 0)
      await isRead()
    })

  it('is a call whose To leaves no space for its answers: it gets 513', async () => {
    send('INVITE', {
      to: `<sip:${long(8_100)}@example.com>`,
      body: sdp('phone').text,
      contentType: 'application/sdp',
    })
    await phone.nextResponse(513)
    assert.equal(calls.length, 0)
  })

  it('is an INVITE of ours that then fails with 513, and keeps the registration of the phone that it would have reached', async () => {
    await register()
    const failure = await new Promise<CallFailure>(refused =>
      ours.invite({ uri: aor, phones: aor }, options(body(12_000)), { answered: () => assert.fail(), refused }),
    )
    assert.deepEqual(failure, { status: 513, reasonPhrase: 'Message Too Large' })
    assert.equal(ours.phones().length, 1)
    assert.equal(tooLarge(), 1)
  })

  it('or for a phone is an INVITE of 5,000 bytes to which the phone is silent: it fails with 513, and a usual one with 408', async () => {
    await register()
    const failure = (bytes: number) =>
      new Promise<CallFailure>(refused =>
        ours.invite(
          { uri: aor, phones: aor },
          { ...options(body(bytes)), limits: { heardWithin: millis(50) } },
          { answered: () => assert.fail(), refused },
        ),
      )
    assert.deepEqual(await failure(5_000), { status: 513, reasonPhrase: 'Message Too Large' })
    assert.deepEqual(await failure(10), { status: 408, reasonPhrase: 'Request Timeout', silent: true })
  })

  it('is a 200 to an INVITE: the caller gets 513, and our leg ends', async () => {
    send('INVITE', { body: sdp('phone').text, contentType: 'application/sdp' })
    await until('the call comes', () => calls.length > 0)
    calls[0]?.progress(182, long(12_000))
    let lost = false
    calls[0]?.answer(body(12_000)).listen({ ended: () => (lost = true) })
    await phone.nextResponse(513, 'INVITE')
    await until('our leg ends', () => lost)
    await isRead()
  })

  it('is left out of a BYE, and other requests in the dialog get 513', async () => {
    const leg = await talk()
    const status = await new Promise<number>(told => leg.info(body(12_000), [], told))
    assert.equal(status, 513)
    leg.hangUp({ protocol: 'SIP', cause: 200, text: long(12_000) })
    const { headers } = await phone.nextRequest('BYE')
    assert.equal(headers.first('Reason'), undefined)
  })

  it('is left out of a CANCEL', async () => {
    const call = ours.invite({ uri: phone.uri() }, options(sdp('us')), { answered: () => undefined, refused: () => undefined })
    phone.respond(await phone.nextRequest('INVITE'), 180)
    call.cancel({ protocol: 'SIP', cause: 200, text: long(12_000) })
    const { headers } = await phone.nextRequest('CANCEL')
    assert.equal(headers.first('Reason'), undefined)
  })

  it('is left out of an ACK', async () => {
    const leg = await talk(undefined, body(12_000))
    const ack = await phone.nextRequest('ACK')
    assert.equal(ack.body, '')
    leg.hangUp()
    await phone.nextRequest('BYE')
  })

  it('is no REGISTER’s 200: ten Contacts of the longest and the longest Path fit, and a longer Path gets 400', async () => {
    // A trusted peer that adds a Path counts as a proxy.
    ours.trust([])
    const contact = (at: number) => `${phone.uri(`m${at}${long(300)}`)}>;+sip.instance="<urn:${long(240)}>"`
    for (let at = 0; at < 10; at += 1) await register({ contact: `<${contact(at)}` })
    const path = (count: number) =>
      Array.from({ length: count }, (_, at) => ['Path', `<sip:p${at}${long(950)}@127.0.0.1;lr>`] as const)
    await register({ headers: [['Supported', 'path'], ...path(4)], contact: `<${contact(0)}` })
    await register({ headers: [['Supported', 'path'], ...path(5)], contact: `<${contact(0)}` }, 400)
    await isRead()
  })

  const options = (offer: { readonly type: string; readonly text: string } | undefined) => ({
    ...{ from: { uri: 'sip:us@example.com' }, headers: [] },
    ...(offer && { body: offer }),
  })

  async function talk(
    offer: ReturnType<typeof body> | undefined = sdp('us'),
    answer?: ReturnType<typeof body>,
  ): Promise<AnsweredLeg> {
    const answered = new Promise<AnsweredLeg>(resolve =>
      ours.invite({ uri: phone.uri() }, options(answer ? undefined : offer), { answered: resolve, refused: () => assert.fail() }),
    )
    phone.respond(await phone.nextRequest('INVITE'), 200, { body: sdp('phone').text, contentType: 'application/sdp' })
    const leg = await answered
    leg.acknowledge(answer)
    return leg
  }

  async function register(more: Partial<Parameters<FarPhone['request']>[0]> = {}, status = 200): Promise<void> {
    const of = { uri: 'sip:example.com', from: `<${aor}>;tag=a`, to: `<${aor}>`, ...more }
    send('REGISTER', of)
    const nonce = nonceIn((await phone.nextResponse(401)).headers.first('WWW-Authenticate') ?? '')
    const proof = digestOf({ user: 'alice', password, nonce, method: 'REGISTER', uri: of.uri })
    send('REGISTER', { ...of, headers: [...(more.headers ?? []), ['Authorization', proof]] })
    await phone.nextResponse(status, 'REGISTER')
  }

  async function until(what: string, holds: () => boolean): Promise<void> {
    const end = Date.now() + 15_000
    while (!holds()) {
      assert.ok(Date.now() < end, `never: ${what}`)
      await new Promise(resolve => setImmediate(resolve))
    }
  }
})
