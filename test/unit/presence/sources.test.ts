import assert from 'node:assert/strict'
import sinon from 'sinon'
import type { Step } from '../../../src/calls/step.js'
import { MachineClock } from '../../../src/foundation/clock.js'
import { instant, seconds } from '../../../src/foundation/time.js'
import { PresenceBoard } from '../../../src/presence/board.js'
import type { PresenceSourceName } from '../../../src/presence/port.js'
import { ChosenPresence } from '../../../src/presence/sources/chosen.js'
import { ownCalls } from '../../../src/presence/sources/own-calls.js'
import type { Fact, LegState } from '../../../src/routing/world/effects.js'
import type { TransferSide } from '../../../src/routing/world/words.js'
import type { AgentUri, CallId, GroupName } from '../../../src/routing/world/ids.js'

const alice = 'sip:alice@example.com' as AgentUri
const bob = 'sip:bob@example.com' as AgentUri
const start = 1_700_000_000_000

const agents = new Map<AgentUri, 'always' | readonly PresenceSourceName[]>([
  [alice, ['http']],
  [bob, 'always'],
])

describe('presence sources', () => {
  let timers: sinon.SinonFakeTimers
  /** Based on the fake time. */
  let clock: MachineClock
  let told: string[]
  let board: PresenceBoard

  beforeEach(() => {
    timers = sinon.useFakeTimers(start)
    clock = new MachineClock()
    told = []
    board = new PresenceBoard({
      settings: { agents },
      clock,
      changed: (agent, { state, because }) => told.push(`${agent} ${state} (${because})`),
      counted: () => undefined,
    })
  })
  afterEach(() => timers.restore())

  describe('the source HTTP', () => {
    it('sets a state until it is replaced', () => {
      const http = new ChosenPresence('http', board, clock)
      assert.equal(http.set(alice, 'away').ok, true)
      timers.tick(86_400_000)
      assert.deepEqual(told, [`${alice} away (http: set by HTTP)`])
    })

    it('lets the agent’s own choice come first, even for an agent without other sources, until it is removed', () => {
      const chosen = new ChosenPresence('console', board, clock)
      assert.equal(chosen.set(bob, 'away').ok, true)
      chosen.clear(bob)
      assert.deepEqual(told, [
        `${bob} away (console: chosen on the console)`,
        `${bob} available (always: no source is configured for this agent)`,
      ])
      assert.equal(chosen.set(alice, 'away').ok, false, 'console is not one of the sources that her config names')
    })

    it('keeps a choice made with a wall clock that was ahead for as long as requested', () => {
      const kept = new Map<string, string>()
      const keep = (agent: string, choice: string | undefined): unknown => kept.set(agent, choice ?? '')
      new ChosenPresence('console', board, clock, keep).set(bob, 'busy', seconds(60))
      timers.setSystemTime(start - 39 * 3_600_000)
      const rightClock = new MachineClock()
      const next = new PresenceBoard({
        ...{ settings: { agents }, clock: rightClock },
        ...{ changed: () => undefined, counted: () => undefined },
      })
      new ChosenPresence('console', next, rightClock, keep).restore(bob, kept.get(bob) ?? '')
      assert.equal(next.statements(bob)[0]?.expires, rightClock.now() + 60_000)
      next.close()
    })

    it('keeps a choice across a restart for its remaining time, but only for agents who are still in the config', () => {
      const kept = new Map<string, string>()
      const keep = (agent: string, choice: string | undefined): unknown =>
        choice === undefined ? kept.delete(agent) : kept.set(agent, choice)
      const before = new ChosenPresence('console', board, clock, keep)
      before.set(bob, 'busy', seconds(60))
      const text = kept.get(bob) ?? ''
      before.clear(bob)
      assert.equal(kept.size, 0)

      timers.tick(30_000)
      const next = new ChosenPresence('console', board, clock, keep)
      next.restore(bob, text)
      assert.deepEqual(board.statements(bob)[0], {
        ...{ source: 'console', state: 'busy', reason: 'chosen on the console', expires: start + 60_000 },
      })
      timers.tick(30_000)
      assert.equal(told.at(-1), `${bob} available (always: no source is configured for this agent)`)

      for (const [agent, choice] of [
        [bob, text],
        [bob, 'edited'],
        [bob, '{"state":"dancing","at":1}'],
        [alice, '{"state":"away","at":1}'],
        ['sip:gone@example.com', '{"state":"away","at":1}'],
      ] as const) {
        kept.set(agent, choice)
        next.restore(agent, choice)
      }
      assert.equal(kept.size, 0, 'no choice is kept')
      assert.equal(board.shown(bob)?.state, 'available')
    })

    it('sets a state for a limited time', () => {
      new ChosenPresence('http', board, clock).set(alice, 'available', seconds(30))
      assert.equal(board.statements(alice)[0]?.expires, start + 30_000)
      timers.tick(30_000)
      assert.deepEqual(told.at(-1), `${alice} offline (unknown: what http said is over)`)
    })

    it('uses the later of two states, even if the wall clock went back between them', () => {
      const http = new ChosenPresence('http', board, clock)
      http.set(alice, 'available')
      timers.setSystemTime(start - 5_000)
      http.set(alice, 'busy')
      assert.equal(told.at(-1), `${alice} busy (http: set by HTTP)`)
    })

    it('refuses a state for an agent whose presence is always, with the reason, and changes nothing', () => {
      const outcome = new ChosenPresence('http', board, clock).set(bob, 'busy')
      assert(!outcome.ok)
      assert.match(outcome.fault, /set presence: \[http\] for this agent/)
      assert.deepEqual(told, [])
      assert.equal(board.shown(bob)?.state, 'available')
    })
  })

  describe('the source for own calls', () => {
    const support = 'support' as GroupName
    const step = (...facts: Fact[]): Step => ({
      at: clock.now(),
      event: { kind: 'timerFired', timer: 1 as never, at: clock.now() },
      acts: [],
      facts,
      tookMs: 0.01,
      doneMs: 0.02,
    })
    const leg = (call: string, agent: AgentUri, state: LegState, side: TransferSide = 'agent'): Fact => ({
      ...{ kind: 'agentLeg', call: call as CallId, agent, side, state, at: instant(start) },
      ...(side === 'agent' && { group: support }),
    })
    const connected = (call: string, agent: AgentUri): Fact => leg(call, agent, 'talks')
    const finished = (call: string, agent: AgentUri): Fact => leg(call, agent, 'over')

    it('applies to everyone: an agent in one of our calls is shown as busy with the group until it ends', () => {
      const read = ownCalls(board)
      read(step(connected('c1', bob)))
      assert.deepEqual(board.shown(bob), { state: 'busy', since: start, because: 'calls: in a call of support' })
      read(step(finished('c1', bob)))
      assert.equal(board.shown(bob)?.state, 'available')
    })

    it('tells routing nothing', () => {
      const read = ownCalls(board)
      read(step(connected('c1', bob)))
      read(step(finished('c1', bob)))
      assert.deepEqual(told, [])
    })

    it('still shows a call when an earlier one of the agent ends', () => {
      const read = ownCalls(board)
      read(step(connected('c1', bob)))
      read(step(connected('c2', bob)))
      read(step(finished('c1', bob)))
      assert.equal(board.shown(bob)?.state, 'busy')
      read(step(finished('c2', bob)))
      assert.equal(board.shown(bob)?.state, 'available')
    })

    it('still shows a call when a later one of the agent ends first', () => {
      const read = ownCalls(board)
      read(step(connected('c1', bob)))
      read(step(connected('c2', bob)))
      read(step(finished('c2', bob)))
      assert.equal(board.shown(bob)?.state, 'busy')
    })

    it('shows that an agent calls a group, and nothing while a transfer rings', () => {
      const read = ownCalls(board)
      read(step(leg('c1', bob, 'rings')))
      assert.equal(board.shown(bob)?.state, 'available')
      read(step(finished('c1', bob), leg('c2', bob, 'calls', 'caller')))
      assert.equal(board.shown(bob)?.because, 'calls: calls a group')
      read(step(leg('c2', bob, 'talks', 'caller')))
      assert.equal(board.shown(bob)?.because, 'calls: in a call')
      read(step(leg('c2', bob, 'over', 'caller')))
      assert.equal(board.shown(bob)?.state, 'available')
    })

    it('shows nothing for a call that never had an agent', () => {
      const read = ownCalls(board)
      read(step(finished('c9', bob)))
      assert.equal(board.statements(bob).length, 1)
    })
  })
})
