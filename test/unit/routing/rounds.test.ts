import assert from 'node:assert/strict'
import { routingMethodNames, type CallId, type Effect, type OfferId, type RoutingMethodName } from '../../../src/routing/index.js'
import { agentOf, nameOf, world, type Live } from './build.js'
import { titleOf, type Rule } from './rules.js'

/**
 * The rounds of each method: how an offer ends × who rings next, and when. Times are in seconds after that end. The other agents never
 * answer: each of their offers is missed after the alert time of 20 s.
 */
const alertTime = 20
const horizon = 70

interface End {
  readonly rule: Rule
  /** Ends the offer that rings at this agent. */
  readonly by: (live: Live, agent: string) => void
}

function offerAt(live: Live, agent: string): OfferId {
  const offer = live.world.agents.get(agentOf(agent))?.offers[0]
  assert(offer, `a phone of ${agent} rings`)
  return offer.id
}

const ends = {
  'answers 486': { rule: 'refused', by: (live, agent) => void live.refuse(offerAt(live, agent)) },
  'answers 302': { rule: 'notFollowed', by: (live, agent) => void live.refuse(offerAt(live, agent), 302) },
  'declines on the console': {
    rule: 'refused',
    by: (live, agent) => void live.tell({ kind: 'offerDeclined', offer: offerAt(live, agent) }),
  },
  'misses the call': { rule: 'missed', by: live => void live.after(alertTime * 1000) },
  'answers 503': { rule: 'device', by: (live, agent) => void live.refuse(offerAt(live, agent), 503) },
  'says nothing at all': { rule: 'device', by: (live, agent) => void live.refuse(offerAt(live, agent), 408, true) },
  'goes offline and comes back': {
    rule: 'presence',
    by: (live, agent) => {
      live.presence(agent, 'offline')
      live.presence(agent, 'available')
    },
  },
  'stays offline': { rule: 'presence', by: (live, agent) => void live.presence(agent, 'offline') },
  'signs out and in again': {
    rule: 'formal',
    by: (live, agent) => {
      live.signOut(agent, 'day')
      live.signIn(agent, 'day')
    },
  },
} as const satisfies Readonly<Record<string, End>>
type Ending = keyof typeof ends

/** Which phones start to ring, and when: `bob@0 ann@20`. */
type Course = string
/** The four methods that ring one agent at a time share a course, and so do the two that ring all. */
type Pace = 'one' | 'all'
const paceOf = (method: RoutingMethodName): Pace => (method === 'parallel' || method === 'attendant' ? 'all' : 'one')

/** Ann ends her offer, and then: */
const oneGroup: Readonly<Record<Ending, Readonly<Record<Pace, Course>>>> = {
  // Ann rests 60 s. Bob rests 5 s after each miss. With all phones ringing, Ann joins as soon as her time is over.
  'answers 486': { one: 'bob@0 bob@25 bob@50 ann@70', all: 'bob@25 bob@50 ann@60' },
  'answers 302': { one: 'bob@0 bob@25 bob@50 ann@70', all: 'bob@25 bob@50 ann@60' },
  'declines on the console': { one: 'bob@0 bob@25 bob@50 ann@70', all: 'bob@25 bob@50 ann@60' },
  // Her 5 s are over before Bob's turn ends. Where all ring, both miss it together.
  'misses the call': { one: 'bob@0 ann@20 bob@40 ann@60', all: 'ann@5 bob@5 ann@30 bob@30 ann@55 bob@55' },
  // Out of reach for 30 s.
  'answers 503': { one: 'bob@0 bob@25 ann@45 bob@65', all: 'bob@25 ann@30 bob@50 ann@55' },
  'says nothing at all': { one: 'bob@0 bob@25 ann@45 bob@65', all: 'bob@25 ann@30 bob@50 ann@55' },
  // Presence that flaps brings no second INVITE in the same round.
  'goes offline and comes back': { one: 'bob@0 ann@20 bob@40 ann@60', all: 'ann@20 bob@25 ann@45 bob@50 ann@70' },
  'stays offline': { one: 'bob@0 bob@25 bob@50', all: 'bob@25 bob@50' },
  // Signing in is something that an agent does on purpose, so it begins afresh.
  'signs out and in again': { one: 'bob@0 ann@20 bob@40 ann@60', all: 'ann@0 ann@25 bob@25 ann@50 bob@50' },
}

/** The queue searches the group `day` (Ann, Bob), then `night` (Cem). Both agents of `day` end their offers, and then: */
const twoGroups: Readonly<Record<Ending, Readonly<Record<Pace, Course>>>> = {
  'answers 486': { one: 'cem@0 cem@25 cem@50 ann@70', all: 'cem@0 cem@25 cem@50 ann@70 bob@70' },
  'answers 302': { one: 'cem@0 cem@25 cem@50 ann@70', all: 'cem@0 cem@25 cem@50 ann@70 bob@70' },
  'declines on the console': { one: 'cem@0 cem@25 cem@50 ann@70', all: 'cem@0 cem@25 cem@50 ann@70 bob@70' },
  'misses the call': { one: 'cem@0 ann@20 bob@40 cem@60', all: 'cem@0 ann@20 bob@20 cem@40 ann@60 bob@60' },
  'answers 503': { one: 'cem@0 cem@25 ann@45 bob@65', all: 'cem@0 cem@25 ann@45 bob@45 cem@65' },
  'says nothing at all': { one: 'cem@0 cem@25 ann@45 bob@65', all: 'cem@0 cem@25 ann@45 bob@45 cem@65' },
  'goes offline and comes back': { one: 'cem@0 ann@20 bob@40 cem@60', all: 'cem@0 ann@20 bob@20 cem@40 ann@60 bob@60' },
  'stays offline': { one: 'cem@0 cem@25 cem@50', all: 'cem@0 cem@25 cem@50' },
  // Where all ring, Ann rings again before Bob signs out.
  'signs out and in again': { one: 'ann@0 bob@20 cem@40 ann@60', all: 'bob@0 cem@20 ann@40 bob@40 cem@60' },
}

function made(method: RoutingMethodName, groups: readonly string[]): Live {
  const watched = { alwaysAvailable: false }
  const live = world()
    .agent('ann', watched)
    .agent('bob', watched)
    .group('day', method, ['ann', 'bob'], { participationPolicy: 'formal' })
    .group('night', method, ['cem'])
    .queue('desk', groups)
    .live()
  for (const agent of ['ann', 'bob']) {
    live.presence(agent, 'available')
    live.signIn(agent, 'day')
  }
  return live
}

/** The phones that start to ring from now until the horizon. `first`: those that the last event rang. */
function courseOf(live: Live, first: readonly string[]): Course {
  const rings = first.map(agent => `${agent}@0`)
  for (let second = 1; second <= horizon; second += 1) {
    live.after(1000)
    rings.push(...rung(live.effects).map(agent => `${agent}@${second}`))
  }
  return rings.join(' ')
}

const rung = (effects: readonly Effect[]): string[] =>
  effects.flatMap(effect => (effect.kind === 'offer' ? [nameOf(effect.agent)] : []))

/** Ends this agent's offer. Returns the phones that ring because of it. */
const endAt = (live: Live, agent: string, end: End): string[] => rung(live.during(() => end.by(live, agent)))

const endings = Object.keys(ends) as Ending[]

describe('rounds over one group: how an offer ends × the routing method', () => {
  for (const ending of endings)
    for (const method of routingMethodNames) {
      const course = oneGroup[ending][paceOf(method)]
      it(`${method}: ann ${ending}, then ${course} (${titleOf(ends[ending].rule)})`, () => {
        const live = made(method, ['day'])
        live.call('c1', 'desk')
        assert.deepEqual(rung(live.effects), paceOf(method) === 'all' ? ['ann', 'bob'] : ['ann'])
        assert.equal(courseOf(live, endAt(live, 'ann', ends[ending])), course)
      })
    }
})

describe('rounds over two groups: how the offers of the first group end × the routing method', () => {
  for (const ending of endings)
    for (const method of routingMethodNames) {
      const course = twoGroups[ending][paceOf(method)]
      it(`${method}: ann and bob, ${ending}, then ${course} (${titleOf('search')})`, () => {
        const live = made(method, ['day', 'night'])
        live.call('c1', 'desk')
        const first = endAt(live, 'ann', ends[ending])
        const ringsBob = live.world.agents.get(agentOf('bob'))?.offers.length === 1
        const second = ringsBob ? endAt(live, 'bob', ends[ending]) : first
        assert.equal(courseOf(live, second), course)
      })
    }
})

/** What became of the call before: who is offered the next one? Ann, Bob and Cem are free again by then. */
const before = {
  'there was none': () => undefined,
  'ann answered it': live => {
    live.answer('c1.1')
    live.after(1000)
    live.hangUp('c1')
  },
  'ann declined it, and it rang at bob': live => {
    live.refuse('c1.1')
    live.abandon('c1')
  },
  'ann missed it, and it rang at bob': live => {
    live.after(alertTime * 1000)
    live.abandon('c1')
  },
  'the caller hung up while it rang': live => void live.abandon('c1'),
  'ann answered it, and the join failed': live => {
    live.accept('c1.1')
    live.tell({ kind: 'joinFailed', call: 'c1' as CallId, code: 488 })
    live.abandon('c1')
  },
} as const satisfies Readonly<Record<string, (live: Live) => void>>

const everybody = 'ann bob cem'
const nextCall: Readonly<Record<keyof typeof before, Readonly<Record<'longestIdle' | 'roundRobin' | 'serial', string>>>> = {
  'there was none': { longestIdle: 'ann', roundRobin: 'ann', serial: 'ann' },
  // Only a talk starts the idle time again, and only an offer moves the pointer.
  'ann answered it': { longestIdle: 'bob', roundRobin: 'bob', serial: 'ann' },
  'ann declined it, and it rang at bob': { longestIdle: 'ann', roundRobin: 'cem', serial: 'ann' },
  'ann missed it, and it rang at bob': { longestIdle: 'ann', roundRobin: 'cem', serial: 'ann' },
  'the caller hung up while it rang': { longestIdle: 'ann', roundRobin: 'bob', serial: 'ann' },
  'ann answered it, and the join failed': { longestIdle: 'ann', roundRobin: 'cem', serial: 'ann' },
}

describe('the first agent of a call: what became of the call before × the routing method', () => {
  for (const [words, bring] of Object.entries(before))
    for (const method of routingMethodNames) {
      const row = nextCall[words as keyof typeof before]
      const expected = method === 'parallel' || method === 'attendant' ? everybody : row[method]
      it(`${method}: ${expected}, if ${words} (${titleOf(method)})`, () => {
        const live = world().group('desk', method, ['ann', 'bob', 'cem']).queue('desk', ['desk']).live()
        if (words !== 'there was none') live.call('c1', 'desk')
        bring(live)
        live.call('c2', 'desk')
        assert.equal(rung(live.effects).join(' '), expected)
      })
    }
})
