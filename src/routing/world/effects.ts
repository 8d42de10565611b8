import type { Instant, Millis } from '../../foundation/time.js'
import type { Decision } from './decision.js'
import type {
  CallEnd,
  CallFinishCause,
  Digit,
  ForwardReason,
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

/** What the core asks the shell to do. The only switch that performs effects is in `calls/perform`. */
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
  /** The talk of this call may be recorded. `isAtOnce`: from now on. Otherwise the agent or a supervisor may start it. */
  | { readonly kind: 'mayRecord'; readonly call: CallId; readonly isAtOnce: boolean }
  /**
   * Play music to the waiting caller again and again, for this queue or for a forward target. Without `music`, the shell uses what it has.
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
      readonly why: ForwardReason
      readonly as: 'voicemail' | 'number' | 'uri'
      readonly to: string
    }
  /**
   * Call the target of the transfer that one side asked for, or refuse the transfer because the target can't be rung now. `music`: for the
   * side that waits during a consultation.
   */
  | { readonly kind: 'transfer'; readonly call: CallId; readonly music?: PromptId }
  | { readonly kind: 'refuseTransfer'; readonly call: CallId }
  /** End the caller's leg: with a status if the call is not answered yet, otherwise with BYE. */
  | { readonly kind: 'reject'; readonly call: CallId; readonly why: CallEnd }
  | { readonly kind: 'startTimer'; readonly timer: TimerId; readonly after: Millis }
  | { readonly kind: 'cancelTimer'; readonly timer: TimerId }
  /** A fact for metrics, logs, explain and the store. The shell performs no action for it. */
  | { readonly kind: 'record'; readonly fact: Fact }

/** The facts that the readers of the stream (metrics, logs, explain, views, store) are told. */
export type Fact =
  /** `outbound`: the agent who makes this call on behalf of the workflow. */
  | {
      readonly kind: 'callArrived'
      readonly call: CallId
      readonly workflow: WorkflowName
      readonly outbound?: AgentUri
      readonly at: Instant
    }
  /**
   * The call continues after a server restart. Earlier facts are not repeated. `agent` is the agent who talks to the caller, if there is
   * one.
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
  /** A step of the workflow, for the log and explain. */
  | { readonly kind: 'workflowStep'; readonly call: CallId; readonly step: WorkflowStep; readonly at: Instant }
  /** One side asked that somebody else takes its place. `consult`: it talks to the target first. */
  | {
      readonly kind: 'transferBegan'
      readonly call: CallId
      readonly by: TransferSide
      readonly asker: string
      readonly to: string
      readonly agent?: AgentUri
      readonly consult?: true
      readonly at: Instant
    }
  /** The target talks to the side that asked, and the other side waits. */
  | { readonly kind: 'consultAnswered'; readonly call: CallId; readonly to: string; readonly at: Instant }
  /** `busy`: the target is an agent who has another call. `refused`: the config does not allow the transfer. */
  | {
      readonly kind: 'transferEnded'
      readonly call: CallId
      readonly outcome: TransferOutcome
      readonly code?: number
      readonly at: Instant
    }
  /** This side left, and the other side continues. `agent` and `group` belong to the called side, if it has them. */
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
      /** An agent made this call on behalf of the workflow. `agent` is that agent. */
      readonly outbound?: true
      readonly agent?: AgentUri
      readonly group?: GroupName
      readonly at: Instant
      /** From arrival to the join, or to the end if the call was never joined. */
      readonly waited: Millis
      readonly talked: Millis
    }
  /** The agent's activity, presence or sign-in changed. Views must read the agent again. */
  | { readonly kind: 'agentChanged'; readonly agent: AgentUri; readonly at: Instant }
  /** The round robin pointer moved to this agent. The store keeps the pointer over restarts. */
  | { readonly kind: 'pointerMoved'; readonly group: GroupName; readonly agent: AgentUri }
  | {
      readonly kind: 'signInChanged'
      readonly group: GroupName
      readonly agent: AgentUri
      readonly signedIn: boolean
      readonly at: Instant
    }
  /** The agent missed as many calls in a row as the config allows. `group`: of the last one. */
  | {
      readonly kind: 'agentPaused'
      readonly agent: AgentUri
      readonly group: GroupName
      readonly missed: number
      readonly at: Instant
    }
  /** `asked`: somebody said so. `signedIn`: the agent signed in to a group. */
  | { readonly kind: 'agentResumed'; readonly agent: AgentUri; readonly because: 'asked' | 'signedIn'; readonly at: Instant }
  | { readonly kind: 'configReplaced'; readonly generation: number; readonly at: Instant }
  /** The wall clock of the machine was set forward by this many milliseconds, or back if the number is negative. */
  | { readonly kind: 'clockStepped'; readonly by: number; readonly at: Instant }
  /** An event for something that is already over, or that the rules refuse. Nothing changed. */
  | { readonly kind: 'ignored'; readonly event: string; readonly because: string; readonly call?: CallId }

/** `rings`: the agent is the target of a transfer. `calls`: the agent made the call and talks to nobody yet. */
export type LegState = 'rings' | 'calls' | 'talks' | 'over'

/** One step of a call through its workflow. Queues, answers and phones have facts of their own. */
export type WorkflowStep =
  /** The welcome plays. */
  | { readonly kind: 'welcomed'; readonly prompt: PromptId }
  /** The notice about recordings plays. */
  | { readonly kind: 'toldOfRecording'; readonly prompt: PromptId }
  | { readonly kind: 'agreedToRecording' }
  | { readonly kind: 'asked'; readonly prompt: PromptId }
  /** The caller pressed no key, or a key that is not an answer. `attempts` counts these so far. */
  | { readonly kind: 'notAnswered'; readonly digit?: Digit; readonly attempts: number }
  /** The call is given up, or an answer leads to an action. `action` follows after its prompt. */
  | { readonly kind: 'gaveUp'; readonly why: GivenUp; readonly action: Action }
  /** The target of the action, or of an outbound call, is being called. */
  | { readonly kind: 'forwarding'; readonly to: string }
  | { readonly kind: 'forwardFailed'; readonly to: string; readonly code: number }
