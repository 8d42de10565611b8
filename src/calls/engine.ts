import { stackOf } from '../foundation/errors.js'
import { callOfOffer } from '../routing/world/ids.js'
import type { Clock } from '../foundation/clock.js'
import type { Log } from '../foundation/log.js'
import type { Instant } from '../foundation/time.js'
import { step, type CallId, type Event, type World } from '../routing/index.js'
import { outcomeOf, type ActingEffect, type Step, type StepReader } from './step.js'

/** An event without its time. The engine adds the time. */
export type Happening = Event extends infer E ? (E extends Event ? Omit<E, 'at'> : never) : never

export interface EngineOptions {
  readonly world: World
  readonly clock: Clock
  readonly log: Log
  readonly perform: (effect: ActingEffect) => void
  readonly readers: readonly StepReader[]
  /** An internal error while this event was handled. The call that it concerns, if any, must end. */
  readonly broken: (event: Event, call: CallId | undefined) => void
  /** Whether this process may decide. If not, events are dropped. Absent: always. */
  readonly mayDecide?: (() => boolean) | undefined
}

/**
 * The mailbox of the core: one event, all its effects, then the next event. Events that arrive while effects are performed wait, so nothing
 * happens between a decision and its execution.
 */
export class Engine {
  readonly #waiting: Happening[] = []
  #busy = false
  #now: Instant

  constructor(private readonly options: EngineOptions) {
    this.#now = options.world.now
  }

  /** For queries. Only the engine's steps change it. */
  get world(): World {
    return this.options.world
  }

  post(happening: Happening): void {
    if (this.options.mayDecide?.() === false) return
    this.#waiting.push(happening)
    if (this.#busy) return
    this.#busy = true
    // Bursts are short: a thousand waiting events are handled in one turn of the event loop.
    for (let next = 0; next < this.#waiting.length; next += 1) {
      const each = this.#waiting[next]
      if (each) this.#handleWithClock(each)
    }
    this.#waiting.length = 0
    this.#busy = false
  }

  /** Tells the core if the wall clock was set. Each event checks this first. The server also asks for it regularly, for times without events. */
  lookAtWallClock(): void {
    const wallOffset = this.options.clock.wallOffset()
    if (wallOffset !== this.options.world.wallOffset) this.post({ kind: 'clockStepped', wallOffset })
  }

  #handleWithClock(happening: Happening): void {
    const wallOffset = this.options.clock.wallOffset()
    if (wallOffset !== this.options.world.wallOffset && happening.kind !== 'clockStepped')
      this.#handle({ kind: 'clockStepped', wallOffset })
    this.#handle(happening)
  }

  #handle(happening: Happening): void {
    const { clock, world } = this.options
    const now = clock.now()
    // The core's time never goes back, even if a restored world is ahead of the clock.
    if (now > this.#now) this.#now = now
    const event = at(happening, this.#now)
    // Looked up before the step, because the core forgets a timer that has fired.
    const timed = event.kind === 'timerFired' ? world.timers.get(event.timer) : undefined
    const before = clock.monotonic()
    try {
      const { acts, facts } = outcomeOf(step(world, event))
      const tookMs = clock.monotonic() - before
      for (const effect of acts) this.#perform(effect, event)
      this.#publish({ at: this.#now, event, acts, facts, tookMs, doneMs: clock.monotonic() - before })
    } catch (error) {
      const call = timed && 'call' in timed ? timed.call : timed && 'offer' in timed ? timed.offer.call : undefined
      this.#caught(event, call?.id ?? callOf(event), error, 'routing')
    }
  }

  /** An effect that fails ends its own call. The other effects of the event, which may concern other calls, are still performed. */
  #perform(effect: ActingEffect, event: Event): void {
    try {
      this.options.perform(effect)
    } catch (error) {
      this.#caught(event, callOf(effect) ?? callOf(event), error, `the effect ${effect.kind}`)
    }
  }

  /** An error in a reader can't harm a call. */
  #publish(taken: Step): void {
    for (const read of this.options.readers) {
      try {
        read(taken)
      } catch (error) {
        this.#caught(taken.event, undefined, error, 'a reader')
      }
    }
  }

  /** The boundary of internal errors (docs/style.md §4): the error is reported once, its call ends, everything else continues. */
  #caught(event: Event, call: CallId | undefined, error: unknown, where: string): void {
    const told = { event: 'engine.broken', ...(call !== undefined && { callId: call }), happened: event.kind }
    this.options.log.error(`an internal error in ${where}`, { ...told, stack: stackOf(error) })
    try {
      this.options.broken(event, call)
    } catch (again) {
      // Ending the call failed too. The audit will find what is left of the call.
      this.options.log.error('an internal error while ending the call', { ...told, stack: stackOf(again) })
    }
  }
}

/** Adds the time to the same object. A copy is not needed, because the object was made for this event. */
function at(happening: Happening & { at?: Instant }, now: Instant): Event {
  happening.at = now
  return happening as Event
}

/** The call of an event or effect. An offer's id starts with its call's id. */
function callOf(about: Event | ActingEffect): CallId | undefined {
  if ('call' in about) return about.call
  if ('offer' in about) return callOfOffer(about.offer)
  return undefined
}
