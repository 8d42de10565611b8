import type { Instant, Millis } from '../../foundation/time.js'
import type { Decision } from './decision.js'
import type {
  CallEnd,
  CallFinishCause,
  Digit,
  GivenUp,
  OfferEnd,
  RoutingMethodName,
  TransferOutcome,
  TransferSide,
  WaitOutcome,
} from './words.js'
import type { Action } from './settings.js'
import type { AgentUri, CallId, GroupName, OfferId, PromptId, QueueName, TimerId, WorkflowName } from './ids.js'
import type { Phase } from './world.js'

/** What the core asks the shell to do. `calls/perform` has the one switch that does it. */
export type Effect =
  /** Ring this agent's phone. */
  | {
      readonly kind: 'offer'
      readonly offer: OfferId
      readonly call: CallId
      readonly agent: AgentUri
      readonly group: GroupName
    }
  /** Stop the ringing. `because` selects the Reason header (RFC 3326). */
  | { readonly kind: 'withdraw'; readonly offer: OfferId; readonly because: 'missed' | 'withdrawn' | 'lostRace' }
  /** Join the caller and the agent whose 200 has arrived. */
  | { readonly kind: 'connect'; readonly call: CallId; readonly offer: OfferId }
  /**
   * Let the caller hear that they wait, in this queue or for a forward target. Repeats the music, or without music uses what the
   * shell has.
   */
  | { readonly kind: 'wait'; readonly call: CallId; readonly queue?: QueueName; readonly music?: PromptId }
  /** Play this prompt once. It replaces what plays now. Its end comes back as `promptFinished`. */
  | { readonly kind: 'play'; readonly call: CallId; readonly prompt: PromptId }
  /** Stop all prompts and music. */
  | { readonly kind: 'silence'; readonly call: CallId }
  /** Forward the caller to this URI with a new leg. */
  | {
      readonly kind: 'forward'
      readonly call: CallId
      readonly why: GivenUp
      readonly as: 'voicemail' | 'number' | 'uri'
      readonly to: string
    }
  /** Call the target of the transfer that one side asked for, or refuse the transfer because the target can't be rung now. */
  | { readonly kind: 'transfer'; readonly call: CallId }
  | { readonly kind: 'refuseTransfer'; readonly call: CallId }
  /** End the caller's leg: with a status if the call is not answered yet, otherwise with BYE. */
  | { readonly kind: 'reject'; readonly call: CallId; readonly why: CallEnd }
  | { readonly kind: 'startTimer'; readonly timer: TimerId; readonly after: Millis }
  | { readonly kind: 'cancelTimer'; readonly timer: TimerId }
  /** A fact for metrics, logs, explain and the store. No action follows from it. */
  | { readonly kind: 'record'; readonly fact: Fact }

/** What the readers of the stream (metrics, logs, explain, views, store) are told. */
export type Fact =
  | { readonly kind: 'callArrived'; readonly call: CallId; readonly workflow: WorkflowName; readonly at: Instant }
  /**
   * The call continues after a server restart. Earlier facts are not repeated. Names the agent who talks to the caller, if any.
   */
  | {
      readonly kind: 'callRestored'
      readonly call: CallId
      readonly workflow: WorkflowName
      readonly at: Instant
      readonly agent?: AgentUri
      readonly group?: GroupName
    }
  | { readonly kind: 'callWaiting'; readonly call: CallId; readonly queue: QueueName; readonly at: Instant }
  /** The call left the queue's waiting calls: joined, forwarded, moved or ended. */
  | {
      readonly kind: 'waitEnded'
      readonly call: CallId
      readonly queue: QueueName
      readonly outcome: WaitOutcome
      readonly waited: Millis
    }
  | { readonly kind: 'offerMade'; readonly offer: OfferId; readonly call: CallId; readonly decision: Decision }
  | {
      readonly kind: 'offerEnded'
      readonly offer: OfferId
      readonly call: CallId
      readonly agent: AgentUri
      readonly group: GroupName
      readonly method: RoutingMethodName
      readonly why: OfferEnd
      readonly code?: number
      readonly at: Instant
      readonly rang: Millis
    }
  | {
      readonly kind: 'callConnected'
      readonly call: CallId
      readonly agent: AgentUri
      readonly group: GroupName
      readonly at: Instant
      readonly waited: Millis
    }
  | { readonly kind: 'callForwarded'; readonly call: CallId; readonly to: string; readonly at: Instant }
  /** The caller pressed a key that is an answer. `name` is the answer's name. */
  | { readonly kind: 'answerGiven'; readonly call: CallId; readonly digit: Digit; readonly name: string; readonly at: Instant }
  /** What the workflow said and decided, for the log and explain. */
  | { readonly kind: 'workflowStep'; readonly call: CallId; readonly step: WorkflowStep; readonly at: Instant }
  /** One side asked that somebody else takes its place. */
  | {
      readonly kind: 'transferBegan'
      readonly call: CallId
      readonly by: TransferSide
      readonly asker: string
      readonly to: string
      readonly agent?: AgentUri
      readonly at: Instant
    }
  /** `busy`: the target is an agent who has another call. `refused`: the config does not allow the transfer. */
  | {
      readonly kind: 'transferEnded'
      readonly call: CallId
      readonly outcome: TransferOutcome
      readonly code?: number
      readonly at: Instant
    }
  /** That side left, and the other side continues. Names the agent and group of the called side, if any. */
  | {
      readonly kind: 'callTransferred'
      readonly call: CallId
      readonly by: TransferSide
      readonly agent?: AgentUri
      readonly group?: GroupName
      readonly at: Instant
    }
  /** The state of an agent's leg in a call. Ringing offers are not included. The last state is always `over`. */
  | {
      readonly kind: 'agentLeg'
      readonly call: CallId
      readonly agent: AgentUri
      readonly side: TransferSide
      readonly state: LegState
      /** The group for which the call was answered. */
      readonly group?: GroupName
      readonly at: Instant
    }
  | {
      readonly kind: 'callFinished'
      readonly call: CallId
      readonly workflow: WorkflowName
      readonly why: CallEnd
      /** The phase in which the call ended. */
      readonly during: Phase['kind']
      readonly cause: CallFinishCause
      readonly agent?: AgentUri
      readonly group?: GroupName
      readonly at: Instant
      /** From arrival to the join, or to the end if the call was never joined. */
      readonly waited: Millis
      readonly talked: Millis
    }
  /** The agent's activity, presence or sign-in changed. Views must read the agent again. */
  | { readonly kind: 'agentChanged'; readonly agent: AgentUri; readonly at: Instant }
  /** Round robin moved on. The store keeps this over restarts. */
  | { readonly kind: 'pointerMoved'; readonly group: GroupName; readonly agent: AgentUri }
  | {
      readonly kind: 'signInChanged'
      readonly group: GroupName
      readonly agent: AgentUri
      readonly signedIn: boolean
      readonly at: Instant
    }
  | { readonly kind: 'configReplaced'; readonly generation: number; readonly at: Instant }
  /** The machine's wall clock was set forward by this many milliseconds, or back if negative. */
  | { readonly kind: 'clockStepped'; readonly by: number; readonly at: Instant }
  /** An event for something that is already over, or that the rules refuse. Nothing changed. */
  | { readonly kind: 'ignored'; readonly event: string; readonly because: string; readonly call?: CallId }

/** `rings`: the agent is the target of a transfer. `calls`: the agent made the call and talks to nobody yet. */
export type LegState = 'rings' | 'calls' | 'talks' | 'over'

/** One step of a call through its workflow, besides queues, answers and phones. */
export type WorkflowStep =
  /** The welcome plays. */
  | { readonly kind: 'welcomed'; readonly prompt: PromptId }
  | { readonly kind: 'asked'; readonly prompt: PromptId }
  /** No key, or a key that is no answer. `attempts`: how many there were so far. */
  | { readonly kind: 'notAnswered'; readonly digit?: Digit; readonly attempts: number }
  /** The call is given up, or an answer leads to an action: what follows, after the action's prompt. */
  | { readonly kind: 'gaveUp'; readonly why: GivenUp; readonly action: Action }
  /** The target of an action is called. */
  | { readonly kind: 'forwarding'; readonly to: string }
  | { readonly kind: 'forwardFailed'; readonly to: string; readonly code: number }
