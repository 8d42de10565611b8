import type { Instant } from '../foundation/time.js'
import type { Effect } from '../routing/effects.js'
import type { Event } from '../routing/events.js'
import type { CallId } from '../routing/ids.js'

/** One event, what the core made of it, and how long that took. Metrics, logs, views and the journal are readers of these. */
export interface Step {
  readonly at: Instant
  readonly event: Event
  readonly effects: readonly Effect[]
  /** Milliseconds with fractions spent inside the core. */
  readonly tookMs: number
  /** Milliseconds with fractions from taking the event until all its effects were performed: an offer's INVITE is out by then. */
  readonly doneMs: number
}

/** Told after the effects were performed. Never throws, never waits. */
export type StepReader = (step: Step) => void

/** What the readers of steps know of calls in progress, which they keep by the call's row. */
export interface CallPasts {
  of(call: CallId): object | undefined
  /** Before `callRestored` is told. */
  restore(call: CallId, past: object): void
}
