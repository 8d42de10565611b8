import assert from 'node:assert/strict'
import type { ServerInvite } from '../../../src/sip/dialog/invite-server.js'
import { Dialog } from '../../../src/sip/dialog/dialog.js'
import type { SipEndpoint } from '../../../src/sip/endpoint.js'
import { digestOf, nonceIn } from '../../fakes/digest.js'
import { Phone, sdp, sdpText, Wire, type Dialogue } from './dialog/wire.js'
import { password } from './registrar/asking.js'
import { guardFor } from './registrar/guard.js'
import { request } from './transaction/messages.js'

const us = '192.0.2.1'
const contact = `sip:${us}:5060`
/** `site` trusts 192.0.2.0/24: the PBX, but not the phone. */
const pbxHost = '192.0.2.99'
const phoneHost = '198.51.100.7'
const victimHost = '203.0.113.9'
const alice = 'sip:alice@example.com'

describe('a phone that names other hosts in its INVITE or its answer', () => {
  let wire: Wire
  let endpoint: SipEndpoint
  let [phone, victim, pbx]: Phone[] = []
  beforeEach(() => {
    wire = new Wire()
    endpoint = wire.site(us)
    ;[phone, victim, pbx] = [phoneHost, victimHost, pbxHost].map(host => new Phone(wire, host))
    guardFor(['alice'], endpoint, wire.clock)
  })

  /** The phone calls with its password and these header fields, is answered, and is hung up by us. */
  function callWith(headers: readonly string[]): void {
    const caller = phone ?? assert.fail()
    const between: Dialogue = { from: `<${alice}>;tag=a`, to: '<sip:support@example.com>', callId: 'c', uri: contact }
    const invites: ServerInvite[] = []
    endpoint.onInvite(invite => invites.push(invite))
    caller.ask('INVITE', us, between, { cseq: 1 })
    const nonce = nonceIn(caller.response(401).headers.first('WWW-Authenticate') ?? '')
    const authorization = `Authorization: ${digestOf({ user: 'alice', password, nonce, method: 'INVITE', uri: contact })}`
    caller.ask('INVITE', us, between, { cseq: 2, headers: [authorization, ...headers], body: sdpText('alice') })
    const session = invites[0]?.answer(sdp('us')) ?? assert.fail('no INVITE came')
    wire.clock.pass(3)
    caller.ask('ACK', us, { ...between, to: caller.response(200, 'INVITE').headers.first('To') ?? '' }, { cseq: 2 })
    caller.heard()
    session.renegotiate(sdp('us'), () => undefined)
    session.hangUp()
    wire.clock.pass(40_000)
  }

  const nobodyElseHears = (): void => {
    assert.deepEqual([victim?.heard(), pbx?.heard()], [[], []])
    assert.ok(phone?.heard().includes('BYE'))
  }

  for (const [what, headers] of [
    ['Record-Route of a third party', [`Record-Route: <sip:${victimHost};lr>`]],
    ['strict Record-Route of the PBX', [`Record-Route: <sip:+19005550199@${pbxHost}>`]],
    [
      'Record-Route of the PBX and a Contact there',
      [`Record-Route: <sip:${pbxHost};lr>`, `Contact: <sip:+19005550199@${pbxHost}>`],
    ],
    [
      'second Via and a Contact at the PBX',
      ['Via: SIP/2.0/UDP 1.2.3.4;branch=z9hG4bKx', `Contact: <sip:+19005550199@${pbxHost}>`],
    ],
    ['second Via and a Contact of a third party', ['Via: SIP/2.0/UDP 1.2.3.4;branch=z9hG4bKx', `Contact: <sip:x@${victimHost}>`]],
    ['Contact of a third party', [`Contact: <sip:x@${victimHost}>`]],
  ] as const)
    it(`gets our requests itself when it calls with a ${what}`, () => {
      callWith(headers)
      nobodyElseHears()
    })

  it('gets our requests itself when it answers with a third party’s Record-Route', () => {
    const flow = { transport: 'udp', host: phoneHost, port: 5060 } as const
    const called = phone ?? assert.fail()
    const parts = { from: '<sip:carol@192.0.2.1>', to: `<${alice}>`, headers: [], body: sdp('us') }
    endpoint.invite(
      { ...parts, uri: `sip:alice@${phoneHost}`, way: { flow } },
      {
        answered: leg => {
          leg.acknowledge()
          leg.hangUp()
        },
        refused: ({ status }) => assert.fail(`refused ${status}`),
      },
    )
    wire.clock.pass(3)
    called.answer(called.request('INVITE'), 200, 'a', {
      body: sdpText('alice'),
      headers: [`Record-Route: <sip:${victimHost};lr>`],
    })
    wire.clock.pass(40_000)
    nobodyElseHears()
  })

  it('is not reached on another connection after a restart, whatever it named', () => {
    const flow = { transport: 'tcp', host: phoneHost, port: 40_000, connection: 7, only: true } as const
    const headers = [`Record-Route: <sip:${victimHost};lr>`]
    const dialog = Dialog.byServer(request({ method: 'INVITE', extra: headers }), 'us', `<${contact}>`, flow)
    const { target } = Dialog.restored(dialog.state()).request('BYE', {})
    assert.deepEqual(target, { transport: 'tcp', host: phoneHost, port: 40_000, only: true })
  })
})
