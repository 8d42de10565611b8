import assert from 'node:assert/strict'
import { seconds } from '../../../../src/foundation/time.js'
import type { AnsweredLeg } from '../../../../src/legs/leg.js'
import type { ClientInvite } from '../../../../src/sip/dialog/invite-client.js'
import type { SipEndpoint } from '../../../../src/sip/endpoint.js'
import type { InviteParts } from '../../../../src/sip/invite-parts.js'
import { Phone, reverse, sdp, sdpText, tagOf, toPhone, Wire } from './wire.js'

const patience = 32_000

describe('an INVITE that we send', () => {
  let wire: Wire
  let endpoint: SipEndpoint
  let phone: Phone
  let told: string[]
  let legs: AnsweredLeg[]
  beforeEach(() => {
    wire = new Wire()
    endpoint = wire.site('192.0.2.1')
    phone = new Phone(wire, '192.0.2.2')
    told = []
    legs = []
  })
  // After each test nothing may be left.
  afterEach(() => {
    for (const leg of legs) leg.hangUp()
    wire.clock.pass(250_000)
    assert.deepEqual([endpoint.openLegs, endpoint.transactions, wire.clock.size], [0, 0, 0])
  })

  const invite = (parts: Partial<InviteParts> = { body: sdp('carol') }): ClientInvite => {
    const sent = endpoint.invite(
      { ...toPhone(), ...parts },
      {
        ringing: status => told.push(`ringing ${status}`),
        answered: leg => {
          told.push('answered')
          legs.push(leg)
          leg.listen({ ended: ({ kind }) => told.push(`ended ${kind}`) })
        },
        refused: ({ status, reasonPhrase }) => told.push(`refused ${status} ${reasonPhrase}`),
      },
    )
    wire.clock.pass(3)
    return sent
  }
  const theirs = () => phone.request('INVITE')
  const leg = () => legs[0] ?? assert.fail('no leg')
  const pass = (ms: number) => wire.clock.pass(ms)

  it('has its own Call-ID and From tag, and a Contact that leads to us', () => {
    const [one, other] = [invite(), invite()]
    const [first, second] = phone.got.map(({ headers }) => headers)
    assert.notEqual(one.sipCallId, other.sipCallId)
    assert.notEqual(tagOf(first?.first('From')), tagOf(second?.first('From')))
    assert.equal(first?.first('Contact'), '<sip:192.0.2.1:5060>')
    assert.equal(first.first('Call-ID'), one.sipCallId)
    assert.equal(first.first('Allow'), 'INVITE, ACK, CANCEL, BYE, INFO, OPTIONS, UPDATE, PRACK, REFER')
    assert.equal(first.first('User-Agent'), 'Carillon')
    assert.equal(first.first('Supported'), '100rel, timer, replaces, norefersub')
  })

  it('goes to a loose route with the target in the Request-URI (§8.1.2)', () => {
    invite({ uri: 'sip:bob@elsewhere.example', way: { route: 'sip:192.0.2.2' } })
    assert.equal(theirs().uri, 'sip:bob@elsewhere.example')
    assert.equal(theirs().headers.first('Route'), '<sip:192.0.2.2;lr>')
  })

  it('contains the given header fields, Max-Forwards and body', () => {
    invite({ headers: [['History-Info', '<sip:a@b>;index=1']], limits: { maxForwards: 12 }, body: sdp('carol') })
    assert.deepEqual(theirs().headers.lines('History-Info'), ['<sip:a@b>;index=1'])
    assert.equal(theirs().headers.first('Max-Forwards'), '12')
    assert.equal(theirs().body, sdpText('carol'))
  })

  it('uses the SDP of an unreliable 183 as the answer when the 200 has none (§13.2.1)', () => {
    invite()
    phone.answer(theirs(), 183, 'a', { body: sdpText('bob') })
    phone.answer(theirs(), 200, 'a')
    assert.deepEqual(leg().body, sdp('bob'))
  })

  it('with a multipart body is sent again with only the SDP when the phone answers 415', () => {
    const text = `--x\r\nContent-Type: application/sdp\r\n\r\n${sdpText('carol')}\r\n--x\r\nContent-Type: application/isup\r\n\r\n?\r\n--x--\r\n`
    invite({ body: { type: 'multipart/mixed;boundary=x', text } })
    const first = theirs()
    phone.answer(first, 415, 'a')
    const second = theirs()
    assert.deepEqual([second.body, second.headers.first('Content-Type')], [sdpText('carol'), 'application/sdp'])
    assert.equal(second.headers.first('Call-ID'), first.headers.first('Call-ID'))
    assert.deepEqual(
      [first, second].map(({ headers }) => headers.first('CSeq')),
      ['1 INVITE', '2 INVITE'],
    )
    phone.answer(second, 415, 'a')
    assert.deepEqual(told, ['refused 415 Whatever'])
  })

  it('takes the SDP out of a multipart answer (RFC 5621)', () => {
    invite()
    const body = `--x\r\nContent-Type: application/sdp\r\n\r\n${sdpText('bob')}\r\n--x--\r\n`
    phone.answer(theirs(), 200, 'a', { body, type: 'multipart/mixed;boundary=x' })
    assert.deepEqual(leg().body, sdp('bob'))
  })

  it('reports ringing once for 180 and once for 183, for all forks together, and no other provisional response', () => {
    invite()
    phone.answer(theirs(), 100, 'a')
    phone.answer(theirs(), 180, 'a')
    phone.answer(theirs(), 180, 'b')
    phone.answer(theirs(), 182, 'a')
    phone.answer(theirs(), 183, 'b')
    phone.answer(theirs(), 180, 'a')
    assert.deepEqual(told, ['ringing 180', 'ringing 183'])
    phone.answer(theirs(), 486, 'a')
  })

  it('reports a failure with status and reason phrase', () => {
    invite()
    phone.answer(theirs(), 486, 'a')
    assert.deepEqual(told, ['refused 486 Whatever'])
    assert.deepEqual(phone.heard(), ['INVITE', 'ACK'])
  })

  it('does not follow redirections', () => {
    invite()
    phone.answer(theirs(), 302, 'a', { headers: ['Contact: <sip:elsewhere@192.0.2.9>'] })
    pass(1_000)
    assert.deepEqual(told, ['refused 302 Whatever'])
    assert.deepEqual(phone.heard(), ['INVITE', 'ACK'])
  })

  it('fails with 408 when there is no response (timer B)', () => {
    invite()
    pass(patience - 100)
    assert.deepEqual(told, [])
    pass(100)
    assert.deepEqual(told, ['refused 408 Request Timeout'])
  })

  it('is cancelled and fails with 408 when no final response comes in the given time', () => {
    invite({ limits: { expires: seconds(60) } })
    phone.answer(theirs(), 180, 'a')
    pass(60_000)
    assert.deepEqual(told, ['ringing 180', 'refused 408 Request Timeout'])
    assert.equal(phone.request('CANCEL').headers.first('CSeq'), '1 CANCEL')
    phone.answer(phone.request('CANCEL'), 200, 'a')
    phone.answer(theirs(), 487, 'a')
    assert.equal(told.length, 2)
  })

  it('is given up after 200 s, longer than a proxy’s timer C, when no time was given', () => {
    invite()
    phone.answer(theirs(), 180, 'a')
    pass(199_000)
    assert.deepEqual(told, ['ringing 180'])
    pass(1_000)
    assert.deepEqual(told, ['ringing 180', 'refused 408 Request Timeout'])
  })

  describe('an INVITE that we cancel', () => {
    it('before any response: CANCEL waits for a provisional response (§9.1)', () => {
      const sent = invite()
      sent.cancel({ protocol: 'SIP', cause: 200, text: 'Call completed elsewhere' })
      pass(100)
      assert.deepEqual(phone.got.length, 1)
      phone.answer(theirs(), 100, 'a')
      assert.equal(phone.request('CANCEL').headers.first('Reason'), 'SIP;cause=200;text="Call completed elsewhere"')
      phone.answer(phone.request('CANCEL'), 200, 'a')
      phone.answer(theirs(), 487, 'a')
      assert.equal(phone.got.at(-1)?.kind === 'request' && phone.request('ACK').method, 'ACK')
      assert.equal(endpoint.openLegs, 0)
      assert.deepEqual(told, [])
    })

    it('before any response: the next INVITE to that phone waits until its CANCEL is sent', () => {
      invite().cancel()
      const first = theirs()
      const next = invite()
      const elsewhere = invite({ ...toPhone(), uri: 'sip:dora@192.0.2.2' })
      pass(400)
      assert.deepEqual(phone.heard(), ['INVITE', 'INVITE'], 'an INVITE to another phone does not wait')
      phone.answer(first, 100, 'a')
      pass(3)
      assert.deepEqual(phone.heard(), ['CANCEL', 'INVITE'])
      assert.equal(theirs().headers.first('Call-ID'), next.sipCallId)
      next.cancel()
      elsewhere.cancel()
    })

    it('without any response: the next INVITE waits only for T1', () => {
      invite().cancel()
      const next = invite()
      pass(499 - 3)
      assert.ok(!phone.got.some(({ headers }) => headers.first('Call-ID') === next.sipCallId))
      pass(5)
      assert.ok(phone.got.some(({ headers }) => headers.first('Call-ID') === next.sipCallId))
      next.cancel()
    })

    it('while it still waits itself: it is never sent', () => {
      invite().cancel()
      const next = invite()
      next.cancel()
      pass(100)
      phone.answer(theirs(), 100, 'a')
      pass(1_000)
      assert.ok(!phone.got.some(({ headers }) => headers.first('Call-ID') === next.sipCallId))
    })

    it('when a 200 crosses: its BYE is sent before the next INVITE', () => {
      invite().cancel()
      const next = invite()
      phone.answer(theirs(), 200, 'a', { body: sdpText('bob') })
      pass(3)
      assert.deepEqual(phone.heard(), ['INVITE', 'ACK', 'BYE', 'INVITE'])
      next.cancel()
    })

    it('while the phone rings: CANCEL has the INVITE’s branch, and the 487 is not reported', () => {
      const sent = invite()
      phone.answer(theirs(), 180, 'a')
      sent.cancel()
      sent.cancel()
      pass(3)
      const cancels = phone.got.filter(message => message.kind === 'request' && message.method === 'CANCEL')
      assert.equal(cancels.length, 1)
      assert.equal(phone.request('CANCEL').headers.first('Via'), theirs().headers.first('Via'))
      phone.answer(theirs(), 487, 'a')
      assert.deepEqual(told, ['ringing 180'])
    })

    it('without a further response: it ends anyway', () => {
      const sent = invite()
      phone.answer(theirs(), 180, 'a')
      sent.cancel()
      pass(2 * patience)
      assert.equal(endpoint.openLegs, 0)
    })

    it('when a 200 crosses: ACK and BYE are sent at once, and nothing is reported', () => {
      const sent = invite()
      phone.answer(theirs(), 180, 'a')
      sent.cancel()
      phone.answer(theirs(), 200, 'a', { body: sdpText('bob') })
      pass(3)
      assert.deepEqual(phone.heard(), ['INVITE', 'CANCEL', 'ACK', 'BYE'])
      assert.deepEqual(told, ['ringing 180'])
    })

    it('when a 200 with an offer crosses: the ACK refuses each stream (RFC 3264 §6)', () => {
      const sent = invite({})
      phone.answer(theirs(), 180, 'a')
      sent.cancel()
      const media = 'm=audio 4000 RTP/AVP 0 8\r\na=sendrecv\r\nm=video 4002/2 RTP/AVP 99\r\n'
      phone.answer(theirs(), 200, 'a', { body: sdpText('bob', media) })
      pass(3)
      const { headers, body } = phone.request('ACK')
      assert.equal(headers.first('Content-Type'), 'application/sdp')
      assert.deepEqual(body.match(/^m=.*(?=\r)/gm), ['m=audio 0 RTP/AVP 0 8', 'm=video 0 RTP/AVP 99'])
      phone.answer(phone.request('BYE'), 200, 'a')
    })
  })

  describe('an INVITE that is answered', () => {
    const answer = (tag = 'a', body = sdpText('bob')) => {
      phone.answer(theirs(), 200, tag, { body })
    }

    it('is reported once, with the body; the owner sends the ACK, to the Contact', () => {
      invite()
      answer()
      assert.deepEqual(told, ['answered'])
      assert.deepEqual(leg().body, sdp('bob'))
      assert.deepEqual(phone.heard(), ['INVITE'])
      leg().acknowledge()
      leg().acknowledge()
      pass(3)
      assert.equal(phone.request('ACK').uri, 'sip:phone-a@192.0.2.2')
      assert.equal(phone.request('ACK').headers.first('CSeq'), '1 ACK')
      assert.deepEqual(phone.heard(), ['ACK'])
    })

    it('sends the answer to a late offer in the ACK, and the same one in each repeated ACK', () => {
      invite({})
      answer()
      leg().acknowledge(sdp('carol'))
      answer()
      const acks = phone.got.filter(message => message.kind === 'request' && message.method === 'ACK')
      assert.deepEqual(
        acks.map(({ body }) => body),
        [sdpText('carol'), sdpText('carol')],
      )
    })

    it('repeats the ACK for a repeated 200, but only after the owner’s first ACK', () => {
      invite()
      answer()
      answer()
      assert.deepEqual(phone.heard(), ['INVITE'])
      leg().acknowledge()
      answer()
      answer()
      assert.deepEqual(phone.heard(), ['ACK', 'ACK', 'ACK'])
      assert.deepEqual(told, ['answered'])
    })

    it('by two forks: the first wins, the other gets ACK and BYE in its own dialog (§13.2.2.4)', () => {
      invite()
      phone.answer(theirs(), 180, 'a')
      phone.answer(theirs(), 180, 'b')
      answer('b')
      answer('a')
      assert.deepEqual(told, ['ringing 180', 'answered'])
      const bye = phone.request('BYE')
      assert.equal(bye.uri, 'sip:phone-a@192.0.2.2')
      assert.equal(tagOf(bye.headers.first('To')), 'a')
      phone.answer(bye, 200, 'a')
      leg().acknowledge()
      pass(3)
      assert.equal(tagOf(phone.request('ACK').headers.first('To')), 'b')
      assert.equal(endpoint.openLegs, 1)
    })

    it('by a losing fork that repeats its 200: it gets another ACK, and no second BYE', () => {
      invite()
      answer('b')
      answer('a')
      answer('a')
      pass(3)
      assert.deepEqual(phone.heard(), ['INVITE', 'ACK', 'BYE', 'ACK'])
    })

    it('and hung up before the ACK: the ACK goes first, then BYE with the reason', () => {
      invite()
      answer()
      leg().hangUp({ protocol: 'SIP', cause: 200, text: 'Call completed elsewhere' })
      pass(3)
      assert.deepEqual(phone.heard(), ['INVITE', 'ACK', 'BYE'])
      assert.deepEqual(told, ['answered', 'ended hungUpByUs'])
    })

    it('and hung up by the phone before the ACK: its BYE is answered, and the 200 gets its ACK', () => {
      invite()
      answer()
      phone.ask('BYE', '192.0.2.1', reverse(theirs(), 'a'))
      assert.deepEqual(phone.heard(), ['INVITE', '200 BYE', 'ACK'])
      assert.deepEqual(told, ['answered', 'ended hungUp'])
    })

    it('ignores cancel()', () => {
      const sent = invite()
      phone.answer(theirs(), 180, 'a')
      answer()
      sent.cancel()
      leg().acknowledge()
      pass(3)
      assert.deepEqual(phone.heard(), ['INVITE', 'ACK'])
      assert.equal(endpoint.openLegs, 1)
    })
  })

  it('in an early dialog answers OPTIONS and INFO with 200, re-INVITE with 491, UPDATE with 200, REFER with 603, BYE with 481', () => {
    invite()
    phone.answer(theirs(), 180, 'a')
    const early = reverse(theirs(), 'a')
    let cseq = 0
    for (const method of ['OPTIONS', 'INFO', 'INVITE', 'UPDATE', 'REFER', 'BYE'])
      phone.ask(method, '192.0.2.1', early, { cseq: (cseq += 1) })
    const statuses = phone.heard().filter(line => /^[2-6]/.test(line))
    assert.deepEqual(statuses, ['200 OPTIONS', '200 INFO', '491 INVITE', '200 UPDATE', '603 REFER', '481 BYE'])
    assert.deepEqual(told, ['ringing 180'])
  })

  it('answers 481 to a request of an unknown fork (§12.2.2)', () => {
    invite()
    phone.answer(theirs(), 180, 'a')
    for (const method of ['INFO', 'UPDATE', 'OPTIONS']) phone.ask(method, '192.0.2.1', reverse(theirs(), 'b'))
    const statuses = phone.heard().filter(line => /^[2-6]/.test(line))
    assert.deepEqual(statuses, ['481 INFO', '481 UPDATE', '481 OPTIONS'])
  })
})
