import type { Clock, Timer } from '../foundation/clock.js'
import { millis, type Millis } from '../foundation/time.js'

interface WriteTurnsOptions {
  readonly clock: Clock
  /** Whether anything waits to be written. */
  readonly waits: () => boolean
  /** Writes one batch. Never rejects. */
  readonly write: () => Promise<void>
  /** The current batch takes longer than `longestWrite`. */
  readonly slow: () => void
  /** False after a failed batch, until one succeeds. */
  readonly works: () => boolean
}

/** The wait after a failed batch. */
const retryDelay = millis(5_000)
/** The wait after a batch, if more is to be written. */
const nextDelay = millis(250)
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
    const { clock, slow, waits, write } = this.options
    const late = clock.after(longestWrite, slow)
    this.#writing = write().finally(() => {
      late.cancel()
      this.#writing = undefined
      if (waits()) this.schedule(nextDelay)
    })
    return this.#writing
  }
}
