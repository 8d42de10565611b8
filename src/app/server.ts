import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { AgentKeeper } from '../calls/agent-keeper.js'
import { Calls } from '../calls/calls.js'
import { comeBack } from '../calls/drain.js'
import { journalReader } from '../calls/journal.js'
import { keepReader } from '../calls/keep.js'
import type { StepReader } from '../calls/step.js'
import { formatFault, type ConfigFault } from '../config/faults.js'
import type { LoadOutcome } from '../config/load.js'
import { planView } from '../config/plan-view.js'
import type { Settings } from '../config/settings.js'
import { systemClock as clock, toWall, wallNow, type Timer } from '../foundation/clock.js'
import { seconds } from '../foundation/time.js'
import type { Log } from '../foundation/log.js'
import type { Health, LiveServer } from '../http/live-server.js'
import { createHttpServer, type HttpServer } from '../http/server.js'
import { createLogReader } from '../observability/log-reader.js'
import type { Logger } from '../observability/logger.js'
import { createMetrics, type Metrics } from '../observability/metrics.js'
import { createPasts } from '../observability/past.js'
import { recordReader } from '../observability/records.js'
import { Callers } from '../observability/callers.js'
import { LegNames } from '../observability/leg-names.js'
import { createViews, type Views } from '../observability/views.js'
import { createWorld, type World } from '../routing/index.js'
import { openMedia, type MediaEngine } from '../media/engine.js'
import { callerLimits } from '../signaling/caller-shares.js'
import { EmbeddedSignaling } from '../signaling/embedded.js'
import { JournalFile } from '../store/journal-file.js'
import { MemoryStore } from '../store/memory.js'
import { keyBeside, tighten } from '../store/private-files.js'
import type { KeptState, Store } from '../store/port.js'
import { SqliteStore } from '../store/sqlite.js'
import { ConfigHistory } from './config-history.js'
import { ConfigReloads } from './config-reloads.js'
import { MemoryWatch } from './memory.js'
import { openDoor } from './door.js'
import { httpOptions, privatePlaces, sipLimits } from './places.js'
import { Presence } from './presence.js'
import { pooledRandom } from './random.js'
import { watchRest } from './rest.js'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }

/** Beside the server's own files, if the console was built. */
const consoleFolder = fileURLToPath(new URL('../console', import.meta.url))

const nothingKept = { liveCalls: [], registrations: [], choices: [], agents: [] } as const

export interface ServerSurroundings {
  readonly logger: Logger
  /** Uncaught errors, counted by kind. */
  readonly uncaught: ReadonlyMap<string, number>
  /** The key file beside the store. */
  readonly markKey?: Uint8Array
}

/** How often the wall clock is compared with the elapsed time, in addition to each event. */
const clockLookAfter = seconds(1)

/** Every part of the server, made in `build`, started and stopped in order. Only this class names concrete adapters. */
export class Server {
  readonly #log: Log
  readonly #store: Store
  readonly #journal: JournalFile
  readonly #signaling: EmbeddedSignaling
  readonly #media: MediaEngine
  readonly #presence: Presence
  readonly #metrics: Metrics
  readonly #views: Views
  readonly #calls: Calls
  readonly #agentKeeper: AgentKeeper
  readonly #http: HttpServer
  readonly #violations = new Map<string, number>()
  readonly #history: ConfigHistory
  readonly #legs = new LegNames()
  readonly #callers = new Callers(clock, this.#legs)
  /** State saved by the previous process, used once at the start. */
  #kept: Pick<KeptState, 'liveCalls' | 'registrations' | 'choices' | 'agents'> = nothingKept
  readonly #memory: MemoryWatch
  #settings: Settings
  /** The addresses on which we listen. */
  #listening: readonly string[] = []
  readonly #reloads: ConfigReloads
  #clockLook: Timer | undefined
  #started = false
  #draining = false

  /** `first`: the config as it was read, and its warnings. */
  static async build(
    folder: string,
    first: { readonly settings: Settings; readonly warnings: readonly ConfigFault[] },
    surroundings: ServerSurroundings,
  ): Promise<Server> {
    const { settings, warnings } = first
    const { log } = surroundings.logger
    await tighten(privatePlaces(settings), log)
    const store = openStore(settings, log)
    const kept = await store.load()
    const markKey = settings.store.kind === 'memory' ? undefined : await keyBeside(settings.store.file, pooledRandom, log)
    const server = new Server(
      folder,
      settings,
      { ...surroundings, ...(markKey && { markKey }) },
      store,
      createWorld(settings.routing, kept, clock.now(), clock.wallOffset()),
      warnings,
    )
    server.#kept = kept
    return server
  }

  private constructor(
    private readonly folder: string,
    settings: Settings,
    private readonly surroundings: ServerSurroundings,
    store: Store,
    world: World,
    warnings: readonly ConfigFault[],
  ) {
    const { log } = surroundings.logger
    this.#log = log
    this.#settings = settings
    this.#history = new ConfigHistory(warnings, wallNow(clock))
    this.#store = store
    this.#memory = new MemoryWatch(clock, log)
    this.#reloads = this.#openReloads()
    this.#journal = new JournalFile({ ...settings.journal, clock, log })
    const { sip, registration } = settings
    const given = { clock, log, random: pooledRandom }
    this.#media = openMedia({ ...given, settings: settings.media, sip, trusts: address => this.#signaling.trusts(address) })
    this.#signaling = new EmbeddedSignaling({
      ...{ ...sip, ...given, registration, isBehind: watchRest(clock), callerLimits: () => callerLimits(this.#settings.sip) },
      ...{ limits: sipLimits(), ...(this.#media.gateways && { gateways: this.#media.gateways }) },
      ...{ refusesCalls: () => this.#refusesCalls(), legNamed: (call, sipCallId) => this.#legs.add(call, sipCallId) },
      ...(surroundings.markKey && { markKey: surroundings.markKey }),
      keepPhones: (agent, state) => store.saveRegistrations(agent, state),
    })
    this.#presence = new Presence({
      ...{ settings: settings.presence, clock, log, signaling: this.#signaling },
      changed: (agent, presence) => this.#calls.engine.post({ kind: 'presenceChanged', agent, presence }),
      count: (source, result) => this.#metrics.presenceEvent(source, result),
      keep: (agent, state) => store.saveChoice(agent, state),
    })
    this.#metrics = this.#openMetrics(world)
    this.#views = createViews(clock)
    this.#agentKeeper = new AgentKeeper({ world, clock, save: (agent, state) => store.saveAgent(agent, state) })
    this.#calls = new Calls({
      signaling: this.#signaling,
      callerNews: (call, news) => this.#callers.hear(call, news),
      media: this.#media.media,
      world,
      settings: settings.calls,
      ...given,
      violated: rule => this.#violations.set(rule, (this.#violations.get(rule) ?? 0) + 1),
      readers: [
        this.#metrics.reader,
        this.#views.reader,
        this.#recordReader(store),
        createLogReader(log),
        keepReader(store, clock),
        this.#agentKeeper.reader,
        ...this.#presence.readers,
        journalReader(this.#journal, world, version),
      ],
      keeping: { store, pasts: createPasts({ stories: this.#views.stories, callers: this.#callers.byCall, legs: this.#legs }) },
    })
    this.#http = createHttpServer({
      ...{ ...httpOptions(settings), ...given, live: this.#door(world), consoleFolder },
      loginTried: result => this.#metrics.login(result),
    })
  }

  #openReloads(): ConfigReloads {
    return new ConfigReloads({
      ...{ folder: this.folder, clock, log: this.#log },
      settings: () => this.#settings,
      take: outcome => this.#take(outcome),
    })
  }

  #openMetrics(world: World): Metrics {
    return createMetrics({
      version,
      clock,
      world,
      signaling: () => this.#signaling.statistics(),
      media: () => this.#media.statistics(),
      subscriptions: () => this.#presence.subscriptions(),
      registrations: () => this.#signaling.registrations(),
      certificateExpires: () => this.#settings.sip.tls?.expires,
      violations: this.#violations,
      memoryLow: () => this.#memory.isLow,
      watchImpaired: () => this.#reloads.impaired !== undefined,
      uncaught: this.surroundings.uncaught,
      connections: () => this.#http.connections,
      dropped: () => ({ journal: this.#journal.dropped, log: this.surroundings.logger.dropped() }),
    })
  }

  /** Applies to trusted peers too, because calls in progress need the memory and the processor. */
  #refusesCalls(): 'maxCalls' | 'memory' | undefined {
    if (this.#memory.isLow) return 'memory'
    return this.#calls.size >= this.#settings.sip.maxCalls ? 'maxCalls' : undefined
  }

  #recordReader(store: Store): StepReader {
    return recordReader({
      save: record => store.saveRecord(record),
      story: call => this.#views.story(call),
      wall: at => toWall(clock, at),
      callers: this.#callers.byCall,
      legs: this.#legs,
    })
  }

  /** Resolves with the addresses for the ready line. */
  async start(): Promise<string> {
    this.#memory.start()
    this.#reloads.watchCertificates()
    const { liveCalls, registrations, choices, agents } = this.#kept
    this.#kept = nothingKept
    this.#calls.engine.post({ kind: 'agentsRestored', agents: this.#agentKeeper.restored(agents) })
    this.#presence.announce(choices)
    await this.#media.start()
    await this.#media.prepare(this.#settings.media)
    for (const { address, state } of registrations) this.#signaling.restorePhones(address, state)
    this.#calls.recover(liveCalls)
    const sip = await this.#signaling.start()
    this.#calls.goOn()
    this.#lookAtClock()
    this.#presence.start()
    this.#listening = sip
    const http = await this.#http.start()
    await this.#reloads.watch()
    this.#metrics.reloaded(true, wallNow(clock))
    this.#started = true
    this.#reloads.begin()
    return `sip=${sip.join(',')} http=${http}`
  }

  /** Somebody may set the machine's clock while no call arrives. */
  #lookAtClock(): void {
    this.#calls.engine.lookAtWallClock()
    this.#clockLook = clock.after(clockLookAfter, () => this.#lookAtClock())
  }

  /** Accepts no new calls from now on. Resolves when all calls are over. */
  async drain(): Promise<void> {
    this.#draining = true
    this.#log.info?.(`draining: no new call; ${this.#calls.size} in progress`, { event: 'server.draining' })
    this.#signaling.leave(comeBack)
    await this.#calls.drain()
  }

  async stop(): Promise<void> {
    this.#memory.stop()
    await this.#reloads.stop()
    this.#clockLook?.cancel()
    this.#presence.stop()
    this.#signaling.handOver(comeBack)
    this.#calls.stop()
    this.#agentKeeper.stop()
    await this.#http.stop()
    await this.#signaling.stop()
    await this.#media.stop()
    await this.#journal.close()
    await this.#store.close()
    this.#log.info?.('stopped', { event: 'server.stopped' })
    await this.surroundings.logger.flush()
  }

  /** Reads the config again, after the start has finished and not during the stop. A config with faults changes nothing. */
  reload(): void {
    this.#reloads.reload()
  }

  async #take(outcome: LoadOutcome): Promise<void> {
    this.#metrics.reloaded(outcome.ok, wallNow(clock))
    if (outcome.ok) {
      for (const warning of outcome.warnings) this.#log.warn(formatFault(warning), { event: 'config.warning' })
      // Prepared before any call may hear them.
      await this.#media.prepare(outcome.settings.media)
      const before = planView(this.#settings, this.folder)
      this.#apply(outcome.settings)
      this.#history.accepted(outcome.warnings, before, planView(this.#settings, this.folder), wallNow(clock))
    } else this.#history.refused(outcome.faults, wallNow(clock))
    this.#views.configRead()
  }

  #apply(settings: Settings): void {
    for (const part of ['sip', 'http', 'store', 'journal', 'media', 'records'] as const) {
      if (needsRestart(this.#settings, settings, part))
        this.#log.warn(`'${part}' changed: it takes effect at the next start`, { event: 'config.restartNeeded' })
    }
    this.#settings = settings
    this.#reloads.watchCertificates()
    this.#signaling.secure(settings.sip.tls ?? {})
    this.#signaling.trust(settings.sip.trustedPeers)
    this.#signaling.allowOrigins(settings.sip.origins)
    this.#calls.replaceSettings(settings)
    this.#presence.replaceSettings(settings.presence)
    this.#signaling.replaceAccounts(settings.registration)
    this.#http.replaceAccess(settings.access)
  }

  #door(world: World): LiveServer {
    return openDoor({
      ...{ folder: this.folder, world, store: this.#store, calls: this.#calls },
      ...{ presence: this.#presence, signaling: this.#signaling, metrics: this.#metrics, views: this.#views },
      ...{ callers: this.#callers.byCall, legs: this.#legs },
      history: this.#history,
      settings: () => this.#settings,
      health: () => this.#health(),
      listening: () => this.#listening,
    })
  }

  #health(): Health {
    const { impaired } = this.#reloads
    return {
      problems: [
        ...(this.#started ? [] : ['starting']),
        ...(this.#draining ? ['draining: no new calls'] : []),
        ...(this.#memory.isLow ? ['memory: no new calls until some is free'] : []),
      ],
      degraded: [
        ...(this.#store.healthy() ? [] : ['store: what changes now may be lost at a restart']),
        ...(impaired === undefined ? [] : [`config: changes may be noticed late (${impaired}); SIGHUP reads it`]),
      ],
    }
  }
}

function openStore({ store, records, access }: Settings, log: Log): Store {
  return store.kind === 'memory'
    ? new MemoryStore()
    : new SqliteStore({ file: store.file, keepRecords: records.keep, keepAudit: access.keepAudit, clock, log })
}

const atOnce = {
  maxCalls: undefined,
  callers: undefined,
  trustedPeers: undefined,
  origins: undefined,
  tls: undefined,
  prompts: undefined,
  musicOnHold: undefined,
}

/** Of the sip settings, only trustedPeers, origins and certificates take effect at once; of media, only prompts and music. */
function needsRestart(
  before: Settings,
  after: Settings,
  part: 'sip' | 'http' | 'store' | 'journal' | 'media' | 'records',
): boolean {
  const comparable = ({ [part]: settings }: Settings): string => JSON.stringify({ ...settings, ...atOnce })
  return comparable(before) !== comparable(after)
}
