import assert from 'node:assert/strict'
import {
  agentView,
  snapshotWorld,
  type AgentActivity,
  type CallId,
  type Effect,
  type GroupName,
  type OfferId,
  type PresenceState,
  type RoutingMethodName,
  type RoutingSettings,
} from '../../../src/routing/index.js'
import { agentOf, nameOf, seconds, world, type Live, type WorldBuilder } from './build.js'
import { titleOf, type Rule } from './rules.js'

/**
 * An agent: what she does × what is said about her. A cell lists what happens to calls, then what she does after it, and `idle again` if
 * her idle time starts again. Alice is signed in to the formal group `desk`. Bob is behind her in the list.
 */
type Doing =
  | 'is free'
  | 'is away'
  | 'has a ringing phone'
  | 'has answered, not joined'
  | 'talks'
  | 'talks, and the caller hung up'
  | 'calls and waits'
  | 'is rung for a transfer'
  | 'is out of reach'
const doings: readonly Doing[] = [
  'is free',
  'is away',
  'has a ringing phone',
  'has answered, not joined',
  'talks',
  'talks, and the caller hung up',
  'calls and waits',
  'is rung for a transfer',
  'is out of reach',
]

const c1 = 'c1' as CallId
const alice = agentOf('alice')

const bring: Readonly<Record<Doing, (live: Live) => void>> = {
  'is free': () => undefined,
  'is away': live => void live.presence('alice', 'away'),
  'has a ringing phone': live => void live.call('c1', 'desk'),
  'has answered, not joined': live => {
    live.call('c1', 'desk')
    live.accept('c1.1')
  },
  talks: live => {
    live.call('c1', 'desk')
    live.answer('c1.1')
  },
  'talks, and the caller hung up': live => {
    live.call('c1', 'desk')
    live.answer('c1.1')
    live.hangUp('c1')
  },
  'calls and waits': live => void live.callFrom('alice', 'c1', 'empty'),
  'is rung for a transfer': live => {
    live.call('c1', 'colleague')
    live.answer('c1.1')
    live.refer('c1', 'agent', 'alice')
  },
  'is out of reach': live => {
    live.call('c1', 'desk')
    live.refuse('c1.1', 503)
    live.abandon('c1')
  },
}

const events = {
  'is available': { rule: 'presence', tell: by('available') },
  'is inactive': { rule: 'presence', tell: by('inactive') },
  'is busy': { rule: 'presence', tell: by('busy') },
  'does not want to be disturbed': { rule: 'presence', tell: by('doNotDisturb') },
  'is offline': { rule: 'presence', tell: by('offline') },
  'signs in': { rule: 'formal', tell: live => void live.signIn('alice', 'desk') },
  'signs out': { rule: 'formal', tell: live => void live.signOut('alice', 'desk') },
  'ends her wrap-up': { rule: 'wrapUp', tell: live => void live.tell({ kind: 'agentReleased', agent: alice }) },
  'is homed online': { rule: 'homedOnline', tell: live => void live.replace(changed({ homed: 'online' })) },
  'leaves the group by a new config': { rule: 'formal', tell: live => void live.replace(changed({ members: ['bob'] })) },
  'leaves the config': { rule: 'homedOnline', tell: live => void live.replace(changed({ members: ['bob'], gone: true })) },
} as const satisfies Readonly<Record<string, { readonly rule: Rule; readonly tell: (live: Live) => void }>>
type Said = keyof typeof events

function by(state: PresenceState): (live: Live) => void {
  return live => void live.presence('alice', state)
}

interface Change {
  readonly homed?: 'online'
  readonly members?: readonly string[]
  readonly gone?: boolean
}

function built(method: RoutingMethodName, { homed, members = ['alice', 'bob'], gone = false }: Change = {}): WorldBuilder {
  const watched = { alwaysAvailable: false }
  const made = world().agent('nobody', watched)
  if (!gone) made.agent('alice', { ...watched, wrapUp: seconds(30), ...(homed && { homed }) })
  return made
    .group('desk', method, members, { participationPolicy: 'formal' })
    .group('colleague', 'serial', ['carol'])
    .group('empty', 'serial', ['nobody'])
    .queue('desk', ['desk'])
    .queue('colleague', ['colleague'])
    .queue('empty', ['empty'])
}

const changed = (change: Change): RoutingSettings => built('serial', change).settings()

function made(): Live {
  const live = built('serial').live()
  live.presence('alice', 'available')
  live.signIn('alice', 'desk')
  live.signIn('bob', 'desk')
  live.after(1000)
  return live
}

/** What a cell shows, in this order. `same`: the event is ignored, and nothing changes. */
type Cell = string

/** Without a call of hers that could change. `otherwise`: cells that differ. */
function quiet(activity: AgentActivity, otherwise: Partial<Record<Said, Cell>> = {}): Readonly<Record<Said, Cell>> {
  return {
    'is available': activity,
    'is inactive': activity,
    'is busy': activity,
    'does not want to be disturbed': activity,
    'is offline': activity,
    'signs in': 'same: signed in already',
    'signs out': `signed out; ${activity}`,
    'ends her wrap-up': 'same: no wrap-up runs',
    'is homed online': activity,
    'leaves the group by a new config': `signed out; ${activity}`,
    'leaves the config': 'signed out; gone',
    ...otherwise,
  }
}

const stops = 'withdraw c1.1 withdrawn; c1.1 withdrawn; offer bob'
const cells: Readonly<Record<Doing, Readonly<Record<Said, Cell>>>> = {
  'is free': quiet('free'),
  // Only a break, or a talk, starts the idle time again.
  'is away': quiet('free', { 'is available': 'free; idle again', 'is inactive': 'free; idle again' }),
  'has a ringing phone': quiet('ringing', {
    'is busy': `${stops}; free`,
    'does not want to be disturbed': `${stops}; free`,
    'is offline': `${stops}; free`,
    'signs out': `signed out; ${stops}; free`,
    'is homed online': `${stops}; free`,
    'leaves the group by a new config': `signed out; ${stops}; free`,
    'leaves the config': `signed out; ${stops}; gone`,
  }),
  // A call that she has answered is hers: what is said about her changes nothing in it.
  'has answered, not joined': quiet('talking', { 'leaves the config': 'signed out; talking' }),
  talks: quiet('talking', { 'leaves the config': 'signed out; talking' }),
  'talks, and the caller hung up': quiet('wrappingUp', { 'ends her wrap-up': 'free' }),
  'calls and waits': quiet('talking', { 'leaves the config': 'signed out; talking' }),
  'is rung for a transfer': quiet('ringing', { 'leaves the config': 'signed out; ringing' }),
  'is out of reach': quiet('free'),
}

function lineOf(effect: Effect): readonly string[] {
  if (effect.kind === 'offer') return [`offer ${nameOf(effect.agent)}`]
  if (effect.kind === 'withdraw') return [`withdraw ${effect.offer} ${effect.because}`]
  if (effect.kind !== 'record') return []
  const { fact } = effect
  if (fact.kind === 'offerEnded') return [`${fact.offer} ${fact.why}`]
  if (fact.kind === 'signInChanged' && fact.agent === alice) return [fact.signedIn ? 'signed in' : 'signed out']
  return fact.kind === 'callFinished' ? ['over'] : []
}

function shown(live: Live, idleBefore: number | undefined): Cell {
  const [ignored] = live.facts('ignored')
  if (ignored) return `same: ${ignored.because}`
  const view = agentView(live.world, alice)
  const idle = view && view.idleSince !== idleBefore ? ['idle again'] : []
  return [...live.effects.flatMap(lineOf), view?.activity ?? 'gone', ...idle].join('; ')
}

describe('an agent: what she does with each thing that is said about her', () => {
  for (const doing of doings)
    for (const said of Object.keys(events) as Said[]) {
      const cell = cells[doing][said]
      it(`alice ${doing}, and ${said}: ${cell} (${titleOf(events[said].rule)})`, () => {
        const live = made()
        bring[doing](live)
        live.after(1000)
        const before = snapshotWorld(live.world)
        const idle = agentView(live.world, alice)?.idleSince
        events[said].tell(live)
        assert.equal(shown(live, idle), cell)
        if (cell.startsWith('same')) assert.deepEqual(snapshotWorld(live.world), { ...before, now: live.now })
      })
    }

  it('keeps an agent who left the config until her call is over, without wrap-up, and then forgets her', () => {
    for (const doing of ['talks', 'calls and waits', 'is rung for a transfer', 'has answered, not joined'] as const) {
      const live = made()
      bring[doing](live)
      events['leaves the config'].tell(live)
      assert(agentView(live.world, alice), doing)
      live.tell({ kind: 'callEnded', call: c1, cause: 'callerHungUp' })
      assert.equal(agentView(live.world, alice), undefined, doing)
      assert.equal(live.timers.size, 0, doing)
    }
  })
})

/** At an attendant's desk several calls ring, and a call does not keep the next one away (§2). */
const desk = {
  'talks in one call': {
    rule: 'attendant',
    happens: live => live.answer('c1.1'),
    rings: 'c2.1 c3.1',
    activity: 'talking',
  },
  'gets a fourth call': {
    rule: 'attendantOffers',
    happens: live => void live.call('c4', 'desk'),
    rings: 'c1.1 c2.1 c3.1',
    activity: 'ringing',
  },
  'picks the fourth call': {
    rule: 'anyOrder',
    happens: live => {
      live.call('c4', 'desk')
      live.tell({ kind: 'callPicked', call: 'c4' as CallId, agent: alice })
    },
    rings: 'c1.1 c2.1 c4.1',
    activity: 'ringing',
  },
  'declines the second call': {
    rule: 'refused',
    happens: live => void live.refuse('c2.1'),
    rings: 'c1.1 c3.1',
    activity: 'ringing',
  },
  'declines one of four calls': {
    rule: 'firstIn',
    happens: live => {
      live.call('c4', 'desk')
      live.refuse('c2.1')
    },
    rings: 'c1.1 c3.1 c4.1',
    activity: 'ringing',
  },
  'is away': { rule: 'attendant', happens: by('away'), rings: 'c1.1 c2.1 c3.1', activity: 'ringing' },
  'is not to be disturbed': { rule: 'presence', happens: by('doNotDisturb'), rings: '', activity: 'free' },
  'is offline': { rule: 'presence', happens: by('offline'), rings: '', activity: 'free' },
  'signs out': { rule: 'formal', happens: live => void live.signOut('alice', 'desk'), rings: '', activity: 'free' },
  'has a phone that fails': {
    rule: 'device',
    happens: live => void live.refuse('c1.1', 503),
    rings: 'c2.1 c3.1',
    activity: 'ringing',
  },
  'hangs up, and wrap-up runs': {
    rule: 'wrapUp',
    happens: live => {
      live.answer('c1.1')
      live.hangUp('c1', 'agentHungUp')
    },
    rings: '',
    activity: 'wrappingUp',
  },
  'works in a group that is serial now': {
    rule: 'oneOffer',
    happens: live => void live.replace(built('serial', { members: ['alice'] }).settings()),
    rings: 'c1.1',
    activity: 'ringing',
  },
} as const satisfies Readonly<
  Record<
    string,
    { readonly rule: Rule; readonly happens: (live: Live) => void; readonly rings: string; readonly activity: AgentActivity }
  >
>

describe('an attendant at whose desk three calls ring', () => {
  for (const [words, { rule, happens, rings, activity }] of Object.entries(desk))
    it(`${words}: ${rings === '' ? 'nothing' : rings} rings on, and she is ${activity} (${titleOf(rule)})`, () => {
      const live = built('attendant', { members: ['alice'] }).live()
      live.presence('alice', 'available')
      live.signIn('alice', 'desk')
      for (const call of ['c1', 'c2', 'c3']) live.call(call, 'desk')
      happens(live)
      const view = agentView(live.world, alice)
      assert.deepEqual(view?.offers.join(' '), rings)
      assert.equal(view.activity, activity)
      const ringing = [...(live.world.groups.get('desk' as GroupName)?.ringing ?? [])].map(({ id }) => id)
      for (const offer of rings.split(' ').filter(Boolean) as OfferId[])
        if (words !== 'works in a group that is serial now') assert(ringing.includes(offer.split('.')[0] as CallId), offer)
    })
})
