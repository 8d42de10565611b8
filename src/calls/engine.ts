import type { Clock } from '../foundation/clock.js'
import type { Log } from '../foundation/log.js'
import type { Instant } from '../foundation/time.js'
import { step, type CallId, type Effect, type Event, type World } from '../routing/index.js'
import type { Step, StepReader } from './step.js'

/** An event without its moment: the engine stamps it. */
export type Happening = Event extends infer E ? (E extends Event ? Omit<E, 'at'> : never) : never

export interface EngineOptions {
  readonly world: World
  readonly clock: Clock
  readonly log: Log
  readonly perform: (effect: Effect) => void
  readonly readers: readonly StepReader[]
  /** A fault of ours met while this event was handled; the call that it concerns, if any, must end. */
  readonly broken: (event: Event, call: CallId | undefined) => void
}

/**
 * The mailbox around the core: one event, all its effects, then the next event. Events that come while effects are performed wait their
 * turn, so nothing happens between a decision and its deed.
 */
export class Engine {
  readonly #waiting: Happening[] = []
  #busy = false
  #now: Instant

  constructor(private readonly options: EngineOptions) {
    this.#now = options.world.now
  }

  /** For queries; only the engine's steps change it. */
  get world(): World {
    return this.options.world
  }

  post(happening: Happening): void {
    this.#waiting.push(happening)
    if (this.#busy) return
    this.#busy = true
    // Bursts are short: a thousand waiting events are handled within the same turn.
    for (let next = 0; next < this.#waiting.length; next += 1) {
      const each = this.#waiting[next]
      if (each) this.#handle(each)
    }
    this.#waiting.length = 0
    this.#busy = false
  }

  #handle(happening: Happening): void {
    const { clock, world, readers } = this.options
    const now = clock.now()
    // The machine's clock may be set back; the core's time never goes back.
    if (now > this.#now) this.#now = now
    const event = Object.assign(happening, { at: this.#now }) as Event
    try {
      const before = clock.monotonic()
      const effects = step(world, event)
      const tookMs = clock.monotonic() - before
      for (const effect of effects) this.options.perform(effect)
      const taken: Step = { at: this.#now, event, effects, tookMs, doneMs: clock.monotonic() - before }
      for (const read of readers) read(taken)
    } catch (error) {
      this.#caught(event, error)
    }
  }

  /** The boundary of our own bugs (docs/style.md §4): told once, the one call ended, everything else goes on. */
  #caught(event: Event, error: unknown): void {
    const call = callOf(event)
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.options.log.error('a fault of ours in routing or its effects', {
      event: 'engine.broken',
      ...(call !== undefined && { callId: call }),
      happened: event.kind,
      stack,
    })
    this.options.broken(event, call)
  }
}

/** The call that an event is about. An offer's id begins with its call's. */
function callOf(event: Event): CallId | undefined {
  if ('call' in event) return event.call
  if ('offer' in event) return event.offer.slice(0, event.offer.lastIndexOf('.')) as CallId
  return undefined
}
