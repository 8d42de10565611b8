import type { Instant } from '../../foundation/time.js'
import type { AgentUri, GroupName, QueueName, WorkflowName } from './ids.js'
import type { Digit, GivenUp } from './words.js'
import type { Action } from './settings.js'

/** An answer that the caller gave, as agents and reports read it. */
export interface GivenAnswer {
  readonly digit: Digit
  readonly name: string
}

/** A call as it outlives the process; plain JSON. Timers, marks of tried agents and ringing phones do not. */
export interface KeptCall {
  readonly workflow: WorkflowName
  readonly arrivedAt: Instant
  readonly offersMade: number
  readonly queuesEntered: number
  readonly hears: boolean
  readonly isListening: boolean
  readonly answers: readonly GivenAnswer[]
  readonly stands: Standing
  /** The agent on the caller's side. */
  readonly caller?: AgentUri
}

/** Where it goes on. */
export type Standing =
  | {
      readonly kind: 'connected'
      readonly since: Instant
      readonly heldSince: Instant
      readonly agent?: AgentUri
      readonly group?: GroupName
      readonly transferredBy?: AgentUri
    }
  /** In its queue, also while phones rang or the legs were being joined. */
  | { readonly kind: 'waiting'; readonly queue: QueueName; readonly since: Instant; readonly held: boolean }
  /** At the workflow's own part, from its begin. */
  | { readonly kind: 'entering' }
  | { readonly kind: 'acting'; readonly why: GivenUp; readonly action: Action }
  /** It could not go on: nothing of it is there but its count. */
  | { readonly kind: 'over'; readonly why: 'failed' | 'abandoned' }
