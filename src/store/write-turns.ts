import type { Clock, Timer } from '../foundation/clock.js'
import { millis, type Millis } from '../foundation/time.js'

interface WriteTurnsOptions {
  readonly clock: Clock
  /** The wait until the next batch after one has ended. Undefined: nothing waits to be written. */
  readonly rest: () => Millis | undefined
  /** Writes one batch. Never rejects. */
  readonly write: () => Promise<void>
  /** The current batch takes longer than `longestWrite`. */
  readonly slow: () => void
  /** False after a failed batch, until one succeeds. */
  readonly works: () => boolean
}

/** The wait after a failed batch. */
const retryDelay = millis(5_000)
/** A batch that takes longer than this makes the store unhealthy. */
const longestWrite = millis(2_000)

/** Decides when batches are written: one at a time. Changes that are due soon share a batch. */
export class WriteTurns {
  #next: { readonly timer: Timer; readonly due: number } | undefined
  #writing: Promise<void> | undefined
  #closed = false

  constructor(private readonly options: WriteTurnsOptions) {}

  /** The batch that is under way. */
  get current(): Promise<void> | undefined {
    return this.#writing
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Schedules a batch after `delay`, unless an earlier one is scheduled. Does nothing during a batch, whose end schedules the next one. */
  schedule(delay: Millis): void {
    if (this.#closed || this.#writing) return
    const { clock, works } = this.options
    const wait = works() ? delay : retryDelay
    const due = clock.now() + wait
    if (this.#next && this.#next.due <= due) return
    this.#next?.timer.cancel()
    this.#next = { timer: clock.after(wait, () => void this.now()), due }
  }

  /** Joins the current batch, or begins one. */
  now(): Promise<void> {
    return this.#writing ?? this.#begin()
  }

  /** Cancels the next batch. No further batch is scheduled. */
  close(): void {
    this.#closed = true
    this.#next?.timer.cancel()
  }

  #begin(): Promise<void> {
    this.#next?.timer.cancel()
    this.#next = undefined
    const { clock, slow, rest, write } = this.options
    const late = clock.after(longestWrite, slow)
    this.#writing = write().finally(() => {
      late.cancel()
      this.#writing = undefined
      const wait = rest()
      if (wait !== undefined) this.schedule(wait)
    })
    return this.#writing
  }
}
