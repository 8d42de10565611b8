import assert from 'node:assert/strict'
import { sdp, sdpText } from './wire.js'
import { Talk } from './talk.js'

const text = (bytes: number) => ({ type: 'text/plain', text: 'x'.repeat(bytes) })
const description = (bytes: number) => ({ ...sdp('us'), text: `${sdp('us').text}a=${'x'.repeat(bytes)}\r\n` })
const tooLong = 17_000

describe('a message within a dialog that is longer than a phone gets (decision 097)', () => {
  let talk: Talk
  const info = (body: ReturnType<typeof text>): void => {
    talk.session.info(body, [], status => talk.told.push(`info ${status}`))
    talk.pass(3)
  }

  describe('to a phone that registered here', () => {
    beforeEach(() => {
      talk = Talk.outbound({ account: 'sip:bob@example.com' })
    })
    afterEach(() => talk.close())

    it('is not sent: an INFO and a re-INVITE get 513, and the call goes on', () => {
      info(text(tooLong))
      talk.renegotiate(description(tooLong))
      assert.deepEqual([talk.told, talk.phone.heard()], [['info 513', 'rejected 513'], []])
      talk.ask('OPTIONS')
      assert.deepEqual(talk.phone.heard(), ['200 OPTIONS'])
    })

    it('refuses the phone’s own re-INVITE and UPDATE with 488, if the answer of the other party is so long', () => {
      for (const method of ['INVITE', 'UPDATE']) {
        talk.ask(method, { body: sdpText('hold') })
        talk.renegotiations.pop()?.accept(description(tooLong), () => talk.told.push('confirmed'))
        talk.pass(3)
        assert.equal(talk.phone.response(488, method).body, '')
        if (method === 'INVITE') talk.ack()
      }
      assert.deepEqual(talk.told, [])
    })

    it('acknowledges the phone’s 2xx with a refusal of its offer, if the answer of the other party is so long', () => {
      talk.session.renegotiate(undefined, outcome => {
        if (outcome.kind === 'accepted') outcome.acknowledge(description(tooLong))
      })
      talk.pass(3)
      talk.phone.answer(talk.phone.request('INVITE'), 200, 'bob1', { body: sdpText('bob') })
      talk.pass(3)
      assert.ok(talk.phone.request('ACK').body.length < 1_000)
    })

    it('is a response without what the other party wrote in it', () => {
      talk.ask('INFO', { body: 'x' })
      talk.infos[0]?.respond(200, text(tooLong))
      talk.pass(3)
      assert.equal(talk.phone.response(200, 'INFO').body, '')
      talk.ask('INVITE', { body: sdpText('hold') })
      talk.renegotiations[0]?.reject(488, [['Warning', `304 carillon "${'x'.repeat(tooLong)}"`]])
      talk.pass(3)
      assert.equal(talk.phone.response(488, 'INVITE').headers.first('Warning'), undefined)
      talk.ack()
    })

    it('says nothing about the phone when it gets no response: the phone is asked by a short OPTIONS', () => {
      info(text(2_000))
      talk.pass(32_000)
      assert.deepEqual(talk.told, ['info 513'])
      talk.phone.answer(talk.phone.request('OPTIONS'), 200, 'bob1')
      talk.pass(40_000)
      assert.deepEqual(talk.told, ['info 513'])
    })

    it('ends the call when the phone does not answer the OPTIONS either', () => {
      info(text(2_000))
      talk.pass(70_000)
      assert.deepEqual(talk.told, ['info 513', 'lost noDialog'])
    })
  })

  it('goes whole to a peer that is not a phone of ours', () => {
    talk = Talk.outbound()
    info(text(tooLong))
    assert.equal(talk.phone.request('INFO').body.length, tooLong)
    talk.close()
  })
})
