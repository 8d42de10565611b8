import type { Log } from '../foundation/log.js'

/** The part of `process` that reports errors. */
interface FaultSource {
  on(event: 'uncaughtException' | 'unhandledRejection', listener: (error: unknown) => void): unknown
  off(event: 'uncaughtException' | 'unhandledRejection', listener: (error: unknown) => void): unknown
}

/** The most log lines in all. An error that repeats forever must not fill the disk. All errors are counted. */
const mostLines = 1_000

/**
 * Logs and counts errors that no part of the server caught. The code that awaits `first` decides what follows
 * (docs/decisions/029).
 */
export class Uncaught {
  readonly counts: ReadonlyMap<string, number>
  /** Resolves at the first error. */
  readonly first: Promise<void>
  /** Where the errors are logged. Undefined until the config is read. */
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
      const what = kind === 'exception' ? 'an uncaught error' : 'an unhandled promise rejection'
      if (this.log) this.log.error(`${what}: ${why}`, { event: 'server.uncaught', kind, ...(stack !== undefined && { stack }) })
      else process.stderr.write(`carillon: ${what}: ${stack ?? why}\n`)
    }
    this.#came()
  }
}
