import assert from 'node:assert/strict'
import { instant } from '../../../src/foundation/time.js'
import type { PresenceState } from '../../../src/routing/index.js'
import { agentOf, start, world, type Live } from './build.js'

const ago = (ms: number) => instant(start - ms)
/** What the previous process stored: the agent was idle for `ms` at its end. `wasIdle` false: the agent was on a break. */
const idleFor = (agent: string, ms: number, more: object = {}) => ({
  ...{ agent: agentOf(agent), idleSince: ago(ms), wasIdle: true },
  ...more,
})
const idleSince = (live: Live, agent: string) => live.world.agents.get(agentOf(agent))?.idleSince
const become = (live: Live, agent: string, state: PresenceState) =>
  live.tell({ kind: 'presenceChanged', agent: agentOf(agent), presence: { state, since: live.now, because: 'test' } })

describe('agents restored after a restart', () => {
  const two = () => world().group('g', 'longestIdle', ['ann', 'bob']).queue('q', ['g'])

  it('get calls in the order of their earlier idle time', () => {
    const live = two().live()
    live.tell({ kind: 'agentsRestored', agents: [idleFor('ann', 1_000), idleFor('bob', 60_000), idleFor('gone', 90_000)] })
    live.call('c1', 'q')
    assert.deepEqual(live.offers(), ['c1.1 bob'])
  })

  it('stay in wrap-up until the stored time, but no longer than the config allows', () => {
    const live = two().live()
    const ahead = (ms: number) => ({ wrapUpUntil: instant(start + ms) })
    for (const agent of live.world.agents.values()) agent.settings = { ...agent.settings, wrapUp: 30_000 as never }
    live.tell({ kind: 'agentsRestored', agents: [idleFor('ann', 1, ahead(10_000)), idleFor('bob', 2, ahead(86_400_000))] })
    live.call('c1', 'q')
    assert.deepEqual(live.offers(), [])
    live.after(10_000)
    assert.deepEqual(live.offers(), ['c1.1 ann'])
    assert.equal(live.world.agents.get(agentOf('bob'))?.wrapUp?.until, start + 30_000)
  })

  it('keep their idle time if their presence arrives within ten minutes', () => {
    for (const [wait, goesOn] of [
      [599_000, true],
      [601_000, false],
    ] as const) {
      const live = two().live()
      become(live, 'ann', 'offline')
      live.tell({ kind: 'agentsRestored', agents: [idleFor('ann', 60_000)] })
      live.after(wait)
      become(live, 'ann', 'offline')
      become(live, 'ann', 'available')
      assert.equal(idleSince(live, 'ann'), goesOn ? ago(60_000) : live.now)
      become(live, 'ann', 'away')
      become(live, 'ann', 'available')
      assert.equal(idleSince(live, 'ann'), live.now, 'a break starts the idle time again')
    }
  })

  it('start a new idle time if they were on a break at the restart, or take one before they become available', () => {
    const live = two().live()
    for (const agent of ['ann', 'bob']) become(live, agent, 'offline')
    live.tell({ kind: 'agentsRestored', agents: [idleFor('ann', 60_000, { wasIdle: false }), idleFor('bob', 60_000)] })
    live.after(1_000)
    become(live, 'ann', 'available')
    become(live, 'bob', 'away')
    become(live, 'bob', 'available')
    assert.deepEqual([idleSince(live, 'ann'), idleSince(live, 'bob')], [live.now, live.now])
  })

  it('never have an idle time that begins in the future', () => {
    const live = two().live()
    live.tell({ kind: 'agentsRestored', agents: [idleFor('ann', -60_000)] })
    assert.equal(idleSince(live, 'ann'), start)
  })
})
