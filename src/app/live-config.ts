import { formatFault, type ConfigFault } from '../config/faults.js'
import type { LoadOutcome } from '../config/load.js'
import { changesInWords } from '../config/plan-text.js'
import { planView } from '../config/plan-view.js'
import { keysThatWait, waitingWords } from '../config/restart-keys.js'
import type { Settings } from '../config/settings.js'
import { wallNow, type Clock } from '../foundation/clock.js'
import { messageOf } from '../foundation/errors.js'
import type { Log } from '../foundation/log.js'
import type { WallTime } from '../foundation/time.js'
import type { ConfigCheck, ConfigReload } from '../http/live-server.js'
import { ConfigHistory } from './config-history.js'
import { ConfigReloads } from './config-reloads.js'

/** A config without faults. */
export interface ReadConfig {
  readonly settings: Settings
  readonly warnings: readonly ConfigFault[]
}

interface LiveConfigOptions {
  /** The config folder. */
  readonly folder: string
  readonly first: ReadConfig
  readonly clock: Clock
  readonly log: Log
  readonly directory: {
    /** Reads lists that were never read. True: the config must be loaded again, with them. */
    readMissing(settings: Settings): Promise<boolean>
    /** Reads all lists. If they changed, the config is read again. */
    readAgain(): void
  }
  /** Renders what callers will hear, before `apply`. */
  readonly prepare: (settings: Settings) => Promise<void>
  /** Puts new settings in force. */
  readonly apply: (settings: Settings) => void
  /** The config was read. `ok` false: it has faults, and the previous one stays in force. */
  readonly wasRead: (ok: boolean, at: WallTime) => void
}

/** The config in force. Each later one that has no faults replaces it. */
export class LiveConfig {
  readonly reloads: ConfigReloads
  readonly #options: LiveConfigOptions
  readonly #history: ConfigHistory
  readonly #started: Settings
  #settings: Settings

  constructor(options: LiveConfigOptions) {
    const { first, folder, clock, log, directory } = options
    this.#options = options
    this.#started = first.settings
    this.#settings = first.settings
    this.#history = new ConfigHistory(first.warnings, wallNow(clock))
    this.reloads = new ConfigReloads({
      folder,
      clock,
      log,
      readMissing: settings => directory.readMissing(settings),
      settings: () => this.#settings,
      take: outcome => this.#take(outcome),
    })
  }

  get settings(): Settings {
    return this.#settings
  }

  /** The result of the last reading, and the changes since the start. */
  get check(): ConfigCheck {
    const { check } = this.#history
    const waiting = waitingWords(this.waiting)
    return waiting === undefined ? check : { ...check, warnings: [...check.warnings, waiting] }
  }

  /** The keys that changed since the start and wait for the next one. */
  get waiting(): readonly string[] {
    return keysThatWait(this.#started, this.#settings)
  }

  /** Reads the config and the lists of the directory again. Resolves with its faults and warnings, and with what changed. */
  async reload(): Promise<ConfigReload> {
    this.#options.directory.readAgain()
    await this.reloads.request()
    const { faults, warnings } = this.#history.check
    return { faults, warnings, changes: this.#history.latest, waiting: this.waiting }
  }

  async #take(outcome: LoadOutcome): Promise<void> {
    const { clock, prepare, wasRead } = this.#options
    const before = this.#settings
    try {
      if (outcome.ok) {
        await prepare(outcome.settings)
        this.#replace(outcome)
      } else this.#history.refused(outcome.faults, wallNow(clock))
      wasRead(outcome.ok, wallNow(clock))
    } catch (error) {
      this.#goBack(before, error)
      throw error
    }
  }

  /** Puts the whole previous config in force again after an internal error. */
  #goBack(before: Settings, error: unknown): void {
    const { clock, wasRead } = this.#options
    const message = `could not be taken: ${messageOf(error)}`
    this.#history.refused([{ file: '.', line: 1, column: 1, message }], wallNow(clock))
    if (this.#settings !== before) this.#applyAgain(before)
    wasRead(false, wallNow(clock))
  }

  #applyAgain(before: Settings): void {
    const { apply, log } = this.#options
    this.#settings = before
    this.reloads.watchCertificates()
    try {
      apply(before)
    } catch (error) {
      log.error(
        `the previous config could not be applied again after a fault: ${messageOf(error)}; some parts may use the new one until the next reload`,
        { event: 'config.failed' },
      )
    }
  }

  #replace({ settings, warnings }: ReadConfig): void {
    const { apply, clock, folder, log } = this.#options
    for (const warning of warnings) log.warn(formatFault(warning), { event: 'config.warning' })
    const before = planView(this.#settings, folder)
    this.#settings = settings
    this.reloads.watchCertificates()
    apply(settings)
    const changes = this.#history.accepted(warnings, before, planView(settings, folder), wallNow(clock))
    if (changes.length > 0) log.info?.(`the config changed: ${changesInWords(changes)}`, { event: 'config.changed' })
    const { waiting } = this
    const words = waitingWords(waiting)
    if (words !== undefined) log.warn(words, { event: 'config.restartNeeded', keys: waiting.join(' ') })
  }
}
