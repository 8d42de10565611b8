import { join } from 'node:path'
import { eventually } from '../../test/wire/harness/eventually.js'
import { CarillonServer } from '../../test/wire/harness/server.js'
import { usageOf } from '../bench/usage.js'
import { probe, readSample, type Sample } from './samples.js'

export type Ending = 'drained' | 'left' | 'killed'

/** One process of the server. */
export interface Life {
  readonly log: string
  readonly startedAt: number
  readonly samples: Sample[]
  readonly violations: Record<string, number>
  endedAt?: number
  ending?: Ending
  exit?: number | string
  cpuMs: number
  calls: number
}

/** How long a drain waits for calls to end. Then a second SIGTERM leaves the others to the next process. */
const drainMs = 3_000

/** The server as an admin starts, stops and restarts it, always on the same SIP address. */
export class Lives {
  readonly all: Life[] = []
  #server: CarillonServer | undefined
  #probe = ''

  constructor(
    private readonly folder: string,
    private readonly logLevel: string,
  ) {
    // The server must not outlive the soak test, for any reason.
    process.once('exit', () => this.#server?.signal('SIGKILL'))
  }

  get server(): CarillonServer {
    if (!this.#server) throw new Error('no server runs')
    return this.#server
  }

  get isUp(): boolean {
    return this.#server !== undefined
  }

  get current(): Life | undefined {
    return this.all.at(-1)
  }

  async start(): Promise<CarillonServer> {
    const number = this.all.length + 1
    const log = join(this.folder, `server${number}.log`)
    this.#probe = join(this.folder, `probe${number}.jsonl`)
    const server = await CarillonServer.start({
      configFolder: join(this.folder, 'config'),
      logLevel: this.logLevel,
      logFile: log,
      nodeOptions: probe(this.#probe),
    })
    this.all.push({ log, startedAt: Date.now(), samples: [], violations: {}, cpuMs: 0, calls: 0 })
    this.#server = server
    return server
  }

  /** Kills the server (kill -9). */
  async kill(): Promise<void> {
    await this.#end('killed', server => server.kill())
  }

  /** A planned restart with calls in progress. It must not end any call. */
  async leave(): Promise<void> {
    await this.#end('left', async server => {
      server.signal('SIGTERM')
      await Promise.race([server.exited, new Promise(resolve => setTimeout(resolve, drainMs))])
      server.signal('SIGTERM')
      await server.exited
    })
  }

  /** Waits until no call is left. */
  async drain(): Promise<void> {
    await this.#end('drained', server => server.stop())
  }

  async sample(): Promise<void> {
    const [server, life] = [this.#server, this.current]
    if (!server || !life) return
    const number = life.samples.length
    server.signal('SIGUSR2')
    const found = await eventually('the probe answers', () => readSample(this.#probe, number, server.pid)).catch(() => undefined)
    await this.#count(server, life)
    if (found) life.samples.push({ ...found, calls: life.calls })
  }

  async #count(server: CarillonServer, life: Life): Promise<void> {
    if (this.#server !== server) return
    life.cpuMs = usageOf(server.pid).cpuMs
    life.calls = await server.metric('carillon_calls_total')
    const broken = await server.metric('carillon_invariant_violations_total')
    if (broken > 0) life.violations['carillon_invariant_violations_total'] = broken
    const uncaught = await server.metric('carillon_uncaught_errors_total')
    if (uncaught > 0) life.violations['carillon_uncaught_errors_total'] = uncaught
  }

  async #end(ending: Ending, end: (server: CarillonServer) => Promise<unknown>): Promise<void> {
    const [server, life] = [this.server, this.current]
    await this.sample()
    this.#server = undefined
    await end(server)
    if (!life) return
    life.ending = ending
    life.endedAt = Date.now()
    life.exit = await server.exited
    const strange = server.stray.filter(line => line.trim() !== '')
    if (strange.length > 0) life.violations[`standard error: ${strange.slice(0, 3).join(' | ')}`] = strange.length
  }
}
