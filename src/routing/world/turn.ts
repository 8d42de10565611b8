import { later, type Instant, type Millis } from '../../foundation/time.js'
import type { Effect, Fact, WorkflowStep } from './effects.js'
import type { EventKind } from './events.js'
import { type CallId, type TimerId, timerId } from './ids.js'
import type { Agent, Call, Span, TimerPurpose, World } from './world.js'

/** The state of handling one event: its effects so far, and what remains to be done before its end. */
export interface Turn {
  readonly world: World
  readonly at: Instant
  readonly effects: Effect[]
  /** Agents who may now be offered more than before. */
  readonly freed: Agent[]
  /** Calls to look at again, either to place them or to ring more agents. */
  readonly unsettled: Call[]
  /** Agents whose views must be read again. May hold duplicates; each agent is reported once. */
  readonly changed: Agent[]
}

/** A fact while it is being put together. Optional fields come last, so that all objects share one shape. */
export type Changeable<T> = { -readonly [K in keyof T]: T[K] }

export const beginTurn = (world: World, at: Instant): Turn => ({
  world,
  at,
  effects: [],
  freed: [],
  unsettled: [],
  changed: [],
})

export function record(turn: Turn, fact: Fact): void {
  turn.effects.push({ kind: 'record', fact })
}

/** Records a step of this call through its workflow. */
export function recordStep(turn: Turn, { id }: Pick<Call, 'id'>, step: WorkflowStep): void {
  record(turn, { kind: 'workflowStep', call: id, step, at: turn.at })
}

export function startTimer(turn: Turn, purpose: TimerPurpose, after: Millis): TimerId {
  const timer = timerId(turn.world.nextTimer)
  turn.world.nextTimer += 1
  turn.world.timers.set(timer, purpose)
  turn.effects.push({ kind: 'startTimer', timer, after })
  return timer
}

export function startSpan(turn: Turn, purpose: TimerPurpose, after: Millis): Span {
  return { until: later(turn.at, after), timer: startTimer(turn, purpose, after) }
}

/** Does nothing for a timer that has fired already, because firing removes it from the world. */
export function stopTimer(turn: Turn, timer: TimerId | undefined): void {
  if (timer === undefined || !turn.world.timers.delete(timer)) return
  turn.effects.push({ kind: 'cancelTimer', timer })
}

export function stopSpan(turn: Turn, span: Span | undefined): void {
  stopTimer(turn, span?.timer)
}

/** Records that an event was ignored: its object is already over, or the rules refuse it. */
export function ignore(turn: Turn, event: EventKind, because: string, call?: CallId): void {
  record(turn, { kind: 'ignored', event, because, ...(call === undefined ? {} : { call }) })
}

/** Reports each changed agent once. */
export function tellChanged(turn: Turn): void {
  const { changed, at } = turn
  const agents = changed.length > 1 ? new Set(changed) : changed
  for (const { settings } of agents) record(turn, { kind: 'agentChanged', agent: settings.uri, at })
}
