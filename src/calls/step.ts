import type { Instant } from '../foundation/time.js'
import type { Party } from '../legs/party.js'
import type { Effect, Fact } from '../routing/world/effects.js'
import type { Event } from '../routing/world/events.js'
import type { CallId } from '../routing/world/ids.js'

/** For readers: URIs as people read them. */
export { cut, shownUri } from './shown-uri.js'

/** What acts on the outside; the other effects are facts, worth knowing. */
export type ActingEffect = Exclude<Effect, { kind: 'record' }>

/** The effects of one event, told apart once for all who read them. */
export interface Outcome {
  readonly acts: readonly ActingEffect[]
  readonly facts: readonly Fact[]
}

/** One event, what the core made of it, and how long that took. Metrics, logs, views and the journal are readers of these. */
export interface Step extends Outcome {
  readonly at: Instant
  readonly event: Event
  /** Milliseconds with fractions spent inside the core. */
  readonly tookMs: number
  /** Milliseconds with fractions from taking the event until all its effects were performed: an offer's INVITE is out by then. */
  readonly doneMs: number
}

/** Told after the effects were performed. Never throws, never waits. */
export type StepReader = (step: Step) => void

/** Both in their order. */
export function outcomeOf(effects: readonly Effect[]): Outcome {
  const acts: ActingEffect[] = []
  const facts: Fact[] = []
  for (const effect of effects) {
    if (effect.kind === 'record') facts.push(effect.fact)
    else acts.push(effect)
  }
  return { acts, facts }
}

/** What happened to a caller's INVITE. The core decides what callers should get; this is what they got. */
export type CallerNews =
  /** It came, or it was taken up after a restart. Told before the core knows the call. */
  | { readonly kind: 'arrived'; readonly from: Party }
  /** A leg of the call, the caller's or one that takes the place of another. */
  | { readonly kind: 'leg'; readonly sipCallId: string }
  /** 200: for a prompt or music of ours, or because an agent or a forward target answered. */
  | { readonly kind: 'answered' }
  | { readonly kind: 'refused'; readonly status: number }
  /** The caller left before our answer, by themselves. */
  | { readonly kind: 'left' }

/** Never throws, never waits. */
export type CallerReader = (call: CallId, news: CallerNews) => void

/** What the readers of steps know of calls in progress, which they keep by the call's row. */
export interface CallPasts {
  of(call: CallId): object | undefined
  /** Before `callRestored` is told. */
  restore(call: CallId, past: object): void
}
