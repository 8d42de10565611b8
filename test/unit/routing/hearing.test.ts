import assert from 'node:assert/strict'
import { callView, type CallId, type PromptId } from '../../../src/routing/index.js'
import type { Announcements } from '../../../src/routing/world/settings.js'
import { asks, seconds, toQueue, world, type Live, type WorldBuilder } from './build.js'

const prompts = (...names: string[]): PromptId[] => names as PromptId[]
const announce: Announcements = { every: seconds(30), positions: prompts('first', 'further back'), waits: prompts('a minute') }
const busy = (more = {}): WorldBuilder =>
  world()
    .agent('ann', { alwaysAvailable: false })
    .group('g', 'serial', ['ann'])
    .queue('q', ['g'], { announce, ...more })
const viewOf = (live: Live, call: string): ReturnType<typeof callView> => callView(live.world, call as CallId)

describe('prompts', () => {
  it('continue at their own end, and ignore the end of a prompt that was replaced', () => {
    const live = busy({ timeout: { after: seconds(31), action: { kind: 'disconnect', prompt: 'sorry' as PromptId } } }).live()
    live.call('c1', 'q', true)
    live.after(seconds(31))
    assert.deepEqual(live.sounds(), ['play c1 first', 'play c1 sorry'])
    live.heard('c1', 'first')
    assert.equal(viewOf(live, 'c1')?.phase, 'farewell', 'the end of the announcement does not end the farewell')
    live.heard('c1', 'sorry')
    assert.deepEqual(live.rejected(), ['c1 timedOut'])
  })

  it('are restored from a snapshot with their timers, and answers with them', () => {
    const live = world()
      .group('g', 'serial', ['ann'])
      .queue('q', ['g'])
      .workflow('w', '', { welcome: 'welcome' as PromptId, entry: asks('menu', { 1: asks('more', { 2: toQueue('q') }) }) })
      .live()
    for (const call of ['c1', 'c2', 'c3', 'c4']) live.call(call, 'w', true)
    for (const call of ['c2', 'c3', 'c4']) live.heard(call, 'welcome')
    live.heard('c3', 'menu')
    live.press('c4', '1')
    live.world = live.restored()
    live.after(seconds(5))
    assert.deepEqual(live.sounds(), ['play c3 menu'])
    live.heard('c1', 'welcome')
    assert.deepEqual(live.sounds(), ['play c1 menu'])
    live.press('c4', '2')
    assert.deepEqual(live.offers(), ['c4.1 ann'])
    assert.deepEqual(viewOf(live, 'c4')?.answers, [
      { digit: '1', name: 'key 1' },
      { digit: '2', name: 'key 2' },
    ])
  })

  it('of one call do not affect another call or one that is over', () => {
    const live = busy().live()
    live.heard('c1', 'first')
    assert.equal(live.facts('ignored')[0]?.because, 'the call is over')
    live.press('c1', '1')
    assert.equal(live.facts('ignored')[0]?.because, 'the call is over')
  })
})

describe('announcements', () => {
  it('are played only to callers who hear us and wait', () => {
    const live = busy().live()
    live.call('c1', 'q', false)
    live.call('c2', 'q', true)
    live.after(seconds(30))
    assert.deepEqual(live.sounds(), ['play c2 further back'])
    assert.equal(live.timers.size, 1)
  })

  it('without content do not interrupt the music', () => {
    const live = busy({ announce: { every: seconds(10), positions: [], waits: prompts('a minute') } }).live()
    live.call('c1', 'q', true)
    live.after(seconds(60))
    assert.deepEqual(live.sounds(), [])
  })

  it('start again when the end of the last one was never reported', () => {
    const live = busy().live()
    live.call('c1', 'q', true)
    live.after(seconds(60))
    assert.deepEqual(live.sounds(), ['play c1 first', 'play c1 first'])
    live.heard('c1', 'first')
    assert.deepEqual(live.sounds(), ['wait c1'])
  })

  it('start and stop with a new config', () => {
    const without = world().agent('ann', { alwaysAvailable: false }).group('g', 'serial', ['ann']).queue('q', ['g'])
    const live = without.live()
    live.call('c1', 'q', true)
    live.replace(busy().settings())
    live.after(seconds(30))
    assert.deepEqual(live.sounds(), ['play c1 first'])
    live.replace(without.settings())
    live.after(seconds(60))
    assert.deepEqual(live.sounds(), [])
    assert.equal(live.timers.size, 0)
  })

  it('continue after a failed join', () => {
    const live = busy().live()
    live.call('c1', 'q', true)
    live.presence('ann', 'available')
    live.accept('c1.1')
    live.tell({ kind: 'joinFailed', call: 'c1' as CallId, code: 503 })
    live.after(seconds(30))
    assert(live.sounds().includes('play c1 first'))
  })
})

describe('a join that fails', () => {
  const endedAfter = (by?: 'caller'): string | undefined => {
    const live = busy().live()
    live.call('c1', 'q', true)
    live.presence('ann', 'available')
    live.accept('c1.1')
    live.tell({ kind: 'joinFailed', call: 'c1' as CallId, code: 503, ...(by && { by }) })
    return live.facts('offerEnded').at(-1)?.why
  }

  it('counts against the agent’s phone by the status of that phone, and never by the status of the caller', () => {
    assert.deepEqual([endedAfter(), endedAfter('caller')], ['unreachable', 'declined'])
  })
})

describe('a queue that was removed from the config', () => {
  it('moves its calls to the queue to which the same answers lead now', () => {
    const workflow = (queue: string): WorldBuilder =>
      world()
        .agent('ann', { alwaysAvailable: false })
        .group('g', 'serial', ['ann'])
        .queue(queue, ['g'])
        .workflow('w', '', { entry: asks('menu', { 1: toQueue(queue) }) })
    const live = workflow('old').live()
    live.call('c1', 'w', true)
    live.press('c1', '1')
    live.after(seconds(20))
    live.replace(workflow('new').settings())
    assert.equal(viewOf(live, 'c1')?.queue, 'new')
    live.presence('ann', 'available')
    live.answer('c1.1')
    assert.equal(live.facts('waitEnded')[0]?.waited, seconds(20), 'the wait in the old queue counts')
  })
})
