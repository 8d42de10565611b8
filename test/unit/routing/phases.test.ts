import assert from 'node:assert/strict'
import { OurBug } from '../../../src/foundation/result.js'
import type { CallId, GroupName, OfferId, PromptId } from '../../../src/routing/index.js'
import {
  becomeAsking,
  becomeConnected,
  becomeFarewell,
  becomeForwarding,
  becomeGreeting,
  becomeJoining,
  becomeLeaving,
  becomeRinging,
  becomeWaiting,
  emptySeat,
  fillSeat,
  findWait,
  restorePhase,
  settledPhase,
  waitOf,
} from '../../../src/routing/world/phases.js'
import { timerId } from '../../../src/routing/world/ids.js'
import type { Call, ConnectedPhase, Offer, Phase, Wait } from '../../../src/routing/world/world.js'
import { start, world } from './build.js'

type Kind = Phase['kind']
/** No call returns to the phase of a new call. */
type Next = Exclude<Kind, 'arriving'>

/** Why a call moves from one phase to another. `never`: it does not. */
const why: Readonly<Record<Kind, Readonly<Record<Next, string>>>> = {
  arriving: {
    greeting: 'its workflow has a welcome',
    asking: 'its workflow begins with a question',
    farewell: 'its workflow leads to an action with a prompt',
    waiting: 'its workflow leads to a queue',
    ringing: 'never',
    joining: 'never',
    leaving: 'never',
    connected: 'it was joined before a restart',
    forwarding: 'its workflow leads to another place',
  },
  greeting: {
    greeting: 'the notice about recordings follows, or the time to agree',
    asking: 'a question follows the welcome',
    farewell: 'an action with a prompt follows the welcome',
    waiting: 'a queue follows the welcome',
    ringing: 'never',
    joining: 'never',
    leaving: 'never',
    connected: 'never',
    forwarding: 'another place follows the welcome',
  },
  asking: {
    greeting: 'never',
    asking: 'the next question or stage follows',
    farewell: 'the answer leads to an action with a prompt',
    waiting: 'the answer leads to a queue',
    ringing: 'never',
    joining: 'never',
    leaving: 'never',
    connected: 'never',
    forwarding: 'the answer leads to another place',
  },
  farewell: {
    greeting: 'never',
    asking: 'never',
    farewell: 'never',
    waiting: 'the action leads to a queue',
    ringing: 'never',
    joining: 'never',
    leaving: 'never',
    connected: 'never',
    forwarding: 'the action leads to another place',
  },
  waiting: {
    greeting: 'never',
    asking: 'never',
    farewell: 'never',
    waiting: 'it is looked at again',
    ringing: 'an agent is offered it',
    joining: 'an agent has answered, so that no phone rings any more',
    leaving: 'it leaves its queue',
    connected: 'never',
    forwarding: 'never',
  },
  ringing: {
    greeting: 'never',
    asking: 'never',
    farewell: 'never',
    waiting: 'no phone rings any more',
    ringing: 'never',
    joining: 'never',
    leaving: 'never',
    connected: 'never',
    forwarding: 'never',
  },
  joining: {
    greeting: 'never',
    asking: 'never',
    farewell: 'never',
    waiting: 'the join failed',
    ringing: 'never',
    joining: 'never',
    leaving: 'its queue is gone',
    connected: 'the legs are joined',
    forwarding: 'never',
  },
  leaving: {
    greeting: 'never',
    asking: 'never',
    farewell: 'an action with a prompt follows',
    waiting: 'another queue follows',
    ringing: 'never',
    joining: 'never',
    leaving: 'never',
    connected: 'never',
    forwarding: 'another place follows',
  },
  connected: {
    greeting: 'never',
    asking: 'never',
    farewell: 'never',
    waiting: 'never',
    ringing: 'never',
    joining: 'never',
    leaving: 'never',
    connected: 'never',
    forwarding: 'never',
  },
  forwarding: {
    greeting: 'never',
    asking: 'never',
    farewell: 'never',
    waiting: 'never',
    ringing: 'never',
    joining: 'never',
    leaving: 'never',
    connected: 'the target answers',
    forwarding: 'never',
  },
}

const prompt = 'menu' as PromptId
const support = 'support' as GroupName
const playing = { prompt, timer: timerId(7) }
const asking = { since: start, path: [], asked: prompt, attempts: 0, stage: { kind: 'question', playing } } as const
const farewell = { since: start, playing, why: 'closed', action: { kind: 'disconnect' } } as const
const forwarding = { since: start, to: 'tel:+15550100', as: 'number', why: 'closed' } as const
const talking = { since: start, agent: undefined, group: support, queue: undefined, heldSince: start }

interface Scene {
  readonly call: Call
  readonly wait: Wait
  readonly offer: Offer
}

/** A call with the wait and the offer that some phases have. */
function scene(): Scene {
  const live = world().group('support', 'serial', ['alice']).queue('support', ['support']).live()
  live.call('c1', 'support')
  const call = live.world.calls.get('c1' as CallId)
  const offer = live.world.offers.get('c1.1' as OfferId)
  assert(call && offer)
  return { call, offer, wait: waitOf(call) }
}

function phases({ wait, offer }: Scene): Readonly<Record<Kind, Phase>> {
  return {
    arriving: { kind: 'arriving', since: start },
    leaving: { kind: 'leaving', since: start },
    greeting: { kind: 'greeting', since: start, playing },
    asking: { kind: 'asking', ...asking },
    farewell: { kind: 'farewell', ...farewell },
    waiting: { kind: 'waiting', since: start, wait },
    ringing: { kind: 'ringing', since: start, wait, group: support, offers: [offer], pace: undefined },
    joining: { kind: 'joining', since: start, wait, offer },
    connected: { kind: 'connected', ...talking },
    forwarding: { kind: 'forwarding', ...forwarding },
  }
}

const become: Readonly<Record<Next, (scene: Scene) => void>> = {
  greeting: ({ call }) => becomeGreeting(call, { since: start, playing }),
  asking: ({ call }) => becomeAsking(call, asking),
  farewell: ({ call }) => becomeFarewell(call, farewell),
  waiting: ({ call, wait }) => becomeWaiting(call, start, wait),
  ringing: ({ call }) => void becomeRinging(call, start, support),
  joining: ({ call, offer }) => becomeJoining(call, start, offer),
  leaving: ({ call }) => becomeLeaving(call, start),
  connected: ({ call }) => becomeConnected(call, talking),
  forwarding: ({ call }) => becomeForwarding(call, forwarding),
}

const keys = <K extends string>(of: Readonly<Record<K, unknown>>): K[] => Object.keys(of) as K[]

describe('the phases of a call: each phase with each next one', () => {
  function refuses(from: Kind, to: string, move: (scene: Scene) => void): void {
    it(`refuses to make a call that is ${from} ${to}, and changes nothing`, () => {
      const at = scene()
      const phase = phases(at)[from]
      restorePhase(at.call, phase)
      assert.throws(() => move(at), OurBug)
      assert.equal(at.call.phase, phase)
    })
  }

  for (const from of keys(why)) {
    for (const to of keys(become)) {
      const reason = why[from][to]
      if (reason === 'never') refuses(from, to, become[to])
      else
        it(`makes a call that is ${from} ${to}, as ${reason}`, () => {
          const at = scene()
          restorePhase(at.call, phases(at)[from])
          become[to](at)
          assert.equal(at.call.phase.kind, to)
        })
    }
    const seat: ConnectedPhase = { kind: 'connected', ...talking }
    refuses(from, 'one whose seat is empty, when it has left the phase with that seat', ({ call }) =>
      emptySeat(call, seat, undefined),
    )
    refuses(from, 'one with another in the seat, when it has left the phase with that seat', ({ call, offer }) =>
      fillSeat(call, seat, offer.agent, start),
    )
  }

  it('empties and fills the place of a side in a connected call', () => {
    const { call, offer } = scene()
    const seat: ConnectedPhase = { kind: 'connected', ...talking, agent: offer.agent }
    restorePhase(call, seat)
    emptySeat(call, seat, offer.agent.settings.uri)
    const empty: ConnectedPhase = { ...seat, agent: undefined, transferredBy: offer.agent.settings.uri }
    assert.deepEqual(call.phase, empty)
    assert.throws(() => fillSeat(call, seat, undefined, start), OurBug)
    assert(call.phase.kind === 'connected')
    fillSeat(call, call.phase, offer.agent, start)
    assert.deepEqual(call.phase, { ...empty, agent: offer.agent })
  })

  for (const kind of keys(why)) {
    const isInQueue = kind === 'waiting' || kind === 'ringing' || kind === 'joining'
    it(`has ${isInQueue ? 'a' : 'no'} wait while it is ${kind}`, () => {
      const at = scene()
      restorePhase(at.call, phases(at)[kind])
      assert.equal(findWait(at.call), isInQueue ? at.wait : undefined)
      if (isInQueue) assert.equal(waitOf(at.call), at.wait)
      else assert.throws(() => waitOf(at.call), OurBug)
    })

    const isPassing = kind === 'arriving' || kind === 'leaving'
    it(`${isPassing ? 'cannot be' : 'may be'} ${kind} between two events`, () => {
      const at = scene()
      restorePhase(at.call, phases(at)[kind])
      if (isPassing) assert.throws(() => settledPhase(at.call), OurBug)
      else assert.equal(settledPhase(at.call), at.call.phase)
    })
  }
})
