import type { Timer } from '../../foundation/clock.js'
import type { Millis } from '../../foundation/time.js'
import type { Hop, SendFailed } from '../transport/transport.js'
import type { TimerOwner, TransactionTimers } from './timer-queue.js'
import type { TimerName, TimerSpans } from './timers.js'

/** What all machines need. */
export interface MachineContext {
  readonly timers: TransactionTimers
  readonly spans: TimerSpans
  /** Sends bytes. `failed` is called later, never before this returns. */
  send(bytes: Buffer, hop: Hop, failed?: SendFailed): void
  /** Sends the same bytes again. */
  sendAgain(bytes: Buffer, hop: Hop): void
  /** Whether received messages wait unread because the thread is overloaded. */
  isBehind(): boolean
  /** Counts a message that came again. */
  cameAgain(): void
  /** The machine has terminated. No message may match it any more. */
  forget(key: string): void
}

/**
 * What the four machines of RFC 3261 §17 share: a state, a timer that repeats, and a timer that ends the state. Both timers
 * belong to the state and stop when it changes. Thousands of machines linger after their transaction, so each keeps only what it
 * still needs.
 */
export abstract class Machine<State extends string> implements TimerOwner {
  #repeating: Timer | undefined
  #limit: Timer | undefined
  #repeatedOnNew = false

  constructor(
    /** The key by which messages find the machine (matching.ts). */
    readonly key: string,
    protected readonly context: MachineContext,
    /** Where its own messages go. */
    readonly hop: Hop,
    protected state: State | 'terminated',
  ) {}

  abstract timerFired(name: TimerName): void

  get over(): boolean {
    return this.state === 'terminated'
  }

  /**
   * Whether the transport repeats lost data itself. Then only a 2xx and a reliable provisional response to an INVITE are
   * repeated, and there are no repetitions to absorb.
   */
  protected get reliable(): boolean {
    return this.hop.transport !== 'udp'
  }

  /**
   * Whether the request is sent once more on a new connection after its own ended. The branch stays the same, so a peer that got
   * the first copy takes the second for a retransmission (RFC 3261 §17.2.3). Only once, because a peer that closes every
   * connection can't be reached. Never for a phone that is only reachable on its own connection.
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
    this.stopRepeating()
    this.#repeating = this.context.timers.start(this, name, interval)
  }

  /**
   * Repeats a message when its timer fires. `next`: the time until the following repetition. While messages wait unread, the answer is
   * probably among them. Then the first two repetitions are skipped, because they would overload us and the peer further.
   */
  protected repeat(bytes: Buffer, next: Millis): void {
    const early = next <= 4 * this.context.spans.t1
    if (!early || !this.context.isBehind()) this.context.sendAgain(bytes, this.hop)
  }

  protected stopRepeating(): void {
    this.#repeating?.cancel()
    this.#repeating = undefined
  }

  protected endAfter(name: TimerName, span: Millis): void {
    this.#limit?.cancel()
    this.#limit = this.context.timers.start(this, name, span)
  }

  protected terminate(): void {
    if (this.over) return
    this.enter('terminated')
    this.context.forget(this.key)
  }
}
