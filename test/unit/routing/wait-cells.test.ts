import assert from 'node:assert/strict'
import {
  callView,
  queuePosition,
  type CallId,
  type Effect,
  type QueueSettings,
  type RoutingSettings,
} from '../../../src/routing/index.js'
import { seconds, world, type Live, type WorldBuilder } from './build.js'
import { titleOf, type Rule } from './rules.js'

/**
 * A wait: how the call stands in its queue × what happens. The call is c2. Before it came c1, which waits for an agent too, and after it
 * c3. The queue `desk` searches the serial group of Ann and then the serial group of Bob. A cell lists what happens to c2, then its phase,
 * and its place in the queue (`#2`).
 */
const c2 = 'c2' as CallId
const watched = { alwaysAvailable: false }
const patience = seconds(60)

const stands = {
  waits: live => {
    for (const call of ['c1', 'c2', 'c3']) live.call(call, 'desk')
  },
  'rings at ann, who came free': live => {
    live.call('c2', 'desk')
    live.call('c3', 'desk')
    live.presence('ann', 'available')
  },
  'rings at ann at once': live => {
    live.presence('ann', 'available')
    live.call('c2', 'desk')
    live.call('c3', 'desk')
  },
  'is being joined with ann': live => {
    live.call('c2', 'desk')
    live.call('c3', 'desk')
    live.presence('ann', 'available')
    live.accept('c2.1')
  },
} as const satisfies Readonly<Record<string, (live: Live) => void>>
type Stand = keyof typeof stands

const happens = {
  'its time in the queue is over': { rule: 'timeout', tell: live => void live.after(patience - 1000) },
  'one ms of its time is left': { rule: 'timeout', tell: live => void live.after(patience - 1001) },
  'ann declines': { rule: 'refused', tell: live => refuse(live, 486) },
  "ann's phone fails": { rule: 'device', tell: live => refuse(live, 503) },
  'bob comes free': { rule: 'firstIn', tell: live => void live.presence('bob', 'available') },
  'ann goes away': { rule: 'presence', tell: live => void live.presence('ann', 'away') },
  'the caller hangs up': { rule: 'bye', tell: live => void live.abandon('c2') },
  'the first caller hangs up': { rule: 'firstIn', tell: live => void live.abandon('c1') },
  'the last agent signs out': {
    rule: 'noAgents',
    tell: live => {
      live.signOut('ann', 'first')
      live.signOut('bob', 'second')
    },
  },
  'a new config has a shorter time-out, which is over': {
    rule: 'timeout',
    tell: live => {
      live.after(seconds(20))
      live.replace(config({ timeout: { after: seconds(15), action: { kind: 'disconnect' } } }))
    },
  },
  'a new config has no time-out': {
    rule: 'timeout',
    tell: live => {
      live.replace(config({ timeout: undefined }))
      live.after(seconds(100))
    },
  },
  'a new config names the queue otherwise': { rule: 'firstIn', tell: live => void live.replace(config({}, 'other')) },
  'a new config has no such number and queue': {
    rule: 'search',
    tell: live => void live.replace(world().agent('ann', watched).group('first', 'serial', ['ann'], formal).settings()),
  },
  'a new config allows one waiting call': {
    rule: 'overflow',
    tell: live =>
      void live.replace(config({ overflow: { waitingCalls: 1, candidate: 'newest', action: { kind: 'disconnect' } } })),
  },
} as const satisfies Readonly<Record<string, { readonly rule: Rule; readonly tell: (live: Live) => void }>>
type Happening = keyof typeof happens

/** Phones ring on for longer than any cell lasts. */
const formal = { participationPolicy: 'formal', agentAlertTime: seconds(180) } as const

function built(
  changes: { readonly [K in keyof QueueSettings]?: QueueSettings[K] | undefined } = {},
  queue = 'desk',
): WorldBuilder {
  const { timeout, ...more } = { timeout: { after: patience, action: { kind: 'disconnect' } } as const, ...changes }
  return world()
    .agent('ann', watched)
    .agent('bob', watched)
    .group('first', 'serial', ['ann'], formal)
    .group('second', 'serial', ['bob'], formal)
    .queue(queue, ['first', 'second'], {
      noAgents: { when: 'noneSignedIn', action: { kind: 'disconnect' } },
      ...(timeout && { timeout }),
      ...(more as Partial<QueueSettings>),
    })
    .workflow('desk', queue)
}

const config = (...args: Parameters<typeof built>): RoutingSettings => built(...args).settings()

/** Ends the offer of c2 that rings at Ann, or that she has accepted. Where none rings, the refusal comes too late. */
function refuse(live: Live, code: number): void {
  if (callView(live.world, c2)?.phase === 'joining') live.tell({ kind: 'joinFailed', call: c2, code })
  else live.refuse('c2.1', code)
}

type Cell = string
const timedOut = 'wait timedOut; over timedOut'
const left = 'wait abandoned; over abandoned'
const unmanned = 'wait noAgents; over noAgents'
const stopped = 'withdraw c2.1; withdrawn'

const cells: Readonly<Record<Stand, Readonly<Record<Happening, Cell>>>> = {
  waits: {
    'its time in the queue is over': timedOut,
    'one ms of its time is left': 'waiting #2',
    'ann declines': 'waiting #2',
    "ann's phone fails": 'waiting #2',
    'bob comes free': 'waiting #2',
    'ann goes away': 'waiting #2',
    'the caller hangs up': left,
    'the first caller hangs up': 'waiting #1',
    'the last agent signs out': unmanned,
    'a new config has a shorter time-out, which is over': timedOut,
    'a new config has no time-out': 'waiting #2',
    'a new config names the queue otherwise': 'wait moved; in other; waiting #2',
    'a new config has no such number and queue': 'wait failed; over unconfigured',
    // Calls that wait already are not sent away by a new limit: it is asked when a call begins to wait.
    'a new config allows one waiting call': 'waiting #2',
  },
  'rings at ann, who came free': {
    'its time in the queue is over': `${stopped}; ${timedOut}`,
    'one ms of its time is left': 'ringing #1',
    'ann declines': 'declined; waiting #1',
    "ann's phone fails": 'unreachable; waiting #1',
    'bob comes free': 'ringing #1',
    'ann goes away': `${stopped}; waiting #1`,
    'the caller hangs up': `${stopped}; ${left}`,
    'the first caller hangs up': 'ringing #1',
    'the last agent signs out': `${stopped}; ${unmanned}`,
    'a new config has a shorter time-out, which is over': `${stopped}; ${timedOut}`,
    'a new config has no time-out': 'ringing #1',
    // The phone rings on.
    'a new config names the queue otherwise': 'wait moved; in other; ringing #1',
    'a new config has no such number and queue': `${stopped}; wait failed; over unconfigured`,
    'a new config allows one waiting call': 'ringing #1',
  },
  // It never waited, so it has no place. If it must wait now, its place is that of its arrival.
  'rings at ann at once': {
    'its time in the queue is over': `${stopped}; ${timedOut}`,
    'one ms of its time is left': 'ringing',
    'ann declines': 'declined; waiting #1',
    "ann's phone fails": 'unreachable; waiting #1',
    'bob comes free': 'ringing',
    'ann goes away': `${stopped}; waiting #1`,
    'the caller hangs up': `${stopped}; ${left}`,
    'the first caller hangs up': 'ringing',
    'the last agent signs out': `${stopped}; ${unmanned}`,
    'a new config has a shorter time-out, which is over': `${stopped}; ${timedOut}`,
    'a new config has no time-out': 'ringing',
    'a new config names the queue otherwise': 'wait moved; in other; ringing',
    'a new config has no such number and queue': `${stopped}; wait failed; over unconfigured`,
    'a new config allows one waiting call': 'ringing',
  },
  // The wait is over unless the join fails, and then the call is where it was.
  'is being joined with ann': {
    'its time in the queue is over': 'joining',
    'one ms of its time is left': 'joining',
    'ann declines': 'declined; waiting #1',
    "ann's phone fails": 'unreachable; waiting #1',
    'bob comes free': 'joining',
    'ann goes away': 'joining',
    'the caller hangs up': `${stopped}; ${left}`,
    'the first caller hangs up': 'joining',
    'the last agent signs out': 'joining',
    'a new config has a shorter time-out, which is over': 'joining',
    'a new config has no time-out': 'joining',
    'a new config names the queue otherwise': 'joining',
    'a new config has no such number and queue': 'joining',
    'a new config allows one waiting call': 'joining',
  },
}

function lineOf(effect: Effect): readonly string[] {
  if (effect.kind === 'withdraw') return effect.offer.startsWith('c2.') ? [`withdraw ${effect.offer}`] : []
  if (effect.kind !== 'record') return []
  const { fact } = effect
  if (fact.kind === 'offerEnded') return fact.call === c2 ? [fact.why] : []
  if (fact.kind === 'waitEnded') return fact.call === c2 ? [`wait ${fact.outcome}`] : []
  if (fact.kind === 'callWaiting') return fact.call === c2 ? [`in ${fact.queue}`] : []
  return fact.kind === 'callFinished' && fact.call === c2 ? [`over ${fact.why}`] : []
}

function begun(stand: Stand): Live {
  const live = built().live()
  live.presence('ann', 'away')
  live.presence('bob', 'away')
  live.signIn('ann', 'first')
  live.signIn('bob', 'second')
  stands[stand](live)
  live.after(1000)
  return live
}

function shown(live: Live, lines: readonly string[]): Cell {
  const phase = callView(live.world, c2)?.phase
  const place = queuePosition(live.world, c2)?.position
  return [...lines, ...(phase ? [place === undefined ? phase : `${phase} #${place}`] : [])].join('; ')
}

describe('a wait: how the call stands in its queue with what happens', () => {
  for (const stand of Object.keys(cells) as Stand[])
    for (const happening of Object.keys(happens) as Happening[]) {
      const cell = cells[stand][happening]
      const { rule, tell } = happens[happening]
      it(`a call that ${stand}, and ${happening}: ${cell} (${titleOf(rule)})`, () => {
        const live = begun(stand)
        assert.equal(shown(live, live.during(() => tell(live)).flatMap(lineOf)), cell)
      })
    }

  for (const stand of ['rings at ann, who came free', 'is being joined with ann'] as const)
    it(`a call that ${stand} returns to its place before those that came after it (${titleOf('firstIn')})`, () => {
      const live = begun(stand)
      refuse(live, 486)
      live.presence('bob', 'available')
      assert.deepEqual(live.offers(), ['c2.2 bob'])
    })

  it(`counts the time-out from the start of the wait, also after a failed join (${titleOf('timeout')})`, () => {
    const live = begun('is being joined with ann')
    live.after(patience - 2000)
    refuse(live, 486)
    assert.equal(callView(live.world, c2)?.phase, 'waiting')
    live.after(1000)
    assert.deepEqual(live.rejected().sort(), ['c2 timedOut', 'c3 timedOut'])
  })

  it(`is over at once if the time-out has passed while the two were being joined (${titleOf('timeout')})`, () => {
    const live = begun('is being joined with ann')
    live.after(patience)
    refuse(live, 486)
    assert.deepEqual(live.rejected(), ['c2 timedOut'])
  })
})

/** Which call is sent away, and which agent gets which call: the limit × the candidate × who was there before. */
describe('an overflow', () => {
  for (const most of [0, 1, 2])
    for (const candidate of ['newest', 'oldest'] as const) {
      const calls = ['c1', 'c2', 'c3', 'c4']
      const kept = candidate === 'newest' ? calls.slice(0, most) : most === 0 ? [] : calls.slice(-most)
      it(`of ${most} with the ${candidate} keeps ${kept.length > 0 ? kept.join(', ') : 'no call'} of four (${titleOf('candidate')})`, () => {
        const live = built({ overflow: { waitingCalls: most, candidate, action: { kind: 'disconnect' } } }).live()
        for (const agent of ['ann', 'bob']) live.presence(agent, 'away')
        live.signIn('ann', 'first')
        for (const call of calls) live.call(call, 'desk')
        assert.deepEqual([...live.world.calls.keys()], kept)
      })

      it(`of ${most} with the ${candidate} does not count a call that is offered at once (${titleOf('overflow')})`, () => {
        const live = built({ overflow: { waitingCalls: most, candidate, action: { kind: 'disconnect' } } }).live()
        live.signIn('ann', 'first')
        live.presence('ann', 'available')
        live.call('c1', 'desk')
        assert.deepEqual(live.offers(), ['c1.1 ann'])
        for (const call of calls.slice(1, most + 1)) live.call(call, 'desk')
        assert.equal(live.world.calls.size, most + 1)
        assert.deepEqual(live.rejected(), [])
      })
    }
})

/** Two queues share an agent: who is offered next does not depend on the queue (§3). */
describe('calls of several queues', () => {
  for (const [first, second] of [
    ['a', 'b'],
    ['b', 'a'],
  ] as const)
    for (const apart of [0, 1])
      it(`give an agent the one that came first: ${first}, then ${second} after ${apart} s (${titleOf('firstIn')})`, () => {
        const live = world().agent('ann', watched).group('g', 'serial', ['ann']).queue('a', ['g']).queue('b', ['g']).live()
        live.call(`in-${first}`, first)
        live.after(apart * 1000)
        live.call(`in-${second}`, second)
        live.presence('ann', 'available')
        // At equal times the name of the queue decides.
        assert.deepEqual(live.offers(), [`in-${apart === 0 ? 'a' : first}.1 ann`])
      })
})
