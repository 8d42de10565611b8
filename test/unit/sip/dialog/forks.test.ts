import assert from 'node:assert/strict'
import type { AnsweredLeg } from '../../../../src/legs/leg.js'
import type { SipEndpoint } from '../../../../src/sip/endpoint.js'
import { Phone, sdp, sdpText, tagOf, toPhone, Wire } from './wire.js'

/** The limit of forks, and the limit of reliable provisional responses of all forks together. */
const [mostForks, mostReliable] = [16, 100]

describe('a phone that answers one INVITE with many tags', () => {
  let wire: Wire
  let endpoint: SipEndpoint
  let phone: Phone
  let legs: AnsweredLeg[]
  beforeEach(() => {
    wire = new Wire()
    endpoint = wire.site('192.0.2.1')
    phone = new Phone(wire, '192.0.2.2')
    legs = []
  })
  // After each test nothing may be left.
  afterEach(() => {
    for (const leg of legs) leg.hangUp()
    wire.clock.pass(250_000)
    assert.deepEqual([endpoint.openLegs, endpoint.transactions, wire.clock.size], [0, 0, 0])
  })

  const call = () => {
    const sent = endpoint.invite(
      { ...toPhone(), body: sdp('carol') },
      { answered: leg => void legs.push(leg), refused: () => undefined },
    )
    wire.clock.pass(3)
    return sent
  }
  const answers = (count: number, prefix = 'fork'): void => {
    const invite = phone.request('INVITE')
    for (let fork = 0; fork < count; fork += 1) phone.answer(invite, 200, `${prefix}${fork}`, { body: sdpText('bob') })
  }
  const reliably = (tag: string, number: number): void =>
    phone.answer(phone.request('INVITE'), 183, tag, { headers: ['Require: 100rel', `RSeq: ${number}`] })
  const count = (method: string): number =>
    new Set(
      phone.got.flatMap(message =>
        message.kind === 'request' && message.method === method
          ? [`${tagOf(message.headers.first('To'))} ${message.headers.first('CSeq')}`]
          : [],
      ),
    ).size
  const dropped = () => endpoint.counters.rejected.get('tooManyForks') ?? 0

  it('by 2xx gets an ACK for 16 of them and a BYE for all of these but the first; the rest is dropped and counted', () => {
    call()
    answers(500)
    legs[0]?.acknowledge()
    wire.clock.pass(3)
    assert.equal(legs.length, 1)
    assert.deepEqual([count('ACK'), count('BYE'), dropped()], [mostForks, mostForks - 1, 500 - mostForks])
  })

  it('by 2xx after our CANCEL gets no more than that either', () => {
    const invite = call()
    phone.answer(phone.request('INVITE'), 180, 'fork0')
    invite.cancel()
    answers(500)
    assert.deepEqual([count('ACK'), count('BYE'), dropped()], [mostForks, mostForks, 500 - mostForks])
  })

  it('by late 2xx gets no more than that, and the answer from another phone still counts', () => {
    wire.alternatives.push('192.0.2.3')
    const other = new Phone(wire, '192.0.2.3')
    call()
    wire.clock.pass(6_000)
    answers(100)
    assert.deepEqual([count('ACK'), count('BYE'), dropped()], [mostForks, mostForks, 100 - mostForks])
    other.answer(other.request('INVITE'), 200, 'right', { body: sdpText('bob') })
    wire.clock.pass(3)
    assert.equal(legs.length, 1)
  })

  it('by reliable 183 gets PRACK for 16 of them', () => {
    const invite = call()
    for (let fork = 0; fork < 500; fork += 1) reliably(`fork${fork}`, 1)
    assert.deepEqual([count('PRACK'), dropped()], [mostForks, 500 - mostForks])
    invite.cancel()
  })

  it('by 183 and then many reliable 183 of one tag gets 100 PRACKs', () => {
    const invite = call()
    for (let number = 1; number <= 500; number += 1) reliably('fork', number)
    assert.deepEqual([count('PRACK'), dropped()], [mostReliable, 1], 'responses after the dropped one are out of order')
    invite.cancel()
  })
})
