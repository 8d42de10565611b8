import type { Timer } from '../../foundation/clock.js'
import type { Millis } from '../../foundation/time.js'
import type { Hop } from '../transport/transport.js'
import type { TimerOwner, TransactionTimers } from './timer-queue.js'
import type { TimerName, TimerSpans } from './timers.js'

/** What all machines stand on. */
export interface Ground {
  readonly timers: TransactionTimers
  readonly spans: TimerSpans
  /** Sends bytes; `failed` is told later, never before this returns. */
  send(bytes: Buffer, hop: Hop, failed?: () => void): void
  /** A message went out again. */
  sentAgain(): void
  /** A message came again. */
  cameAgain(): void
  /** The machine has terminated: nothing may match it any more. */
  forget(key: string): void
}

/**
 * What the four machines of RFC 3261 §17 have in common: a state, a timer that repeats and one that ends the state.
 * Both belong to the state and stop when it is left. Thousands of machines linger, so each holds what it still needs and no more.
 */
export abstract class Machine<State extends string> implements TimerOwner {
  #repeat: Timer | undefined
  #limit: Timer | undefined

  constructor(
    /** What messages find it by (matching.ts). */
    readonly key: string,
    protected readonly ground: Ground,
    protected readonly hop: Hop,
    protected state: State | 'terminated',
  ) {}

  abstract timerFired(name: TimerName): void

  get over(): boolean {
    return this.state === 'terminated'
  }

  /** No retransmissions by us, and nothing to absorb, where the transport repeats for us. */
  protected get reliable(): boolean {
    return this.hop.transport !== 'udp'
  }

  protected enter(state: State | 'terminated'): void {
    this.stopRepeating()
    this.#limit?.cancel()
    this.#limit = undefined
    this.state = state
  }

  protected repeatAfter(name: TimerName, interval: Millis): void {
    this.#repeat = this.ground.timers.start(this, name, interval)
  }

  protected stopRepeating(): void {
    this.#repeat?.cancel()
    this.#repeat = undefined
  }

  protected endAfter(name: TimerName, span: Millis): void {
    this.#limit?.cancel()
    this.#limit = this.ground.timers.start(this, name, span)
  }

  protected terminate(): void {
    if (this.over) return
    this.enter('terminated')
    this.ground.forget(this.key)
  }
}
