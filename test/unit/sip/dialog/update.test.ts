import assert from 'node:assert/strict'
import { Talk } from './talk.js'
import { sdp, sdpText } from './wire.js'

const hold = { body: sdpText('hold') }

for (const side of ['inbound', 'outbound'] as const) {
  describe(`UPDATE (RFC 3311) in a session of an ${side} INVITE`, () => {
    let talk: Talk
    beforeEach(() => {
      talk = Talk[side]()
    })
    afterEach(() => talk.close())

    it('with an offer is a renegotiation: answered by 200 with SDP and Contact, confirmed at once', () => {
      talk.ask('UPDATE', hold)
      assert.deepEqual(talk.renegotiations[0]?.body, sdp('hold'))
      talk.renegotiations[0]?.accept(sdp('held'), answer => talk.told.push(`confirmed ${answer?.text ?? ''}`))
      talk.pass(3)
      const { body, headers } = talk.phone.response(200, 'UPDATE')
      assert.deepEqual([body, headers.first('Contact')], [sdpText('held'), '<sip:192.0.2.1:5060>'])
      assert.deepEqual(talk.told, ['confirmed '])
      talk.pass(60_000)
      assert.deepEqual(talk.phone.heard(), ['200 UPDATE'])
    })

    it('with several parts is a renegotiation by its description; a part that must be understood and is not gets 415 (RFC 5621)', () => {
      const parts = (handling: string): { body: string; type: string } => ({
        type: 'multipart/mixed;boundary=b',
        body: [
          ...[
            '--b',
            'Content-Type: application/isup;version=itu-t',
            `Content-Disposition: signal;handling=${handling}`,
            '',
            'isup',
          ],
          ...['--b', 'Content-Type: application/sdp', '', sdpText('hold'), '--b--', ''],
        ].join('\r\n'),
      })
      talk.ask('UPDATE', parts('optional'))
      assert.deepEqual(talk.renegotiations[0]?.body?.text.trim(), sdpText('hold').trim())
      talk.renegotiations[0].accept(sdp('held'), () => undefined)
      talk.pass(3)
      assert.equal(talk.phone.response(200, 'UPDATE').body, sdpText('held'))
      talk.ask('UPDATE', parts('required'))
      assert.equal(talk.phone.response(415, 'UPDATE').headers.first('Accept'), 'application/sdp, multipart/mixed')
      assert.equal(talk.renegotiations.length, 1)
    })

    it('without an offer is answered 200 without the owner, and moves the target', () => {
      talk.ask('UPDATE', { headers: ['Contact: <sip:moved@192.0.2.2:5080>'] })
      assert.equal(talk.phone.response(200, 'UPDATE').headers.first('Contact'), '<sip:192.0.2.1:5060>')
      assert.equal(talk.renegotiations.length, 0)
      talk.session.info(undefined, [], () => undefined)
      talk.pass(3)
      assert.equal(talk.phone.request('INFO').uri, 'sip:moved@192.0.2.2:5080')
    })

    it('is refused with what the owner says, and by 488 when nobody listens or no answer is given', () => {
      talk.ask('UPDATE', hold)
      talk.renegotiations[0]?.reject(488, [['Warning', '304 carillon "no"']])
      talk.pass(3)
      assert.equal(talk.phone.response(488).headers.first('Warning'), '304 carillon "no"')
      talk.ask('UPDATE', hold)
      talk.renegotiations[1]?.accept(undefined, () => assert.fail('confirmed'))
      talk.session.listen({ ended: () => undefined })
      talk.ask('UPDATE', hold)
      assert.deepEqual(talk.phone.heard(), ['488 UPDATE', '488 UPDATE', '488 UPDATE'])
    })

    it('gets 504 when the owner takes more than 20 s; a late answer is ignored', () => {
      talk.ask('UPDATE', hold)
      talk.pass(19_900)
      assert.deepEqual(talk.phone.heard(), [])
      talk.pass(200)
      talk.renegotiations[0]?.accept(sdp('held'), () => assert.fail('confirmed'))
      talk.pass(3)
      assert.deepEqual(talk.phone.heard(), ['504 UPDATE'])
      talk.ask('UPDATE', hold)
      assert.equal(talk.renegotiations.length, 2, 'the next UPDATE is reported')
    })

    it('with another body than SDP gets 415', () => {
      talk.ask('UPDATE', { body: 'x', type: 'text/plain' })
      assert.deepEqual(talk.phone.heard(), ['415 UPDATE'])
    })

    describe('and crossing requests (glare-is-defined, §5.2)', () => {
      for (const [first, second] of [
        ['UPDATE', 'UPDATE'],
        ['UPDATE', 'INVITE'],
        ['INVITE', 'UPDATE'],
      ] as const)
        it(`${second} while their ${first} is not answered: 500 with Retry-After`, () => {
          talk.ask(first, hold)
          talk.ask(second, hold)
          const { headers } = talk.phone.response(500, second)
          assert.match(headers.first('Retry-After') ?? '', /^(?:\d|10)$/)
          assert.equal(talk.renegotiations.length, 1)
        })
    })
  })
}
