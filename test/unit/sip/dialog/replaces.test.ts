import assert from 'node:assert/strict'
import type { ServerInvite } from '../../../../src/sip/dialog/invite-server.js'
import { Talk, us } from './talk.js'
import { Phone, reverse, sdp, sdpText, tagOf, toPhone, type Dialogue } from './wire.js'

describe('an INVITE with Replaces (RFC 3891)', () => {
  let talk: Talk
  let colleague: Phone
  let came: ServerInvite[]
  beforeEach(() => {
    talk = Talk.outbound()
    colleague = new Phone(talk.wire, '192.0.2.3')
    came = []
    talk.endpoint.onInvite(invite => void came.push(invite))
  })
  afterEach(() => {
    for (const invite of came) invite.reject(480)
    talk.close()
  })

  let calls = 0
  const call = (...replaces: string[]) => {
    calls += 1
    const dialogue: Dialogue = { from: `<sip:dave@h>;tag=d${calls}`, to: '<sip:us@h>', callId: `new-${calls}` }
    colleague.ask('INVITE', us, dialogue, { body: sdpText('dave'), headers: replaces.map(text => `Replaces: ${text}`) })
    return colleague.heard().filter(line => line !== '100 INVITE')
  }
  /** To contains our tag, whichever side began the dialog (§3). */
  const named = ({ callId, to, from }: Dialogue = talk.dialogue) => `${callId};to-tag=${tagOf(to)};from-tag=${tagOf(from)}`

  it('names the session to replace', () => {
    assert.deepEqual(call(named()), [])
    assert.equal(came[0]?.replaces, talk.session)
    talk.session.hangUp()
    const session = came[0]?.answer(sdp('us'))
    talk.pass(3)
    assert.equal(talk.phone.request('BYE').method, 'BYE')
    colleague.ask('ACK', us, { ...reverse(talk.phone.request('BYE')), callId: `new-${calls}` })
    session?.hangUp()
    talk.pass(33_000)
  })

  it('without the header field is an ordinary call', () => {
    assert.deepEqual(call(), [])
    assert.equal(came[0]?.replaces, undefined)
  })

  it('gets 481 when it names no dialog of ours, or has its tags swapped', () => {
    const { callId, from, to } = talk.dialogue
    assert.deepEqual(call('x;to-tag=a;from-tag=b'), ['481 INVITE'])
    assert.deepEqual(call(`${callId};to-tag=${tagOf(from)};from-tag=${tagOf(to)}`), ['481 INVITE'])
    assert.equal(came.length, 0)
  })

  it('with early-only gets 486 for an answered dialog, and 603 for one that is over', () => {
    assert.deepEqual(call(`${named()};early-only`), ['486 INVITE'])
    talk.session.hangUp()
    assert.deepEqual(call(named()), ['603 INVITE'])
  })

  it('gets 400 when the header field is unreadable or repeated', () => {
    assert.deepEqual(call('nonsense'), ['400 INVITE'])
    assert.deepEqual(call(named(), named()), ['400 INVITE'])
  })

  it('gets 603 for a phone that we ring, and 481 for a waiting caller (§3)', () => {
    const ringing = talk.endpoint.invite(
      { ...toPhone(), body: sdp('us') },
      { answered: () => undefined, refused: () => undefined },
    )
    talk.pass(3)
    const invite = talk.phone.request('INVITE')
    talk.phone.answer(invite, 180, 'r')
    assert.deepEqual(call(named(reverse(invite, 'r'))), ['603 INVITE'])
    ringing.cancel()
    talk.pass(3)
    talk.phone.answer(invite, 487, 'r')
    assert.deepEqual(call(), [])
    came[0]?.progress(180)
    talk.pass(3)
    const waiting = colleague.response(180).headers
    colleague.heard()
    const early = { callId: `new-${calls}`, to: waiting.first('To') ?? '', from: waiting.first('From') ?? '' }
    assert.deepEqual(call(named(early)), ['481 INVITE'])
  })
})
