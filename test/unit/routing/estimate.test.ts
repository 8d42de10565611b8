import assert from 'node:assert/strict'
import { callView, queueViews, type CallId } from '../../../src/routing/index.js'
import { seconds, world, type Live } from './build.js'

const waitOf = (live: Live, call: string): number | undefined => callView(live.world, call as CallId)?.estimatedWait
const nextIn = (live: Live, queue: string): number | undefined =>
  [...queueViews(live.world, live.now)].find(({ name }) => name === queue)?.estimatedWait

/** One call of this many seconds, from the first ring. */
function handle(live: Live, call: string, took: number, queue = 'q'): void {
  live.call(call, queue)
  live.answer(`${call}.1`)
  live.after(seconds(took))
  live.hangUp(call)
}

describe('the estimated wait (honest-wait)', () => {
  it('is unknown before the first call was handled', () => {
    const live = world().group('g', 'serial', ['ann']).queue('q', ['g']).live()
    live.call('c1', 'q')
    live.call('c2', 'q')
    assert.equal(waitOf(live, 'c2'), undefined)
    assert.equal(nextIn(live, 'q'), undefined)
  })

  it('is the time that calls keep an agent, times the position, divided by the agents who take part', () => {
    const live = world().group('g', 'serial', ['ann', 'bob']).queue('q', ['g']).live()
    handle(live, 'c1', 60)
    assert.equal(nextIn(live, 'q'), 0, 'an agent is free')
    for (const call of ['c2', 'c3', 'c4', 'c5']) live.call(call, 'q')
    assert.deepEqual([waitOf(live, 'c3'), waitOf(live, 'c4'), waitOf(live, 'c5')], [undefined, 30_000, 60_000])
    assert.equal(nextIn(live, 'q'), 90_000)
  })

  it('includes ring and wrap-up, and forgets old calls gradually', () => {
    const live = world()
      .agent('ann', { wrapUp: seconds(10) })
      .group('g', 'serial', ['ann'])
      .queue('q', ['g'])
      .live()
    live.call('c1', 'q')
    live.after(seconds(5))
    live.answer('c1.1')
    live.after(seconds(45))
    live.hangUp('c1')
    live.call('c2', 'q')
    assert.equal(waitOf(live, 'c2'), 60_000)
    live.abandon('c2')
    live.after(seconds(10))
    for (let n = 10; n < 110; n += 1) {
      handle(live, `c${n}`, 110)
      live.after(seconds(10))
    }
    live.presence('ann', 'busy')
    live.presence('ann', 'available')
    live.call('d1', 'q')
    live.call('d2', 'q')
    assert(Math.abs((waitOf(live, 'd2') ?? 0) - 120_000) < 500)
  })

  it('does not change while time passes, and falls only by events', () => {
    const live = world().group('g', 'serial', ['ann']).queue('q', ['g']).live()
    handle(live, 'c1', 60)
    live.call('c2', 'q')
    live.answer('c2.1')
    live.call('c3', 'q')
    live.call('c4', 'q')
    assert.equal(waitOf(live, 'c4'), 120_000)
    live.after(seconds(600))
    assert.equal(waitOf(live, 'c4'), 120_000)
    live.abandon('c3')
    assert.equal(waitOf(live, 'c4'), 60_000)
  })

  it('counts an agent of two groups once, and an agent who left not at all', () => {
    const live = world().group('g', 'serial', ['ann', 'bob']).group('h', 'serial', ['bob']).queue('q', ['g', 'h']).live()
    handle(live, 'c1', 60)
    for (const call of ['c2', 'c3', 'c4']) live.call(call, 'q')
    assert.equal(waitOf(live, 'c4'), 30_000)
    live.presence('bob', 'away')
    assert.equal(waitOf(live, 'c4'), 120_000, 'c3 waits again, ahead of c4')
    live.presence('ann', 'offline')
    assert.equal(waitOf(live, 'c4'), undefined, 'no agent is in the queue')
  })

  it('counts an agent whose phone is busy with a call of ours', () => {
    const live = world().group('g', 'serial', ['ann']).queue('q', ['g']).live()
    handle(live, 'c1', 60)
    live.call('c2', 'q')
    live.answer('c2.1')
    live.presence('ann', 'busy')
    live.call('c3', 'q')
    assert.equal(waitOf(live, 'c3'), 60_000)
    live.hangUp('c2')
    assert.equal(waitOf(live, 'c3'), undefined, 'ann is on a call that is not from this queue')
  })

  it('survives a new config and a restart', () => {
    const builder = world().group('g', 'serial', ['ann']).queue('q', ['g'])
    const live = builder.live()
    handle(live, 'c1', 60)
    live.replace(builder.settings())
    live.world = live.restored()
    live.call('c2', 'q')
    live.call('c3', 'q')
    assert.equal(waitOf(live, 'c3'), 60_000)
  })
})
