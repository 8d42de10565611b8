import assert from 'node:assert/strict'
import { ForkedCall, withinBreadth, type Way } from '../../../src/signaling/forked-call.js'
import type { OutboundCallListener } from '../../../src/legs/invitation.js'
import type { AnsweredLeg } from '../../../src/legs/leg.js'
import type { Reason } from '../../../src/legs/reason.js'
import { FakeClock } from '../../fakes/clock.js'

class Phones {
  readonly listeners: OutboundCallListener[] = []
  readonly cancelled: (readonly [number, Reason | undefined])[] = []
  readonly told: string[] = []
  readonly hungUp: number[] = []
  readonly clock = new FakeClock()
  readonly call: ForkedCall
  readonly branch = (listener: OutboundCallListener) => {
    const index = this.listeners.push(listener) - 1
    return {
      sipCallId: `c${index}`,
      cancel: (reason?: Reason) => void this.cancelled.push([index, reason]),
      kept: () => [{ phone: index }],
    }
  }

  constructor(count: number) {
    this.call = new ForkedCall(
      Array.from({ length: count }, () => this.branch),
      {
        ringing: status => this.told.push(`ringing ${status}`),
        answered: leg => this.told.push(`answered ${leg.sipCallId}`),
        refused: ({ status }) => this.told.push(`refused ${status}`),
      },
      this.clock,
    )
  }

  refuse(...statuses: number[]): void {
    statuses.forEach((status, index) => this.listeners[index]?.refused({ status, reasonPhrase: '' }))
  }

  leg(index: number): AnsweredLeg {
    return {
      sipCallId: `c${index}`,
      heardAt: 0,
      listen: () => undefined,
      renegotiate: () => undefined,
      info: () => undefined,
      acknowledge: () => undefined,
      hangUp: () => this.hungUp.push(index),
      state: () => ({}),
      probe: () => undefined,
      letGo: () => undefined,
    }
  }
}

const elsewhere = { protocol: 'SIP', cause: 200, text: 'Call completed elsewhere' }

describe('all phones of an agent rung as one call', () => {
  it('give the call to the first that answers, and tell the others that it was completed elsewhere', () => {
    const phones = new Phones(3)
    phones.listeners[1]?.answered(phones.leg(1))
    assert.deepEqual(phones.told, ['answered c1'])
    assert.deepEqual(phones.cancelled, [
      [0, elsewhere],
      [2, elsewhere],
    ])
    phones.refuse(487)
    phones.listeners[2]?.answered(phones.leg(2))
    assert.deepEqual(phones.told, ['answered c1'])
    assert.deepEqual(phones.hungUp, [2])
  })

  it('report ringing once for each kind', () => {
    const phones = new Phones(2)
    phones.listeners[0]?.ringing?.(180)
    phones.listeners[1]?.ringing?.(180)
    phones.listeners[1]?.ringing?.(183)
    assert.deepEqual(phones.told, ['ringing 180', 'ringing 183'])
  })

  it('refuse the call when all have refused, with the status that says most (RFC 3261 §16.7)', () => {
    const best = (...statuses: number[]): string[] => {
      const phones = new Phones(statuses.length)
      phones.refuse(...statuses)
      return phones.told
    }
    assert.deepEqual(best(503, 486), ['refused 486'])
    assert.deepEqual(best(408, 486, 480), ['refused 486'])
    assert.deepEqual(best(500, 404), ['refused 404'])
    assert.deepEqual(best(408, 480), ['refused 480'], 'a phone that is away tells nothing about the person')
    assert.deepEqual(best(408, 503), ['refused 408'])
    assert.deepEqual(best(503, 500), ['refused 500'])
    assert.deepEqual(best(302, 486), ['refused 302'])
    const phones = new Phones(2)
    phones.refuse(486)
    assert.deepEqual(phones.told, [])
  })

  it('stop ringing when one of them sends a 6xx', () => {
    const phones = new Phones(3)
    phones.refuse(486, 603)
    assert.deepEqual(phones.told, ['refused 603'])
    assert.deepEqual(phones.cancelled, [[2, undefined]])
  })

  it('are known to the next process while they ring', () => {
    const phones = new Phones(3)
    phones.listeners[1]?.refused({ status: 486, reasonPhrase: 'Busy Here' })
    assert.deepEqual(phones.call.kept(), [{ phone: 0 }, { phone: 2 }])
    phones.call.cancel(elsewhere)
    assert.deepEqual(phones.call.kept(), [])
  })

  it('do nothing more after the call was cancelled', () => {
    const phones = new Phones(2)
    phones.call.cancel(elsewhere)
    phones.refuse(487, 487)
    assert.deepEqual([phones.told, phones.cancelled.length], [[], 2])
  })
})

describe('phones of an agent that come and go while they ring', () => {
  it('ring if they are new, and get CANCEL if they are gone', () => {
    const phones = new Phones(1)
    assert.equal(phones.call.add(phones.branch), 1)
    phones.call.drop(0)
    assert.deepEqual(
      phones.cancelled.map(([index, reason]) => [index, reason?.cause]),
      [[0, 410]],
    )
    phones.refuse(487)
    phones.listeners[1]?.answered(phones.leg(1))
    assert.deepEqual(phones.told, ['answered c1'])
  })

  it('are hung up if their answer crosses our CANCEL, and the others keep ringing', () => {
    const phones = new Phones(2)
    phones.call.drop(0)
    phones.listeners[0]?.answered(phones.leg(0))
    assert.deepEqual([phones.hungUp, phones.told], [[0], []])
  })

  it('leave the call out of reach a second after the last one went, unless one comes back', () => {
    const phones = new Phones(1)
    phones.call.drop(0)
    phones.clock.pass(900)
    const index = phones.call.add(phones.branch)
    phones.clock.pass(60_000)
    assert.deepEqual(phones.told, [])
    phones.call.drop(index)
    phones.clock.pass(1_000)
    assert.deepEqual(phones.told, ['refused 410'])
  })

  it('have a second to come back also when another refuses meanwhile', () => {
    const phones = new Phones(2)
    phones.call.drop(0)
    phones.refuse(487, 480)
    assert.deepEqual(phones.told, [])
    phones.clock.pass(900)
    const index = phones.call.add(phones.branch)
    phones.clock.pass(60_000)
    assert.deepEqual(phones.told, [])
    phones.listeners[index]?.answered(phones.leg(index))
    assert.deepEqual(phones.told, ['answered c2'])
  })

  it('have an earlier response that counts more than the loss of the last one', () => {
    const phones = new Phones(2)
    phones.refuse(486)
    phones.call.drop(1)
    phones.clock.pass(1_000)
    assert.deepEqual(phones.told, ['refused 486'])
  })

  it('do not ring for a call that is over, and nothing more is reported about it', () => {
    const phones = new Phones(1)
    phones.call.drop(0)
    phones.call.cancel(elsewhere)
    phones.call.add(phones.branch)
    phones.clock.pass(60_000)
    assert.deepEqual([phones.listeners.length, phones.told], [1, []])
  })
})

describe('the breadth of an INVITE among the phones of an agent (RFC 5393 §5.3.3.2)', () => {
  const shares = (phones: number, maxBreadth?: number): string[] => {
    const said: string[] = []
    const way: Way = ({ headers }) => {
      for (const [name, value] of headers) if (name === 'Max-Breadth') said.push(value)
      return () => ({ sipCallId: '', cancel: () => undefined, kept: () => [] })
    }
    const options = { from: { uri: 'sip:caller@example.com' }, headers: [] }
    withinBreadth(Array<Way>(phones).fill(way), { ...options, ...(maxBreadth !== undefined && { limits: { maxBreadth } }) })
    return said
  }

  it('is 60 in all if the caller set no limit, and each phone has its share', () => {
    assert.deepEqual(shares(1), ['60'])
    assert.deepEqual(shares(4), ['15', '15', '15', '15'])
  })

  it('never exceeds the limit, and a phone without a share is not called', () => {
    assert.deepEqual(shares(2, 5), ['2', '2'])
    assert.deepEqual(shares(10, 3), ['1', '1', '1'])
  })
})
