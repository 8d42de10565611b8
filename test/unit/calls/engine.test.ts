import assert from 'node:assert/strict'
import sinon from 'sinon'
import { Engine, type EngineOptions } from '../../../src/calls/engine.js'
import type { Step } from '../../../src/calls/step.js'
import { instant, type Instant } from '../../../src/foundation/time.js'
import { createWorld, type CallId, type Effect, type OfferId, type WorkflowName } from '../../../src/routing/index.js'
import { sdp } from '../../fakes/signaling.js'
import { FakeClock } from '../../fakes/clock.js'
import { spiedLog } from '../../fakes/spies.js'
import { WorldBuilder } from '../routing/build.js'
import { Shell } from './shell.js'

const routing = new WorldBuilder().group('support', 'serial', ['alice', 'bob']).queue('support', ['support']).settings()
const arrived = (call: string) => ({ kind: 'callArrived', call: call as CallId, workflow: 'support' as WorkflowName }) as const

/** The engine alone. Its effects are recorded. */
function engine(more: Partial<EngineOptions> = {}) {
  const clock = new FakeClock()
  const steps: Step[] = []
  const effects: Effect[] = []
  const broken = sinon.stub<Parameters<EngineOptions['broken']>, undefined>()
  const log = spiedLog()
  const made = new Engine({
    world: createWorld(routing, { signIns: [], pointers: [] }, clock.now()),
    ...{ clock, log },
    perform: effect => void effects.push(effect),
    readers: [step => void steps.push(step)],
    broken,
    ...more,
  })
  return {
    ...{ engine: made, clock, steps, effects },
    broken: () => broken.args.map(([, call]) => call),
    errors: () => log.error.args.map(([, fields]) => fields ?? {}),
  }
}

describe('the engine', () => {
  it('finishes all effects of an event before the next event, in the order of posting', () => {
    const order: string[] = []
    const all = engine({
      perform: effect => {
        order.push(effect.kind)
        if (effect.kind === 'offer' && effect.offer.endsWith('c1.1'))
          all.engine.post({ kind: 'offerRinging', offer: effect.offer })
      },
      readers: [({ event }) => void order.push(`read ${event.kind}`)],
    })
    all.engine.post(arrived('c1'))
    assert.deepEqual(
      order.filter(word => word !== 'record'),
      ['offer', 'startTimer', 'read callArrived', 'read offerRinging'],
    )
  })

  it('drops events when another node has the calls', () => {
    let areOurs = true
    const all = engine({ mayDecide: () => areOurs })
    all.engine.post(arrived('c1'))
    areOurs = false
    all.engine.post(arrived('c2'))
    assert.deepEqual([...all.engine.world.calls.keys()], ['c1'])
    assert.equal(all.steps.length, 1)
  })

  it('never lets time go back, even if the clock does', () => {
    const times: Instant[] = [instant(1_800_000_000_500), instant(1_800_000_000_100), instant(1_800_000_000_900)]
    const clock = Object.assign(new FakeClock(), { now: () => times.shift() ?? instant(0) })
    const all = engine({ clock })
    for (const call of ['c1', 'c2', 'c3']) all.engine.post(arrived(call))
    assert.deepEqual(
      all.steps.map(({ at }) => at - 1_800_000_000_000),
      [500, 500, 900],
    )
  })

  it('tells the core once, before the next event, that the wall clock was set', () => {
    const all = engine()
    all.clock.turn(-39 * 3_600_000)
    for (const call of ['c1', 'c2']) all.engine.post(arrived(call))
    all.engine.lookAtWallClock()
    all.clock.turn(1_000)
    all.engine.lookAtWallClock()
    const steps = all.steps.map(({ event }) => (event.kind === 'clockStepped' ? event.wallOffset : event.kind))
    assert.deepEqual(steps, [-140_400_000, 'callArrived', 'callArrived', -140_399_000])
    assert.deepEqual(
      all.steps.flatMap(({ facts }) => facts.flatMap(fact => (fact.kind === 'clockStepped' ? [fact.by] : []))),
      [-140_400_000, 1_000],
    )
  })

  it('performs the other effects of an event when one fails, and names the call whose effect failed', () => {
    let failing = true
    const done: string[] = []
    const all = engine({
      perform: effect => {
        done.push(effect.kind)
        if (effect.kind === 'offer' && failing) throw new Error('no more sockets')
      },
    })
    all.engine.post(arrived('c1'))
    failing = false
    assert.ok(done.includes('startTimer'))
    assert.deepEqual(all.broken(), ['c1'])
    assert.match(String(all.errors()[0]?.['stack']), /no more sockets/)
    assert.deepEqual([all.errors()[0]?.callId, all.errors()[0]?.['happened']], ['c1', 'callArrived'])
    assert.equal(all.steps.length, 1, 'readers get the step although an effect failed')
  })

  it('goes on after a reader throws, and ends no call for it', () => {
    const read: string[] = []
    const bad = (): void => {
      throw new Error('metrics broke')
    }
    const all = engine({ readers: [bad, ({ event }) => void read.push(event.kind)] })
    all.engine.post(arrived('c1'))
    assert.deepEqual(read, ['callArrived'])
    assert.deepEqual(all.broken(), [undefined])
  })

  for (const by of ['its offer', 'its timer'] as const)
    it(`finds the call of a routing error by ${by}, and takes the next event`, () => {
      const all = engine()
      all.engine.post(arrived('c1'))
      const { world } = all.engine
      const offer = world.offers.get('c1.1' as OfferId)
      assert.ok(offer?.alert)
      // The world is broken on purpose: reading the call's phase throws.
      const phase = (): never => {
        throw new Error('a broken world')
      }
      Object.defineProperty(offer.call, 'phase', { get: phase })
      const { id, alert } = offer
      all.engine.post(by === 'its offer' ? { kind: 'offerAccepted', offer: id } : { kind: 'timerFired', timer: alert })
      assert.deepEqual(all.broken(), ['c1'])
      all.engine.post(arrived('c2'))
      assert.equal(world.calls.has('c2' as CallId), true)
    })

  it('survives an error while it ends the call', () => {
    const all = engine({
      perform: () => {
        throw new Error('first')
      },
      broken: () => {
        throw new Error('second')
      },
    })
    all.engine.post(arrived('c1'))
    all.engine.post(arrived('c2'))
    assert.equal(all.engine.world.calls.size, 2)
    assert.match(String(all.errors()[1]?.['stack']), /second/)
  })
})

describe('after an internal error', () => {
  it('the affected call ends with 500, its agent is free, and the rule is counted', () => {
    const shell = new Shell(routing)
    shell.signaling.failures = 1
    const caller = shell.dial('support')
    assert.equal(caller.rejected, 500)
    assert.deepEqual(shell.violations, ['our-bug'])
    assert.deepEqual([shell.world.calls.size, shell.world.offers.size, shell.world.timers.size, shell.calls.size], [0, 0, 0, 0])
    shell.dial('support')
    assert.deepEqual(shell.rings(), ['alice'])
  })

  it('the call that waits for the agent ends, not the call whose end freed the agent', () => {
    const alone = new WorldBuilder().group('support', 'serial', ['alice']).queue('support', ['support']).settings()
    const shell = new Shell(alone)
    const first = shell.dial('support')
    const agent = shell.phone('alice').answer(sdp('alice'))
    first.leg?.confirm()
    const [second, third] = [shell.dial('support'), shell.dial('support')]
    shell.signaling.failures = 1
    agent?.end({ kind: 'hungUp' })
    assert.equal(shell.facts('callFinished')[0]?.why, 'answered')
    assert.equal(second.rejected, 500)
    assert.equal(third.rejected, undefined)
    assert.deepEqual(shell.rings(), ['alice'])
  })
})
