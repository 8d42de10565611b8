import type { Instant } from '../foundation/time.js'
import type { Party } from '../legs/party.js'
import type { Effect, Fact } from '../routing/world/effects.js'
import type { Event } from '../routing/world/events.js'
import type { AgentUri, CallId } from '../routing/world/ids.js'

/** For readers: URIs in the form for people. */
export { cut, shownUri } from './shown-uri.js'

/** Effects on the outside. The other effects are facts for readers. */
export type ActingEffect = Exclude<Effect, { kind: 'record' }>

/** The effects of one event, separated once for all readers. */
export interface Outcome {
  readonly acts: readonly ActingEffect[]
  readonly facts: readonly Fact[]
}

/** One event, its effects, and the time that it took. Metrics, logs, views and the journal read these. */
export interface Step extends Outcome {
  readonly at: Instant
  readonly event: Event
  /** Milliseconds in the core, with decimals. */
  readonly tookMs: number
  /** Milliseconds from the start of the event until all its effects were performed, with decimals. An offer's INVITE has been sent by then. */
  readonly doneMs: number
}

/** Called after the effects were performed. Must not throw or wait. */
export type StepReader = (step: Step) => void

const noFacts: Fact[] = []
const noActs: ActingEffect[] = []

/** Separates effects from facts. Each list keeps the order. */
export function outcomeOf(effects: readonly Effect[]): Outcome {
  let recorded = 0
  for (const { kind } of effects) if (kind === 'record') recorded += 1
  // Lists of the right size: a list that grows has room for 17 at first, and most of these lists have one or two members.
  const facts = recorded === 0 ? noFacts : new Array<Fact>(recorded)
  const acts = recorded === effects.length ? noActs : new Array<ActingEffect>(effects.length - recorded)
  let [fact, act] = [0, 0]
  for (const effect of effects) {
    if (effect.kind === 'record') facts[fact++] = effect.fact
    else acts[act++] = effect
  }
  return { acts, facts }
}

/** `off`: the call may be recorded, and nobody has started it or somebody has stopped it. `failed`: a fault ended it. */
export type RecordingState = 'off' | 'on' | 'paused' | 'failed'

/** How much of the talk is recorded. `failed`: a fault ended the recording, or prevented it. */
export type RecordingExtent = 'whole' | 'partly' | 'failed'

/** Who hears a supervisor, besides other supervisors: nobody, the agent alone, or both who talk. */
export const supervisionModes = ['listen', 'whisper', 'barge'] as const
export type SupervisionMode = (typeof supervisionModes)[number]

/** Somebody who supervises a call, as people see it. */
export interface ShownSupervisor {
  readonly name: string
  /** The agent whose phone they use. */
  readonly agent: AgentUri
  readonly mode: SupervisionMode
  /** When they began to listen. Absent: their phone rings. */
  readonly since?: Instant
}

/** A time in which somebody supervised a call. */
export interface SupervisedTime {
  readonly name: string
  readonly agent: AgentUri
  /** Every mode, in order. */
  readonly modes: readonly SupervisionMode[]
  readonly from: Instant
  readonly to: Instant
}

/** An event of the caller's INVITE. The core decides what callers should get; this is what they got. */
export type CallerNews =
  /** The INVITE arrived, or was restored after a restart. Reported before the core knows the call. */
  | { readonly kind: 'arrived'; readonly from: Party }
  /** A leg of the call: the caller's, one that replaces another, or one that was restored after a restart. */
  | { readonly kind: 'leg'; readonly sipCallId: string }
  /** Our relay carries the talk. */
  | { readonly kind: 'anchored' }
  | { readonly kind: 'recording'; readonly state: RecordingState; readonly extent: RecordingExtent | undefined }
  /** These people supervise the call now. */
  | { readonly kind: 'supervisors'; readonly supervisors: readonly ShownSupervisor[] }
  /** Somebody no longer supervises it. */
  | ({ readonly kind: 'supervised' } & SupervisedTime)
  /** 200 was sent: for a prompt or music, or because an agent or a forward target answered. */
  | { readonly kind: 'answered' }
  | { readonly kind: 'refused'; readonly status: number }
  /** The caller left before our answer. */
  | { readonly kind: 'left' }

/** Must not throw or wait. */
export type CallerReader = (call: CallId, news: CallerNews) => void

/** What the readers of steps know about calls in progress. It is stored in each call's row. */
export interface CallPasts {
  of(call: CallId): object | undefined
  /** Called before `callRestored` is reported. */
  restore(call: CallId, past: object): void
}
