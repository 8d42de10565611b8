import assert from 'node:assert/strict'
import { sdp, sdpText } from './wire.js'
import { Talk } from './talk.js'

const hold = { body: sdpText('hold') }

for (const side of ['inbound', 'outbound'] as const) {
  describe(`a session of an ${side} INVITE`, () => {
    let talk: Talk
    beforeEach(() => {
      talk = Talk[side]()
    })
    afterEach(() => talk.close())

    describe('and its numbers (§12.2.2)', () => {
      it('answers a number below the last with 500, and continues', () => {
        talk.ask('OPTIONS', { cseq: 20 })
        talk.ask('OPTIONS', { cseq: 19 })
        talk.ask('OPTIONS', { cseq: 900 })
        assert.deepEqual(talk.phone.heard(), ['200 OPTIONS', '500 OPTIONS', '200 OPTIONS'])
        assert.deepEqual(talk.told, [])
      })

      it('continues its own numbers from the INVITE’s', () => {
        for (const method of ['INFO', 'INFO']) talk.session.info({ type: 'text/plain', text: method }, [], () => undefined)
        talk.session.hangUp()
        talk.pass(3)
        const numbers = talk.phone.got.map(({ headers }) => headers.first('CSeq')).filter(text => /INFO|BYE/.test(text ?? ''))
        const first = side === 'inbound' ? 1 : 2
        assert.deepEqual(numbers, [`${first} INFO`, `${first + 1} INFO`, `${first + 2} BYE`])
      })
    })

    describe('and a re-INVITE of the phone', () => {
      it('is reported; its 200 is confirmed by the ACK', () => {
        talk.ask('INVITE', hold)
        assert.deepEqual(talk.renegotiations[0]?.body, sdp('hold'))
        talk.renegotiations[0]?.accept(sdp('held'), answer => talk.told.push(`confirmed ${answer?.text ?? ''}`))
        talk.pass(3)
        assert.equal(talk.phone.response(200, 'INVITE').body, sdpText('held'))
        talk.ack()
        talk.pass(5_000)
        assert.deepEqual(talk.phone.heard(), ['100 INVITE', '200 INVITE'])
        assert.deepEqual(talk.told, ['confirmed '])
      })

      it('without an offer gets ours, and the answer comes in the ACK', () => {
        talk.ask('INVITE')
        assert.equal(talk.renegotiations[0]?.body, undefined)
        talk.renegotiations[0]?.accept(sdp('offer'), answer => talk.told.push(answer?.text ?? ''))
        talk.pass(3)
        talk.ack({ body: sdpText('answer') })
        assert.deepEqual(talk.told, [sdpText('answer')])
      })

      it('is refused as the owner says', () => {
        talk.ask('INVITE', hold)
        talk.renegotiations[0]?.reject(488, [['Warning', '304 carillon "no"']])
        talk.renegotiations[0]?.accept(sdp('late'), () => undefined)
        talk.pass(3)
        assert.deepEqual(talk.phone.heard(), ['100 INVITE', '488 INVITE'])
        assert.equal(talk.phone.response(488).headers.first('Warning'), '304 carillon "no"')
      })

      it('without an ACK for the 200 ends with BYE, and the session is lost', () => {
        talk.ask('INVITE', hold)
        talk.renegotiations[0]?.accept(sdp('held'), () => undefined)
        talk.pass(32_100)
        assert.deepEqual(talk.told, ['lost noAck'])
        assert.equal(talk.phone.request('BYE').method, 'BYE')
      })

      it('is cancelled: 487, and the owner’s later answer is ignored', () => {
        talk.ask('INVITE', hold, 'z9hG4bK-re')
        talk.ask('CANCEL', { cseq: 11 }, 'z9hG4bK-re')
        talk.renegotiations[0]?.accept(sdp('held'), () => undefined)
        talk.pass(3)
        assert.deepEqual(talk.phone.heard(), ['100 INVITE', '200 CANCEL', '487 INVITE'])
        assert.deepEqual(talk.told, [])
      })

      it('with a body other than SDP gets 415, with an unknown Require 420; neither is reported', () => {
        talk.ask('INVITE', { body: 'x', type: 'text/plain' })
        talk.ask('INVITE', { ...hold, headers: ['Require: timer, nonsense'] })
        assert.equal(talk.phone.response(415).headers.first('Accept'), 'application/sdp, multipart/mixed')
        assert.equal(talk.phone.response(420).headers.first('Unsupported'), 'nonsense')
        assert.equal(talk.renegotiations.length, 0)
      })

      it('gets 488 when nobody listens', () => {
        talk.session.listen({ ended: () => undefined })
        talk.ask('INVITE', hold)
        assert.deepEqual(talk.phone.heard(), ['100 INVITE', '488 INVITE'])
      })
    })

    describe('and a re-INVITE of ours', () => {
      it('is accepted: the owner gets the answer and sends the ACK, which is repeated for each repeated 200', () => {
        talk.renegotiate(sdp('us'), false)
        const reinvite = talk.phone.request('INVITE')
        assert.equal(reinvite.headers.first('Contact'), '<sip:192.0.2.1:5060>')
        talk.phone.answer(reinvite, 200, '', { body: sdpText('bob') })
        assert.deepEqual(talk.told, ['accepted bob'])
        talk.phone.answer(reinvite, 200, '', { body: sdpText('bob') })
        assert.deepEqual(talk.phone.heard(), ['INVITE'])
        talk.acknowledge()
        talk.phone.answer(reinvite, 200, '', { body: sdpText('bob') })
        assert.deepEqual(talk.phone.heard(), ['ACK', 'ACK'])
        assert.equal(talk.phone.request('ACK').headers.first('CSeq'), reinvite.headers.first('CSeq')?.replace('INVITE', 'ACK'))
      })

      it('without an offer sends the answer in the ACK', () => {
        talk.session.renegotiate(undefined, outcome => {
          assert.deepEqual(outcome.kind === 'accepted' && outcome.body, sdp('offer'))
          if (outcome.kind === 'accepted') outcome.acknowledge(sdp('answer'))
        })
        talk.pass(3)
        talk.phone.answer(talk.phone.request('INVITE'), 200, '', { body: sdpText('offer') })
        talk.pass(3)
        assert.equal(talk.phone.request('ACK').body, sdpText('answer'))
      })

      it('is rejected: the status is reported, and the session continues', () => {
        talk.renegotiate()
        talk.phone.answer(talk.phone.request('INVITE'), 488, '', { headers: ['Warning: 304 phone "no"'] })
        assert.deepEqual(talk.told, ['rejected 488'])
        talk.renegotiate()
        talk.phone.answer(talk.phone.request('INVITE'), 200, '', { body: sdpText('bob') })
        assert.deepEqual(talk.told, ['rejected 488', 'accepted bob'])
      })

      for (const [status, told] of [
        [302, 480],
        [401, 403],
        [407, 403],
      ] as const)
        it(`is rejected by ${status}, which concerns only this leg: reported as ${told}`, () => {
          talk.renegotiate()
          talk.phone.answer(talk.phone.request('INVITE'), status, '')
          assert.deepEqual(talk.told, [`rejected ${told}`])
        })

      for (const status of [481, 408])
        it(`gets ${status}: the session is lost and ended by BYE (§12.2.1.2)`, () => {
          talk.renegotiate()
          talk.phone.answer(talk.phone.request('INVITE'), status, '')
          talk.pass(3)
          assert.deepEqual(talk.told, [`rejected ${status}`, 'lost noDialog'])
          assert.deepEqual(talk.phone.heard().slice(-2).toSorted(), ['ACK', 'BYE'])
        })

      it('without a response ends the session', () => {
        talk.renegotiate()
        talk.pass(32_100)
        assert.deepEqual(talk.told, ['rejected 408', 'lost noDialog'])
      })

      it('with nothing but 100 is cancelled after 200 s', () => {
        talk.renegotiate()
        const reinvite = talk.phone.request('INVITE')
        talk.phone.answer(reinvite, 100, '')
        talk.pass(199_000)
        assert.deepEqual(talk.phone.heard(), ['INVITE'])
        talk.pass(1_000)
        assert.deepEqual(talk.phone.heard(), ['CANCEL'])
        talk.phone.answer(reinvite, 487, '')
        assert.deepEqual(talk.told, ['rejected 487'])
      })
    })

    describe('and crossing requests (glare-is-defined)', () => {
      it('their re-INVITE while ours is pending: 491; ours is not affected', () => {
        talk.renegotiate()
        const ours = talk.phone.request('INVITE')
        talk.ask('INVITE', hold)
        assert.deepEqual(talk.phone.heard(), ['INVITE', '100 INVITE', '491 INVITE'])
        assert.equal(talk.renegotiations.length, 0)
        talk.phone.answer(ours, 200, '', { body: sdpText('bob') })
        assert.deepEqual(talk.told, ['accepted bob'])
      })

      it('their 491 to ours is reported to the owner, and we do not repeat it ourselves', () => {
        talk.renegotiate()
        talk.phone.answer(talk.phone.request('INVITE'), 491, '')
        talk.pass(10_000)
        assert.deepEqual(talk.told, ['rejected 491'])
        assert.deepEqual(talk.phone.heard(), ['INVITE', 'ACK'])
      })

      it('their second re-INVITE while the first is pending: 500 with Retry-After', () => {
        talk.ask('INVITE', hold)
        talk.ask('INVITE', hold)
        const pause = Number(talk.phone.response(500).headers.first('Retry-After'))
        assert.ok(pause >= 0 && pause <= 10, `${pause}`)
        assert.equal(talk.renegotiations.length, 1)
      })

      it('BYE while their re-INVITE is pending: 200, and 487 for the re-INVITE (§15.1.2)', () => {
        talk.ask('INVITE', hold)
        talk.ask('BYE')
        assert.deepEqual(talk.phone.heard(), ['100 INVITE', '200 BYE', '487 INVITE'])
        assert.deepEqual(talk.told, ['hungUp'])
        talk.renegotiations[0]?.accept(sdp('held'), () => assert.fail('confirmed'))
      })

      it('our BYE while our re-INVITE is pending: a 200 gets its ACK, and nothing is reported', () => {
        talk.renegotiate()
        talk.session.hangUp()
        talk.phone.answer(talk.phone.request('INVITE'), 200, '', { body: sdpText('bob') })
        talk.pass(3)
        assert.deepEqual(talk.phone.heard(), ['INVITE', 'BYE', 'ACK'])
        assert.deepEqual(talk.told, ['hungUpByUs'])
      })

      it('their BYE while our re-INVITE is pending: 200; the response to the re-INVITE is not reported', () => {
        talk.renegotiate()
        talk.ask('BYE')
        talk.phone.answer(talk.phone.request('INVITE'), 487, '')
        assert.deepEqual(talk.told, ['hungUp'])
      })

      it('a BYE of either side while ours got 100: it is cancelled, and ends even if the phone is silent', () => {
        talk.renegotiate()
        talk.phone.answer(talk.phone.request('INVITE'), 100, '')
        talk.ask('BYE')
        assert.deepEqual(talk.phone.heard(), ['INVITE', '200 BYE', 'CANCEL'])
        talk.pass(70_000)
        assert.equal(talk.endpoint.transactions, 0)
      })

      it('BYE and BYE: both get 200, and the end is reported once', () => {
        talk.session.hangUp()
        talk.ask('BYE')
        talk.phone.answer(talk.phone.request('BYE'), 200, '')
        assert.deepEqual(talk.phone.heard(), ['BYE', '200 BYE'])
        assert.deepEqual(talk.told, ['hungUpByUs'])
        assert.equal(talk.endpoint.openLegs, 0)
      })
    })

    describe('and INFO', () => {
      it('is reported and answered as the owner says, once', () => {
        talk.ask('INFO', { body: 'Signal=5', type: 'application/dtmf-relay', headers: ['Info-Package: dtmf'] })
        const [info] = talk.infos
        assert.deepEqual(info?.body, { type: 'application/dtmf-relay', text: 'Signal=5' })
        assert.deepEqual(info.headers, [['Info-Package', 'dtmf']])
        info.respond(415)
        info.respond(200)
        talk.pass(3)
        assert.deepEqual(talk.phone.heard(), ['415 INFO'])
      })

      it('of ours reports the response; 481 ends the session', () => {
        talk.session.info({ type: 'a/b', text: 'x' }, [['Info-Package', 'dtmf']], (status, body) =>
          talk.told.push(`${status} ${body?.text ?? ''}`),
        )
        talk.pass(3)
        const info = talk.phone.request('INFO')
        assert.equal(info.headers.first('Info-Package'), 'dtmf')
        talk.phone.answer(info, 200, '', { body: 'y', type: 'a/b' })
        talk.session.info(undefined, [], status => talk.told.push(`${status}`))
        talk.pass(3)
        talk.phone.answer(talk.phone.request('INFO'), 481, '')
        assert.deepEqual(talk.told, ['200 y', '481', 'lost noDialog'])
      })

      it('carries Accept in both directions, and the response says what its sender accepts (RFC 6086 §4.2.2)', () => {
        talk.ask('INFO', { headers: ['Info-Package: x', 'Accept: text/plain', 'Recv-Info: x', 'Subject: no'] })
        assert.deepEqual(talk.infos[0]?.headers, [
          ['Info-Package', 'x'],
          ['Accept', 'text/plain'],
        ])
        talk.infos[0]?.respond(200)
        talk.pass(3)
        talk.phone.response(200, 'INFO')
        const told: unknown[] = []
        talk.session.info(undefined, [['Accept', 'text/plain']], (status, _body, headers) => told.push([status, headers]))
        talk.pass(3)
        const info = talk.phone.request('INFO')
        assert.equal(info.headers.first('Accept'), 'text/plain')
        talk.phone.answer(info, 469, '', { headers: ['Recv-Info: dtmf', 'Accept: a/b', 'Warning: 399 x "no"'] })
        assert.deepEqual(told, [
          [
            469,
            [
              ['Accept', 'a/b'],
              ['Recv-Info', 'dtmf'],
            ],
          ],
        ])
      })

      it('gets 200 when nobody listens', () => {
        talk.session.listen({ ended: () => undefined })
        talk.ask('INFO')
        assert.deepEqual(talk.phone.heard(), ['200 INFO'])
      })
    })

    it('answers unknown methods with 405 and Allow', () => {
      const methods = ['SUBSCRIBE', 'NOTIFY', 'MESSAGE', 'FROBNICATE']
      for (const method of methods) talk.ask(method)
      assert.deepEqual(
        talk.phone.heard(),
        methods.map(method => `405 ${method}`),
      )
      assert.equal(
        talk.phone.response(405).headers.first('Allow'),
        'INVITE, ACK, CANCEL, BYE, INFO, OPTIONS, UPDATE, PRACK, REFER',
      )
      assert.deepEqual(talk.told, [])
    })

    it('reports the end with the phone’s Reason, once, and then answers 481', () => {
      talk.ask('BYE', { headers: ['Reason: Q.850;cause=16'] })
      talk.session.hangUp()
      talk.ask('INVITE', hold)
      talk.ask('INFO')
      assert.deepEqual(talk.phone.heard(), ['200 BYE', '100 INVITE', '481 INVITE', '481 INFO'])
      assert.deepEqual(talk.told, ['hungUp'])
      talk.renegotiate()
      assert.deepEqual(talk.told, ['hungUp', 'rejected 481'])
    })

    it('accepts a BYE with any Require, because its sender is gone', () => {
      talk.ask('BYE', { headers: ['Require: nonsense'] })
      assert.deepEqual(talk.phone.heard(), ['200 BYE'])
    })

    it('is over with our BYE, with or without a response', () => {
      talk.session.hangUp()
      assert.deepEqual(talk.told, ['hungUpByUs'])
      talk.pass(33_000)
      assert.equal(talk.endpoint.openLegs, 0)
    })

    it('sends to the Contact of the last re-INVITE in either direction (§12.2)', () => {
      talk.ask('INVITE', { ...hold, headers: ['Contact: <sip:moved@192.0.2.2:5080>'] })
      talk.renegotiations[0]?.accept(sdp('held'), () => undefined)
      talk.pass(3)
      talk.ack()
      talk.renegotiate()
      const reinvite = talk.phone.request('INVITE')
      assert.equal(reinvite.uri, 'sip:moved@192.0.2.2:5080')
      talk.phone.answer(reinvite, 200, '', { body: sdpText('bob'), headers: ['Contact: <sip:again@192.0.2.2>'] })
      talk.pass(3)
      assert.equal(talk.phone.request('ACK').uri, 'sip:again@192.0.2.2')
    })

    it('requires both tags: a request with another tag gets 481, and such an ACK is ignored', () => {
      const stranger = { ...talk.dialogue, from: '<sip:mallory@example.com>;tag=other' }
      talk.phone.ask('BYE', '192.0.2.1', stranger, { cseq: 30 })
      talk.phone.ask('ACK', '192.0.2.1', stranger, { cseq: 30 })
      talk.phone.ask('BYE', '192.0.2.1', { ...talk.dialogue, to: '<sip:us@192.0.2.1>;tag=other' }, { cseq: 31 })
      assert.deepEqual(talk.phone.heard(), ['481 BYE', '481 BYE'])
      assert.deepEqual(talk.told, [])
    })
  })
}

describe('a session that ends before its owner listens', () => {
  it('reports the end to the later listener', () => {
    const talk = Talk.inbound()
    talk.ask('BYE')
    const late: string[] = []
    talk.session.listen({ ended: ({ kind }) => late.push(kind) })
    assert.deepEqual([talk.told, late], [['hungUp'], []], 'it was told already')
    talk.close()
  })
})
