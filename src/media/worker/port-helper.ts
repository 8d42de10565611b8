import { TimerSet, type Clock } from '../../foundation/clock.js'
import type { Log } from '../../foundation/log.js'
import { millis } from '../../foundation/time.js'
import type { Begin, Helper } from './helper.js'
import { PortPool } from './port-pool.js'

/** What any helper with sockets says of them. */
export type PortMessage =
  | { readonly kind: 'bound'; readonly port: number }
  | { readonly kind: 'refused'; readonly port: number; readonly because: string }
  /** The sockets of what is closed are gone. */
  | { readonly kind: 'freed'; readonly port: number }

/** What any helper with sockets is asked. */
export type PortRequest =
  /** Bind this port and the one above. */
  | { readonly kind: 'bind'; readonly port: number }
  /** Close all; the helper ends by itself. */
  | { readonly kind: 'stop' }

export interface PortHelperOptions<To, From extends object> {
  readonly begin: Begin<To | PortRequest, From | PortMessage>
  /** The first message to each helper. */
  readonly setup: To
  /** The even ones and those above them; both ends included. */
  readonly ports: { readonly first: number; readonly last: number }
  /** What it is called in the log. */
  readonly name: string
  readonly clock: Clock
  readonly log: Log
  /** What it says beside. */
  readonly hear: (message: From) => void
  /** It ended, and all its sockets with it; another follows. */
  readonly broke: (why: string) => void
}

/** A helper that ended is replaced nearly at once; one that ended soon after its start is replaced after a pause. */
const restartAfter = { soon: millis(50), pause: millis(500) }
const soonMs = 10_000

/** A helper (a thread or a process) that holds pairs of ports, and the pool of them on this side. */
export class PortHelper<To extends object, From extends { readonly kind: string }> {
  readonly #timers: TimerSet<'restart'>
  #helper: Helper<To | PortRequest> | undefined
  #pool: PortPool
  #stopping = false
  #ended = (): void => undefined

  constructor(private readonly options: PortHelperOptions<To, From>) {
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

  /** Of the process that runs; undefined: it is a thread, or is being replaced. */
  get pid(): number | undefined {
    return this.#helper?.pid
  }

  tell(message: To | PortRequest): void {
    this.#helper?.tell(message)
  }

  /** Gives no port any more; `closing` is told what there is to tell before the helper ends. */
  async stop(closing: () => void): Promise<void> {
    this.#stopping = true
    this.#timers.stopAll()
    this.#pool.stop()
    closing()
    if (!this.#helper) return
    await new Promise<void>(resolve => {
      this.#ended = resolve
      this.tell({ kind: 'stop' })
    })
  }

  #newPool(): PortPool {
    return new PortPool(this.options.ports, this.options.clock, port => this.tell({ kind: 'bind', port }))
  }

  /** `begun` is told at least once: nothing when ports are bound, the reason when none can be; the first is the one that counts. */
  #spawn(begun: (failure: string | undefined) => void): void {
    const { begin, setup, name, log, clock } = this.options
    const began = clock.monotonic()
    this.#pool = this.#newPool()
    this.#helper = begin({
      heard: message => {
        this.#hear(message)
        if (!this.#pool.isBinding) begun(this.#pool.ready > 0 || !isRefusal(message) ? undefined : message.because)
      },
      failed: error => {
        log.error(`${name} failed: ${error.stack ?? error.message}`)
        begun(error.message)
      },
      ended: why => {
        this.#helper = undefined
        begun(`${name} ended`)
        this.#ended()
        if (!this.#stopping) this.#mend(why, clock.monotonic() - began < soonMs)
      },
    })
    this.#helper.tell(setup)
    this.#pool.fill()
    if (!this.#pool.isBinding) begun('the range holds no pair')
  }

  #mend(why: string, isSoon: boolean): void {
    this.#pool.stop()
    this.#timers.start('restart', isSoon ? restartAfter.pause : restartAfter.soon, () => this.#spawn(() => undefined))
    this.options.broke(why)
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
