import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AgentKeeper } from '../calls/agent-keeper.js'
import { Calls } from '../calls/calls.js'
import { comeBack } from '../calls/drain.js'
import { journalReader } from '../calls/journal.js'
import { keepReader } from '../calls/keep.js'
import type { Settings } from '../config/settings.js'
import { systemClock as clock, wallNow } from '../foundation/clock.js'
import type { LogArea } from '../foundation/log.js'
import type { Health, LiveServer } from '../http/live-server.js'
import { createHttpServer, type HttpServer } from '../http/server.js'
import { createLogReader } from '../observability/log-reader.js'
import type { Logger } from '../observability/logger.js'
import { createMetrics, type Metrics } from '../observability/metrics.js'
import { createWorld, type World } from '../routing/index.js'
import { openMedia, type MediaEngine } from '../media/engine.js'
import { callerLimits } from '../signaling/caller-shares.js'
import { EmbeddedSignaling } from '../signaling/embedded.js'
import { LiveConfig, type ReadConfig } from './live-config.js'
import { MemoryWatch } from './memory.js'
import { createObservers, type Observers } from './observers.js'
import { openDoor } from './door.js'
import { ClockLook } from './clock-look.js'
import { healthOf, type StageKind } from './health.js'
import { httpOptions, sipLimits } from './places.js'
import { Presence } from './presence.js'
import { pooledRandom } from './random.js'
import { watchRest } from './rest.js'
import { Storage } from './storage.js'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }

/** Beside the server's own files, if the console was built. */
const consoleFolder = fileURLToPath(new URL('../console', import.meta.url))

interface ServerSurroundings {
  readonly logger: Logger
  /** Uncaught errors, counted by kind. */
  readonly uncaught: ReadonlyMap<string, number>
}

interface Stage {
  readonly kind: StageKind
  /** The SIP addresses. None before we listen. */
  readonly listening: readonly string[]
}

/** Every part of the server, made in `build`, started and stopped in order. Only this folder names concrete adapters. */
export class Server {
  /** The config folder, absolute. */
  readonly #folder: string
  readonly #config: LiveConfig
  readonly #observers: Observers
  readonly #signaling: EmbeddedSignaling
  readonly #media: MediaEngine
  readonly #presence: Presence
  readonly #metrics: Metrics
  readonly #calls: Calls
  readonly #agentKeeper: AgentKeeper
  readonly #http: HttpServer
  readonly #memory: MemoryWatch
  readonly #clockLook = new ClockLook(clock, () => this.#calls.engine.lookAtWallClock())
  #stage: Stage = { kind: 'starting', listening: [] }

  /** `first`: the config as it was read at the start. */
  static async build(folder: string, first: ReadConfig, surroundings: ServerSurroundings): Promise<Server> {
    const storage = await Storage.open(first.settings, surroundings.logger.area('store'))
    try {
      return new Server(folder, first, surroundings, storage)
    } catch (error) {
      // Open files and threads would keep the process alive.
      await storage.close()
      throw error
    }
  }

  private constructor(
    folder: string,
    first: ReadConfig,
    private readonly surroundings: ServerSurroundings,
    private readonly storage: Storage,
  ) {
    const { logger } = surroundings
    const { store, journal, markKey } = storage
    const { settings } = first
    const { sip, registration } = settings
    const world = createWorld(settings.routing, storage.kept, clock.now(), clock.wallOffset())
    const given = (area: LogArea) => ({ clock, log: logger.area(area), random: pooledRandom })
    this.#folder = resolve(folder)
    this.#memory = new MemoryWatch(clock, logger.log)
    this.#config = this.#openConfig(folder, first)
    this.#observers = createObservers(clock, store)
    const { callers, legs, pasts, recordReader, views, violations } = this.#observers
    this.#media = openMedia({ ...given('media'), settings: settings.media, sip, trusts: address => this.#trusts(address) })
    const { gateways } = this.#media
    this.#signaling = new EmbeddedSignaling({
      ...{ ...given('sip'), sip, isBehind: watchRest(clock), limits: sipLimits() },
      phones: {
        ...{ registration, ...(gateways && { gateways }), ...(markKey && { markKey }) },
        keep: (agent, state) => store.saveRegistrations(agent, state),
      },
      calls: {
        refused: () => this.#refusesCalls(),
        limits: () => callerLimits(this.#settings.sip),
        legNamed: (call, sipCallId) => legs.add(call, sipCallId),
      },
    })
    this.#presence = new Presence({
      ...{ ...given('presence'), settings: settings.presence, signaling: this.#signaling },
      changed: (agent, presence) => this.#calls.engine.post({ kind: 'presenceChanged', agent, presence }),
      count: (source, result) => this.#metrics.presenceEvent(source, result),
      keep: (agent, state) => store.saveChoice(agent, state),
    })
    this.#metrics = this.#openMetrics(world)
    this.#agentKeeper = new AgentKeeper({ world, clock, save: (agent, state) => store.saveAgent(agent, state) })
    this.#calls = new Calls({
      ...{ ...given('calls'), world, settings: settings.calls, signaling: this.#signaling, media: this.#media.media },
      callerNews: (call, news) => callers.hear(call, news),
      violated: rule => violations.set(rule, (violations.get(rule) ?? 0) + 1),
      readers: [
        ...[this.#metrics.reader, views.reader, recordReader, createLogReader(logger.area('calls')), keepReader(store, clock)],
        ...[this.#agentKeeper.reader, ...this.#presence.readers, journalReader(journal, world, version)],
      ],
      keeping: { store, pasts },
    })
    this.#http = createHttpServer({
      ...{ ...httpOptions(settings), ...given('http'), live: this.#door(folder, world), consoleFolder },
      loginTried: result => this.#metrics.login(result),
    })
  }

  /** In force now. */
  get #settings(): Settings {
    return this.#config.settings
  }

  #trusts(address: string): boolean {
    return this.#signaling.trusts(address)
  }

  #openConfig(folder: string, first: ReadConfig): LiveConfig {
    return new LiveConfig({
      ...{ folder, first, clock, log: this.surroundings.logger.area('config') },
      prepare: ({ media }) => this.#media.prepare(media),
      apply: settings => this.#apply(settings),
      wasRead: (ok, at) => {
        this.#metrics.reloaded(ok, at)
        this.#observers.views.configRead()
      },
    })
  }

  #openMetrics(world: World): Metrics {
    return createMetrics({
      version,
      clock,
      world,
      sip: {
        statistics: () => this.#signaling.statistics(),
        subscriptions: () => this.#presence.subscriptions(),
        registrations: () => this.#signaling.registrations(),
        drachtio: () => this.#signaling.drachtioServers() ?? [],
        certificateExpires: () => this.#settings.sip.tls?.expires,
      },
      media: () => this.#media.statistics(),
      connections: () => this.#http.connections,
      caches: () => [...this.#signaling.statistics().caches, ...this.#http.caches],
      trouble: {
        violations: this.#observers.violations,
        uncaught: this.surroundings.uncaught,
        memoryLow: () => this.#memory.isLow,
        dropped: () => ({ journal: this.storage.journal.dropped, log: this.surroundings.logger.dropped() }),
        watchImpaired: () => this.#config.reloads.impaired !== undefined,
        restartPending: () => this.#config.waiting.length,
      },
    })
  }

  /** Applies to trusted peers too, because calls in progress need the memory and the processor. */
  #refusesCalls(): 'maxCalls' | 'memory' | undefined {
    if (this.#memory.isLow) return 'memory'
    return this.#calls.size >= this.#settings.sip.maxCalls ? 'maxCalls' : undefined
  }

  /** Resolves with the addresses for the ready line. */
  async start(): Promise<string> {
    this.#memory.start()
    this.#config.reloads.watchCertificates()
    const { liveCalls, registrations, choices, agents } = this.storage.takeKept()
    this.#calls.engine.post({ kind: 'agentsRestored', agents: this.#agentKeeper.restored(agents) })
    this.#presence.announce(choices)
    await this.#media.start()
    await this.#media.prepare(this.#settings.media)
    for (const { address, state } of registrations) this.#signaling.restorePhones(address, state)
    this.#calls.recover(liveCalls)
    const sip = await this.#signaling.start()
    this.#calls.goOn()
    this.#clockLook.start()
    this.#presence.start()
    this.#stage = { ...this.#stage, listening: sip }
    const http = await this.#http.start()
    await this.#config.reloads.watch()
    this.#metrics.reloaded(true, wallNow(clock))
    this.#stage = { ...this.#stage, kind: 'serving' }
    this.#config.reloads.begin()
    this.surroundings.logger.log.info?.(`carillon ${version} on Node ${process.version} serves ${this.#folder}`, {
      ...{ event: 'server.ready', version, node: process.version, pid: process.pid, config: this.#folder },
      ...{ sip: sip.join(' '), http },
    })
    return `sip=${sip.join(',')} http=${http}`
  }

  /** Calls in progress. */
  get calls(): number {
    return this.#calls.size
  }

  /** Accepts no new calls from now on. Resolves when all calls are over. */
  async drain(): Promise<void> {
    this.#stage = { ...this.#stage, kind: 'draining' }
    this.#signaling.leave(comeBack)
    await this.#calls.drain()
  }

  async stop(): Promise<void> {
    this.#memory.stop()
    await this.#config.reloads.stop()
    this.#clockLook.stop()
    this.#presence.stop()
    this.#signaling.handOver(comeBack)
    this.#calls.stop()
    this.#agentKeeper.stop()
    await this.#http.stop()
    await this.#signaling.stop()
    await this.#media.stop()
    await this.storage.close()
    this.surroundings.logger.log.info?.('stopped', { event: 'server.stopped' })
    await this.surroundings.logger.flush()
  }

  /** Reads the config again, after the start has finished and not during the stop. A config with faults changes nothing. */
  reload(): void {
    void this.#config.reloads.request()
  }

  #apply(settings: Settings): void {
    this.#signaling.secure(settings.sip.tls ?? {})
    this.#signaling.trust(settings.sip.trustedPeers)
    this.#signaling.allowOrigins(settings.sip.origins)
    this.#calls.replaceSettings(settings)
    this.#presence.replaceSettings(settings.presence)
    this.#signaling.replaceAccounts(settings.registration)
    this.#http.replaceAccess(settings.access)
  }

  #door(folder: string, world: World): LiveServer {
    return openDoor({
      ...{ folder, world, store: this.storage.store, calls: this.#calls, presence: this.#presence, signaling: this.#signaling },
      ...{ metrics: this.#metrics, observers: this.#observers, config: this.#config, logger: this.surroundings.logger },
      health: () => this.#health(),
      listening: () => this.#stage.listening,
    })
  }

  #health(): Health {
    return healthOf({
      stage: this.#stage.kind,
      isMemoryLow: this.#memory.isLow,
      drachtioServers: this.#signaling.drachtioServers(),
      isStoreHealthy: this.storage.store.healthy(),
      media: this.#media.troubles(),
      config: this.#config,
    })
  }
}
