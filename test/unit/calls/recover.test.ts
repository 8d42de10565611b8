import assert from 'node:assert/strict'
import fc from 'fast-check'
import { withdrawReasons } from '../../../src/calls/reasons.js'
import { callViews, type CallId, type PromptId } from '../../../src/routing/index.js'
import { FakeClock } from '../../fakes/clock.js'
import { FakeSignaling, sdp, type FakeInbound, type FakeLeg } from '../../fakes/signaling.js'
import { agentOf, WorldBuilder } from '../routing/build.js'
import { callSettings, FakeLiveStore, Shell } from './shell.js'

const one = new WorldBuilder().group('support', 'serial', ['alice', 'bob']).queue('support', ['support'])
const routing = one.settings()

interface Scene {
  readonly store: FakeLiveStore
  readonly signaling: FakeSignaling
  shell: Shell
}

function scene(from = routing, settings = callSettings(from)): Scene {
  const around = { clock: new FakeClock(), signaling: new FakeSignaling(), store: new FakeLiveStore() }
  return { ...around, shell: new Shell(from, settings, around) }
}

/** A caller and alice, joined, after enough time for the row to be written. */
function talking(scene: Scene): { caller: FakeInbound; leg: FakeLeg; agent: FakeLeg } {
  const caller = scene.shell.dial('support')
  const agent = scene.shell.phone('alice').answer(sdp('alice'))
  caller.leg?.confirm()
  scene.shell.clock.pass(5_000)
  assert.ok(agent && caller.leg)
  return { caller, leg: caller.leg, agent }
}

/** The JSON with another value at a place that the numbers choose. */
function changedSomewhere(text: string, choices: Iterator<number>, put: unknown): string {
  const root = JSON.parse(text) as Record<string, unknown>
  let at: Record<string, unknown> = root
  for (;;) {
    const keys = Object.keys(at)
    const key = keys[(choices.next().value as number) % Math.max(keys.length, 1)] ?? 'core'
    const inner = at[key]
    const goesDeeper = typeof inner === 'object' && inner !== null && Object.keys(inner).length > 0
    if (goesDeeper && (choices.next().value as number) % 5 > 0) at = inner as Record<string, unknown>
    else {
      at[key] = put
      return JSON.stringify(root)
    }
  }
}

describe('a call across a restart (restart-keeps-callers)', () => {
  let it1: Scene
  beforeEach(() => (it1 = scene()))
  const restart = (): Shell => (it1.shell = it1.shell.restarted())

  it('between two sides who talk: the agent stays busy, either BYE ends both legs, and the times are correct', () => {
    const { leg, agent } = talking(it1)
    const shell = restart()
    assert.equal(it1.signaling.calls.get(agent.sipCallId), shell.world.calls.keys().next().value)
    assert.deepEqual(shell.world.agents.get(agentOf('alice'))?.calls.length, 1)
    shell.clock.pass(10_000)
    leg.end({ kind: 'hungUp' })
    assert.equal(agent.ended?.kind, 'hungUpByUs')
    const [finish] = shell.facts('callFinished')
    assert.deepEqual([finish?.why, finish?.agent, finish?.waited, finish?.talked], ['answered', agentOf('alice'), 0, 15_000])
    assert.equal(it1.store.rows.size, 0)
    assert.equal(shell.world.agents.get(agentOf('alice'))?.calls.length, 0)
  })

  it('between two sides who talk: the queue from which the agent answered is known', () => {
    talking(it1)
    const queues = (shell: Shell) => [...callViews(shell.world, () => true)].map(view => [view?.queue, view?.answeredFrom])
    assert.deepEqual(queues(it1.shell), [[undefined, 'support']])
    assert.deepEqual(queues(restart()), [[undefined, 'support']])
  })

  it('between two sides who talk: hold and the o= line continue', () => {
    const { leg, agent } = talking(it1)
    restart()
    const answer = leg.reinvite(sdp('hold'))
    assert.deepEqual(agent.renegotiations[0]?.body, sdp('hold'))
    agent.renegotiations[0]?.outcome({ kind: 'accepted', body: sdp('alice'), acknowledge: () => undefined })
    assert.deepEqual(answer.accepted, sdp('alice'))
  })

  it('asks each leg whether it still exists, and ends the other leg with a reason if it does not', () => {
    const { leg, agent } = talking(it1)
    agent.desert()
    const shell = restart()
    shell.clock.pass(2_000)
    assert.equal(leg.hungUpWith?.cause, 408)
    assert.deepEqual(shell.facts('callFinished')[0]?.cause, 'failed')
  })

  it('that waits keeps its place among many calls, ahead of calls that come later', () => {
    for (const agent of ['alice', 'bob']) it1.shell.calls.engine.post(presence(agent, 'offline', it1.shell))
    const callers = [1, 2, 3].map(() => {
      it1.shell.clock.pass(1_000)
      return it1.shell.dial('support')
    })
    it1.shell.clock.pass(300)
    const shell = restart()
    for (const agent of ['alice', 'bob']) shell.calls.engine.post(presence(agent, 'offline', shell))
    for (const phone of it1.signaling.ringing()) phone.refuse(500)
    shell.dial('support')
    shell.clock.pass(60_000)
    shell.calls.engine.post(presence('bob', 'available', shell))
    shell.phone('bob').answer()
    assert.deepEqual(
      callers.map(({ leg }) => leg !== undefined),
      [true, false, false],
    )
  })

  /** A caller who hears music because the only agent's phone rings for another call. */
  function hearing(): { scene: Scene; caller: FakeInbound; leg: FakeLeg } {
    const settings = new WorldBuilder()
      .group('support', 'serial', ['alice'])
      .queue('support', ['support'])
      .workflow('support', 'support', { musicOnHold: 'music' as PromptId })
      .settings()
    const music = scene(settings, callSettings(settings, {}, false, 'atOnce'))
    music.shell.dial('support')
    const caller = music.shell.dial('support')
    assert(caller.leg)
    caller.leg.confirm()
    music.shell.clock.pass(300)
    return { scene: music, caller, leg: caller.leg }
  }

  it('with music keeps the o= line, and its version counts only what was sent (RFC 3264 §8)', () => {
    const { scene: music, caller, leg } = hearing()
    assert.match(caller.answeredWith?.text ?? '', /^o=carillon 1 1 /m)
    const { accepted } = leg.reinvite(sdp('again'))
    music.shell.clock.pass(300)
    music.shell.restarted()
    assert.equal(leg.renegotiations[0]?.body?.text, accepted?.text, 'our description is unchanged, so its version is unchanged')
  })

  it('with music, whose caller has moved, offers the new description to the next agent', () => {
    const { scene: music, leg } = hearing()
    leg.reinvite(sdp('moved'))
    music.shell.clock.pass(300)
    const shell = music.shell.restarted()
    shell.phone('alice').refuse(486)
    shell.clock.pass(60_000)
    assert.ok(music.signaling.phones.some(({ options }) => options.body?.text === sdp('moved').text))
  })

  it('with music still checks the caller’s media against the signalling address of the leg', () => {
    const { scene: music, leg } = hearing()
    Object.assign(leg, { source: '192.0.2.5' })
    const shell = music.shell.restarted()
    assert.deepEqual(shell.media.last.writer, { source: '192.0.2.5' })
  })

  it('whose workflow, queue and agent left the config continues if it talks, and ends if it waits', () => {
    const { leg } = talking(it1)
    const waits = it1.shell.dial('support')
    it1.shell.clock.pass(300)
    const shell = it1.shell.restarted(new WorldBuilder().group('sales', 'serial', ['dora']).queue('sales', ['sales']).settings())
    assert.deepEqual([shell.calls.size, waits.rejected], [1, 404])
    leg.end({ kind: 'hungUp' })
    const finish = shell.facts('callFinished').at(-1)
    assert.deepEqual([finish?.why, finish?.agent], ['answered', agentOf('alice')])
  })

  it('whose leg can’t be restored is counted once, and an unreadable row is deleted', () => {
    talking(it1)
    for (const [call, state] of it1.store.rows) it1.store.rows.set(call, state.replace(/"leg":"leg-\d+"/, '"leg":"unknown"'))
    it1.store.rows.set('damaged' as CallId, '{"version":1')
    it1.store.rows.set('older' as CallId, '{"version":0}')
    const shell = restart()
    assert.deepEqual(
      shell.facts('callFinished').map(({ why }) => why),
      ['failed'],
    )
    assert.deepEqual([shell.calls.size, it1.store.rows.size], [0, 0])
  })

  it('whose row has any other content costs itself and no other call', () => {
    const value = fc.oneof(
      fc.constant(undefined),
      fc.json().map(text => JSON.parse(text) as unknown),
    )
    fc.assert(
      fc.property(fc.boolean(), fc.infiniteStream(fc.nat(50)), value, (isFirst, choices, put) => {
        const { shell, store } = (it1 = scene())
        talking(it1)
        shell.dial('support', { body: sdp('second') })
        shell.clock.pass(5_000)
        const rows = [...store.rows]
        const [[call, state], [other]] = (isFirst ? rows : rows.reverse()) as [[CallId, string], [CallId, string]]
        store.rows.set(call, changedSomewhere(state, choices, put))
        assert(restart().world.calls.has(other))
      }),
      { numRuns: 300 },
    )
  })

  const lists = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels)
  const foreign: Readonly<Record<string, { readonly with: string; readonly isLost: boolean }>> = {
    'has 9,000 levels': { with: `"more":${lists(9_000)}`, isLost: true },
    'has 40 levels': { with: `"more":${lists(40)}`, isLost: true },
    'has a time in 128,000 years': { with: '"more":4e15', isLost: true },
    'has a time that never comes': { with: '"more":1e300', isLost: true },
    'has a time half an hour ahead': { with: `"more":${1_800_000_000_000 + 1_800_000}`, isLost: false },
  }
  for (const [name, { with: more, isLost }] of Object.entries(foreign))
    it(`changes no time of another call when a row ${name}`, () => {
      for (const agent of ['alice', 'bob']) it1.shell.calls.engine.post(presence(agent, 'offline', it1.shell))
      it1.shell.dial('support')
      it1.shell.clock.pass(5_000)
      const [[call, text] = []] = it1.store.rows
      assert(call && text)
      const arrived = it1.shell.world.calls.get(call)?.arrivedAt
      it1.store.rows.set('foreign' as CallId, text.replace('"core":{', `"core":{${more},`))
      const shell = restart()
      assert.equal(shell.world.calls.get(call)?.arrivedAt, arrived)
      if (isLost) assert.equal(it1.store.rows.has('foreign' as CallId), false)
    })

  it('keeps its real times when the wall clock was set back before the restart', () => {
    const { leg } = talking(it1)
    it1.shell.clock.turn(-3_600_000)
    it1.shell.calls.stop()
    const shell = restart()
    shell.clock.pass(10_000)
    leg.end({ kind: 'hungUp' })
    const [finish] = shell.facts('callFinished')
    assert.deepEqual([finish?.why, finish?.waited, finish?.talked], ['answered', 0, 15_000])
  })

  it('has no arrival in the future when the wall clock was set back while the server was down', () => {
    const { leg } = talking(it1)
    it1.shell.dial('support')
    it1.shell.clock.pass(5_000)
    it1.shell.clock.turn(-3_600_000)
    const shell = restart()
    const [first, second] = [...shell.world.calls.values()]
    assert.equal((second?.arrivedAt ?? 0) - (first?.arrivedAt ?? 0), 5_000, 'the second call still arrived 5 s after the first')
    assert(second && second.arrivedAt <= shell.clock.now())
    shell.clock.pass(10_000)
    leg.end({ kind: 'hungUp' })
    assert.deepEqual(shell.facts('callFinished')[0]?.talked, 15_000)
  })

  it('is left to the next process by a planned stop: nobody is hung up and nothing is counted', () => {
    const { leg, agent } = talking(it1)
    const waits = it1.shell.dial('support')
    const rings = it1.shell.phone('bob')
    it1.shell.calls.stop()
    assert.deepEqual([leg.ended, agent.ended, waits.rejected, rings.state], [undefined, undefined, undefined, 'cancelled'])
    assert.equal(it1.shell.facts('callFinished').length, 0)
    const shell = restart()
    assert.equal(shell.calls.size, 2)
    assert.deepEqual(shell.rings(), ['bob'])
  })

  it('whose agent’s phone rang at a crash: that phone stops, and rings again for the call', () => {
    it1.shell.dial('support')
    it1.shell.clock.pass(300)
    const rang = it1.shell.phone('alice')
    const shell = restart()
    assert.deepEqual([rang.state, rang.cancelledWith], ['stopped', withdrawReasons.withdrawn])
    assert.deepEqual(shell.rings(), ['alice'])
  })

  it('whose second agent’s phone rang at a crash: that phone stops, and the first agent’s is left alone', () => {
    it1.shell.dial('support')
    const refused = it1.shell.phone('alice')
    it1.shell.clock.pass(5_000)
    refused.refuse(486)
    it1.shell.clock.pass(300)
    const rang = it1.shell.phone('bob')
    restart()
    assert.deepEqual([refused.state, rang.state], ['refused', 'stopped'])
  })

  it('that waited before a phone rang: that phone stops', () => {
    for (const agent of ['alice', 'bob']) it1.shell.calls.engine.post(presence(agent, 'offline', it1.shell))
    it1.shell.dial('support')
    it1.shell.clock.pass(60_000)
    it1.shell.calls.engine.post(presence('bob', 'available', it1.shell))
    const rang = it1.shell.phone('bob')
    it1.shell.clock.pass(300)
    restart()
    assert.equal(rang.state, 'stopped')
  })

  it('whose forward target rang at a crash: that phone stops, and rings again', () => {
    const settings = new WorldBuilder()
      .group('support', 'serial', [])
      .queue('support', ['support'], {
        noAgents: { when: 'noneConfigured', action: { kind: 'forward', as: 'uri', to: 'sip:night@example.org' } },
      })
      .settings()
    const forwards = scene(settings)
    forwards.shell.dial('support')
    forwards.shell.clock.pass(300)
    const [rang] = forwards.signaling.phones
    forwards.shell.restarted()
    assert.deepEqual([rang?.state, forwards.signaling.ringing().length], ['stopped', 1])
  })

  it('in which a transfer’s target rang at a crash: that phone stops, and both sides talk on', () => {
    const { agent } = talking(it1)
    agent.refer({ to: 'sip:bob@example.com' })
    const rang = it1.shell.phone('bob')
    it1.shell.clock.pass(300)
    const shell = restart()
    assert.deepEqual([rang.state, shell.calls.size, agent.ended], ['stopped', 1, undefined])
  })

  it('is written once for several changes in a row, and never if it ends before the write', () => {
    const written: string[] = []
    const { store } = it1
    const save = store.saveLiveCall.bind(store)
    store.saveLiveCall = (call, state) => {
      written.push(call)
      save(call, state)
    }
    const caller = it1.shell.dial('support')
    it1.shell.phone('alice').answer()
    caller.leg?.confirm()
    caller.leg?.end({ kind: 'hungUp' })
    it1.shell.clock.pass(1_000)
    assert.deepEqual(written, [])
    talking(it1)
    assert.equal(written.length, 1)
  })
})

const presence = (agent: string, state: 'available' | 'offline', { clock }: Shell) =>
  ({ kind: 'presenceChanged', agent: agentOf(agent), presence: { state, since: clock.now(), because: 'test' } }) as const
