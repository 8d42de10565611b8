import { later, millis, type Instant, type Millis } from '../../foundation/time.js'
import {
  restoreWorld,
  step,
  type CallId,
  type Event,
  type RoutingSettings,
  type TimerId,
  type World,
  type WorldSnapshot,
} from '../../routing/index.js'
import { outcomeOf, type ActingEffect } from '../step.js'
import { Courses } from './courses.js'
import type { Habits } from './habits.js'

/** An event that the core gets at its time. Events with the same key are cancelled together. */
type Due = { readonly at: Instant; readonly event: Event; readonly key: string }

/** Events that come from outside with any config. The other events follow from effects of the core, so the simulation makes them. */
const comesAnyway: ReadonlySet<Event['kind']> = new Set<Event['kind']>([
  ...(['callArrived', 'callRestored', 'digitPressed', 'callAbandoned', 'callPicked', 'presenceChanged'] as const),
  ...(['signedIn', 'signedOut', 'agentsRestored', 'agentReleased', 'agentResumed', 'clockStepped'] as const),
])

/**
 * Runs the calls of a journal through the core with other settings. Timers run here; phones, callers and targets behave as in the
 * journal (docs/decisions/068).
 */
export class Simulation {
  readonly courses = new Courses()
  /** Calls whose course rests on an answer that the journal does not have. */
  readonly assumed = new Set<CallId>()
  readonly #world: World
  /** Timers and calls from before the journal. Their events are taken from the journal as they are. */
  readonly #oldTimers: ReadonlySet<TimerId>
  readonly #oldCalls: ReadonlySet<CallId>
  #due: Due[] = []

  constructor(
    snapshot: WorldSnapshot,
    settings: RoutingSettings,
    private readonly habits: Habits,
  ) {
    this.#world = restoreWorld(snapshot)
    this.#oldTimers = new Set(this.#world.timers.keys())
    this.#oldCalls = new Set(this.#world.calls.keys())
    this.#take({ kind: 'configReplaced', at: this.#world.now, settings })
  }

  /** Takes the next event of the journal. */
  read(event: Event): void {
    this.runUntil(event.at)
    if (this.#comes(event)) this.#take(event)
  }

  /** Goes on without further events from outside. */
  runOn(span: Millis): void {
    this.runUntil(later(this.#world.now, span))
  }

  /** Gives the core all events that are due by then. */
  runUntil(at: Instant): void {
    for (;;) {
      const [first] = this.#due
      if (!first || first.at > at) return
      this.#due.shift()
      this.#take(first.event)
    }
  }

  #comes(event: Event): boolean {
    if (comesAnyway.has(event.kind)) return true
    if (event.kind === 'timerFired') return this.#oldTimers.has(event.timer)
    return 'call' in event && this.#oldCalls.has(event.call)
  }

  #take(event: Event): void {
    const outcome = outcomeOf(step(this.#world, event))
    this.courses.read(outcome)
    if (event.kind === 'callJoined' && !this.#oldCalls.has(event.call)) {
      const { lasted, cause } = this.habits.talkOf(event.call)
      this.#later(event.at, lasted, at => ({ kind: 'callEnded', call: event.call, cause, at }), event.call)
    }
    for (const act of outcome.acts) this.#perform(act, event.at)
  }

  #perform(act: ActingEffect, at: Instant): void {
    switch (act.kind) {
      case 'startTimer':
        return this.#later(at, act.after, due => ({ kind: 'timerFired', timer: act.timer, at: due }), `timer ${act.timer}`)
      case 'cancelTimer':
        return this.#cancel(`timer ${act.timer}`)
      case 'offer':
        return this.#offer(act, at)
      case 'withdraw':
        return this.#cancel(`offer ${act.offer}`)
      case 'connect':
        return this.#later(at, millis(0), due => ({ kind: 'callJoined', call: act.call, at: due }), `join ${act.call}`)
      case 'play':
        this.#cancel(`prompt ${act.call}`)
        return this.#later(
          ...([at, this.habits.lengthOf(act.prompt)] as const),
          due => ({ kind: 'promptFinished', call: act.call, prompt: act.prompt, at: due }),
          `prompt ${act.call}`,
        )
      case 'silence':
        return this.#cancel(`prompt ${act.call}`)
      case 'forward':
        return this.#forward(act.call, at)
      default:
      // The other effects cause no event that is simulated.
    }
  }

  #offer({ call, agent, offer }: Extract<ActingEffect, { kind: 'offer' }>, at: Instant): void {
    const { events, isAssumed } = this.habits.answerTo(call, agent)
    if (isAssumed) this.assumed.add(call)
    for (const { after, event } of events) this.#later(at, after, due => ({ ...event, offer, at: due }), `offer ${offer}`)
  }

  #forward(call: CallId, at: Instant): void {
    const forward = this.habits.forwardOf(call)
    this.#later(
      ...([at, forward.after] as const),
      due =>
        forward.kind === 'joined'
          ? { kind: 'callJoined', call, at: due }
          : { kind: 'forwardFailed', call, code: forward.code, at: due },
      `join ${call}`,
    )
  }

  #later(from: Instant, span: Millis, make: (at: Instant) => Event, key: string): void {
    const at = later(from, span)
    const due: Due = { at, event: make(at), key }
    // Events that are due at the same time keep the order in which they were added.
    const index = this.#due.findIndex(each => each.at > at)
    this.#due.splice(index === -1 ? this.#due.length : index, 0, due)
  }

  #cancel(key: string): void {
    this.#due = this.#due.filter(due => due.key !== key)
  }
}
