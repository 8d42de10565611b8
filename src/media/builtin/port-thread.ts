import { Worker } from 'node:worker_threads'
import { TimerSet, type Clock } from '../../foundation/clock.js'
import type { Log } from '../../foundation/log.js'
import { seconds } from '../../foundation/time.js'
import { PortPool } from './port-pool.js'

/** What any thread with sockets says of them. */
export type PortMessage =
  | { readonly kind: 'bound'; readonly port: number }
  | { readonly kind: 'refused'; readonly port: number; readonly because: string }
  /** The sockets of what is closed are gone. */
  | { readonly kind: 'freed'; readonly port: number }

/** What any thread with sockets is asked. */
export type PortRequest =
  /** Bind this port and the one above. */
  | { readonly kind: 'bind'; readonly port: number }
  /** Close all; the thread ends by itself. */
  | { readonly kind: 'stop' }

export interface PortThreadOptions<From> {
  /** The file that the thread begins with, without its ending. */
  readonly entry: URL
  /** Its first message. */
  readonly setup: unknown
  /** The even ones and those above them; both ends included. */
  readonly ports: { readonly first: number; readonly last: number }
  /** What it is called in the log. */
  readonly name: string
  readonly clock: Clock
  readonly log: Log
  /** What it says beside. */
  readonly hear: (message: From) => void
  /** It ended, and all its sockets with it; another follows. */
  readonly broke: () => void
}

const restartAfter = seconds(1)

/** A thread that holds pairs of ports, and the pool of them on this side. */
export class PortThread<To, From extends { readonly kind: string }> {
  readonly #timers: TimerSet<'restart'>
  #worker: Worker | undefined
  #pool: PortPool
  #stopping = false

  constructor(private readonly options: PortThreadOptions<From>) {
    this.#timers = new TimerSet(options.clock)
    this.#pool = this.#newPool()
  }

  /** Resolves when ports are ready; with the reason when none can be. */
  start(): Promise<string | undefined> {
    return new Promise(resolve => this.#spawn(resolve))
  }

  /** Undefined: none is ready. */
  take(): number | undefined {
    return this.#pool.take()
  }

  /** Taken, but not used. */
  putBack(port: number): void {
    this.#pool.putBack(port)
  }

  /** Ports bound and not in use. */
  get ready(): number {
    return this.#pool.ready
  }

  tell(message: To | PortRequest): void {
    this.#worker?.postMessage(message)
  }

  /** Gives no port any more; `closing` is told what there is to tell before the thread ends. */
  async stop(closing: () => void): Promise<void> {
    this.#stopping = true
    this.#timers.stopAll()
    this.#pool.stop()
    closing()
    const worker = this.#worker
    if (!worker) return
    await new Promise<void>(resolve => {
      worker.once('exit', () => resolve())
      this.tell({ kind: 'stop' })
    })
  }

  #newPool(): PortPool {
    return new PortPool(this.options.ports, this.options.clock, port => this.tell({ kind: 'bind', port }))
  }

  /** `begun` is told at least once: nothing when ports are bound, the reason when none can be; the first is the one that counts. */
  #spawn(begun: (failure: string | undefined) => void): void {
    const { entry, setup, name, log } = this.options
    const worker = newWorker(entry)
    this.#worker = worker
    this.#pool = this.#newPool()
    worker.on('message', (message: From | PortMessage) => {
      this.#hear(message)
      if (!this.#pool.isBinding) begun(this.#pool.ready > 0 || !isRefusal(message) ? undefined : message.because)
    })
    worker.on('error', error => {
      log.error(`the ${name} thread failed: ${error.stack ?? error.message}`)
      begun(error.message)
    })
    worker.on('exit', () => {
      this.#worker = undefined
      begun(`the ${name} thread ended`)
      if (!this.#stopping) this.#mend()
    })
    worker.postMessage(setup)
    this.#pool.fill()
    if (!this.#pool.isBinding) begun('the range holds no pair')
  }

  #mend(): void {
    this.#pool.stop()
    this.#timers.start('restart', restartAfter, () => this.#spawn(() => undefined))
    this.options.broke()
  }

  #hear(message: From | PortMessage): void {
    if (isOfPorts(message)) this.#hearOfPort(message)
    else this.options.hear(message)
  }

  #hearOfPort(message: PortMessage): void {
    const { port } = message
    if (message.kind === 'bound') return this.#pool.bound(port)
    if (message.kind === 'freed') return this.#pool.freed(port)
    this.options.log.debug?.(`RTP port ${port} can't be used: ${message.because}`)
    this.#pool.refused(port)
  }
}

const isOfPorts = (message: { readonly kind: string }): message is PortMessage =>
  ['bound', 'refused', 'freed'].includes(message.kind)

const isRefusal = (message: { readonly kind: string }): message is Extract<PortMessage, { kind: 'refused' }> =>
  message.kind === 'refused'

/** Built, the worker stands beside us as JavaScript; run from its source, it has to load the loader of TypeScript for itself. */
function newWorker(entry: URL): Worker {
  if (import.meta.url.endsWith('.js')) return new Worker(new URL(`${entry.href}.js`))
  const source = JSON.stringify(`${entry.href}.ts`)
  const code = `import('tsx/esm/api').then(({ register }) => { register(); return import(${source}) })`
  return new Worker(code, { eval: true, execArgv: [] })
}
