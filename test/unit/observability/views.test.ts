import assert from 'node:assert/strict'
import type { ChangeNotice } from '../../../src/observability/changes.js'
import { Stories, type StoryLimits } from '../../../src/observability/stories.js'
import { createViews } from '../../../src/observability/views.js'
import type { CallId } from '../../../src/routing/index.js'
import { FakeClock } from '../../fakes/clock.js'
import { agentOf, start, world } from '../routing/build.js'
import { Watched } from './watched.js'

const hour = 3_600_000
const simple = () => world().group('support', 'serial', ['alice', 'bob']).queue('support', ['support'])

describe('views: stories of calls', () => {
  const watch = (limits: Partial<StoryLimits> = {}, builder = simple()) => {
    const stories = new Stories(limits)
    const live = new Watched(builder, [
      step => {
        for (const fact of step.facts) stories.read(fact)
      },
    ])
    return { stories, live, of: (call: string) => stories.of(call as CallId, live.now) }
  }
  const whole = (live: Watched, call: string): void => {
    live.call(call, 'support')
    live.abandon(call)
  }

  it('contain the whole call: waits, offers with their ends, the join and the end', () => {
    const { live, of } = watch()
    live.call('c1', 'support')
    live.after(1_000)
    live.refuse('c1.1', 486)
    live.after(2_000)
    live.answer('c1.2')
    live.after(60_000)
    live.hangUp('c1', 'agentHungUp')
    const story = of('c1')
    assert.equal(story?.workflow, 'support')
    assert.equal(story.arrivedAt, start)
    assert.deepEqual(story.waits, [{ queue: 'support', from: start, ended: { outcome: 'answered', waited: 3_000 } }])
    assert.deepEqual(
      story.offers.map(({ offer, decision, ended }) => [offer, decision.chosen, ended?.why, ended?.code, ended?.rang]),
      [
        ['c1.1', agentOf('alice'), 'declined', 486, 1_000],
        ['c1.2', agentOf('bob'), 'answered', undefined, 2_000],
      ],
    )
    assert.deepEqual(story.connected, { agent: agentOf('bob'), group: 'support', at: start + 3_000, waited: 3_000 })
    assert.deepEqual(story.finished, { at: start + 63_000, why: 'answered', cause: 'agentHungUp', waited: 3_000, talked: 60_000 })
  })

  it('exist while the call is in progress', () => {
    const { live, of } = watch()
    live.call('c1', 'support')
    assert.equal(of('c1')?.offers.length, 1)
    assert.equal(of('c1')?.finished, undefined)
    assert.equal(of('c2'), undefined)
  })

  it('of ended calls are kept up to a limit, and the one that ended first is dropped first', () => {
    const { live, of } = watch({ calls: 3 })
    live.call('long', 'support')
    for (const call of ['c1', 'c2', 'c3', 'c4', 'c5']) whole(live, call)
    assert.deepEqual(
      ['long', 'c1', 'c2', 'c3', 'c4', 'c5'].filter(call => of(call)),
      ['long', 'c3', 'c4', 'c5'],
    )
  })

  it('of ended calls are kept for a day', () => {
    const { live, of } = watch()
    whole(live, 'c1')
    live.after(24 * hour)
    assert.ok(of('c1'))
    live.after(1)
    assert.equal(of('c1'), undefined)
  })

  it('are limited by the number of agents that their decisions name', () => {
    const agents = Array.from({ length: 20 }, (_, i) => `agent${i}`)
    const builder = world().group('support', 'serial', agents).queue('support', ['support'])
    const { live, of } = watch({ names: 45 }, builder)
    for (const call of ['c1', 'c2', 'c3', 'c4']) whole(live, call)
    assert.deepEqual(
      ['c1', 'c2', 'c3', 'c4'].filter(call => of(call)),
      ['c3', 'c4'],
    )
  })

  it('of a call with very many offers drop the earliest offers and say how many', () => {
    const { live, of } = watch({ offersOfCall: 3 })
    live.call('c1', 'support')
    for (let i = 0; i < 10; i++) live.after(30_000)
    const story = of('c1')
    assert.equal(story?.offers.length, 3)
    assert.ok(story.forgottenOffers > 5)
    assert.match(story.offers.at(-1)?.offer ?? '', new RegExp(`^c1\\.${story.forgottenOffers + 3}$`))
  })

  it('count the agents of one decision once for all phones that ring together', () => {
    const agents = Array.from({ length: 10 }, (_, i) => `agent${i}`)
    const builder = world().group('support', 'parallel', agents).queue('support', ['support'])
    const { live, of } = watch({ namesOfCall: 30 }, builder)
    live.call('c1', 'support')
    assert.equal(of('c1')?.offers.length, 10)
    assert.equal(of('c1')?.forgottenOffers, 0)
  })
})

describe('views: changes', () => {
  const listen = (builder = simple()) => {
    const clock = new FakeClock(start)
    const views = createViews(clock)
    const live = new Watched(builder, [views.reader])
    const heard: string[] = []
    const stop = views.subscribe(({ kind, id }: ChangeNotice) => heard.push(`${kind} ${id}`))
    return { clock, views, live, heard, stop }
  }

  it('of a call, its queue and its agents are reported once for everything that happens within 50 ms', () => {
    const { clock, live, heard } = listen()
    live.call('c1', 'support')
    live.answer('c1.1')
    assert.deepEqual(heard, [])
    clock.pass(50)
    assert.deepEqual(heard.sort(), ['agent sip:alice@example.com', 'call c1', 'queue support'])
    clock.pass(1_000)
    assert.equal(heard.length, 3)
    live.hangUp('c1')
    clock.pass(50)
    assert.deepEqual(heard.slice(3).sort(), ['agent sip:alice@example.com', 'call c1'])
  })

  it('of the config are reported when it was read', () => {
    const { clock, views, heard } = listen()
    views.configRead()
    clock.pass(50)
    assert.deepEqual(heard, ['config check'])
  })

  it('are reported to every listener until it stops', () => {
    const { clock, views, live, heard, stop } = listen()
    const second: ChangeNotice[] = []
    views.subscribe(notice => second.push(notice))
    live.signIn('alice', 'support')
    live.presence('alice', 'away')
    clock.pass(50)
    stop()
    live.presence('alice', 'available')
    clock.pass(50)
    assert.equal(heard.length, 1)
    assert.equal(second.length, 2)
  })

  it('cost nothing and store nothing while nobody listens', () => {
    const { clock, live, heard, stop } = listen()
    live.call('c1', 'support')
    stop()
    assert.equal(clock.size, 0)
    live.abandon('c1')
    assert.equal(clock.size, 0)
    assert.deepEqual(heard, [])
  })

  it('of a new config are reported for everything that it names or drops, in slices', () => {
    const builder = simple()
    const many = world()
    for (let i = 0; i < 150; i++) many.agent(`agent${i}`)
    const { clock, live, heard } = listen(builder)
    live.replace({ ...many.settings(), groups: [], queues: [], workflows: [] })
    clock.pass(50)
    assert.equal(heard.length, 150, 'the slices follow each other without a pause')
    heard.length = 0
    live.replace(builder.settings())
    clock.pass(50)
    assert.ok(heard.includes(`agent ${agentOf('agent7')}`), 'a removed agent is reported')
    assert.ok(heard.includes(`agent ${agentOf('alice')}`), 'a new agent is reported')
    assert.ok(heard.includes('group support') && heard.includes('queue support'))
  })
})
