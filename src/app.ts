import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Calls } from './calls/calls.js'
import { journalReader } from './calls/journal.js'
import { keepReader } from './calls/keep.js'
import type { ExitCode, Output } from './cli/command.js'
import type { ServeOptions } from './cli/serve.js'
import { formatFault } from './config/faults.js'
import { loadConfig } from './config/load.js'
import { loadConfigAside } from './config/load-aside.js'
import { planView } from './config/plan-view.js'
import type { MediaSettings, Settings } from './config/settings.js'
import { watchConfig } from './config/watch.js'
import { systemClock as clock, type Timer } from './foundation/clock.js'
import type { Log } from './foundation/log.js'
import { seconds, type Millis } from './foundation/time.js'
import type { LiveServer } from './http/live-server.js'
import { createHttpServer, type HttpServer } from './http/server.js'
import { createLogReader } from './observability/log-reader.js'
import { createLogger, type Logger } from './observability/logger.js'
import { createMetrics, type Metrics } from './observability/metrics.js'
import { explainDocument, explainText } from './observability/explain.js'
import { recordReader } from './observability/records.js'
import { WatchedSignaling } from './observability/callers.js'
import { createViews, type Views } from './observability/views.js'
import { PresenceBoard } from './presence/board.js'
import { HttpPresence } from './presence/sources/http.js'
import { ownCalls } from './presence/sources/own-calls.js'
import { SipPresence } from './presence/sources/sip-presence.js'
import { createWorld, waitingCalls, type World } from './routing/index.js'
import { findSilences as silences, openMedia, type MediaEngine, type PromptProblem } from './media/engine.js'
import { EmbeddedSignaling } from './signaling/embedded.js'
import { JournalFile } from './store/journal-file.js'
import { MemoryStore } from './store/memory.js'
import type { Store } from './store/port.js'
import { SqliteStore } from './store/sqlite.js'

/** After SIGTERM, calls that are still talking have this long to end by themselves. */
const longestDrain = seconds(600)
/** A sign-in is confirmed after this even when it is not on the disk yet. */
const longestConfirm = seconds(2)

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }

/** `carillon serve`: runs until SIGTERM or SIGINT has drained it. */
export async function serve(options: ServeOptions, output: Output): Promise<ExitCode> {
  // From the first moment to the last: without a listener, the signal ends the process.
  const hangUps = { came: false, told: (): void => void (hangUps.came = true) }
  const onHangUp = (): void => hangUps.told()
  process.on('SIGHUP', onHangUp)
  try {
    const first = await loadConfig(options.configFolder, { env: process.env, generation: 1 })
    if (!first.ok) {
      for (const fault of first.faults) output.err(formatFault(fault))
      return 1
    }
    const logger = createLogger({ level: options.logLevel, clock })
    for (const warning of first.warnings) logger.log.warn(formatFault(warning), { event: 'config.warning' })
    const server = await Server.build(options.configFolder, first.settings, logger)
    hangUps.told = () => server.reload()
    if (hangUps.came) server.reload()
    return await run(server, output)
  } catch (error) {
    output.err(`carillon: ${error instanceof Error ? error.message : String(error)}`)
    return 1
  } finally {
    process.off('SIGHUP', onHangUp)
  }
}

/** The prompts of a config in whose place callers would hear nothing. */
export const findSilences = (settings: MediaSettings): Promise<readonly PromptProblem[]> => silences(settings, clock)

async function run(server: Server, output: Output): Promise<ExitCode> {
  try {
    output.out(`carillon ready ${await server.start()}`)
    await server.untilDrained()
    return 0
  } finally {
    await server.stop()
  }
}

/** Every part of the running server, built in `build`, started and stopped in order. The one place that names concrete adapters. */
class Server {
  readonly #log: Log
  readonly #store: Store
  readonly #journal: JournalFile
  readonly #signaling: EmbeddedSignaling
  readonly #media: MediaEngine
  readonly #board: PresenceBoard
  readonly #httpPresence: HttpPresence
  readonly #sipPresence: SipPresence
  readonly #metrics: Metrics
  readonly #views: Views
  readonly #calls: Calls
  readonly #http: HttpServer
  readonly #violations = new Map<string, number>()
  #settings: Settings
  #watch: { close(): Promise<void> } | undefined
  /** One reload at a time, the start being the first; a change that comes meanwhile leads to one more. */
  #reloading: { again: boolean } | undefined = { again: false }
  #started = false
  #draining = false
  #stopping = false

  static async build(folder: string, settings: Settings, logger: Logger): Promise<Server> {
    const store = openStore(settings, logger.log)
    const kept = await store.load()
    return new Server(folder, settings, logger, store, createWorld(settings.routing, kept, clock.now()))
  }

  private constructor(
    private readonly folder: string,
    settings: Settings,
    private readonly logger: Logger,
    store: Store,
    world: World,
  ) {
    const log = logger.log
    this.#log = log
    this.#settings = settings
    this.#store = store
    this.#journal = new JournalFile({ ...settings.journal, clock, log })
    this.#signaling = new EmbeddedSignaling({ ...settings.sip, clock, log, random: pooledRandom })
    this.#media = openMedia({ settings: settings.media, sip: settings.sip, clock, log, random: pooledRandom })
    this.#board = new PresenceBoard({
      settings: settings.presence,
      clock,
      changed: (agent, presence) => this.#calls.engine.post({ kind: 'presenceChanged', agent, presence }),
      counted: (source, result) => this.#metrics.presenceEvent(source, result),
    })
    this.#httpPresence = new HttpPresence(this.#board, clock)
    this.#sipPresence = this.#openSipPresence()
    this.#metrics = createMetrics({
      version,
      clock,
      world,
      signaling: () => this.#signaling.statistics(),
      media: () => this.#media.statistics(),
      subscriptions: () => this.#sipPresence.subscriptions(),
      violations: this.#violations,
      dropped: () => ({ journal: this.#journal.dropped, log: logger.dropped() }),
    })
    this.#views = createViews(clock)
    const watched = new WatchedSignaling(this.#signaling, clock)
    this.#calls = new Calls({
      signaling: watched,
      media: this.#media.media,
      world,
      settings: settings.calls,
      clock,
      log,
      random: pooledRandom,
      violated: rule => this.#violations.set(rule, (this.#violations.get(rule) ?? 0) + 1),
      readers: [
        this.#metrics.reader,
        this.#views.reader,
        recordReader({
          save: record => store.saveRecord(record),
          story: call => this.#views.story(call),
          caller: () => watched.arriving,
        }),
        createLogReader(log),
        keepReader(store),
        ownCalls(this.#board),
        this.#sipPresence.reader,
        journalReader(this.#journal, world, version),
      ],
    })
    this.#http = createHttpServer({ ...settings.http, live: this.#door(world), log })
  }

  /** Resolves with the addresses of the ready line. */
  async start(): Promise<string> {
    this.#board.announce()
    await this.#media.start()
    await this.#media.prepare(this.#settings.media.prompts)
    const sip = await this.#signaling.start()
    this.#sipPresence.start()
    const http = await this.#http.start()
    this.#watch = await watchConfig(this.folder, () => this.reload(), clock)
    this.#metrics.reloaded(true, clock.now())
    this.#started = true
    const { again } = this.#reloading ?? { again: false }
    this.#reloading = undefined
    if (again) this.reload()
    return `sip=${sip.join(',')} http=${http}`
  }

  /** Resolves when SIGTERM or SIGINT came and the calls are over, or `longestDrain` is. A second signal ends the wait. */
  async untilDrained(): Promise<void> {
    await nextSignal()
    this.#draining = true
    this.#log.info?.(`draining: no new call; ${this.#calls.size} in progress`, { event: 'server.draining' })
    let bound: Timer | undefined
    const over = new Promise<void>(resolve => (bound = clock.after(longestDrain, resolve)))
    await Promise.race([this.#calls.drain(), over, nextSignal()])
    bound?.cancel()
  }

  async stop(): Promise<void> {
    this.#stopping = true
    await this.#watch?.close()
    this.#sipPresence.stop()
    this.#calls.stop()
    this.#board.close()
    await this.#http.stop()
    await this.#signaling.stop()
    await this.#media.stop()
    await this.#journal.close()
    await this.#store.close()
    this.#log.info?.('stopped', { event: 'server.stopped' })
    await this.logger.flush()
  }

  /** Reads the config anew: once the server has started, and no more when it ends. With an error in the config nothing changes. */
  reload(): void {
    if (!this.#stopping) void this.#reload()
  }

  async #reload(): Promise<void> {
    if (this.#reloading) {
      this.#reloading.again = true
      return
    }
    const turn = { again: false }
    this.#reloading = turn
    const generation = this.#settings.routing.generation + 1
    const outcome = await loadConfigAside(this.folder, { env: { ...process.env }, generation }, error =>
      this.#log.warn(`the config is read while calls wait: ${error.message}`, { event: 'config.noThread' }),
    )
    if (this.#stopping) return
    this.#metrics.reloaded(outcome.ok, clock.now())
    if (outcome.ok) {
      for (const warning of outcome.warnings) this.#log.warn(formatFault(warning), { event: 'config.warning' })
      // Before the calls that are to hear them.
      await this.#media.prepare(outcome.settings.media.prompts)
      this.#apply(outcome.settings)
    } else {
      for (const fault of outcome.faults)
        this.#log.error(`${formatFault(fault)}; the config before goes on`, { event: 'config.refused' })
    }
    this.#reloading = undefined
    if (turn.again) await this.#reload()
  }

  #apply(settings: Settings): void {
    for (const part of ['sip', 'http', 'store', 'journal', 'media', 'records'] as const) {
      if (needsRestart(this.#settings, settings, part))
        this.#log.warn(`'${part}' changed: it takes effect at the next start`, { event: 'config.restartNeeded' })
    }
    this.#settings = settings
    this.#signaling.trust(settings.sip.trustedPeers)
    this.#calls.replaceSettings(settings)
    // After routing: it must know the agents whose presence is told.
    this.#board.replaceSettings(settings.presence)
    this.#sipPresence.replaceSettings(settings.presence)
  }

  #openSipPresence(): SipPresence {
    return new SipPresence({
      settings: this.#settings.presence,
      board: this.#board,
      signaling: this.#signaling,
      clock,
      unreadable: (agent, why) => {
        this.#metrics.presenceEvent('subscribe', 'unreadable')
        this.#log.debug?.(`a presence document of ${agent} can't be read: ${why}`, { event: 'presence.unreadable', agent })
      },
    })
  }

  /** What the HTTP door may see and ask. */
  #door(world: World): LiveServer {
    return {
      world: () => world,
      now: () => clock.now(),
      statements: agent => this.#board.statements(agent),
      shownPresence: agent => this.#board.shown(agent),
      groupDescription: name => this.#settings.groups.find(group => group.name === name)?.description,
      health: () => this.#health(),
      metrics: async () => ({ contentType: this.#metrics.contentType, text: await this.#metrics.text() }),
      setPresence: (agent, state, expiresAfter) => {
        const outcome = this.#httpPresence.set(agent, state, expiresAfter)
        return outcome.ok ? { kind: 'done' } : { kind: 'refused', because: outcome.fault }
      },
      signIn: (agent, group) => this.#calls.signIn(agent, group),
      signOut: (agent, group) => this.#calls.signOut(agent, group),
      kept: () => within(longestConfirm, this.#store.kept()),
      endWrapUp: agent => this.#calls.endWrapUp(agent),
      pick: (call, agent) => this.#calls.pick(call, agent),
      decline: offer => this.#calls.decline(offer),
      explain: call => {
        const story = this.#views.story(call)
        return story && { document: explainDocument(story), text: explainText(story) }
      },
      records: filter => this.#store.records(filter),
      record: call => this.#store.record(call),
      planGround: () => ({ view: planView(this.#settings, this.folder), waiting: waitingCalls(world, clock.now()) }),
      subscribe: listener => this.#views.subscribe(listener),
    }
  }

  #health(): { problems: readonly string[]; degraded: readonly string[] } {
    return {
      problems: [...(this.#started ? [] : ['starting']), ...(this.#draining ? ['draining: no new calls'] : [])],
      degraded: this.#store.healthy() ? [] : ['store: what changes now may be lost at a restart'],
    }
  }
}

/** What it resolves with, or false when that takes longer. */
async function within(span: Millis, outcome: Promise<boolean>): Promise<boolean> {
  let bound: Timer | undefined
  const late = new Promise<false>(resolve => (bound = clock.after(span, () => resolve(false))))
  const first = await Promise.race([outcome, late])
  bound?.cancel()
  return first
}

const poolBytes = 8192
let pool: Buffer = Buffer.alloc(0)

/** Bytes that nobody can guess, drawn by the thousand: each draw costs a system call. No byte is given twice. */
function pooledRandom(size: number): Uint8Array {
  if (size > poolBytes / 2) return randomBytes(size)
  if (pool.length < size) pool = randomBytes(poolBytes)
  const given = pool.subarray(0, size)
  pool = pool.subarray(size)
  return given
}

function openStore({ store, records }: Settings, log: Log): Store {
  return store.kind === 'memory'
    ? new MemoryStore()
    : new SqliteStore({ file: store.file, keepRecords: records.keep, clock, log })
}

/** trustedPeers alone, of all that the sip part holds, takes effect at once, and of media the prompts. */
function needsRestart(
  before: Settings,
  after: Settings,
  part: 'sip' | 'http' | 'store' | 'journal' | 'media' | 'records',
): boolean {
  const comparable = ({ [part]: settings }: Settings): string =>
    JSON.stringify({ ...settings, trustedPeers: undefined, prompts: undefined })
  return comparable(before) !== comparable(after)
}

/** Resolves at the next SIGTERM or SIGINT. */
function nextSignal(): Promise<void> {
  return new Promise(resolve => {
    const told = (): void => {
      process.off('SIGTERM', told)
      process.off('SIGINT', told)
      resolve()
    }
    process.on('SIGTERM', told)
    process.on('SIGINT', told)
  })
}
