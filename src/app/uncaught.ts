import type { Log } from '../foundation/log.js'

/** The part of `process` that tells of them. */
export interface FaultSource {
  on(event: 'uncaughtException' | 'unhandledRejection', listener: (error: unknown) => void): unknown
  off(event: 'uncaughtException' | 'unhandledRejection', listener: (error: unknown) => void): unknown
}

/** Lines of the log in all: an error that comes back for ever must not fill the disk. All are counted. */
const mostLines = 1_000

/**
 * Errors that no part of the server caught: logged and counted. What follows, whoever waits for `first` decides (docs/decisions/029).
 */
export class Uncaught {
  readonly counts: ReadonlyMap<string, number>
  /** Resolves at the first one. */
  readonly first: Promise<void>
  /** Undefined before the config was read. */
  log: Log | undefined
  readonly #counts = new Map([
    ['exception', 0],
    ['rejection', 0],
  ])
  #came: () => void = () => undefined
  #lines = 0
  readonly #exception = (error: unknown): void => this.#tell('exception', error)
  readonly #rejection = (error: unknown): void => this.#tell('rejection', error)

  constructor(private readonly source: FaultSource) {
    this.counts = this.#counts
    this.first = new Promise(resolve => (this.#came = resolve))
    source.on('uncaughtException', this.#exception)
    source.on('unhandledRejection', this.#rejection)
  }

  stop(): void {
    this.source.off('uncaughtException', this.#exception)
    this.source.off('unhandledRejection', this.#rejection)
  }

  #tell(kind: 'exception' | 'rejection', error: unknown): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1)
    this.#lines += 1
    if (this.#lines <= mostLines) {
      const [why, stack] = error instanceof Error ? [error.message, error.stack] : [String(error), undefined]
      const what = kind === 'exception' ? 'an error that nobody caught' : 'a promise failed and nobody looked'
      if (this.log) this.log.error(`${what}: ${why}`, { event: 'server.uncaught', kind, ...(stack !== undefined && { stack }) })
      else process.stderr.write(`carillon: ${what}: ${stack ?? why}\n`)
    }
    this.#came()
  }
}
