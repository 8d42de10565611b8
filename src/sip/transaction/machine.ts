import type { Timer } from '../../foundation/clock.js'
import type { Millis } from '../../foundation/time.js'
import type { Hop, SendFailed } from '../transport/transport.js'
import type { TimerOwner, TransactionTimers } from './timer-queue.js'
import type { TimerName, TimerSpans } from './timers.js'

/** What all machines stand on. */
export interface Ground {
  readonly timers: TransactionTimers
  readonly spans: TimerSpans
  /** Sends bytes; `failed` is told later, never before this returns. */
  send(bytes: Buffer, hop: Hop, failed?: SendFailed): void
  /** Sends what was sent before. */
  sendAgain(bytes: Buffer, hop: Hop): void
  /** Whether what came waits unread, as the thread has hardly a rest. */
  isBehind(): boolean
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
  #repeating: Timer | undefined
  #limit: Timer | undefined
  #repeatedOnNew = false

  constructor(
    /** What messages find it by (matching.ts). */
    readonly key: string,
    protected readonly ground: Ground,
    /** Where its own messages go. */
    readonly hop: Hop,
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

  /**
   * Whether the same request goes out on a new connection after its own has ended. Its branch is the same, so a peer that got it takes the second
   * for a retransmission (RFC 3261 §17.2.3). Once: a peer that ends each connection is not reached. Nobody listens for the new one where a phone is
   * reached by its own connection alone.
   */
  protected mayRepeatOnNew(): boolean {
    if (this.#repeatedOnNew || this.hop.only === true) return false
    this.#repeatedOnNew = true
    return true
  }

  protected enter(state: State | 'terminated'): void {
    this.stopRepeating()
    this.#limit?.cancel()
    this.#limit = undefined
    this.state = state
  }

  protected repeatAfter(name: TimerName, interval: Millis): void {
    this.#repeating = this.ground.timers.start(this, name, interval)
  }

  /**
   * Sends again what a timer says is due, `next` before it is due once more. While we are behind, the answer has most likely come and waits to be
   * read: then nothing goes out the first two times, as it would put us behind further, and the peer with us.
   */
  protected repeat(bytes: Buffer, next: Millis): void {
    const early = next <= 4 * this.ground.spans.t1
    if (!early || !this.ground.isBehind()) this.ground.sendAgain(bytes, this.hop)
  }

  protected stopRepeating(): void {
    this.#repeating?.cancel()
    this.#repeating = undefined
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
