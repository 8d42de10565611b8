import assert from 'node:assert/strict'
import { agentView, restoreWorld, snapshotWorld } from '../../../src/routing/index.js'
import { instant } from '../../../src/foundation/time.js'
import { agentOf, seconds, world, type Live, type WorldBuilder } from './build.js'

const alice = agentOf('alice')

/** Alice and bob, who are asked in this order. Two misses in a row pause an agent. */
function built(misses: number | 'off' = 2, method: 'serial' | 'parallel' = 'serial'): WorldBuilder {
  const made = world()
    .group('support', method, ['alice', 'bob'])
    .group('second', 'serial', ['alice'])
    .queue('support', ['support'])
    .queue('second', ['second'])
  made.pauseAfterMisses = misses === 'off' ? undefined : misses
  return made
}

/** A call rings at alice until her alert time is over, and leaves. */
function misses(live: Live, call: string, queue = 'second'): void {
  live.call(call, queue)
  live.after(seconds(20))
  live.abandon(call)
}

const isPaused = (live: Live): boolean => agentView(live.world, alice)?.pausedSince !== undefined
const excluded = (live: Live): readonly unknown[] => agentView(live.world, alice)?.groups.map(group => group.excluded) ?? []

describe('an agent who misses calls in a row', () => {
  it('is paused in all groups when the config says so, and the waiting call goes to the next agent', () => {
    const live = built().live()
    misses(live, 'c1')
    assert.equal(isPaused(live), false)
    live.call('c2', 'support')
    live.after(seconds(20))
    assert.equal(isPaused(live), true)
    assert.deepEqual(excluded(live), ['paused', 'paused'])
    assert.deepEqual(live.offers(), ['c2.2 bob'])
    assert.deepEqual(
      live.facts('agentPaused').map(({ agent, group, missed }) => [agent, group, missed]),
      [[alice, 'support', 2]],
    )
    live.call('c3', 'second')
    live.after(seconds(300))
    assert.deepEqual(
      live.offers().filter(offer => offer.includes('alice')),
      [],
      'her phone stays quiet',
    )
  })

  it('gets the oldest waiting call at once when they say that they are back, and starts to count again', () => {
    const live = built(1).live()
    misses(live, 'c1')
    live.call('c2', 'second')
    assert.deepEqual(live.offers(), [])
    live.tell({ kind: 'agentResumed', agent: alice })
    assert.deepEqual(live.offers(), ['c2.1 alice'])
    assert.deepEqual(
      live.facts('agentResumed').map(({ because }) => because),
      ['asked'],
    )
    live.after(seconds(20))
    assert.equal(isPaused(live), true)
  })

  it('is not paused when they answered or declined a call in between', () => {
    for (const act of ['answer', 'decline'] as const) {
      const live = built().live()
      misses(live, 'c1')
      live.call('c2', 'second')
      if (act === 'decline') live.refuse('c2.1', 486)
      else live.answer('c2.1')
      live.hangUp('c2')
      misses(live, 'c3')
      assert.equal(isPaused(live), false, act)
    }
  })

  it('is not paused by a phone that fails, nor where all phones ring together', () => {
    const failed = built(1).live()
    failed.call('c1', 'second')
    failed.refuse('c1.1', 503)
    assert.equal(isPaused(failed), false)
    const together = built(1, 'parallel').live()
    misses(together, 'c1', 'support')
    assert.equal(isPaused(together), false)
  })

  it('is never paused without the setting, and is back when a new config has none', () => {
    const never = built('off').live()
    for (let n = 0; n < 30; n += 1) misses(never, `c${n}`)
    assert.equal(isPaused(never), false)
    const live = built(1).live()
    misses(live, 'c1')
    live.call('c2', 'second')
    live.replace(built('off').settings())
    assert.deepEqual([isPaused(live), live.offers()], [false, ['c2.1 alice']])
  })

  it('stays paused after a config change that keeps the setting, and is ignored if they are not paused', () => {
    const live = built(1).live()
    misses(live, 'c1')
    live.replace(built(1).settings())
    assert.equal(isPaused(live), true)
    live.tell({ kind: 'agentResumed', agent: alice })
    live.tell({ kind: 'agentResumed', agent: alice })
    assert.equal(live.facts('ignored').at(-1)?.because, 'the agent is not paused')
  })

  it('is back by a sign-in to a group', () => {
    const made = built(1)
    made.group('formal', 'serial', ['alice'], { participationPolicy: 'formal' })
    const live = made.live()
    misses(live, 'c1')
    live.signIn('alice', 'formal')
    assert.deepEqual([isPaused(live), live.facts('agentResumed')[0]?.because], [false, 'signedIn'])
  })

  it('stays paused in the journal and after a restart, if the config still has the setting', () => {
    const live = built(1).live()
    misses(live, 'c1')
    const again = restoreWorld(structuredClone(snapshotWorld(live.world)))
    assert.deepEqual(snapshotWorld(again), snapshotWorld(live.world))
    for (const [setting, isKept] of [
      [1, true],
      ['off', false],
    ] as const) {
      const next = built(setting).live()
      next.tell({
        kind: 'agentsRestored',
        agents: [{ agent: alice, idleSince: instant(0), wasIdle: true, pausedSince: instant(0) }],
      })
      assert.equal(isPaused(next), isKept)
    }
  })
})
