import assert from 'node:assert/strict'
import { AgentKeeper } from '../../../src/calls/agent-keeper.js'
import { wallNow } from '../../../src/foundation/clock.js'
import { instant, millis, type WallTime } from '../../../src/foundation/time.js'
import { createWorld, type AgentUri, type RoutingSettings, type World } from '../../../src/routing/index.js'
import { FakeClock } from '../../fakes/clock.js'
import { agentOf, WorldBuilder } from '../routing/build.js'

const settings = new WorldBuilder().group('g', 'longestIdle', ['ann', 'bob']).queue('q', ['g']).settings()

/** A sequence of processes that hand their rows to the next one. */
class Life {
  readonly clock = new FakeClock()
  readonly rows = new Map<string, string>()
  writes = 0
  wroteAt: WallTime | undefined
  world: World = createWorld(settings, { signIns: [], pointers: [] }, this.clock.now())
  keeper = this.#keeper()

  #keeper(): AgentKeeper {
    return new AgentKeeper({
      ...{ world: this.world, clock: this.clock },
      save: (agent: AgentUri, state: string | undefined) => {
        this.writes += 1
        this.wroteAt = wallNow(this.clock)
        if (state === undefined) this.rows.delete(agent)
        else this.rows.set(agent, state)
      },
    })
  }

  restart(from: RoutingSettings = settings): ReturnType<AgentKeeper['restored']> {
    this.clock.forget()
    this.world = createWorld(from, { signIns: [], pointers: [] }, this.clock.now())
    this.keeper = this.#keeper()
    return this.keeper.restored(
      [...this.rows].map(([agent, state]) => ({ agent, state })),
      this.wroteAt,
    )
  }

  idle(agent: string): number {
    return this.world.agents.get(agentOf(agent))?.idleSince ?? 0
  }

  /** Changes an agent and reports the change to the keeper. */
  change(agent: string, change: { idleSince?: number; wrapUpUntil?: number; pausedSince?: number }): void {
    const found = this.world.agents.get(agentOf(agent))
    assert(found)
    if (change.idleSince !== undefined) found.idleSince = instant(change.idleSince)
    if (change.wrapUpUntil !== undefined) found.wrapUp = { until: instant(change.wrapUpUntil), timer: 1 as never }
    if (change.pausedSince !== undefined) found.pausedSince = instant(change.pausedSince)
    const at = this.clock.now()
    const facts = [{ kind: 'agentChanged' as const, agent: agentOf(agent), at }]
    this.keeper.reader({ at, event: { kind: 'timerFired', timer: 1 as never, at }, acts: [], facts, tookMs: 0, doneMs: 0 })
  }
}

describe('the stored state of agents', () => {
  it('is written at most once a second, and only when it changed', () => {
    const life = new Life()
    life.keeper.restored([], undefined)
    life.clock.pass(1_000)
    assert.equal(life.writes, 2, 'agents without an event are written, too')
    for (let n = 0; n < 5; n += 1) life.change('ann', { idleSince: life.clock.now() - n })
    life.clock.pass(1_000)
    life.change('ann', {})
    life.clock.pass(1_000)
    assert.equal(life.writes, 3)
  })

  it('restores idle time and wrap-up after a restart', () => {
    const life = new Life()
    life.clock.pass(1_000)
    life.change('ann', { idleSince: life.clock.now(), wrapUpUntil: life.clock.now() + 30_000 })
    life.keeper.stop()
    const idle = life.idle('ann')
    life.clock.pass(5_000)
    assert.deepEqual(life.restart(), [{ agent: agentOf('ann'), idleSince: idle, wasIdle: true, wrapUpUntil: idle + 30_000 }])
  })

  it('restores since when an agent is paused', () => {
    const life = new Life()
    const since = life.clock.now()
    life.change('ann', { pausedSince: since })
    life.keeper.stop()
    life.clock.pass(5_000)
    assert.equal(life.restart()[0]?.pausedSince, since)
  })

  it('keeps the order of idle agents when the wall clock is set back before or during the restart', () => {
    for (const within of [true, false]) {
      const life = new Life()
      life.clock.pass(60_000)
      life.change('ann', { idleSince: life.clock.now() - 10_000 })
      life.change('bob', { idleSince: life.clock.now() - 2_000, wrapUpUntil: life.clock.now() + 8_000 })
      if (within) life.clock.turn(-39 * 3_600_000)
      life.keeper.stop()
      if (!within) life.clock.turn(-39 * 3_600_000)
      const [ann, bob] = life.restart()
      assert(ann && bob)
      assert.equal(bob.idleSince - ann.idleSince, 8_000)
      assert.equal((bob.wrapUpUntil ?? 0) - bob.idleSince, 10_000)
      assert(bob.idleSince <= life.clock.now())
    }
  })

  it('of an agent that is far in the future costs no other agent', () => {
    const life = new Life()
    life.change('ann', { idleSince: life.clock.now() - 10_000, wrapUpUntil: life.clock.now() + 8_000 })
    life.keeper.stop()
    life.rows.set(agentOf('bob'), JSON.stringify({ idleSince: 4e15, wasIdle: true }))
    const now = life.clock.now()
    const [ann, bob] = life.restart()
    assert.deepEqual([ann?.idleSince, ann?.wrapUpUntil, bob?.idleSince], [now - 10_000, now + 8_000, now])
  })

  it('is deleted when the agent leaves the config, and an unreadable row is ignored', () => {
    const life = new Life()
    life.change('ann', {})
    life.change('bob', {})
    life.keeper.stop()
    life.rows.set(agentOf('ann'), '{"idleSince":"yesterday"}')
    const alone = new WorldBuilder().group('g', 'longestIdle', ['ann']).queue('q', ['g']).settings()
    assert.deepEqual(life.restart(alone), [])
    assert.deepEqual([...life.rows.keys()], [])
    life.clock.pass(millis(1_000))
    assert.deepEqual([...life.rows.keys()], [agentOf('ann')])
  })
})
