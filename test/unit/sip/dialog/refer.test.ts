import assert from 'node:assert/strict'
import type { SipMessage } from '../../../../src/sip/message/message.js'
import type { ReferProgress } from '../../../../src/legs/refer.js'
import { Talk } from './talk.js'

const bob = 'Refer-To: <sip:bob@example.com>'

for (const side of ['inbound', 'outbound'] as const) {
  describe(`REFER (RFC 3515) in a session of an ${side} INVITE`, () => {
    let talk: Talk
    beforeEach(() => {
      talk = Talk[side]()
    })
    afterEach(() => talk.close())

    const isNotify = (message: SipMessage) => message.kind === 'request' && message.method === 'NOTIFY'
    const news = () =>
      talk.phone.got
        .filter(isNotify)
        .map(({ headers, body }) => `${headers.first('Event')} ${headers.first('Subscription-State')} ${body.trim()}`)
    /** The phone answers the last NOTIFY. */
    const taken = (status = 200) => {
      talk.phone.answer(talk.phone.request('NOTIFY'), status, '')
      talk.pass(3)
    }
    const accept = (): ReferProgress => {
      const progress = talk.refers.at(-1)?.accept() ?? assert.fail('no REFER came')
      talk.pass(3)
      return progress
    }

    it('reports the target; not Referred-By, which proves nothing (RFC 3892)', () => {
      talk.ask('REFER', { headers: ['r: "Bob" <sip:bob@example.com;method=INVITE>', 'b: <sip:carol@h>;cid="x"'] })
      const { to, replaces } = talk.refers[0] ?? assert.fail()
      assert.deepEqual([to, replaces], ['sip:bob@example.com', undefined])
      talk.refers[0]?.reject(404)
      talk.pass(3)
      assert.deepEqual(talk.phone.heard(), ['404 REFER'])
    })

    it('accepted: sends 202, and NOTIFYs at once, when the target rings, and at the end', () => {
      talk.ask('REFER', { headers: [bob] })
      const progress = accept()
      assert.deepEqual(talk.phone.heard(), ['202 REFER', 'NOTIFY'])
      assert.equal(talk.phone.response(202).headers.first('Contact'), '<sip:192.0.2.1:5060>')
      assert.equal(talk.phone.request('NOTIFY').headers.first('Content-Type'), 'message/sipfrag;version=2.0')
      taken()
      progress.ringing()
      talk.pass(3)
      taken()
      progress.done(200)
      progress.done(486)
      progress.ringing()
      talk.pass(3)
      taken()
      assert.deepEqual(news(), [
        'refer active;expires=300 SIP/2.0 100 Trying',
        'refer active;expires=300 SIP/2.0 180 Ringing',
        'refer terminated;reason=noresource SIP/2.0 200 OK',
      ])
    })

    it('sends one NOTIFY at a time, and newer news replaces news that waits', () => {
      talk.ask('REFER', { headers: [bob] })
      const progress = accept()
      progress.ringing()
      progress.done(603, 'Not now')
      talk.pass(3)
      assert.equal(news().length, 1)
      taken()
      assert.equal(news().at(-1), 'refer terminated;reason=noresource SIP/2.0 603 Not now')
      assert.equal(news().length, 2)
    })

    it('adds its number to the NOTIFYs of a second one (§2.4.6)', () => {
      talk.ask('REFER', { headers: [bob] })
      talk.refers[0]?.reject(486)
      talk.ask('REFER', { cseq: 77, headers: [bob] })
      accept().done(404)
      taken()
      assert.deepEqual(news(), [
        'refer;id=77 active;expires=300 SIP/2.0 100 Trying',
        'refer;id=77 terminated;reason=noresource SIP/2.0 404 Not Found',
      ])
    })

    it('sends no NOTIFYs to a peer that wants none, and says so (RFC 4488)', () => {
      talk.ask('REFER', { headers: [bob, 'Refer-Sub: false', 'Require: norefersub'] })
      accept().done(200)
      talk.pass(3)
      assert.deepEqual(talk.phone.heard(), ['202 REFER'])
      assert.equal(talk.phone.response(202).headers.first('Refer-Sub'), 'false')
    })

    it('sends NOTIFYs even after the peer has hung up (RFC 5057 §4.1), until the peer rejects one', () => {
      talk.ask('REFER', { headers: [bob] })
      const progress = accept()
      taken()
      talk.ask('BYE')
      progress.ringing()
      talk.pass(3)
      taken(481)
      progress.done(200)
      talk.pass(3)
      assert.deepEqual(news().length, 2)
      assert.deepEqual(talk.told, ['hungUp'])
    })

    it('ends the NOTIFYs, and not the session, when a NOTIFY gets no response', () => {
      talk.ask('REFER', { headers: [bob] })
      const progress = accept()
      talk.pass(32_100)
      progress.done(200)
      assert.equal(new Set(news()).size, 1)
      assert.deepEqual(talk.told, [])
    })

    it('names the leg to replace when it is ours (RFC 3891)', () => {
      const { callId, from, to } = talk.dialogue
      const tag = (text: string) => /tag=(.*)/.exec(text)?.[1] ?? ''
      const escaped = encodeURIComponent(`${callId};to-tag=${tag(to)};from-tag=${tag(from)}`)
      talk.ask('REFER', { headers: [`Refer-To: <sip:support@example.com?Replaces=${escaped}>`] })
      assert.equal(talk.refers[0]?.replaces?.leg, talk.session)
      talk.refers[0]?.reject(603)
      talk.ask('REFER', { headers: ['Refer-To: <sip:bob@h?Replaces=x%3Bto-tag%3Da%3Bfrom-tag%3Db%3Bearly-only>'] })
      const { replaces } = talk.refers[1] ?? assert.fail()
      assert.deepEqual(replaces, { callId: 'x', toTag: 'a', fromTag: 'b', earlyOnly: true })
      talk.refers[1]?.reject(603)
    })

    it('gets 400 when malformed, and 603 for another method or without a listener', () => {
      talk.ask('REFER')
      talk.ask('REFER', { headers: [bob, bob] })
      talk.ask('REFER', { headers: ['Refer-To: <sip:bob@h;method=BYE>'] })
      talk.session.listen({ ended: () => undefined })
      talk.ask('REFER', { headers: [bob] })
      assert.deepEqual(talk.phone.heard(), ['400 REFER', '400 REFER', '603 REFER', '603 REFER'])
      assert.equal(talk.refers.length, 0)
    })

    it('glare-is-defined: gets 481 after our BYE; a BYE during a pending REFER does not answer it', () => {
      talk.ask('REFER', { headers: [bob] })
      talk.ask('BYE')
      talk.refers[0]?.reject(603)
      talk.refers[0]?.accept().done(200)
      talk.ask('REFER', { headers: [bob] })
      assert.deepEqual(talk.phone.heard(), ['200 BYE', '603 REFER', '481 REFER'])
    })
  })
}
