import assert from 'node:assert/strict'
import type { ServerInvite } from '../../../../src/sip/dialog/invite-server.js'
import type { Session } from '../../../../src/sip/dialog/session.js'
import { SipEndpoint } from '../../../../src/sip/endpoint.js'
import { readRinging, readSessionState, ringingState } from '../../../../src/sip/dialog/session-state.js'
import { buildRequest } from '../../../../src/sip/message/build.js'
import type { SipRequest } from '../../../../src/sip/message/message.js'
import { Talk, us, type TalkOptions } from './talk.js'
import { Phone, sdp, sdpText, tagOf, Wire } from './wire.js'

/** As read from a store. */
const kept = (state: object | undefined): unknown => JSON.parse(JSON.stringify(state))

const cseqOf = (phone: Phone, method: string): string | undefined => phone.request(method).headers.first('CSeq')

describe('a session after a restart', () => {
  let talk: Talk
  let session: Session
  let told: string[]

  /** The endpoint ends without a message, and another one starts at its address. */
  function restart(side: 'inbound' | 'outbound', options: TalkOptions = {}): void {
    talk = Talk[side](options)
    const state = kept(talk.session.state())
    talk.session.letGo()
    const endpoint = talk.wire.site(us)
    session = endpoint.restoreSession(state) ?? assert.fail('it was not restored')
    told = []
    session.listen({ ended: end => told.push(end.kind === 'lost' ? `lost ${end.why}` : end.kind) })
    talk.phone.heard()
  }

  for (const side of ['inbound', 'outbound'] as const) {
    it(`${side}: answers the peer’s BYE with any CSeq number`, () => {
      restart(side)
      talk.ask('BYE')
      assert.deepEqual([talk.phone.heard(), told], [['200 BYE'], ['hungUp']])
    })

    it(`${side}: sends a BYE to the same addresses, with a number far above the earlier ones`, () => {
      restart(side)
      session.hangUp()
      talk.pass(3)
      const { headers } = talk.phone.request('BYE')
      assert.equal(headers.first('From'), talk.dialogue.to)
      assert.equal(headers.first('To'), talk.dialogue.from)
      assert.equal(headers.first('Call-ID'), talk.dialogue.callId)
      assert.match(cseqOf(talk.phone, 'BYE') ?? '', /^100\d BYE$/)
    })
  }

  it('keeps the route set', () => {
    restart('inbound', { headers: ['Record-Route: <sip:192.0.2.2;lr>', 'Record-Route: <sip:192.0.2.8;lr>'] })
    session.hangUp()
    talk.pass(3)
    assert.deepEqual(talk.phone.request('BYE').headers.values('Route'), ['<sip:192.0.2.2;lr>', '<sip:192.0.2.8;lr>'])
  })

  it('refreshes with the last SDP and the agreed interval', () => {
    restart('inbound', { headers: ['Supported: timer', 'Session-Expires: 600;refresher=uas'] })
    talk.pass(300_010)
    const refresh = talk.phone.request('INVITE')
    assert.equal(refresh.body, sdpText('us'))
    assert.equal(refresh.headers.first('Session-Expires'), '600;refresher=uac')
  })

  it('asks with OPTIONS, or with UPDATE if the peer allows it, and stays when the peer answers', () => {
    for (const [headers, method] of [
      [[], 'OPTIONS'],
      [['Allow: INVITE, ACK, BYE, UPDATE'], 'UPDATE'],
    ] as const) {
      restart('inbound', { headers })
      session.probe()
      talk.pass(3)
      talk.phone.answer(talk.phone.request(method), 200, 'x')
      assert.deepEqual([talk.phone.heard(), told], [[method], []])
    }
  })

  it('is lost when the peer answers 481 or nothing', () => {
    restart('inbound')
    session.probe()
    talk.pass(3)
    talk.phone.answer(talk.phone.request('OPTIONS'), 481, 'x')
    assert.deepEqual(told, ['lost noDialog'])
    restart('outbound')
    session.probe()
    talk.pass(40_000)
    assert.deepEqual(told, ['lost noDialog'])
  })

  it('stays after a failure that does not concern the dialog', () => {
    restart('inbound')
    session.probe()
    talk.pass(3)
    talk.phone.answer(talk.phone.request('OPTIONS'), 501, 'x')
    assert.deepEqual(told, [])
  })

  it('does not ask a peer whose connection is gone, and reaches it where it sends from', () => {
    talk = Talk.inbound()
    const { dialog, ...state } = readSessionState(talk.session.state()) ?? assert.fail('the saved state can’t be read')
    talk.session.letGo()
    const flow = { transport: 'tcp', host: '192.0.2.77', port: 4, connection: 7, only: true }
    const restored = talk.wire.site(us).restoreSession(kept({ ...state, dialog: { ...dialog, flow } }))
    restored?.probe()
    talk.pass(3)
    talk.phone.heard()
    talk.ask('INFO')
    restored?.probe()
    talk.pass(3)
    assert.deepEqual(talk.phone.heard(), ['200 INFO', 'OPTIONS'])
  })

  it('is not restored from damaged data', () => {
    const { endpoint, session: whole } = Talk.inbound()
    const state = readSessionState(whole.state()) ?? assert.fail('the saved state can’t be read')
    for (const damaged of [null, 7, {}, { ...state, dialog: { ...state.dialog, localCSeq: 'x' } }, { ...state, timer: {} }])
      assert.equal(endpoint.restoreSession(damaged), undefined)
  })
})

describe('an INVITE after a restart', () => {
  const between = {
    from: '<sip:caller@192.0.2.2>;tag=carol1',
    to: '<sip:support@example.com>',
    callId: 'call-1',
    branch: 'z9hG4bK-1',
  }
  let wire: Wire
  let phone: Phone
  let before: ServerInvite | undefined
  let invite: ServerInvite | undefined
  let told: string[]

  function ring(...headers: string[]): SipEndpoint {
    wire = new Wire()
    phone = new Phone(wire, '192.0.2.2')
    const endpoint = wire.site(us)
    endpoint.onInvite(came => {
      before = came
      came.progress(180)
    })
    phone.ask('INVITE', us, between, { cseq: 10, body: sdpText('carol'), headers })
    return endpoint
  }

  beforeEach(() => {
    ring()
    const state = kept(before?.state())
    before?.letGo()
    invite = undefined
    told = []
    const endpoint = wire.site(us)
    endpoint.restoreInvite(state, came => {
      invite = came
      came.listen({ cancelled: () => told.push('cancelled') })
    })
    wire.clock.pass(3)
    phone.heard()
  })

  it('is answered in the dialog that its caller knows', () => {
    const tag = tagOf(phone.response(180).headers.first('To'))
    invite?.answer(sdp('us'))
    wire.clock.pass(3)
    assert.equal(tagOf(phone.response(200).headers.first('To')), tag)
    assert.equal(invite?.invite.body?.text, sdpText('carol'))
  })

  it('is cancelled by its caller', () => {
    phone.ask('CANCEL', us, between, { cseq: 10 })
    assert.deepEqual([phone.heard(), told], [['200 CANCEL', '487 INVITE'], ['cancelled']])
  })

  it('is not stored once it is answered, nor when its caller uses reliable provisional responses', () => {
    ring()
    before?.reject(486)
    assert.equal(before?.state(), undefined)
    ring('Require: 100rel')
    assert.equal(before?.state(), undefined)
  })

  it('is not restored from damaged data', () => {
    const endpoint = ring()
    const state = before?.state() ?? assert.fail('the INVITE has no state to keep')
    for (const damaged of [null, {}, { ...state, request: 'INVITE' }, { ...state, source: {} }])
      endpoint.restoreInvite(damaged, () => assert.fail('damaged state was accepted'))
  })
})

describe('an INVITE of ours after a restart', () => {
  const reason = { protocol: 'SIP', cause: 503, text: 'Gone' } as const
  let wire: Wire
  let phone: Phone
  let invited: SipRequest

  /** A phone rings. The endpoint ends without a message, and another one at its address stops the phone. */
  beforeEach(() => {
    wire = new Wire()
    phone = new Phone(wire, '192.0.2.2')
    const nothing = { answered: () => undefined, refused: () => undefined }
    const way = { route: 'sip:192.0.2.2;lr' }
    const parts = { uri: 'sip:bob@example.com', from: '<sip:us@example.com>', to: '<sip:bob@example.com>', headers: [], way }
    const invite = wire.site(us).invite({ ...parts, body: sdp('us') }, nothing)
    wire.clock.pass(3)
    invited = phone.request('INVITE')
    phone.answer(invited, 180, 'x')
    const states = invite.kept().map(kept)
    assert.equal(states.length, 1)
    const endpoint = wire.site(us)
    for (const state of states) endpoint.stopRinging(state, reason)
    phone.heard()
    wire.clock.pass(3)
  })

  it('gets a CANCEL of its own transaction, and its 487 an ACK', () => {
    const cancel = phone.request('CANCEL')
    for (const name of ['Via', 'Route', 'From', 'To', 'Call-ID'])
      assert.deepEqual(cancel.headers.values(name), invited.headers.values(name), name)
    assert.deepEqual([cancel.uri, cancel.headers.first('CSeq')], [invited.uri, '1 CANCEL'])
    assert.equal(cancel.headers.first('Reason'), 'SIP;cause=503;text="Gone"')
    phone.answer(cancel, 200, 'x')
    phone.answer(invited, 487, 'x')
    assert.deepEqual(phone.heard(), ['CANCEL', 'ACK'])
    assert.deepEqual(phone.request('ACK').headers.values('Via'), invited.headers.values('Via'))
  })

  it('that was answered meanwhile gets ACK and BYE', () => {
    phone.answer(invited, 200, 'x', { body: sdpText('bob') })
    assert.deepEqual(phone.heard(), ['CANCEL', 'ACK', 'BYE'])
  })
})

describe('the state of an INVITE of ours', () => {
  const invite: SipRequest = buildRequest({
    method: 'INVITE',
    uri: 'sip:bob@192.0.2.2',
    from: '<sip:us@example.com>;tag=1',
    to: '<sip:bob@192.0.2.2>',
    callId: 'c',
    cseq: 1,
  })
  invite.headers.prepend('Via', 'SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK1')
  const hop = { transport: 'tcp', host: '192.0.2.2', port: 5060, connection: 7 } as const

  it('has no connection, because another process has others', () => {
    assert.deepEqual(readRinging(kept(ringingState(invite, hop)))?.hop, { transport: 'tcp', host: '192.0.2.2', port: 5060 })
  })

  it('is not kept for a phone that only this process can reach', () => {
    assert.equal(ringingState(invite, { ...hop, only: true }), undefined)
  })

  it('is not read from damaged data', () => {
    const state = ringingState(invite, hop) ?? assert.fail('it has no state')
    const others = [null, 7, {}, { ...state, hop: {} }, { ...state, ringing: 'INVITE' }, { ...state, ringing: 7 }]
    for (const damaged of [...others, { ...state, ringing: state.ringing.replace('INVITE sip', 'BYE sip') }])
      assert.equal(readRinging(damaged), undefined)
  })
})
