import assert from 'node:assert/strict'
import { Participant, refusalTable, type Purpose } from '../../../src/calls/live/participant.js'
import { ShownSdp } from '../../../src/calls/shown-sdp.js'
import type { Body } from '../../../src/legs/body.js'
import { FakeClock } from '../../fakes/clock.js'
import { FakeLeg, sdp } from '../../fakes/signaling.js'

/** A caller and an agent who talk. Records what each re-INVITE reports. */
class Pair {
  readonly clock = new FakeClock()
  readonly told: string[] = []
  readonly caller = this.#participant('caller', 'caller', false)
  readonly agent: Participant

  constructor(agentIsHidden = false) {
    this.agent = this.#participant('alice', 'agent', agentIsHidden)
  }

  legOf({ leg }: Participant): FakeLeg {
    assert(leg instanceof FakeLeg)
    return leg
  }

  send(purpose: Purpose): void {
    const { caller, told } = this
    if (purpose === 'tell') return caller.tell(sdp('alice'))
    if (purpose === 'carry')
      return caller.ask(sdp('alice'), {
        accepted: () => told.push('accepted'),
        refused: ({ status }) => told.push(`report ${status}`),
      })
    caller.bring(sdp('alice'), {
      arrived: () => told.push('arrived'),
      refused: status => told.push(`report ${status}`),
      again: () => told.push('repeat'),
    })
  }

  refuse(status: number, who = this.caller): void {
    this.legOf(who).renegotiations[0]?.outcome({ kind: 'rejected', status, headers: [['Warning', '399 alice.example.com "no"']] })
  }

  accept(body: Body | undefined, who = this.caller, acknowledge: (answer?: Body) => void = () => undefined): void {
    this.legOf(who).renegotiations[0]?.outcome({ kind: 'accepted', ...(body && { body }), acknowledge })
  }

  #participant(name: string, role: 'caller' | 'agent', hidden: boolean): Participant {
    const context = { clock: this.clock, random: (size: number) => new Uint8Array(size), changed: () => undefined }
    const who = { role, uri: `sip:${name}@example.com`, agent: undefined, trusted: true }
    return new Participant(
      who,
      new FakeLeg(name, () => undefined),
      hidden,
      { description: sdp(name), shown: new ShownSdp() },
      context,
    )
  }
}

describe('a re-INVITE of ours that is refused', () => {
  const follows = {
    report: (status: number) => [`report ${status}`],
    repeat: () => ['repeat'],
    drop: () => [],
  }
  for (const purpose of Object.keys(refusalTable) as Purpose[])
    for (const [refusal, status] of [
      ['crossed', 491],
      ['refused', 488],
    ] as const) {
      const move = refusalTable[purpose][refusal]
      it(`with the purpose ${purpose}, after ${status}: ${move} (RFC 3261 §14.1)`, () => {
        const pair = new Pair()
        pair.send(purpose)
        pair.refuse(status)
        assert.deepEqual(pair.told, move === 'report' ? follows.report(status) : [])
        pair.clock.pass(4_000)
        assert.deepEqual(pair.told, follows[move](status))
      })
    }

  for (const [role, begunByPeer, waits] of [
    ['caller', true, 0],
    ['agent', false, 2_100],
    ['agent', true, 0],
    ['caller', false, 2_100],
  ] as const)
    it(`is repeated to the ${role}, whose dialog ${begunByPeer ? 'they' : 'we'} began, after at least ${waits} ms (RFC 3261 §14.1)`, () => {
      const pair = new Pair()
      const side = pair[role]
      pair.legOf(side).begunByPeer = begunByPeer
      const told: string[] = []
      side.bring(sdp('alice'), {
        arrived: () => told.push('arrived'),
        refused: status => told.push(`report ${status}`),
        again: () => told.push('repeat'),
      })
      pair.refuse(491, side)
      if (waits > 0) pair.clock.pass(waits - 1)
      assert.deepEqual(told, [])
      pair.clock.pass(1)
      assert.deepEqual(told, ['repeat'])
    })

  it('is not repeated to a leg that has ended meanwhile', () => {
    const pair = new Pair()
    pair.send('bring')
    pair.refuse(491)
    pair.caller.hangUp()
    pair.clock.pass(4_000)
    assert.deepEqual(pair.told, [])
  })
})

describe('what one side sees of the other', () => {
  it('is the other side’s SDP with one o= line, for every partner (RFC 3264 §8)', () => {
    const { caller, agent } = new Pair()
    assert.deepEqual(caller.see(agent), sdp('alice'))
    assert.match(caller.seeCall(sdp('boss'), { source: '192.0.2.5' })?.text ?? '', /^o=alice 1 2 /m)
  })

  it('includes the other side’s signalling address, as evidence of where its media come from', () => {
    const { caller } = new Pair()
    assert.equal(caller.seeCall(sdp('boss'), { source: '192.0.2.5' })?.source, '192.0.2.5')
  })

  it('does not name a hidden side', () => {
    const { caller, agent } = new Pair(true)
    assert.doesNotMatch(caller.see(agent)?.text ?? 'alice', /alice/)
  })

  it('contains no Warning of a hidden side, because a Warning names its host (RFC 3261 §20.43)', () => {
    for (const hidden of [true, false]) {
      const pair = new Pair(hidden)
      let headers: readonly unknown[] | undefined
      pair.agent.carry({ body: sdp('hold'), accept: () => undefined, reject: (_status, added) => (headers = added) }, pair.caller)
      pair.refuse(488, pair.agent)
      assert.equal(headers?.length, hidden ? 0 : 1)
    }
  })
})

describe('a re-INVITE that we carry to the other side', () => {
  it('brings the other side’s answer back, and both descriptions are stored', () => {
    const pair = new Pair()
    let answer: Body | undefined
    pair.agent.carry({ body: sdp('hold'), accept: body => (answer = body), reject: () => assert.fail() }, pair.caller)
    assert.deepEqual(pair.legOf(pair.agent).renegotiations[0]?.body, sdp('hold'))
    pair.accept(sdp('held'), pair.agent)
    assert.deepEqual(answer, sdp('held'))
    assert.deepEqual([pair.caller.description, pair.agent.description], [sdp('hold'), sdp('held')])
  })

  it('asks the other side for an offer when it has none, and the answer goes to that side in the ACK (RFC 3261 §13.2.1)', () => {
    const pair = new Pair()
    let confirm: ((answer?: Body) => void) | undefined
    const acknowledged: (Body | undefined)[] = []
    pair.agent.carry({ accept: (_body, confirmed) => (confirm = confirmed), reject: () => assert.fail() }, pair.caller)
    assert.equal(pair.legOf(pair.agent).renegotiations[0]?.body, undefined)
    pair.accept(sdp('offer'), pair.agent, answer => acknowledged.push(answer))
    assert.deepEqual(acknowledged, [])
    confirm?.(sdp('answer'))
    assert.deepEqual(acknowledged, [sdp('answer')])
  })
})
