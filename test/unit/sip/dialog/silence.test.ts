import assert from 'node:assert/strict'
import { seconds } from '../../../../src/foundation/time.js'
import type { SipEndpoint } from '../../../../src/sip/endpoint.js'
import type { InviteParts } from '../../../../src/sip/invite-parts.js'
import { Phone, sdp, sdpText, toPhone, Wire } from './wire.js'

describe('an INVITE of ours without a response (decision 037)', () => {
  let wire: Wire
  let endpoint: SipEndpoint
  let first: Phone
  let second: Phone
  let told: string[]
  let behind: boolean
  beforeEach(() => {
    wire = new Wire()
    behind = false
    endpoint = wire.site('192.0.2.1', { network: { isBehind: () => behind } })
    first = new Phone(wire, '192.0.2.2')
    second = new Phone(wire, '192.0.2.3')
    told = []
  })
  // After each test nothing may be left.
  afterEach(() => {
    wire.clock.pass(250_000)
    assert.deepEqual([endpoint.openLegs, endpoint.transactions, wire.clock.size], [0, 0, 0])
  })

  const pass = (ms: number) => wire.clock.pass(ms)
  const invite = (parts: Partial<InviteParts> = {}) => {
    const sent = endpoint.invite(
      { ...toPhone(), body: sdp('carol'), ...parts },
      {
        ringing: status => told.push(`ringing ${status}`),
        answered: leg => {
          told.push('answered')
          leg.listen({ ended: ({ kind }) => told.push(`ended ${kind}`) })
          leg.acknowledge()
          leg.hangUp()
        },
        refused: ({ status, silent }) => told.push(`refused ${status}${silent ? ', silent' : ''}`),
      },
    )
    pass(3)
    return sent
  }
  const invites = (phone: Phone) => phone.heard().filter(line => line === 'INVITE').length

  describe('to a phone', () => {
    const heardWithin = seconds(5)

    it('fails with 408 after 5 s, when it was sent four times', () => {
      invite({ limits: { heardWithin } })
      pass(4_990)
      assert.deepEqual(told, [])
      pass(10)
      assert.deepEqual(told, ['refused 408, silent'])
      assert.equal(invites(first), 4)
    })

    it('fails with 513 if the INVITE has more than 4 KiB, because the network or the phone may not have taken it', () => {
      invite({ limits: { heardWithin }, body: { ...sdp('carol'), text: `${sdp('carol').text}a=${'x'.repeat(4_096)}\r\n` } })
      pass(5_000)
      assert.deepEqual(told, ['refused 513'])
    })

    describe('with more than 1,300 bytes, which some networks lose', () => {
      const long = (bytes: number): Partial<InviteParts> => ({
        limits: { heardWithin },
        body: { ...sdp('carol'), text: `${sdp('carol').text}a=${'x'.repeat(bytes)}\r\n` },
      })
      const asked = (phone: Phone) => phone.heard().filter(line => line === 'OPTIONS').length

      it('asks the phone by a short OPTIONS, and fails with 513 after 5 s if the phone answers', () => {
        invite(long(1_300))
        pass(2_490)
        assert.equal(asked(first), 0)
        pass(10)
        const options = first.request('OPTIONS')
        assert.deepEqual([options.uri, options.body], [first.request('INVITE').uri, ''])
        first.answer(options, 200, 'a')
        assert.deepEqual(told, [])
        pass(2_500)
        assert.deepEqual(told, ['refused 513'])
      })

      it('keeps the address for other calls then', () => {
        wire.alternatives.push('192.0.2.2')
        invite(long(1_300))
        pass(2_500)
        first.answer(first.request('OPTIONS'), 200, 'a')
        pass(8_000)
        assert.deepEqual(told, ['refused 513'])
      })

      it('says that the phone is silent if it does not answer', () => {
        invite(long(1_300))
        pass(5_000)
        assert.deepEqual(told, ['refused 408, silent'])
      })

      it('does not believe a proxy that can’t reach the phone', () => {
        invite(long(1_300))
        pass(2_500)
        first.answer(first.request('OPTIONS'), 480, 'a')
        pass(2_500)
        assert.deepEqual(told, ['refused 408, silent'])
      })

      it('does not ask after a response, nor for a shorter INVITE', () => {
        invite(long(1_300))
        first.answer(first.request('INVITE'), 100, 'a')
        invite({ limits: { heardWithin } })
        pass(5_000)
        assert.equal(asked(first), 0)
        first.answer(first.request('INVITE'), 486, 'a')
      })

      it('sends the phone nothing of this length for 2 minutes, so that no agent waits for it', () => {
        invite(long(1_300))
        pass(2_500)
        first.answer(first.request('OPTIONS'), 200, 'a')
        pass(3_000)
        first.heard()
        told.length = 0
        invite(long(1_300))
        assert.deepEqual([told, invites(first)], [['refused 513'], 0])
        invite(long(1_000))
        pass(500)
        assert.equal(invites(first), 1)
        pass(120_000)
        first.heard()
        invite(long(1_300))
        assert.equal(invites(first), 1)
      })

      it('learns the limit of a phone in a few silences, also if each INVITE is a little shorter than the one before', () => {
        /** In bytes. The phone reads no longer body. */
        const limit = 3_000
        let silences = 0
        for (let bytes = 15_000; bytes > limit; bytes -= 100) {
          invite(long(bytes))
          if (invites(first) === 0) continue
          silences += 1
          pass(2_500)
          if (asked(first) > 0) first.answer(first.request('OPTIONS'), 200, 'a')
          pass(3_000)
          first.heard()
        }
        assert.ok(silences <= 4, `${silences} INVITEs were sent`)
      })
    })

    for (const status of [100, 180, 183]) {
      it(`waits after a ${status}, for any time`, () => {
        invite({ limits: { heardWithin } })
        pass(4_900)
        first.answer(first.request('INVITE'), status, 'a')
        pass(60_000)
        assert.deepEqual(
          told.filter(word => word !== `ringing ${status}`),
          [],
        )
        first.answer(first.request('INVITE'), 486, 'a')
        assert.equal(told.at(-1), 'refused 486')
      })
    }

    it('gets CANCEL when a response comes after it failed', () => {
      invite({ limits: { heardWithin } })
      pass(6_000)
      first.answer(first.request('INVITE'), 180, 'a')
      assert.equal(first.request('CANCEL').headers.first('Via'), first.request('INVITE').headers.first('Via'))
      first.answer(first.request('CANCEL'), 200, 'a')
      first.answer(first.request('INVITE'), 487, 'a')
      assert.deepEqual(told, ['refused 408, silent'])
    })

    it('gets ACK and BYE when a 200 comes after it failed', () => {
      invite({ limits: { heardWithin } })
      pass(6_000)
      first.heard()
      first.answer(first.request('INVITE'), 200, 'a', { body: sdpText('bob') })
      assert.deepEqual(first.heard(), ['ACK', 'BYE'])
      first.answer(first.request('BYE'), 200, 'a')
      assert.deepEqual(told, ['refused 408, silent'])
    })

    it('does not fail while received messages wait unread', () => {
      invite({ limits: { heardWithin } })
      behind = true
      pass(6_000)
      assert.deepEqual(told, [])
      behind = false
      pass(5_000)
      assert.deepEqual(told, ['refused 408, silent'])
    })

    it('fails once, by the owner’s cancel, before that time', () => {
      const sent = invite({ limits: { heardWithin } })
      pass(1_000)
      sent.cancel()
      pass(60_000)
      assert.deepEqual(told, [])
    })
  })

  it('waits for timer B when no time was given', () => {
    invite()
    pass(31_900)
    assert.deepEqual(told, [])
    pass(100)
    assert.deepEqual(told, ['refused 408, silent'])
  })

  describe('to the first of several addresses', () => {
    beforeEach(() => wire.alternatives.push('192.0.2.3'))
    const answerSecond = () => second.answer(second.request('INVITE'), 200, 'b', { body: sdpText('bob') })
    const overAtSecond = () => {
      second.answer(second.request('BYE'), 200, 'b')
      assert.deepEqual(told, ['answered', 'ended hungUpByUs'])
    }

    it('goes on to the second after 5 s, with or without a given time', () => {
      invite()
      pass(4_990)
      assert.equal(invites(second), 0)
      pass(20)
      assert.equal(invites(second), 1)
      answerSecond()
      overAtSecond()
    })

    it('goes on after half a second when the host reports a closed port (RFC 3261 §18.4)', () => {
      wire.closed.add('192.0.2.2')
      invite()
      pass(490)
      assert.equal(invites(second), 0)
      pass(20)
      assert.equal(invites(second), 1)
      answerSecond()
      overAtSecond()
    })

    it('does not go on after a response, even if the port is reported as closed', () => {
      wire.closed.add('192.0.2.2')
      invite()
      first.answer(first.request('INVITE'), 100, 'a')
      pass(60_000)
      assert.equal(invites(second), 0)
      first.answer(first.request('INVITE'), 486, 'a')
      assert.deepEqual(told, ['refused 486'])
    })

    it('fails when the last address is silent too', () => {
      invite({ limits: { heardWithin: seconds(5) } })
      pass(9_990)
      assert.deepEqual(told, [])
      pass(20)
      assert.deepEqual(told, ['refused 408, silent'])
    })

    it('cancels the first when it rings late, with its own Via, and the second continues', () => {
      invite()
      pass(5_010)
      const [one, other] = [first, second].map(phone => phone.request('INVITE').headers.first('Via'))
      assert.notEqual(one, other)
      first.answer(first.request('INVITE'), 180, 'a')
      first.answer(first.request('INVITE'), 180, 'a')
      assert.equal(first.request('CANCEL').headers.first('Via'), one)
      first.answer(first.request('CANCEL'), 200, 'a')
      first.answer(first.request('INVITE'), 487, 'a')
      assert.equal(first.request('ACK').headers.first('Via'), one)
      assert.equal(first.heard().filter(line => line === 'CANCEL').length, 1)
      assert.deepEqual(told, [])
      answerSecond()
      overAtSecond()
    })

    it('ends a late answer of the first with ACK and BYE, and the second continues', () => {
      invite()
      pass(5_010)
      first.heard()
      first.answer(first.request('INVITE'), 200, 'a', { body: sdpText('bob') })
      first.answer(first.request('INVITE'), 200, 'a', { body: sdpText('bob') })
      assert.deepEqual(first.heard(), ['ACK', 'BYE', 'ACK'])
      first.answer(first.request('BYE'), 200, 'a')
      answerSecond()
      overAtSecond()
    })

    it('ends a late answer of the first when the second has answered', () => {
      invite()
      pass(5_010)
      answerSecond()
      overAtSecond()
      first.heard()
      first.answer(first.request('INVITE'), 200, 'a', { body: sdpText('bob') })
      assert.deepEqual(first.heard(), ['ACK', 'BYE'])
      first.answer(first.request('BYE'), 200, 'a')
    })

    it('goes on to no other address once it is cancelled', () => {
      invite({ limits: { heardWithin: seconds(5) } }).cancel()
      pass(60_000)
      assert.equal(invites(second), 0)
      assert.deepEqual(told, [])
    })
  })
})
