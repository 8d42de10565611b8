import { formatFault } from '../config/faults.js'
import { loadConfigAside } from '../config/load-aside.js'
import type { LoadOutcome } from '../config/load.js'
import type { Settings } from '../config/settings.js'
import { watchFiles } from '../config/watch-files.js'
import { watchConfig, type WatchedConfig } from '../config/watch.js'
import type { Clock } from '../foundation/clock.js'
import type { Log } from '../foundation/log.js'

interface ConfigReloadsOptions {
  /** The config folder. */
  readonly folder: string
  readonly clock: Clock
  readonly log: Log
  /** The settings in force. */
  settings(): Settings
  /** Reads lists of the directory that were never read. True: the config must be loaded again, with them. */
  readMissing(settings: Settings): Promise<boolean>
  /** Applies a config that was read, or notes why it is refused. */
  take(outcome: LoadOutcome): Promise<void>
}

/**
 * Reads the config again when one of its files or a certificate changes, and on request. Only one reload runs at a time; the
 * start of the server counts as the first. A change during a reload leads to one more.
 */
export class ConfigReloads {
  #watch: WatchedConfig | undefined
  #certificates: { readonly files: string; close(): void } | undefined
  #impaired: string | undefined
  #isBusy = true
  #isAskedAgain = false
  #isStopped = false
  /** The callers of `request` that wait for the next reading. */
  #requests: (() => void)[] = []

  constructor(private readonly options: ConfigReloadsOptions) {}

  /** Why config changes may be noticed late. Undefined: all are noticed. */
  get impaired(): string | undefined {
    return this.#impaired
  }

  /** Watches the certificates of the settings in force, because they may be renewed at any time. */
  watchCertificates(): void {
    const { options } = this
    const files = options.settings().sip.tls?.files ?? []
    if (this.#certificates?.files === files.join()) return
    this.#certificates?.close()
    this.#certificates = { files: files.join(), ...watchFiles(files, options.clock, () => this.reload()) }
  }

  async watch(): Promise<void> {
    const { folder, clock } = this.options
    this.#watch = await watchConfig(folder, { changed: () => this.reload(), impaired: why => this.#watchingIs(why) }, clock)
  }

  /** The server has started. Runs a reload that was asked for meanwhile. */
  begin(): void {
    this.#isBusy = false
    if (this.#isAskedAgain) this.reload()
  }

  /**
   * Requests a reload. File changes at about the same time lead to the same reading. Resolves when the config was read, or when the server
   * stops.
   */
  async request(): Promise<void> {
    if (this.#isStopped) return
    const read = new Promise<void>(resolve => this.#requests.push(resolve))
    if (this.#watch) this.#watch.ask()
    else this.reload()
    return read
  }

  reload(): void {
    if (this.#isStopped) return
    this.#isAskedAgain = this.#isBusy
    if (!this.#isBusy) void this.#reload()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#watch?.close()
    this.#certificates?.close()
    answer(this.#requests.splice(0))
  }

  async #reload(): Promise<void> {
    this.#isBusy = true
    const requests = this.#requests.splice(0)
    try {
      await this.#readAndTake()
    } catch (error) {
      // An internal error. A later change may still succeed.
      const { message, stack } = error instanceof Error ? error : new Error(String(error))
      this.options.log.error(`the config could not be taken: ${message}; the previous config stays in force`, {
        event: 'config.failed',
        stack,
      })
    } finally {
      this.#isBusy = false
      answer(requests)
    }
    if (this.#isAskedAgain) this.reload()
  }

  async #readAndTake(): Promise<void> {
    const { options } = this
    const { folder, log } = options
    const generation = options.settings().routing.generation + 1
    const load = (): Promise<LoadOutcome> =>
      loadConfigAside(folder, { env: { ...process.env }, generation, serving: true }, error =>
        log.warn(`the config is read while calls wait: ${error.message}`, { event: 'config.noThread' }),
      )
    const first = await load()
    const outcome = first.ok && (await options.readMissing(first.settings)) ? await load() : first
    if (this.#isStopped) return
    if (!outcome.ok)
      for (const fault of outcome.faults)
        log.error(`${formatFault(fault)}; the previous config stays in force`, { event: 'config.refused' })
    await options.take(outcome)
  }

  #watchingIs(impaired: string | undefined): void {
    const { log } = this.options
    this.#impaired = impaired
    if (impaired === undefined) return log.warn('changes of the config are noticed again', { event: 'config.watchingAgain' })
    log.error(
      `changes of the config may be noticed late (${impaired}); the config stays in use. It is read again at SIGHUP and at each new attempt to watch it`,
      { event: 'config.watchImpaired' },
    )
  }
}

function answer(requests: readonly (() => void)[]): void {
  for (const request of requests) request()
}
