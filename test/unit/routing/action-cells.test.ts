import assert from 'node:assert/strict'
import { callView, type CallId, type Effect, type PromptId } from '../../../src/routing/index.js'
import type { Action } from '../../../src/routing/world/settings.js'
import { asks, seconds, world, type Live, type WorldBuilder } from './build.js'
import { titleOf, type Rule } from './rules.js'

/**
 * Why a call is given up × the action × whether a prompt comes before it and is heard. A cell lists what the caller hears, the effects,
 * and where the call stands at the end.
 */
const c1 = 'c1' as CallId
const sorry = 'sorry' as PromptId
const neverOpen = { timeZone: 'UTC', hours: [[], [], [], [], [], [], []] }
const always = { name: 'always', from: '2000-01-01T00:00', to: '2100-01-01T00:00' }

interface Cause {
  readonly rule: Rule
  readonly build: (action: Action) => WorldBuilder
  /** What comes before the action's prompt. */
  readonly first?: readonly string[]
  readonly bring?: (live: Live) => void
}

/** One queue whose only agent is away, and another that the action `queue` names. */
const base = (): WorldBuilder =>
  world()
    .agent('bob', { alwaysAvailable: false })
    .group('away', 'serial', ['bob'])
    .group('signed', 'serial', ['carol'], { participationPolicy: 'formal' })
    .queue('else', ['away'])

const causes = {
  timedOut: {
    rule: 'timeout',
    build: action => base().queue('start', ['away'], { timeout: { after: seconds(30), action } }),
    bring: live => void live.after(seconds(30)),
    first: ['wait ended timedOut'],
  },
  overflowed: {
    rule: 'overflow',
    build: action => base().queue('start', ['away'], { overflow: { waitingCalls: 0, candidate: 'newest', action } }),
    first: ['wait ended overflowed'],
  },
  noAgents: {
    rule: 'noAgents',
    build: action => base().queue('start', ['signed'], { noAgents: { when: 'noneSignedIn', action } }),
    first: ['wait ended noAgents'],
  },
  closed: { rule: 'closed', build: action => base().workflow('start', '', { ...neverOpen, closed: action }) },
  holiday: {
    rule: 'closed',
    build: action => base().workflow('start', '', { timeZone: 'UTC', holidays: [always], holiday: action }),
  },
  disconnected: { rule: 'answers', build: action => base().workflow('start', '', { entry: action }) },
} as const satisfies Readonly<Record<string, Cause>>
type Why = keyof typeof causes

const actions = {
  disconnect: { kind: 'disconnect' },
  voicemail: { kind: 'forward', as: 'voicemail', to: 'sip:box@example.com' },
  number: { kind: 'forward', as: 'number', to: 'tel:+15550100' },
  uri: { kind: 'forward', as: 'uri', to: 'sip:desk@example.org' },
  queue: { kind: 'queue', queue: 'else' as never },
  'a queue that is gone': { kind: 'queue', queue: 'nowhere' as never },
} as const satisfies Readonly<Record<string, Action>>
type Named = keyof typeof actions

/** What follows the prompt, or comes at once without one. */
function performed(why: Why, named: Named): readonly string[] {
  const action = actions[named]
  if (action.kind === 'forward') return [`forward ${action.as} ${action.to} ${why}`, 'forwarding']
  if (named === 'queue') return ['enters else', 'waiting']
  const end = named === 'disconnect' ? why : 'unconfigured'
  return [`reject ${end}`, `over: ${end}`]
}

function lineOf(effect: Effect): readonly string[] {
  if (effect.kind === 'play') return [`play ${effect.prompt}`]
  if (effect.kind === 'reject') return [`reject ${effect.why}`]
  if (effect.kind === 'forward') return [`forward ${effect.as} ${effect.to} ${effect.why}`]
  if (effect.kind !== 'record') return []
  const { fact } = effect
  if (fact.kind === 'waitEnded') return [`wait ended ${fact.outcome}`]
  if (fact.kind === 'callWaiting') return fact.queue === 'start' ? [] : [`enters ${fact.queue}`]
  return fact.kind === 'callFinished' ? [`over: ${fact.why}`] : []
}

function shown(live: Live): string[] {
  const phase = callView(live.world, c1)?.phase
  return [...live.effects.flatMap(lineOf), ...(phase === undefined ? [] : [phase])]
}

function begun(why: Why, action: Action, hears: boolean): Live {
  const cause: Cause = causes[why]
  const live = cause.build(action).live()
  live.call('c1', 'start', hears)
  cause.bring?.(live)
  return live
}

const whys = Object.keys(causes) as Why[]
const names = Object.keys(actions) as Named[]

describe('an action: why a call is given up × what follows', () => {
  for (const why of whys)
    for (const named of names) {
      const { rule, first = [] }: Cause = causes[why]
      const then = performed(why, named)
      it(`${why}: ${named} without a prompt leads to ${then.join(', ')} (${titleOf(rule)})`, () => {
        assert.deepEqual(shown(begun(why, actions[named], true)), [...first, ...then])
      })

      it(`${why}: ${named} behind a prompt is performed when the prompt is over, and ends the call with it (${titleOf(rule)})`, () => {
        const live = begun(why, { ...actions[named], prompt: sorry }, true)
        assert.deepEqual(shown(live), [...first, 'play sorry', 'farewell'])
        live.heard('c1', 'another prompt')
        assert.equal(callView(live.world, c1)?.phase, 'farewell')
        live.heard('c1', 'sorry')
        assert.deepEqual(shown(live), then)
      })

      it(`${why}: ${named} follows ten minutes after a prompt whose end is never reported (${titleOf(rule)})`, () => {
        const live = begun(why, { ...actions[named], prompt: sorry }, true)
        live.after(seconds(599))
        assert.equal(callView(live.world, c1)?.phase, 'farewell')
        live.after(seconds(1))
        assert.deepEqual(shown(live), then)
      })

      it(`${why}: ${named} passes over its prompt for a caller who can't hear it (${titleOf(rule)})`, () => {
        assert.deepEqual(shown(begun(why, { ...actions[named], prompt: sorry }, false)), [...first, ...then])
      })
    }
})

describe('a call that is forwarded', () => {
  it('names the target that is called, and no other call does', () => {
    assert.equal(callView(begun('closed', actions.voicemail, true).world, c1)?.forwardingTo, 'sip:box@example.com')
    const waiting = base().queue('start', ['away']).live()
    waiting.call('c1', 'start')
    assert.equal(callView(waiting.world, c1)?.forwardingTo, undefined)
  })
})

describe('an answer that leads to an action', () => {
  for (const named of names) {
    const then = performed('disconnected', named)
    it(`leads to ${then.join(', ')}, and stops the question if nothing else plays (${titleOf('answers')})`, () => {
      const live = base()
        .workflow('start', '', { entry: asks('menu', { 1: actions[named] }) })
        .live()
      live.call('c1', 'start', true)
      live.press('c1', '1')
      assert.deepEqual(shown(live), then)
      const stops = live.sounds()
      const isForward = actions[named].kind === 'forward'
      assert.equal(stops.includes('silence c1'), isForward)
    })
  }
})

describe('queues that lead to queues', () => {
  it(`disconnect a call that would enter an eleventh queue (${titleOf('tenQueues')})`, () => {
    const chain = base()
    for (let n = 1; n <= 11; n += 1)
      chain.queue(`q${n}`, ['away'], {
        overflow: { waitingCalls: 0, candidate: 'newest', action: { kind: 'queue', queue: `q${n + 1}` as never } },
      })
    const live = chain.live()
    live.call('c1', 'q1')
    const entered = live.facts('callWaiting').map(({ queue }) => queue)
    assert.deepEqual(entered, ['q1', 'q2', 'q3', 'q4', 'q5', 'q6', 'q7', 'q8', 'q9', 'q10'])
    assert.deepEqual(live.rejected(), ['c1 looped'])
  })
})
