import { randomBytes } from 'node:crypto'
import { Calls } from '../../../src/calls/calls.js'
import { journalReader } from '../../../src/calls/journal.js'
import { replayJournal, type ReplayReport } from '../../../src/calls/replay.js'
import type { CallerNews, Step, StepReader } from '../../../src/calls/step.js'
import type { CallSettings } from '../../../src/config/call-settings.js'
import type { Settings } from '../../../src/config/settings.js'
import { silentLog, type Log } from '../../../src/foundation/log.js'
import { wallNow } from '../../../src/foundation/clock.js'
import { millis, type WallTime } from '../../../src/foundation/time.js'
import { createWorld, type CallId, type Fact, type RoutingSettings, type World } from '../../../src/routing/index.js'
import { LegNames } from '../../../src/observability/leg-names.js'
import { createPasts } from '../../../src/observability/past.js'
import type { CallerSide } from '../../../src/observability/callers.js'
import { Stories } from '../../../src/observability/stories.js'
import type { JournalWriter, LiveCallStore } from '../../../src/store/port.js'
import { FakeClock } from '../../fakes/clock.js'
import { FakeMedia } from '../../fakes/media.js'
import { FakeSignaling, type FakeInbound, type FakePhone } from '../../fakes/signaling.js'

/** Each workflow is dialled by its name at example.com. Each agent is reached at their own URI. */
export function callSettings(
  routing: RoutingSettings,
  more: Partial<CallSettings> = {},
  anonymous = false,
  answer: 'atOnce' | 'onAgent' = 'onAgent',
): CallSettings {
  return {
    domain: 'example.com',
    ourHosts: ['rgs.example.com'],
    agents: routing.agents.map(({ uri }) => ({ uri })),
    workflows: routing.workflows.map(({ name }) => ({
      name,
      uri: `sip:${name}@example.com`,
      displayName: `The ${name} line`,
      anonymous,
      callerDisplay: '{workflow}: {caller}',
      answer,
    })),
    ...more,
  }
}

/** Keeps calls in progress for as long as the test runs. */
export class FakeLiveStore implements LiveCallStore {
  readonly keepsLiveCalls = true
  readonly rows = new Map<CallId, string>()
  /** The shell's. */
  clock: FakeClock | undefined
  wroteAt: WallTime | undefined

  saveLiveCall(call: CallId, state: string): void {
    this.rows.set(call, state)
    this.wroteAt = this.clock && wallNow(this.clock)
  }

  deleteLiveCall(call: CallId): void {
    this.rows.delete(call)
  }
}

/** What survives a restart of our process. */
export interface Surroundings {
  readonly clock: FakeClock
  readonly signaling: FakeSignaling
  /** Default: no log. */
  readonly log?: Log
  /** Absent: calls are not stored. */
  readonly store?: FakeLiveStore
  /** Further readers of the steps. */
  readonly readers?: readonly StepReader[]
}

/** The shell over the real core, a fake signaling port and a fake clock. */
export class Shell {
  readonly clock: FakeClock
  readonly signaling: FakeSignaling
  readonly media = new FakeMedia()
  readonly world: World
  readonly calls: Calls
  readonly steps: Step[] = []
  readonly violations: string[] = []
  /** What happened to callers' INVITEs, and who supervised. */
  readonly news: CallerNews[] = []
  readonly lines: string[] = []

  constructor(
    private routing: RoutingSettings,
    settings: CallSettings = callSettings(routing),
    private readonly around: Surroundings = { clock: new FakeClock(), signaling: new FakeSignaling() },
  ) {
    const { clock, signaling, store } = around
    this.clock = clock
    this.signaling = signaling
    if (store) store.clock = clock
    const [stories, callers] = [new Stories(), new Map<CallId, CallerSide>()]
    this.world = createWorld(routing, { signIns: [], pointers: [] }, this.clock.now())
    const readers = [
      journalReader(this.#journal(), this.world, 'test'),
      (step: Step) => void this.steps.push(step),
      ({ facts }: Step) => {
        for (const fact of facts) {
          stories.read(fact)
          if (fact.kind === 'callArrived') callers.set(fact.call, { uri: 'sip:caller@example.com' })
        }
      },
      ...(around.readers ?? []),
    ]
    this.calls = new Calls({
      ports: { signaling: this.signaling, media: this.media },
      world: this.world,
      settings,
      clock: this.clock,
      log: around.log ?? silentLog,
      random: randomBytes,
      listeners: {
        readers,
        violated: rule => this.violations.push(rule),
        callerNews: (_call, news) => void this.news.push(news),
      },
      ...(store && { keeping: { store, pasts: createPasts({ stories, callers, legs: new LegNames() }) } }),
    })
    this.calls.recover(
      [...(store?.rows ?? [])].map(([call, state]) => ({ call, state })),
      store?.wroteAt,
    )
    this.calls.goOn()
  }

  /** Kills the process and starts another one. */
  restarted(routing = this.routing): Shell {
    this.clock.forget()
    this.signaling.crash()
    return new Shell(routing, callSettings(routing), this.around)
  }

  dial(user: string, options?: FakeInbound['options']): FakeInbound {
    return this.signaling.call(`sip:${user}@example.com`, options)
  }

  /** The agent's phone, which must be ringing. */
  phone(agent: string): FakePhone {
    const found = this.signaling.ringing().find(({ target }) => target.uri === `sip:${agent}@example.com`)
    if (!found) throw new Error(`${agent}'s phone does not ring; ringing: ${this.rings().join(', ')}`)
    return found
  }

  /** The agents whose phones are ringing. */
  rings(): string[] {
    return this.signaling.ringing().map(({ target }) => /^sip:([^@]+)@/.exec(target.uri)?.[1] ?? target.uri)
  }

  facts<Kind extends Fact['kind']>(kind: Kind): Extract<Fact, { kind: Kind }>[] {
    const facts = this.steps.flatMap(step => step.facts)
    return facts.flatMap(fact => (fact.kind === kind ? [fact as Extract<Fact, { kind: Kind }>] : []))
  }

  reconfigure(routing: RoutingSettings): void {
    this.routing = routing
    this.calls.replaceSettings({ routing, calls: callSettings(routing) } as Settings)
  }

  replay(): Promise<ReplayReport> {
    return replayJournal(this.lines)
  }

  #journal(): JournalWriter {
    let header = (): string => ''
    return {
      append: entry => {
        if (this.lines.length === 0) this.lines.push(header())
        this.lines.push(JSON.stringify(entry))
      },
      onNewFile: make => void (header = make),
      dropped: 0,
      flush: () => Promise.resolve(),
      close: () => Promise.resolve(),
    }
  }
}

export const alertTime = millis(20_000)
