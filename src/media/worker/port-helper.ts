import { TimerSet, type Clock } from '../../foundation/clock.js'
import type { Log } from '../../foundation/log.js'
import { millis } from '../../foundation/time.js'
import type { Begin, Helper } from './helper.js'
import { PortPool } from './port-pool.js'

/** What every helper with sockets reports about them. */
export type PortMessage =
  | { readonly kind: 'bound'; readonly port: number }
  | { readonly kind: 'refused'; readonly port: number; readonly because: string }
  /** The sockets of a closed pair are gone. */
  | { readonly kind: 'freed'; readonly port: number }

/** Requests to every helper with sockets. */
export type PortRequest =
  /** Bind this port and the next higher one. */
  | { readonly kind: 'bind'; readonly port: number }
  /** Close everything. The helper then ends by itself. */
  | { readonly kind: 'stop' }

interface PortHelperOptions<To, From extends object> {
  readonly begin: Begin<To | PortRequest, From | PortMessage>
  /** The first message to each helper. */
  readonly setup: To
  /** The even ports and the next higher ones, both ends included. */
  readonly ports: { readonly first: number; readonly last: number }
  /** Its name in log lines. */
  readonly name: string
  readonly clock: Clock
  readonly log: Log
  /** Receives all messages that are not about ports. */
  readonly hear: (message: From) => void
  /** The helper ended and all its sockets are gone. A new one follows. */
  readonly broke: (why: string) => void
}

/** A helper that ended is replaced almost at once. If it ended soon after its start, there is a pause first. */
const restartAfter = { soon: millis(50), pause: millis(500) }
/** A helper that ends within this time after its start ended too soon. */
const soonMs = 10_000

/** A helper (thread or process) that holds port pairs, and the pool of its ports on this side. */
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

  /** Resolves with undefined when ports are ready, or with the reason when none can be bound. */
  start(): Promise<string | undefined> {
    return new Promise(resolve => this.#spawn(resolve))
  }

  /** Takes a bound port. Undefined: none is ready. */
  take(): number | undefined {
    return this.#pool.take()
  }

  /** Returns a port that was taken but not used. */
  putBack(port: number): void {
    this.#pool.putBack(port)
  }

  /** Bound ports that are not in use. */
  get ready(): number {
    return this.#pool.ready
  }

  /** The process id. Undefined for a thread, and while the process is being replaced. */
  get pid(): number | undefined {
    return this.#helper?.pid
  }

  tell(message: To | PortRequest): void {
    this.#helper?.tell(message)
  }

  /** Gives out no more ports. `closing` sends the last messages before the helper ends. */
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

  /**
   * `begun` is called at least once: with undefined when ports are bound, or with the reason when none can be. The first call
   * counts.
   */
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
        log.error(`${name} failed: ${error.message}`, { event: 'media.broken', stack: error.stack })
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
    this.options.log.debug?.(`RTP port ${port} can't be used: ${message.because}`, { event: 'media.portRefused', port })
    this.#pool.refused(port)
  }
}

const isOfPorts = (message: { readonly kind: string }): message is PortMessage =>
  ['bound', 'refused', 'freed'].includes(message.kind)

const isRefusal = (message: { readonly kind: string }): message is Extract<PortMessage, { kind: 'refused' }> =>
  message.kind === 'refused'
