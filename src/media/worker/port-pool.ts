import { TimerSet, type Clock } from '../../foundation/clock.js'
import { seconds } from '../../foundation/time.js'

/** What the media thread is asked for. */
export type Bind = (port: number) => void

/** Pairs bound ahead: more calls than that within one round trip to the thread are unlikely. */
const spare = 64
const retryEvery = seconds(1)

/**
 * The RTP ports, even ones, on the main thread. A description must name its port at once, while sockets open in another thread: so a few pairs
 * are bound ahead, and only those are given away; each that is taken has the next one bound. Ports that come back are used last, as packets
 * for the call before may still be on their way.
 */
export class PortPool {
  /** Not bound, the longest unused first. */
  readonly #free: number[] = []
  /** Bound, and nobody's. */
  readonly #ready: number[] = []
  readonly #timers: TimerSet<'retry'>
  #binding = 0
  #refusedInARow = 0

  constructor(
    ports: { readonly first: number; readonly last: number },
    clock: Clock,
    private readonly bind: Bind,
  ) {
    for (let port = ports.first + (ports.first % 2); port < ports.last; port += 2) this.#free.push(port)
    this.#timers = new TimerSet(clock)
  }

  /** Binds ahead what is missing. */
  fill(): void {
    if (this.#timers.size > 0) return
    // When all were refused, something is wrong that asking at once does not mend.
    if (this.#refusedInARow > 0 && this.#refusedInARow >= this.#free.length + this.#binding) {
      return this.#timers.start('retry', retryEvery, () => {
        this.#refusedInARow = 0
        this.fill()
      })
    }
    while (this.#ready.length + this.#binding < spare) {
      const port = this.#free.shift()
      if (port === undefined) return
      this.#binding += 1
      this.bind(port)
    }
  }

  /** Undefined: none is ready. */
  take(): number | undefined {
    const port = this.#ready.shift()
    this.fill()
    return port
  }

  /** Taken, but not used. */
  putBack(port: number): void {
    this.#ready.unshift(port)
  }

  bound(port: number): void {
    this.#binding -= 1
    this.#refusedInARow = 0
    this.#ready.push(port)
  }

  /** Somebody else has it, or the machine gives no more: the next one is tried. */
  refused(port: number): void {
    this.#binding -= 1
    this.#refusedInARow += 1
    this.#free.push(port)
    this.fill()
  }

  /** Its stream is over and its sockets are closed. */
  freed(port: number): void {
    this.#free.push(port)
    this.fill()
  }

  /** Gives none any more. */
  stop(): void {
    this.#timers.stopAll()
    this.#free.length = this.#ready.length = 0
  }

  get ready(): number {
    return this.#ready.length
  }
  /** The first answers to `fill` are not all there. */
  get isBinding(): boolean {
    return this.#binding > 0
  }
}
