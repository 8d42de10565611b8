import assert from 'node:assert/strict'
import fc from 'fast-check'
import sinon from 'sinon'
import { MachineClock } from '../../src/foundation/clock.js'
import { instant } from '../../src/foundation/time.js'
import { PresenceBoard } from '../../src/presence/board.js'
import type { PresenceReport, PresenceSourceName, PresenceState } from '../../src/presence/port.js'
import type { Presence } from '../../src/routing/world/events.js'
import type { AgentUri } from '../../src/routing/world/ids.js'

const agents = ['sip:a@x.org', 'sip:b@x.org', 'sip:c@x.org'] as AgentUri[]
const sources: PresenceSourceName[] = ['registration', 'publish', 'subscribe', 'http', 'console', 'calls']
const states: PresenceState[] = ['available', 'inactive', 'busy', 'beRightBack', 'away', 'offWork', 'doNotDisturb', 'offline']
const start = 1_700_000_000_000

type Command =
  | { kind: 'report'; agent: number; source: number; state: number; version?: number; ageMs: number; lastsMs?: number }
  | { kind: 'withdraw'; agent: number; source: number }
  | { kind: 'pass'; ms: number }

const index = (list: readonly unknown[]) => fc.nat(list.length - 1)
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record(
      {
        kind: fc.constant('report' as const),
        agent: index(agents),
        source: index(sources),
        state: index(states),
        version: fc.nat(5),
        ageMs: fc.nat(3),
        lastsMs: fc.integer({ min: -2, max: 8 }),
      },
      { requiredKeys: ['kind', 'agent', 'source', 'state', 'ageMs'] },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('withdraw' as const), agent: index(agents), source: index(sources) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(4) }) },
)
const configured = fc.oneof(fc.constant('always' as const), fc.subarray(sources.slice(0, 5), { minLength: 1 }))

/** The same rules in a slow and simple form: it keeps all reports and evaluates them for each question. */
class NaiveModel {
  readonly #history: (PresenceReport | { withdraw: true; agent: AgentUri; source: PresenceSourceName })[] = []
  constructor(private readonly settings: ReadonlyMap<AgentUri, 'always' | readonly PresenceSourceName[]>) {}

  report(report: PresenceReport): void {
    this.#history.push(report)
  }
  withdraw(agent: AgentUri, source: PresenceSourceName): void {
    this.#history.push({ withdraw: true, agent, source })
  }

  current(agent: AgentUri, source: PresenceSourceName, now: number): PresenceReport | undefined {
    let last: PresenceReport | undefined
    for (const entry of this.#history) {
      if (entry.agent !== agent || entry.source !== source) continue
      if ('withdraw' in entry) last = undefined
      else if (!last || !this.#older(entry, last)) last = entry
    }
    return last && (last.expires ?? Infinity) > now ? last : undefined
  }

  #older(report: PresenceReport, last: PresenceReport): boolean {
    const [version, before] = [report.version, last.version]
    if (version !== undefined && before !== undefined && version !== before) return version < before
    return report.at < last.at
  }

  state(agent: AgentUri, now: number): PresenceState {
    const speaking = this.settings.get(agent)
    // Only the agent's own choice counts.
    if (speaking === undefined || speaking === 'always') return this.current(agent, 'console', now)?.state ?? 'available'
    const said = speaking.flatMap(source => this.current(agent, source, now) ?? [])
    const choice = said.find(({ source }) => source === 'console')
    const counting = choice ? said.filter(report => report === choice || report.source === 'registration') : said
    const worst = Math.max(...counting.map(({ state }) => states.indexOf(state)))
    return states[worst] ?? 'offline'
  }
}

describe('the presence board, by property', () => {
  let timers: sinon.SinonFakeTimers
  /** Based on the fake time. */
  let clock: MachineClock
  beforeEach(() => {
    timers = sinon.useFakeTimers(start)
    clock = new MachineClock()
  })
  afterEach(() => timers.restore())

  it('presence-in-order: gives the same result as a simple model for versions, times, expiries and withdrawals in any order', () => {
    fc.assert(
      fc.property(fc.tuple(configured, configured, configured), fc.array(command, { maxLength: 60 }), (configs, commands) => {
        timers.restore()
        timers = sinon.useFakeTimers(start)
        clock = new MachineClock()
        const settings = new Map(agents.map((agent, i) => [agent, configs[i] ?? 'always']))
        const model = new NaiveModel(settings)
        const told = new Map<AgentUri, Presence>()
        const board = new PresenceBoard({
          settings: { agents: settings },
          clock,
          changed(agent, presence) {
            const before = told.get(agent)
            const same = before?.state === presence.state && before.because === presence.because
            assert.ok(!same, `${agent} was told twice that it is ${presence.state}`)
            if (before?.state === presence.state) assert.equal(presence.since, before.since, 'since moves with the state only')
            else if (before) assert.equal(presence.since, clock.now())
            told.set(agent, presence)
          },
          counted: () => undefined,
        })
        board.announce()

        const check = (): void => {
          for (const agent of agents) {
            const now = clock.now()
            assert.equal(told.get(agent)?.state, model.state(agent, now), agent)
            const speaking = settings.get(agent)
            const expected = sources.filter(
              source =>
                (source === 'calls' || (speaking === 'always' ? source === 'console' : speaking?.includes(source))) &&
                model.current(agent, source, now),
            )
            const stated = board.statements(agent).map(({ source }) => source)
            assert.deepEqual(new Set(stated), new Set(speaking === 'always' ? [...expected, 'always'] : expected))
          }
        }
        for (const one of commands) {
          const agent = agents['agent' in one ? one.agent : 0] as AgentUri
          const source = sources['source' in one ? one.source : 0] as PresenceSourceName
          if (one.kind === 'pass') timers.tick(one.ms)
          else if (one.kind === 'withdraw') {
            board.withdraw(agent, source)
            model.withdraw(agent, source)
          } else {
            const now = clock.now()
            const report: PresenceReport = {
              agent,
              source,
              state: states[one.state] ?? 'offline',
              reason: `#${one.state}`,
              at: instant(now - one.ageMs),
              ...(one.version !== undefined && { version: one.version }),
              ...(one.lastsMs !== undefined && { expires: instant(now + one.lastsMs) }),
            }
            board.report(report)
            model.report(report)
          }
          check()
        }
        board.close()
        assert.equal(timers.countTimers(), 0, 'a closed board leaves no timer')
      }),
      { numRuns: 300 },
    )
  })
})
