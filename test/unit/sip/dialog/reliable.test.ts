import type { AnsweredLeg } from '../../../../src/legs/leg.js'
import assert from 'node:assert/strict'
import type { ServerInvite } from '../../../../src/sip/dialog/invite-server.js'
import type { SipEndpoint } from '../../../../src/sip/endpoint.js'
import type { InviteParts } from '../../../../src/sip/invite-parts.js'
import { lineOf, Phone, reverse, sdp, sdpText, toPhone, Wire, type Dialogue } from './wire.js'

const us = '192.0.2.1'
const reliable = (rseq: number, ...more: string[]) => ({ headers: ['Require: 100rel', `RSeq: ${rseq}`, ...more] })

describe('reliable provisional responses (RFC 3262)', () => {
  let wire: Wire
  let endpoint: SipEndpoint
  let phone: Phone
  let told: string[]
  beforeEach(() => {
    wire = new Wire()
    endpoint = wire.site(us)
    phone = new Phone(wire, '192.0.2.2')
    told = []
  })
  afterEach(() => {
    wire.clock.pass(250_000)
    assert.deepEqual([endpoint.openLegs, endpoint.transactions, wire.clock.size], [0, 0, 0])
  })
  const pass = (ms: number) => wire.clock.pass(ms)

  describe('from a phone that we call', () => {
    let legs: AnsweredLeg[]
    beforeEach(() => (legs = []))
    const invite = (parts: Partial<InviteParts> = { body: sdp('us') }) => {
      const sent = endpoint.invite(
        { ...toPhone(), ...parts },
        {
          ringing: status => told.push(`ringing ${status}`),
          answered: leg => {
            told.push(`answered ${leg.body?.text.slice(7, 10) ?? ''}`)
            legs.push(leg)
            leg.acknowledge()
          },
          refused: ({ status }) => told.push(`refused ${status}`),
        },
      )
      pass(3)
      return sent
    }
    const theirs = () => phone.request('INVITE')
    const answerPrack = () => phone.answer(phone.request('PRACK'), 200, '')
    const racks = () => phone.got.filter(message => lineOf(message) === 'PRACK').map(({ headers }) => headers.first('RAck'))
    const hangUp = () => {
      legs[0]?.hangUp()
      pass(3)
      phone.answer(phone.request('BYE'), 200, '')
    }

    it('are requested when we send an offer, and acknowledged once, in the early dialog', () => {
      invite()
      assert.match(theirs().headers.first('Supported') ?? '', /100rel/)
      phone.answer(theirs(), 180, 'a', reliable(4711, 'Record-Route: <sip:192.0.2.2;lr>'))
      pass(3)
      const prack = phone.request('PRACK')
      assert.deepEqual(
        [prack.uri, prack.headers.first('Route'), prack.headers.first('RAck'), prack.headers.first('CSeq')],
        ['sip:phone-a@192.0.2.2', '<sip:192.0.2.2;lr>', '4711 1 INVITE', '2 PRACK'],
      )
      answerPrack()
      phone.answer(theirs(), 180, 'a', reliable(4711))
      pass(3)
      assert.deepEqual(racks(), ['4711 1 INVITE'], 'a repetition is dropped')
      assert.deepEqual(told, ['ringing 180'])
      phone.answer(theirs(), 486, 'a')
    })

    it('are processed in order: one that comes too early is neither acknowledged nor reported (§4)', () => {
      invite()
      phone.answer(theirs(), 183, 'a', reliable(10))
      pass(3)
      answerPrack()
      phone.answer(theirs(), 180, 'a', reliable(12))
      pass(3)
      assert.deepEqual([told, racks()], [['ringing 183'], ['10 1 INVITE']])
      phone.answer(theirs(), 183, 'a', reliable(11))
      pass(3)
      answerPrack()
      phone.answer(theirs(), 180, 'a', reliable(12))
      pass(3)
      answerPrack()
      assert.deepEqual(racks(), ['10 1 INVITE', '11 1 INVITE', '12 1 INVITE'])
      assert.deepEqual(told, ['ringing 183', 'ringing 180'])
      phone.answer(theirs(), 486, 'a')
    })

    it('are counted for each fork separately', () => {
      invite()
      phone.answer(theirs(), 180, 'a', reliable(10))
      phone.answer(theirs(), 180, 'b', reliable(90))
      pass(3)
      assert.deepEqual(racks(), ['10 1 INVITE', '90 1 INVITE'])
      phone.answer(theirs(), 486, 'a')
    })

    it('without both header fields count as unreliable', () => {
      invite()
      phone.answer(theirs(), 180, 'a', { headers: ['RSeq: 5'] })
      phone.answer(theirs(), 183, 'a', { headers: ['Require: 100rel'] })
      assert.deepEqual([told, racks()], [['ringing 180', 'ringing 183'], []])
      phone.answer(theirs(), 486, 'a')
    })

    it('may contain the answer for a 200 without one; the dialog’s requests continue the count', () => {
      invite()
      phone.answer(theirs(), 183, 'a', { ...reliable(1), body: sdpText('bob') })
      pass(3)
      assert.equal(phone.request('PRACK').body, '')
      answerPrack()
      phone.answer(theirs(), 200, 'a')
      pass(3)
      assert.deepEqual(told, ['ringing 183', 'answered bob'])
      assert.deepEqual([phone.request('ACK').headers.first('CSeq'), phone.request('ACK').body], ['1 ACK', ''])
      hangUp()
      assert.equal(phone.request('BYE').headers.first('CSeq'), '3 BYE')
    })

    it('are not requested when we want an offer, because it would come in one of them', () => {
      invite({})
      assert.doesNotMatch(theirs().headers.first('Supported') ?? '', /100rel/)
      phone.answer(theirs(), 486, 'a')
    })

    it('are acknowledged even after our CANCEL, and a lost PRACK does no harm', () => {
      const sent = invite()
      phone.answer(theirs(), 180, 'a')
      sent.cancel()
      pass(3)
      phone.answer(theirs(), 183, 'a', reliable(3))
      pass(3)
      phone.answer(phone.request('PRACK'), 481, '')
      phone.answer(theirs(), 487, 'a')
      assert.deepEqual(told, ['ringing 180'])
      assert.equal(racks().length, 1)
    })

    it('make us answer a PRACK of the phone with 481', () => {
      invite()
      phone.answer(theirs(), 180, 'a')
      phone.ask('PRACK', us, reverse(theirs(), 'a'), { headers: ['RAck: 1 1 INVITE'] })
      assert.equal(phone.response(481, 'PRACK').status, 481)
      phone.answer(theirs(), 486, 'a')
    })
  })

  describe('to a caller who calls us', () => {
    const dialogue: Dialogue = { from: '<sip:carol@h>;tag=c', to: '<sip:support@h>', callId: 'call', branch: 'z9hG4bK-i' }
    let invites: ServerInvite[]
    beforeEach(() => {
      invites = []
      endpoint.onInvite(invite => {
        invites.push(invite)
        invite.listen({ cancelled: () => told.push('cancelled') })
      })
    })
    const call = (headers = ['Require: 100rel'], body = sdpText('carol')): ServerInvite => {
      phone.ask('INVITE', us, dialogue, { body, headers })
      phone.heard()
      return invites[0] ?? assert.fail('no INVITE')
    }
    const rung = (status = 180) => phone.response(status)
    const rseqOf = (status = 180) => Number(rung(status).headers.first('RSeq'))
    const within = (status = 180): Dialogue => ({
      from: dialogue.from,
      to: rung(status).headers.first('To') ?? '',
      callId: dialogue.callId,
    })
    let cseq = 1
    const prack = (rack: string, status = 180) =>
      phone.ask('PRACK', us, within(status), { cseq: (cseq += 1), headers: [`RAck: ${rack}`] })
    beforeEach(() => (cseq = 1))
    const heard = () => phone.heard().filter(line => line !== '100 INVITE')
    const end = (invite: ServerInvite) => {
      invite.reject(480)
      pass(3)
      phone.ask('ACK', us, { ...within(480), branch: 'z9hG4bK-i' })
    }

    it('have RSeq and Require when required, and are repeated after T1, doubling, until the PRACK, which gets 200', () => {
      const invite = call()
      invite.progress(180)
      pass(7_400)
      assert.deepEqual(heard(), ['180 INVITE', '180 INVITE', '180 INVITE', '180 INVITE'], 'at 0, 0.5, 1.5 and 3.5 s')
      assert.equal(rung().headers.first('Require'), '100rel')
      assert.ok(rseqOf() >= 1 && rseqOf() < 2 ** 31)
      prack(`${rseqOf()} 1 INVITE`)
      assert.deepEqual(heard(), ['200 PRACK'])
      pass(60_000)
      assert.deepEqual(heard(), [])
      assert.deepEqual(told, [])
      end(invite)
    })

    it('get no acknowledgement from a PRACK for none of them: it gets 481', () => {
      const invite = call()
      invite.progress(180)
      pass(3)
      for (const rack of [`${rseqOf() + 1} 1 INVITE`, `${rseqOf()} 2 INVITE`, `${rseqOf()} 1 BYE`, 'nonsense']) prack(rack)
      assert.deepEqual(heard(), ['180 INVITE', '481 PRACK', '481 PRACK', '481 PRACK', '481 PRACK'])
      pass(600)
      assert.deepEqual(heard(), ['180 INVITE'])
      prack(`${rseqOf()} 1 INVITE`)
      prack(`${rseqOf()} 1 INVITE`)
      assert.deepEqual(heard(), ['200 PRACK', '481 PRACK'])
      end(invite)
    })

    it('are sent one at a time; the newest waiting one follows, with the next number', () => {
      const invite = call()
      invite.progress(182, 'Position 3')
      invite.progress(182, 'Position 2')
      invite.progress(180)
      pass(100)
      assert.deepEqual(heard(), ['182 INVITE'])
      const first = rseqOf(182)
      prack(`${first} 1 INVITE`, 182)
      assert.deepEqual(heard(), ['200 PRACK', '180 INVITE'])
      assert.equal(rseqOf(), first + 1)
      prack(`${first + 1} 1 INVITE`)
      end(invite)
    })

    it('that stay unacknowledged for 64*T1 end with 504, and this is reported (§3)', () => {
      const invite = call()
      invite.progress(180)
      pass(31_900)
      assert.deepEqual(told, [])
      pass(200)
      assert.deepEqual(told, ['cancelled'])
      assert.equal(heard().at(-1), '504 INVITE')
      invite.answer(sdp('us'))
    })

    it('do not delay the 200; a PRACK after it gets 200, and a second one 481', () => {
      const invite = call()
      invite.progress(180)
      const session = invite.answer(sdp('us'))
      pass(3)
      phone.ask('ACK', us, within(), { cseq: 1 })
      prack(`${rseqOf()} 1 INVITE`)
      prack(`${rseqOf()} 1 INVITE`)
      pass(5_000)
      assert.deepEqual(heard(), ['180 INVITE', '200 INVITE', '200 PRACK', '481 PRACK'])
      session.hangUp()
      pass(3)
      phone.answer(phone.request('BYE'), 200, '')
    })

    it('are sent unreliably when the caller does not require reliability, even if they support it', () => {
      const invite = call(['Supported: 100rel'])
      invite.progress(180)
      pass(5_000)
      assert.deepEqual(heard(), ['180 INVITE'])
      assert.equal(rung().headers.first('RSeq'), undefined)
      end(invite)
    })

    it('other than 100 are not sent to a caller who requires reliability and our offer, because there is no offer to send', () => {
      const invite = call(['Require: 100rel'], '')
      invite.progress(180)
      pass(5_000)
      assert.deepEqual(heard(), [])
      invite.reject(480)
      pass(3)
      phone.ask('ACK', us, { ...within(480), branch: 'z9hG4bK-i' })
    })

    it('allow UPDATE before the 200: 500 with an offer, because the INVITE’s has no answer; 200 without, and it moves the target', () => {
      const invite = call([])
      invite.progress(180)
      pass(3)
      phone.ask('UPDATE', us, within(), { cseq: 2, body: sdpText('hold') })
      assert.match(phone.response(500).headers.first('Retry-After') ?? '', /^\d+$/)
      phone.ask('UPDATE', us, within(), { cseq: 3, headers: ['Contact: <sip:moved@192.0.2.2>'] })
      phone.ask('REFER', us, within(), { cseq: 4, headers: ['Refer-To: <sip:bob@h>'] })
      assert.deepEqual(heard(), ['180 INVITE', '500 UPDATE', '200 UPDATE', '603 REFER'])
      const session = invite.answer(sdp('us'))
      pass(3)
      phone.ask('ACK', us, within(), { cseq: 1 })
      session.hangUp()
      pass(3)
      assert.equal(phone.request('BYE').uri, 'sip:moved@192.0.2.2')
      phone.answer(phone.request('BYE'), 200, '')
    })
  })
})
