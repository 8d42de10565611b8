import assert from 'node:assert/strict'
import sinon from 'sinon'
import { MachineClock } from '../../../src/foundation/clock.js'
import { instant } from '../../../src/foundation/time.js'
import { PresenceBoard, type BoardSettings } from '../../../src/presence/board.js'
import type { PresenceReport, PresenceSourceName } from '../../../src/presence/port.js'
import type { Presence } from '../../../src/routing/world/events.js'
import type { AgentUri } from '../../../src/routing/world/ids.js'

const alice = 'sip:alice@example.com' as AgentUri
const bob = 'sip:bob@example.com' as AgentUri
const start = 1_700_000_000_000
const minute = 60_000

function speaking(
  agents: Record<string, BoardSettings['agents'] extends ReadonlyMap<AgentUri, infer S> ? S : never>,
): BoardSettings {
  return { agents: new Map(Object.entries(agents).map(([agent, sources]) => [agent as AgentUri, sources])) }
}

describe('the presence board (response-group.md §2, Presence)', () => {
  let timers: sinon.SinonFakeTimers
  /** Based on the fake time. */
  let clock: MachineClock
  let told: [agent: AgentUri, presence: Presence][]
  let counts: string[]

  beforeEach(() => {
    timers = sinon.useFakeTimers(start)
    clock = new MachineClock()
    told = []
    counts = []
  })
  afterEach(() => timers.restore())

  const boardOf = (settings: BoardSettings) =>
    new PresenceBoard({
      settings,
      clock,
      changed: (agent, presence) => told.push([agent, presence]),
      counted: (source, result) => counts.push(`${source} ${result}`),
    })
  const says = (
    source: PresenceSourceName,
    state: PresenceReport['state'],
    more: Partial<PresenceReport> = {},
  ): PresenceReport => ({ agent: alice, source, state, reason: `said ${state}`, at: clock.now(), ...more })
  const lastTold = () => told.at(-1)?.[1]

  it('treats an agent without configured sources as available', () => {
    boardOf(speaking({ [alice]: 'always' })).announce()
    assert.deepEqual(told, [
      [alice, { state: 'available', since: start, because: 'always: no source is configured for this agent' }],
    ])
  })

  it('treats an agent whose configured sources are silent as offline, and the reason names the sources', () => {
    boardOf(speaking({ [alice]: ['http', 'registration'] })).announce()
    assert.deepEqual(lastTold(), { state: 'offline', since: start, because: 'unknown: no word yet from http or registration' })
  })

  it('uses the only source that says something', () => {
    const board = boardOf(speaking({ [alice]: ['http', 'registration'] }))
    board.report(says('registration', 'available'))
    assert.deepEqual(lastTold(), { state: 'available', since: start, because: 'registration: said available' })
  })

  it('uses the least available current statement, whichever came last', () => {
    const board = boardOf(speaking({ [alice]: ['http', 'publish', 'registration'] }))
    board.report(says('http', 'away'))
    board.report(says('publish', 'inactive'))
    board.report(says('registration', 'available'))
    assert.equal(lastTold()?.because, 'http: said away')
    board.report(says('publish', 'doNotDisturb'))
    assert.equal(lastTold()?.because, 'publish: said doNotDisturb')
    board.withdraw(alice, 'publish')
    assert.equal(lastTold()?.because, 'http: said away')
  })

  it('ranks states from available over inactive, busy, be right back, away, off work and do not disturb to offline', () => {
    const states = ['available', 'inactive', 'busy', 'beRightBack', 'away', 'offWork', 'doNotDisturb', 'offline'] as const
    for (const [rank, worse] of states.entries()) {
      for (const better of states.slice(0, rank)) {
        const board = boardOf(speaking({ [alice]: ['http', 'publish'] }))
        board.report(says('http', better))
        board.report(says('publish', worse))
        assert.equal(lastTold()?.state, worse, `${worse} beats ${better}`)
      }
    }
  })

  it('lets the agent’s choice in the console outrank other states that people set', () => {
    const board = boardOf(speaking({ [alice]: ['console', 'http', 'publish'] }))
    board.report(says('http', 'doNotDisturb'))
    board.report(says('publish', 'away'))
    board.report(says('console', 'available'))
    assert.deepEqual(lastTold(), { state: 'available', since: start, because: 'console: said available' })
  })

  it('never lets the choice in the console outrank an actual call', () => {
    const board = boardOf(speaking({ [alice]: ['console', 'subscribe'] }))
    board.report(says('console', 'available'))
    board.report(says('subscribe', 'busy', { basis: 'call' }))
    assert.equal(lastTold()?.because, 'subscribe: said busy')
  })

  it('never lets the choice in the console outrank "not registered"', () => {
    const board = boardOf(speaking({ [alice]: ['console', 'registration'] }))
    board.report(says('console', 'available'))
    board.report(says('registration', 'offline', { reason: 'not registered' }))
    assert.deepEqual(lastTold(), { state: 'offline', since: start, because: 'registration: not registered' })
  })

  it('treats an expired statement as unknown: without another one the agent is offline', () => {
    const board = boardOf(speaking({ [alice]: ['http'] }))
    board.report(says('http', 'available', { expires: instant(start + minute) }))
    timers.tick(minute - 1)
    assert.equal(lastTold()?.state, 'available')
    timers.tick(1)
    assert.deepEqual(lastTold(), { state: 'offline', since: start + minute, because: 'unknown: what http said is over' })
    assert.deepEqual(counts, ['http accepted', 'http expired'])
  })

  it('uses the next least available statement when one expires', () => {
    const board = boardOf(speaking({ [alice]: ['http', 'publish'] }))
    board.report(says('http', 'away', { expires: instant(start + minute) }))
    board.report(says('publish', 'available'))
    timers.tick(minute)
    assert.deepEqual(lastTold(), { state: 'available', since: start + minute, because: 'publish: said available' })
  })

  it('keeps a statement that was renewed before its expiry, and ignores the old expiry', () => {
    const board = boardOf(speaking({ [alice]: ['http'] }))
    board.report(says('http', 'available', { expires: instant(start + minute) }))
    timers.tick(minute / 2)
    board.report(says('http', 'available', { expires: instant(start + 3 * minute) }))
    timers.tick(minute)
    assert.deepEqual(told.length, 1)
    assert.equal(board.statements(alice)[0]?.state, 'available')
  })

  it('accepts a statement that lasts longer than Node’s longest timer', () => {
    const board = boardOf(speaking({ [alice]: ['http'] }))
    const year = 365 * 24 * 60 * minute
    board.report(says('http', 'away', { expires: instant(start + year) }))
    timers.tick(year - 1)
    assert.equal(lastTold()?.state, 'away')
    timers.tick(1)
    assert.equal(lastTold()?.state, 'offline')
  })

  it('treats a source as silent after a statement that had expired on arrival', () => {
    const board = boardOf(speaking({ [alice]: ['http'] }))
    board.report(says('http', 'available'))
    board.report(says('http', 'busy', { expires: instant(start) }))
    assert.equal(lastTold()?.state, 'offline')
    assert.deepEqual(counts, ['http accepted', 'http expired'])
  })

  it('presence-in-order: drops and counts a lower version, whatever its time', () => {
    const board = boardOf(speaking({ [alice]: ['subscribe'] }))
    board.report(says('subscribe', 'available', { version: 7 }))
    board.report(says('subscribe', 'busy', { version: 6, at: instant(start + minute) }))
    assert.equal(lastTold()?.state, 'available')
    assert.deepEqual(counts, ['subscribe accepted', 'subscribe stale'])
  })

  it('presence-in-order: drops and counts an earlier time if there are no versions', () => {
    const board = boardOf(speaking({ [alice]: ['publish'] }))
    board.report(says('publish', 'available', { at: instant(start) }))
    board.report(says('publish', 'busy', { at: instant(start - 1) }))
    assert.equal(lastTold()?.state, 'available')
    assert.deepEqual(counts, ['publish accepted', 'publish stale'])
  })

  it('presence-in-order: does not return to a late statement after a newer one expired', () => {
    const board = boardOf(speaking({ [alice]: ['subscribe'] }))
    board.report(says('subscribe', 'available', { version: 7, expires: instant(start + minute) }))
    timers.tick(minute)
    board.report(says('subscribe', 'available', { version: 6 }))
    assert.equal(lastTold()?.state, 'offline')
  })

  it('presence-in-order: keeps the order of each source separately', () => {
    const board = boardOf(speaking({ [alice]: ['subscribe', 'publish'] }))
    board.report(says('subscribe', 'available', { version: 7 }))
    board.report(says('publish', 'busy', { version: 1 }))
    assert.equal(lastTold()?.state, 'busy')
  })

  it('lets a source that withdrew start its versions again', () => {
    const board = boardOf(speaking({ [alice]: ['subscribe'] }))
    board.report(says('subscribe', 'busy', { version: 7 }))
    board.withdraw(alice, 'subscribe')
    board.report(says('subscribe', 'available', { version: 0 }))
    assert.equal(lastTold()?.state, 'available')
    assert.deepEqual(counts, ['subscribe accepted', 'subscribe withdrawn', 'subscribe accepted'])
  })

  it('reports nothing when the same statement comes again', () => {
    const board = boardOf(speaking({ [alice]: ['http'] }))
    board.report(says('http', 'available'))
    board.report(says('http', 'available'))
    assert.equal(told.length, 1)
  })

  it('reports another reason for the same state, with the time since when the state applies', () => {
    const board = boardOf(speaking({ [alice]: ['http'] }))
    board.report(says('http', 'busy', { reason: 'in a meeting' }))
    timers.tick(minute)
    board.report(says('http', 'busy', { reason: 'on the phone' }))
    assert.deepEqual(lastTold(), { state: 'busy', since: start, because: 'http: on the phone' })
  })

  it('reports nothing when two sources agree and the one that did not give the reason changes', () => {
    const board = boardOf(speaking({ [alice]: ['http', 'publish'] }))
    board.report(says('publish', 'away'))
    board.report(says('http', 'away'))
    board.report(says('http', 'available'))
    assert.deepEqual(
      told.map(([, { because }]) => because),
      ['publish: said away'],
    )
  })

  it('ignores and counts a source that the config does not name for the agent', () => {
    const board = boardOf(speaking({ [alice]: ['publish'], [bob]: 'always' }))
    board.report(says('http', 'available'))
    board.report(says('http', 'busy', { agent: bob }))
    board.report(says('http', 'busy', { agent: 'sip:nobody@example.com' as AgentUri }))
    assert.deepEqual(told, [])
    assert.deepEqual(counts, ['http notConfigured', 'http notConfigured', 'http unknownAgent'])
    assert.deepEqual(board.statements(alice), [])
  })

  it('says why a source is not accepted', () => {
    const board = boardOf(speaking({ [alice]: ['publish'], [bob]: 'always' }))
    assert.match(board.refusal(alice, 'http') ?? '', /is \[publish\] in the config; add http to it/)
    assert.match(board.refusal(bob, 'http') ?? '', /is always in the config; set presence: \[http\] for this agent/)
    assert.equal(board.refusal(alice, 'publish'), undefined)
    assert.equal(board.refusal(bob, 'calls'), undefined)
  })

  it('lists each source with its state, reason and expiry', () => {
    const board = boardOf(speaking({ [alice]: ['http', 'publish'], [bob]: 'always' }))
    board.report(says('http', 'away', { expires: instant(start + minute) }))
    board.report(says('publish', 'available'))
    assert.deepEqual(board.statements(alice), [
      { source: 'publish', state: 'available', reason: 'said available' },
      { source: 'http', state: 'away', reason: 'said away', expires: start + minute },
    ])
    assert.deepEqual(board.statements(bob), [
      { source: 'always', state: 'available', reason: 'no source is configured for this agent' },
    ])
  })

  it('shows our own calls to people, and not to routing', () => {
    const board = boardOf(speaking({ [bob]: 'always' }))
    board.report(says('calls', 'busy', { agent: bob, reason: 'in a call of support' }))
    assert.deepEqual(told, [])
    assert.deepEqual(board.shown(bob), { state: 'busy', since: start, because: 'calls: in a call of support' })
    assert.deepEqual(
      board.statements(bob).map(({ source, state }) => `${source} ${state}`),
      ['calls busy', 'always available'],
    )
    board.withdraw(bob, 'calls')
    assert.equal(board.shown(bob)?.state, 'available')
    assert.deepEqual(told, [])
  })

  it('never shows an agent as more available than their sources say because of a call of ours', () => {
    const board = boardOf(speaking({ [alice]: ['http'] }))
    board.report(says('http', 'doNotDisturb'))
    board.report(says('calls', 'busy'))
    assert.equal(board.shown(alice)?.state, 'doNotDisturb')
  })

  describe('the presence board after a reload', () => {
    it('reports a new agent, forgets a removed one, and keeps the statements about others', () => {
      const board = boardOf(speaking({ [alice]: ['http'], [bob]: ['http'] }))
      board.report(says('http', 'busy'))
      board.report(says('http', 'available', { agent: bob, expires: instant(start + minute) }))
      const carol = 'sip:carol@example.com' as AgentUri
      told.length = 0
      board.replaceSettings(speaking({ [alice]: ['http'], [carol]: 'always' }))
      assert.deepEqual(
        told.map(([agent, { state }]) => `${agent} ${state}`),
        [`${carol} available`],
      )
      assert.equal(board.shown(alice)?.state, 'busy')
      assert.deepEqual(board.statements(bob), [])
      timers.tick(minute)
      assert.equal(told.length, 1, 'nothing is reported when presence of a removed agent expires')
    })

    it('ignores a source that is no longer configured, even if it sends again', () => {
      const board = boardOf(speaking({ [alice]: ['http', 'publish'] }))
      board.report(says('publish', 'available'))
      board.report(says('http', 'away'))
      board.replaceSettings(speaking({ [alice]: ['publish'] }))
      assert.equal(lastTold()?.because, 'publish: said available')
      board.replaceSettings(speaking({ [alice]: ['http', 'publish'] }))
      assert.equal(lastTold()?.because, 'publish: said available')
    })

    it('reports an agent whose presence changes between sources and always', () => {
      const board = boardOf(speaking({ [alice]: ['http'] }))
      board.replaceSettings(speaking({ [alice]: 'always' }))
      board.replaceSettings(speaking({ [alice]: ['http'] }))
      assert.deepEqual(
        told.map(([, { state }]) => state),
        ['available', 'offline'],
      )
    })
  })

  it('leaves no timer behind when it closes', () => {
    const board = boardOf(speaking({ [alice]: ['http'] }))
    board.report(says('http', 'away', { expires: instant(start + minute) }))
    board.close()
    assert.equal(timers.countTimers(), 0)
  })
})
