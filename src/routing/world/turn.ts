import { later, type Instant, type Millis } from '../../foundation/time.js'
import type { Effect, Fact } from './effects.js'
import type { EventKind } from './events.js'
import { type CallId, type TimerId, timerId } from './ids.js'
import type { Agent, Call, Span, TimerPurpose, World } from './world.js'

/** The handling of one event: what it asks for, and what it leaves to be settled at its end. */
export interface Turn {
  readonly world: World
  readonly at: Instant
  readonly effects: Effect[]
  /** Agents who may now be offered what they could not be before. */
  readonly freed: Agent[]
  /** Calls to look at again: to be placed, or to ring at more agents. */
  readonly unsettled: Call[]
  /** Agents whose views are to be read anew; perhaps more than once in here, and told once each. */
  readonly changed: Agent[]
}

/** For a fact that is put together before it is recorded: the fields that are there only sometimes come last. */
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

/** Does nothing for a timer that has fired: firing takes it out of the world first. */
export function stopTimer(turn: Turn, timer: TimerId | undefined): void {
  if (timer === undefined || !turn.world.timers.delete(timer)) return
  turn.effects.push({ kind: 'cancelTimer', timer })
}

export function stopSpan(turn: Turn, span: Span | undefined): void {
  stopTimer(turn, span?.timer)
}

/** For what is over already, or what the rules refuse: says so, and nothing changes. */
export function ignore(turn: Turn, event: EventKind, because: string, call?: CallId): void {
  record(turn, { kind: 'ignored', event, because, ...(call === undefined ? {} : { call }) })
}

/** Says once of each agent that something about them changed. */
export function tellChanged(turn: Turn): void {
  const { changed, at } = turn
  const agents = changed.length > 1 ? new Set(changed) : changed
  for (const { settings } of agents) record(turn, { kind: 'agentChanged', agent: settings.uri, at })
}
