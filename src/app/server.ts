import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Settings } from '../config/settings.js'
import { systemClock as clock, wallNow } from '../foundation/clock.js'
import type { DirectoryReadings } from '../directory/readings.js'
import type { Health, LiveServer } from '../http/live-server.js'
import { createHttpServer, type HttpServer } from '../http/server.js'
import type { Logger } from '../observability/logger.js'
import { createMetrics, type Metrics } from '../observability/metrics.js'
import { createWorld, type World } from '../routing/index.js'
import { ClockLook } from './clock-look.js'
import { openDoor } from './door.js'
import { healthOf, type StageKind } from './health.js'
import { LiveConfig, type ReadConfig } from './live-config.js'
import { maskOf } from './log-mask.js'
import { MemoryWatch } from './memory.js'
import { createObservers, type Observers } from './observers.js'
import { Parts, type Part } from './parts.js'
import { httpConfig } from './places.js'
import { pooledRandom } from './random.js'
import type { Leadership } from './standby.js'
import { Storage } from './storage.js'
import { Telephony } from './telephony.js'
import { version } from './version.js'

/** The folder of the built console, beside the server's own files. It is missing if the console was not built. */
const consoleFolder = fileURLToPath(new URL('../console', import.meta.url))

interface ServerSurroundings {
  readonly logger: Logger
  /** Uncaught errors, counted by kind. */
  readonly uncaught: ReadonlyMap<string, number>
  readonly directory: DirectoryReadings
  /** Undefined: this server is the only one. */
  readonly leadership?: Leadership
}

/** Builds every part of the server, and starts and stops them. Only this folder names concrete adapters. */
export class Server {
  readonly #config: LiveConfig
  readonly #observers: Observers
  readonly #metrics: Metrics
  readonly #telephony: Telephony
  readonly #http: HttpServer
  readonly #memory: MemoryWatch
  readonly #parts: Parts
  #stage: StageKind = 'starting'

  /** `first`: the config as it was read at the start. */
  static async build(folder: string, first: ReadConfig, surroundings: ServerSurroundings): Promise<Server> {
    const storage = await Storage.open(first.settings, surroundings.logger.area('store'), surroundings.leadership)
    try {
      return new Server(folder, first, surroundings, storage)
    } catch (error) {
      // Open files and threads would keep the process alive.
      await storage.close(true)
      throw error
    }
  }

  private constructor(
    folder: string,
    first: ReadConfig,
    private readonly surroundings: ServerSurroundings,
    private readonly storage: Storage,
  ) {
    const { logger, uncaught } = surroundings
    const world = createWorld(first.settings.routing, storage.kept, clock.now(), clock.wallOffset())
    this.#memory = new MemoryWatch(clock, logger.log)
    this.#config = this.#openConfig(folder, first)
    this.#observers = createObservers(clock, storage.store, logger.area('http'))
    this.#observers.webhooks.use(first.settings.webhooks)
    this.#metrics = this.#openMetrics(world, uncaught)
    this.#telephony = new Telephony({
      ...{ world, storage, logger, observers: this.#observers, metrics: this.#metrics },
      settings: () => this.#settings,
      isMemoryLow: () => this.#memory.isLow,
      ...(surroundings.leadership && { leadership: surroundings.leadership }),
    })
    this.#http = createHttpServer({
      ...{ config: httpConfig(first.settings), live: this.#door(folder), consoleFolder },
      ...{ clock, log: logger.area('http'), random: pooledRandom },
      loginTried: result => this.#metrics.login(result),
    })
    this.#parts = new Parts(this.#partsInOrder(resolve(folder)))
  }

  /** The settings in force. */
  get #settings(): Settings {
    return this.#config.settings
  }

  #openConfig(folder: string, first: ReadConfig): LiveConfig {
    return new LiveConfig({
      ...{ folder, first, clock, log: this.surroundings.logger.area('config'), directory: this.surroundings.directory },
      prepare: ({ media }) => this.#telephony.media.prepare(media),
      apply: settings => {
        this.surroundings.logger.setMask(maskOf(settings))
        this.#telephony.apply(settings)
        this.#http.replaceAccess(settings.access)
        this.surroundings.directory.use(settings.directory)
        this.#observers.webhooks.use(settings.webhooks)
      },
      wasRead: (ok, at) => {
        this.#metrics.reloaded(ok, at)
        this.#observers.views.configRead()
      },
    })
  }

  #openMetrics(world: World, uncaught: ServerSurroundings['uncaught']): Metrics {
    return createMetrics({
      version,
      clock,
      world,
      sip: {
        statistics: () => this.#telephony.signaling.statistics(),
        subscriptions: () => this.#telephony.presence.subscriptions(),
        registrations: () => this.#telephony.signaling.registrations(),
        drachtio: () => this.#telephony.signaling.drachtioServers() ?? [],
        overload: () => this.#telephony.overload.state,
        certificateExpires: () => this.#settings.sip.tls?.expires,
      },
      media: () => this.#telephony.media.statistics(),
      connections: () => this.#http.connections,
      caches: () => [...this.#telephony.signaling.statistics().caches, ...this.#http.caches],
      trouble: {
        violations: this.#observers.violations,
        uncaught,
        memoryLow: () => this.#memory.isLow,
        storeHealthy: () => this.storage.store.healthy(),
        dropped: () => ({ journal: this.storage.journal.dropped, log: this.surroundings.logger.dropped() }),
        watchImpaired: () => this.#config.reloads.impaired !== undefined,
        restartPending: () => this.#config.waiting.length,
        directory: this.surroundings.directory,
        ...(this.surroundings.leadership && { cluster: this.surroundings.leadership.metrics }),
        webhooks: () => this.#observers.webhooks.list(),
      },
    })
  }

  /** All parts of the server in the order of their start. */
  #partsInOrder(folder: string): readonly Part[] {
    const { reloads } = this.#config
    const { directory } = this.surroundings
    const clockLook = new ClockLook(clock, () => this.#telephony.calls.engine.lookAtWallClock())
    return [
      { stop: () => this.storage.close([...this.surroundings.uncaught.values()].every(count => count === 0)) },
      { start: () => this.#memory.start(), stop: () => this.#memory.stop() },
      { start: () => reloads.watchCertificates() },
      // Before the calls, so that it ends after them.
      { stop: () => this.#observers.webhooks.stop() },
      ...this.#telephony.parts(() => this.storage.takeKept()),
      { start: () => clockLook.start(), stop: () => clockLook.stop() },
      { start: () => this.#openHttp(), stop: () => this.#http.stop() },
      { start: () => reloads.watch(), stop: () => reloads.stop() },
      { start: () => directory.use(this.#settings.directory), stop: () => directory.stop() },
      { start: () => this.#serve(folder) },
    ]
  }

  async #openHttp(): Promise<void> {
    await this.#http.start()
  }

  #serve(folder: string): void {
    this.#metrics.reloaded(true, wallNow(clock))
    this.#stage = 'serving'
    this.#config.reloads.begin()
    const { log } = this.surroundings.logger
    log.info?.(`carillon ${version} on Node ${process.version} serves ${folder}`, {
      ...{ event: 'server.ready', version, node: process.version, pid: process.pid, config: folder },
      ...{ sip: this.#telephony.listening.join(' '), http: this.#http.url },
    })
  }

  /** Resolves with the addresses for the ready line. */
  async start(): Promise<string> {
    await this.#parts.start()
    return `sip=${this.#telephony.listening.join(',')} http=${this.#http.url ?? ''}`
  }

  /** The number of calls in progress. */
  get calls(): number {
    return this.#telephony.calls.size
  }

  /** Accepts no new calls from now on. Resolves when all calls are over. */
  async drain(): Promise<void> {
    this.#stage = 'draining'
    await this.#telephony.drain()
  }

  /** Another node goes on with the calls as soon as this one has stopped. Until then nothing is answered that it could answer. */
  handOver(): void {
    this.#stage = 'draining'
    this.#telephony.handOver()
  }

  async stop(): Promise<void> {
    await this.#parts.stop()
    this.surroundings.logger.log.info?.('stopped', { event: 'server.stopped' })
    await this.surroundings.logger.flush()
  }

  /** Reads the config again, after the start has finished and not during the stop. A config with faults changes nothing. */
  readConfig(): void {
    void this.#config.reloads.request()
  }

  /** Reads the config and the lists of the directory again. */
  reload(): void {
    void this.#config.reload()
  }

  #door(folder: string): LiveServer {
    return openDoor({
      ...{ folder, storage: this.storage, telephony: this.#telephony, metrics: this.#metrics },
      ...{ observers: this.#observers, config: this.#config, logger: this.surroundings.logger },
      self: {
        health: () => this.#health(),
        ...(this.surroundings.leadership && { leadership: this.surroundings.leadership }),
      },
    })
  }

  #health(): Health {
    const health = healthOf({
      version,
      stage: this.#stage,
      isMemoryLow: this.#memory.isLow,
      isOverloaded: this.#telephony.overload.state.refuses,
      drachtioServers: this.#telephony.signaling.drachtioServers(),
      isStoreHealthy: this.storage.store.healthy(),
      troubles: [...this.#telephony.media.troubles(), ...this.surroundings.directory.troubles()],
      config: this.#config,
    })
    const { leadership } = this.surroundings
    return leadership ? { ...health, cluster: leadership.sight() } : health
  }
}
