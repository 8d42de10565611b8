import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  callViews,
  queueViews,
  type CallId,
  type Effect,
  type Event,
  type QueueName,
  type World,
} from '../../src/routing/index.js'
import { Driven } from './drive.js'
import { happenings, settings } from './random-world.js'
import { allFacts, always, driven, eachStep, factsOf, runs } from './routing-rules.js'

/** Longer than the longest path of a call: ten-minute prompts, five of each kind, before each of ten queues. */
const longEnough = 12 * 3_600_000

describe('routing keeps the rules for callers who listen and press keys', () => {
  always('no-zombie-call: word of prompts and keys may be lost, and no caller is kept by it', (_seen, world) => {
    for (const agent of world.world.agents.keys())
      world.tell({ kind: 'presenceChanged', agent, presence: { state: 'offline', since: world.now, because: 'test' } })
    world.after(longEnough)
    for (const { phase } of world.world.calls.values()) {
      assert(!['greeting', 'asking', 'farewell'].includes(phase.kind), `still ${phase.kind}`)
      const wait = phase.kind === 'waiting' || phase.kind === 'ringing' ? phase.wait : undefined
      const timeout = wait && world.world.queues.get(wait.queue)?.settings.timeout
      assert(!timeout, 'waits longer than its queue allows')
    }
  })

  always('nothing is played to a caller who does not hear it', (seen, { world }) => {
    const hearing = new Set<CallId>()
    for (const { event, effects } of seen) {
      if (event.kind === 'callArrived' && event.hears === true) hearing.add(event.call)
      for (const effect of effects)
        if (isSound(effect)) assert('call' in effect && hearing.has(effect.call), `${effect.kind} for ${event.kind}`)
    }
    for (const { id, hears } of world.calls.values()) assert.equal(hears, hearing.has(id))
  })

  always('nothing of ours sounds once a caller is given to somebody', seen => {
    const given = new Set<CallId>()
    for (const { event, effects } of seen) {
      if (event.kind === 'joinFailed') given.delete(event.call)
      if (event.kind === 'callEnded' && event.cause === 'agentHungUp') given.delete(event.call)
      for (const effect of effects) {
        if (effect.kind === 'play' || effect.kind === 'wait') assert(!given.has(effect.call), `${effect.kind} for ${effect.call}`)
        if (effect.kind === 'connect' || effect.kind === 'forward') given.add(effect.call)
      }
    }
  })

  eachStep('a key that is no answer changes nothing but attempts', (before, seen, world) => {
    for (const { event, effects } of seen) {
      if (event.kind !== 'digitPressed') continue
      const was = before.calls.find(({ id }) => id === event.call)
      const now = world.world.calls.get(event.call)
      const answers = factsOf(effects).filter(fact => fact.kind === 'answerGiven').length
      if (was && now) assert.equal(now.answers.length, was.answers.length + answers)
      if (was?.phase.kind === 'asking' && now?.phase.kind === 'asking' && answers === 0)
        assert(now.phase.attempts - was.phase.attempts <= 1)
      else if (was?.phase.kind !== 'asking') assert.equal(answers, 0, 'an answer without a question')
    }
  })

  always('counted-once: each call has one end, whose word says how far it came', seen => {
    const facts = allFacts(seen)
    const connected = new Set(facts.flatMap(fact => (fact.kind === 'callConnected' ? [fact.call] : [])))
    const forwarded = new Set(facts.flatMap(fact => (fact.kind === 'callForwarded' ? [fact.call] : [])))
    for (const fact of facts) {
      if (fact.kind !== 'callFinished') continue
      assert.equal(fact.why === 'answered', connected.has(fact.call))
      assert.equal(fact.why === 'forwarded', forwarded.has(fact.call))
    }
  })

  always('lease-ends: a transfer by the agent ends the lease, one by the caller does not', seen => {
    for (const { event, effects } of seen) {
      if (event.kind !== 'callTransferred') continue
      const transferred = factsOf(effects).find(fact => fact.kind === 'callTransferred')
      const freed = factsOf(effects).some(fact => fact.kind === 'agentChanged')
      assert.equal(freed, transferred !== undefined && event.by === 'agent')
    }
  })

  it('honest-wait', () => {
    fc.assert(
      fc.property(settings, happenings, (from, what) => {
        const world = new Watching(driven(from).world)
        for (const happening of what) world.happen(happening)
      }),
      runs,
    )
  })
})

/** The caller hears music or a prompt. */
const isSound = (effect: Effect): boolean => effect.kind === 'play' || (effect.kind === 'wait' && effect.music !== undefined)

interface Shown {
  readonly queue: QueueName | undefined
  readonly position: number
  readonly wait: number
}

/** Events that can remove agents, or show that calls last longer than was known. */
const mayRaise: ReadonlySet<Event['kind']> = new Set([
  'presenceChanged',
  'signedOut',
  'offerRefused',
  'joinFailed',
  'callEnded',
  'callAbandoned',
  'callTransferred',
  'configReplaced',
])

/** Compares the displayed waits before and after each event. */
class Watching extends Driven {
  override take(event: Event): readonly Effect[] {
    const [before, nextBefore] = [shownCalls(this.world), shownQueues(this.world, event)]
    assert.deepEqual(
      shownQueues(this.world, { ...event, at: (event.at + 60_000) as never }),
      nextBefore,
      'the estimates do not change with time alone',
    )
    const effects = super.take(event)
    const after = shownCalls(this.world)
    for (const [call, now] of after) {
      const was = before.get(call)
      if (!was || was.queue !== now.queue || now.position > was.position) continue
      assert(now.wait <= was.wait || mayRaise.has(event.kind), `${event.kind} raised the wait of ${call}`)
    }
    this.#checkOrder(after)
    return effects
  }

  /** A caller further back never has a shorter displayed wait. */
  #checkOrder(shown: ReadonlyMap<CallId, Shown>): void {
    for (const one of shown.values())
      for (const other of shown.values())
        if (one.queue === other.queue && one.position < other.position) assert(one.wait <= other.wait)
  }
}

function shownCalls(world: World): Map<CallId, Shown> {
  const shown = new Map<CallId, Shown>()
  for (const view of callViews(world, () => true)) {
    const { id, queue, position, estimatedWait } = view ?? assert.fail('a call is left out')
    if (position !== undefined && estimatedWait !== undefined) shown.set(id, { queue, position, wait: estimatedWait })
  }
  return shown
}

const shownQueues = (world: World, { at }: Event): (number | undefined)[] =>
  [...queueViews(world, at)].map(({ estimatedWait }) => estimatedWait)
