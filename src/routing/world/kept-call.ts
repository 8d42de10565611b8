import type { Instant } from '../../foundation/time.js'
import type { AgentUri, GroupName, QueueName, WorkflowName } from './ids.js'
import type { Digit, GivenUp } from './words.js'
import type { Action } from './settings.js'

/** An answer that the caller gave to a question, as agents and reports see it. */
export interface GivenAnswer {
  readonly digit: Digit
  readonly name: string
}

/** A call that an agent makes on behalf of a workflow, and the URI that they call. */
export interface Outbound {
  readonly agent: AgentUri
  readonly to: string
}

/** What became of the notice about recordings. `refused`: the caller was asked and did not agree. */
export type Notice = 'heard' | 'agreed' | 'refused'

/** The state of a call that survives a restart, as plain JSON. Timers, marks of tried agents and ringing phones are not kept. */
export interface KeptCall {
  readonly workflow: WorkflowName
  readonly arrivedAt: Instant
  readonly offersMade: number
  readonly queuesEntered: number
  readonly hears: boolean
  readonly isListening: boolean
  readonly answers: readonly GivenAnswer[]
  readonly stands: Standing
  /** Absent: the caller heard no notice about recordings, or an older version kept the call. */
  readonly notice?: Notice
  /** The agent on the caller's side. */
  readonly caller?: AgentUri
  /** Absent: somebody called the workflow. */
  readonly outbound?: Outbound
}

/** Where the call continues after the restart. */
export type Standing =
  | {
      readonly kind: 'connected'
      readonly since: Instant
      readonly heldSince: Instant
      readonly agent?: AgentUri
      readonly group?: GroupName
      readonly queue?: QueueName
      readonly transferredBy?: AgentUri
    }
  /** In its queue. This is also the state of a call that rang or whose legs were being joined. */
  | { readonly kind: 'waiting'; readonly queue: QueueName; readonly since: Instant; readonly held: boolean }
  /** At the entry of the workflow. */
  | { readonly kind: 'entering' }
  | { readonly kind: 'acting'; readonly why: GivenUp; readonly action: Action }
  /** An outbound call whose target has not answered. */
  | { readonly kind: 'calling'; readonly outbound: Outbound }
  /** The call could not continue after the restart and is only counted. */
  | { readonly kind: 'over'; readonly why: 'failed' | 'abandoned' }
