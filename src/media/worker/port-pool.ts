import { TimerSet, type Clock } from '../../foundation/clock.js'
import { seconds } from '../../foundation/time.js'

/** Asks the media thread or process to bind a port and the next higher one. */
type Bind = (port: number) => void

/** How many pairs are bound in advance. More calls within one round trip to the thread are unlikely. */
const spare = 64
const retryEvery = seconds(1)

/**
 * The RTP ports (even numbers), as the main thread sees them. A description must name its port at once, but sockets are opened in
 * another thread. So some pairs are bound in advance, and only those are given out. Each one taken causes the next one to be
 * bound. Freed ports are used last, because packets of the previous call may still arrive.
 */
export class PortPool {
  /** Not bound, the longest unused first. */
  readonly #free: number[] = []
  /** Bound and not in use. */
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

  /** Binds the missing pairs in advance. */
  fill(): void {
    if (this.#timers.size > 0) return
    // If all ports were refused, asking again at once would not help.
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

  /** Takes a bound port. Undefined: none is ready. */
  take(): number | undefined {
    const port = this.#ready.shift()
    this.fill()
    return port
  }

  /** Returns a port that was taken but not used. */
  putBack(port: number): void {
    this.#ready.unshift(port)
  }

  bound(port: number): void {
    this.#binding -= 1
    this.#refusedInARow = 0
    this.#ready.push(port)
  }

  /** Another program has the port, or the system gives no more. Tries the next one. */
  refused(port: number): void {
    this.#binding -= 1
    this.#refusedInARow += 1
    this.#free.push(port)
    this.fill()
  }

  /** The stream of this port is over and its sockets are closed. */
  freed(port: number): void {
    this.#free.push(port)
    this.fill()
  }

  /** Gives out no more ports. */
  stop(): void {
    this.#timers.stopAll()
    this.#free.length = this.#ready.length = 0
  }

  get ready(): number {
    return this.#ready.length
  }
  /** Some requests to bind a port are not answered yet. */
  get isBinding(): boolean {
    return this.#binding > 0
  }
}
