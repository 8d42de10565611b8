import assert from 'node:assert/strict'
import type { ServerInvite } from '../../../../src/sip/dialog/invite-server.js'
import type { Body } from '../../../../src/legs/body.js'
import type { Session } from '../../../../src/sip/dialog/session.js'
import type { SipEndpoint } from '../../../../src/sip/endpoint.js'
import { Phone, sdp, sdpText, tagOf, Wire, type Dialogue, type Words } from './wire.js'

const patience = 32_000
const us = '192.0.2.1'

describe('an INVITE that we receive', () => {
  let wire: Wire
  let endpoint: SipEndpoint
  let pbx: Phone
  let invites: ServerInvite[]
  let told: string[]
  beforeEach(() => {
    wire = new Wire()
    endpoint = wire.site(us)
    pbx = new Phone(wire, '192.0.2.2')
    invites = []
    told = []
    endpoint.onInvite(invite => {
      invites.push(invite)
      invite.listen({ cancelled: () => told.push('cancelled') })
    })
  })
  afterEach(() => {
    for (const invite of invites) invite.reject(500)
    wire.clock.pass(200_000)
    assert.deepEqual([endpoint.openLegs, endpoint.transactions, wire.clock.size], [0, 0, 0])
  })

  const dialogue: Dialogue = {
    from: '"Carol \\"C\\"" <sip:carol@example.com>;tag=carol1',
    to: '<sip:support@example.com>',
    callId: 'call-1',
    branch: 'z9hG4bK-invite',
  }
  const call = (words: Words = { body: sdpText('carol') }): ServerInvite => {
    pbx.ask('INVITE', us, dialogue, words)
    return invites[0] ?? assert.fail(pbx.heard().join())
  }
  const pass = (ms: number) => wire.clock.pass(ms)
  const watch = (session: Session): Session => {
    session.listen({
      confirmed: (answer?: Body) => told.push(`confirmed ${answer?.text.length ?? 'without a body'}`),
      ended: end => told.push(end.kind === 'lost' ? `lost ${end.why}` : end.kind),
    })
    return session
  }
  /** In the dialog that our responses created. */
  const within = (status = 200): Dialogue => ({
    from: dialogue.from,
    to: pbx.response(status, 'INVITE').headers.first('To') ?? '',
    callId: dialogue.callId,
  })
  const answerBye = () => pbx.answer(pbx.request('BYE'), 200, '')

  it('gives the caller, the target, the SDP and any header field', () => {
    const invite = call({ body: sdpText('carol'), headers: ['Diversion: <sip:a@b>, <sip:c@d>'] })
    assert.deepEqual(invite.invite.from, { uri: 'sip:carol@example.com', displayName: 'Carol "C"' })
    assert.deepEqual(invite.invite.to, { uri: 'sip:support@example.com' })
    assert.equal(invite.invite.requestUri, `sip:support@${us}`)
    assert.equal(invite.invite.sipCallId, 'call-1')
    assert.deepEqual(invite.invite.body, sdp('carol'))
    assert.deepEqual(invite.header('diversion'), ['<sip:a@b>', '<sip:c@d>'])
  })

  it('gives a name without characters that would turn the text after it around', () => {
    const name = Buffer.from('\u202egnp.\u2066exe\u2069\u2028 \u0645\u200f', 'utf8').toString('latin1')
    pbx.ask('INVITE', us, { ...dialogue, from: `"${name}" <sip:carol@example.com>;tag=carol1` }, { body: sdpText('carol') })
    assert.equal(invites[0]?.invite.from.displayName, 'gnp.exe \u0645\u200f')
  })

  it('gets 100 at once, without a tag; later responses have one tag, Contact and Record-Route (§12.1.1)', () => {
    const invite = call({ headers: ['Record-Route: <sip:192.0.2.2;lr>'] })
    assert.equal(tagOf(pbx.response(100).headers.first('To')), '')
    invite.progress(180)
    invite.progress(182, 'Queued; position 3 of 7')
    watch(invite.answer(sdp('us')))
    pass(3)
    const [ringing, queued, answered] = [pbx.response(180), pbx.response(182), pbx.response(200)].map(({ headers }) => headers)
    const tag = tagOf(ringing?.first('To'))
    assert.ok(tag.length >= 8, tag)
    for (const headers of [queued, answered]) assert.equal(tagOf(headers?.first('To')), tag)
    for (const headers of [ringing, queued, answered]) {
      assert.equal(headers?.first('Contact'), '<sip:192.0.2.1:5060>')
      assert.deepEqual(headers.values('Record-Route'), ['<sip:192.0.2.2;lr>'])
    }
    assert.equal(pbx.response(182).reasonPhrase, 'Queued; position 3 of 7')
    assert.equal(answered?.first('Allow'), 'INVITE, ACK, CANCEL, BYE, INFO, OPTIONS, UPDATE, PRACK, REFER')
    assert.equal(answered.first('Server'), 'Carillon')
    pbx.ask('ACK', us, within())
    pbx.ask('BYE', us, within(), { cseq: 2 })
  })

  it('is reported as confirmed once by the ACK, and its 200 is repeated until then', () => {
    watch(call().answer(sdp('us')))
    pass(1_600)
    assert.deepEqual(pbx.heard(), ['100 INVITE', '200 INVITE', '200 INVITE', '200 INVITE'])
    pbx.ask('ACK', us, within())
    pbx.ask('ACK', us, within())
    pass(10_000)
    assert.deepEqual(pbx.heard(), [])
    assert.deepEqual(told, ['confirmed without a body'])
    pbx.ask('BYE', us, within(), { cseq: 2 })
  })

  it('without an offer, and with an ACK without the answer, is ended by a BYE with a reason (§13.2.2.4)', () => {
    watch(call({}).answer(sdp('us')))
    pass(3)
    const to = pbx.response(200).headers.first('To') ?? ''
    pbx.ask('ACK', us, { ...dialogue, to, branch: 'z9hG4bK-ack' }, {})
    assert.match(pbx.request('BYE').headers.first('Reason') ?? '', /^SIP;cause=488/)
    assert.deepEqual(told, ['lost noAnswer'])
    pbx.answer(pbx.request('BYE'), 200, 'x')
  })

  it('with a multipart body gives its SDP and the parts for the phone (RFC 5621)', () => {
    const isup =
      '--x\r\nContent-Type: application/isup;version=itu-t92+\r\nContent-Disposition: signal;handling=optional\r\n\r\n\u0001\u0000I\r\n'
    const body = `--x\r\nContent-Type: application/sdp\r\n\r\n${sdpText('carol')}\r\n${isup}--x--\r\n`
    const invite = call({ body, type: 'multipart/mixed;boundary=x' })
    assert.deepEqual(invite.invite.body, sdp('carol'))
    assert.deepEqual(invite.invite.attachments, [
      { type: 'application/isup;version=itu-t92+', disposition: 'signal;handling=optional', text: '\u0001\u0000I' },
    ])
  })

  it('with a required part of an unknown type gets 415', () => {
    const body = '--x\r\nContent-Type: application/strange\r\nContent-Disposition: render;handling=required\r\n\r\n?\r\n--x--\r\n'
    pbx.ask('INVITE', us, dialogue, { body, type: 'multipart/mixed;boundary=x' })
    assert.equal(pbx.response(415).headers.first('Accept'), 'application/sdp, multipart/mixed')
  })

  it('without an offer gets ours in the 200, and theirs comes in the ACK', () => {
    watch(call({}).answer(sdp('us')))
    pass(3)
    assert.equal(pbx.response(200).body, sdpText('us'))
    pbx.ask('ACK', us, within(), { body: sdpText('carol') })
    assert.deepEqual(told, [`confirmed ${sdpText('carol').length}`])
    pbx.ask('BYE', us, within(), { cseq: 2 })
  })

  it('whose 200 gets no ACK is ended by BYE after 64*T1 (§13.3.1.4)', () => {
    watch(call().answer(sdp('us')))
    pass(patience - 100)
    assert.deepEqual(told, [])
    pass(103)
    assert.deepEqual(told, ['lost noAck'])
    assert.equal(pbx.request('BYE').uri, 'sip:carol@192.0.2.2')
    answerBye()
    assert.equal(endpoint.openLegs, 0)
  })

  it('ignores an ACK with another CSeq number', () => {
    watch(call().answer(sdp('us')))
    pass(3)
    pbx.ask('ACK', us, within(), { cseq: 2 })
    assert.deepEqual(told, [])
    pbx.ask('BYE', us, within(), { cseq: 3 })
  })

  it('that we hang up before the ACK: BYE waits for the ACK (§15)', () => {
    const session = watch(call().answer(sdp('us')))
    session.hangUp({ protocol: 'Q.850', cause: 16, text: 'bye' })
    session.hangUp()
    pass(400)
    assert.deepEqual(pbx.heard(), ['100 INVITE', '200 INVITE'])
    pbx.ask('ACK', us, within())
    assert.deepEqual(pbx.heard(), ['BYE'])
    assert.equal(pbx.request('BYE').headers.first('Reason'), 'Q.850;cause=16;text="bye"')
    assert.deepEqual(told, ['hungUpByUs'])
    answerBye()
  })

  it('that we hang up before an ACK that never comes: BYE is sent after the wait, with its reason', () => {
    watch(call().answer(sdp('us'))).hangUp({ protocol: 'Q.850', cause: 16, text: 'bye' })
    pass(patience + 3)
    assert.equal(pbx.request('BYE').headers.first('Reason'), 'Q.850;cause=16;text="bye"')
    assert.deepEqual(told, ['hungUpByUs'])
    answerBye()
  })

  it('that the caller hangs up before the ACK: the 200 is not repeated', () => {
    watch(call().answer(sdp('us')))
    pass(3)
    pbx.ask('BYE', us, within(), { cseq: 2, headers: ['Reason: SIP;cause=480'] })
    pbx.heard()
    pass(5_000)
    assert.deepEqual(pbx.heard(), [])
    assert.deepEqual(told, ['hungUp'])
  })

  it('that is refused gets status, header fields and Reason, and nothing afterwards', () => {
    const invite = call()
    invite.reject(480, { reason: { protocol: 'Q.850', cause: 19, text: 'no answer' }, headers: [['Retry-After', '30']] })
    invite.reject(486)
    invite.progress(180)
    pass(3)
    assert.deepEqual(pbx.heard(), ['100 INVITE', '480 INVITE'])
    assert.equal(pbx.response(480).headers.first('Retry-After'), '30')
    assert.equal(pbx.response(480).headers.first('Reason'), 'Q.850;cause=19;text="no answer"')
    assert.equal(endpoint.openLegs, 0)
  })

  it('whose Expires runs out gets 487, and this is reported; an answer stops the timer (§13.3.1)', () => {
    call({ body: sdpText('carol'), headers: ['Expires: 10'] })
    pass(9_000)
    assert.deepEqual(pbx.heard(), ['100 INVITE'])
    pass(1_001)
    assert.deepEqual(pbx.heard(), ['487 INVITE'])
    assert.deepEqual(told, ['cancelled'])
  })

  it('does not end by Expires after it was answered', () => {
    call({ body: sdpText('carol'), headers: ['Expires: 10'] }).reject(480)
    pbx.heard()
    pass(20_000)
    assert.ok(!pbx.heard().includes('487 INVITE'))
    assert.deepEqual(told, [])
  })

  describe('an INVITE with a CANCEL', () => {
    it('before the answer: 200 and 487, reported once', () => {
      const invite = call()
      invite.progress(180)
      pbx.ask('CANCEL', us, dialogue)
      pbx.ask('CANCEL', us, dialogue)
      assert.deepEqual(pbx.heard(), ['100 INVITE', '180 INVITE', '200 CANCEL', '487 INVITE', '200 CANCEL'])
      assert.equal(tagOf(pbx.response(487).headers.first('To')), tagOf(pbx.response(180).headers.first('To')))
      assert.deepEqual(told, ['cancelled'])
      assert.equal(endpoint.openLegs, 0)
    })

    it('before an answer by the owner: nothing is sent, and the leg is over', () => {
      const invite = call()
      pbx.ask('CANCEL', us, dialogue)
      pbx.ask('ACK', us, { ...dialogue, to: pbx.response(487).headers.first('To') ?? '' })
      pbx.heard()
      const session = watch(invite.answer(sdp('us')))
      session.hangUp()
      pass(2_000)
      assert.deepEqual(pbx.heard(), [])
      assert.deepEqual(told, ['cancelled', 'hungUpByUs'])
    })

    it('after the 200: it gets 200, and nothing changes (§9.2)', () => {
      watch(call().answer(sdp('us')))
      pbx.ask('CANCEL', us, dialogue)
      assert.deepEqual(pbx.heard(), ['100 INVITE', '200 INVITE', '200 CANCEL'])
      pbx.ask('ACK', us, within())
      assert.deepEqual(told, ['confirmed without a body'])
      pbx.ask('BYE', us, within(), { cseq: 2 })
    })
  })

  describe('an INVITE in its early dialog', () => {
    it('is ended by a BYE: 200, and 487 for the INVITE (§15.1.2)', () => {
      call().progress(180)
      pass(3)
      pbx.ask('BYE', us, within(180), { cseq: 2 })
      assert.deepEqual(pbx.heard(), ['100 INVITE', '180 INVITE', '200 BYE', '487 INVITE'])
      assert.deepEqual(told, ['cancelled'])
    })

    it('answers a second INVITE with 500 and a Retry-After of at most 10 s (§14.2)', () => {
      call().progress(180)
      pass(3)
      pbx.ask('INVITE', us, within(180), { cseq: 2, body: sdpText('carol') })
      const pause = Number(pbx.response(500).headers.first('Retry-After'))
      assert.ok(pause >= 0 && pause <= 10, `${pause}`)
      assert.equal(invites.length, 1)
    })

    it('answers OPTIONS and INFO with 200, unknown methods with 405, a low CSeq with 500, and another caller’s tag with 481', () => {
      call().progress(180)
      pass(3)
      pbx.heard()
      pbx.ask('OPTIONS', us, within(180), { cseq: 5 })
      pbx.ask('INFO', us, within(180), { cseq: 6 })
      pbx.ask('MESSAGE', us, within(180), { cseq: 7 })
      pbx.ask('INFO', us, within(180), { cseq: 4 })
      pbx.ask('BYE', us, { ...within(180), from: '<sip:mallory@example.com>;tag=mallory' }, { cseq: 8 })
      assert.deepEqual(pbx.heard(), ['200 OPTIONS', '200 INFO', '405 MESSAGE', '500 INFO', '481 BYE'])
      assert.equal(pbx.response(405).headers.first('Allow'), 'INVITE, ACK, CANCEL, BYE, INFO, OPTIONS, UPDATE, PRACK, REFER')
      assert.deepEqual(told, [])
    })

    it('continues its CSeq numbers in the confirmed dialog', () => {
      const invite = call()
      invite.progress(180)
      pass(3)
      pbx.ask('INFO', us, within(180), { cseq: 6 })
      watch(invite.answer(sdp('us')))
      pass(3)
      pbx.ask('ACK', us, within())
      pbx.ask('INFO', us, within(), { cseq: 5 })
      assert.equal(pbx.response(500, 'INFO').status, 500)
      pbx.ask('BYE', us, within(), { cseq: 7 })
    })
  })

  it('has no SDP when its body is of another type that may be ignored', () => {
    const invite = call({ body: 'hello', type: 'text/plain', headers: ['Content-Disposition: render;handling=optional'] })
    assert.equal(invite.invite.body, undefined)
  })

  it('from a caller who accepts no SDP gets 406 (§20.1)', () => {
    for (const [accept, status] of [
      ['text/plain', 406],
      ['', 406],
      ['text/plain, application/*;q=0.3', 480],
      ['*/*', 480],
      ['Application/SDP', 480],
    ] as const) {
      const before = invites.length
      pbx.ask(
        'INVITE',
        us,
        { ...dialogue, branch: `z9hG4bK${accept.length}`, callId: `accept ${accept}` },
        { headers: [`Accept: ${accept}`] },
      )
      if (invites.length > before) invites.at(-1)?.reject(480)
      pass(3)
      const last = pbx.got.at(-1)
      assert.equal(last?.kind === 'response' && last.status, status, accept)
    }
  })

  it('gets 480 when nobody takes calls', () => {
    const closed = wire.site('192.0.2.8')
    pbx.ask('INVITE', '192.0.2.8', dialogue)
    assert.deepEqual(pbx.heard(), ['100 INVITE', '480 INVITE'])
    assert.equal(closed.openLegs, 0)
  })
})
