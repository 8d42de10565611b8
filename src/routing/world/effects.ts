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
import type { AgentUri, CallId, GroupName, OfferId, PromptId, QueueName, TimerId, WorkflowName } from './ids.js'
import type { Phase } from './world.js'

/** What the core asks the outside to do. `calls/perform` is the one switch that does it. */
export type Effect =
  /** Ring this agent's phone. */
  | {
      readonly kind: 'offer'
      readonly offer: OfferId
      readonly call: CallId
      readonly agent: AgentUri
      readonly group: GroupName
    }
  /** Stop ringing; `because` chooses the Reason header (RFC 3326). */
  | { readonly kind: 'withdraw'; readonly offer: OfferId; readonly because: 'missed' | 'withdrawn' | 'lostRace' }
  /** Join the caller and the agent whose 200 is in hand. */
  | { readonly kind: 'connect'; readonly call: CallId; readonly offer: OfferId }
  /** Let the caller hear that they wait, in this queue or for the target of an action: by this music, again and again, or as the shell can without. */
  | { readonly kind: 'wait'; readonly call: CallId; readonly queue?: QueueName; readonly music?: PromptId }
  /** Play this once, in place of what plays; its end comes back as `promptFinished`. */
  | { readonly kind: 'play'; readonly call: CallId; readonly prompt: PromptId }
  /** Nothing of ours sounds any more. */
  | { readonly kind: 'silence'; readonly call: CallId }
  /** Send the caller on to this URI by a new leg. */
  | {
      readonly kind: 'forward'
      readonly call: CallId
      readonly why: GivenUp
      readonly as: 'voicemail' | 'number' | 'uri'
      readonly to: string
    }
  /** Call the target of the transfer that this call's side asked for; or let it be refused, as the target can't be rung now. */
  | { readonly kind: 'transfer'; readonly call: CallId }
  | { readonly kind: 'refuseTransfer'; readonly call: CallId }
  /** End the caller's leg: a status for a call not yet answered, BYE otherwise. */
  | { readonly kind: 'reject'; readonly call: CallId; readonly why: CallEnd }
  | { readonly kind: 'startTimer'; readonly timer: TimerId; readonly after: Millis }
  | { readonly kind: 'cancelTimer'; readonly timer: TimerId }
  /** Something worth knowing, for metrics, logs, explain and the store: nobody acts on it. */
  | { readonly kind: 'record'; readonly fact: Fact }

/** What readers of the stream (metrics, logs, explain, views, store) are told. */
export type Fact =
  | { readonly kind: 'callArrived'; readonly call: CallId; readonly workflow: WorkflowName; readonly at: Instant }
  /** It went on after a restart of the server; what befell it before is not told again. With the agent who talks to the caller. */
  | {
      readonly kind: 'callRestored'
      readonly call: CallId
      readonly workflow: WorkflowName
      readonly at: Instant
      readonly agent?: AgentUri
      readonly group?: GroupName
    }
  | { readonly kind: 'callWaiting'; readonly call: CallId; readonly queue: QueueName; readonly at: Instant }
  /** The call left the queue's waiting calls: joined, sent on, or gone. */
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
  /** A key of the caller's that was an answer, with the answer's name. */
  | { readonly kind: 'answerGiven'; readonly call: CallId; readonly digit: Digit; readonly name: string; readonly at: Instant }
  /** A side asked that another takes its place. */
  | {
      readonly kind: 'transferBegan'
      readonly call: CallId
      readonly by: TransferSide
      readonly asker: string
      readonly to: string
      readonly agent?: AgentUri
      readonly at: Instant
    }
  /** `busy`: the agent behind the target has another call; `refused`: the rules of the config don't lead there. */
  | {
      readonly kind: 'transferEnded'
      readonly call: CallId
      readonly outcome: TransferOutcome
      readonly code?: number
      readonly at: Instant
    }
  /** That side is out, and the other talks on. With the agent who was on the called side, and for which group. */
  | {
      readonly kind: 'callTransferred'
      readonly call: CallId
      readonly by: TransferSide
      readonly agent?: AgentUri
      readonly group?: GroupName
      readonly at: Instant
    }
  /** An agent's leg in a call beside offers: each begins with another state than `over`, and ends with that. */
  | {
      readonly kind: 'agentLeg'
      readonly call: CallId
      readonly agent: AgentUri
      readonly side: TransferSide
      readonly state: LegState
      /** For which the call was answered. */
      readonly group?: GroupName
      readonly at: Instant
    }
  | {
      readonly kind: 'callFinished'
      readonly call: CallId
      readonly workflow: WorkflowName
      readonly why: CallEnd
      /** The phase in which it ended. */
      readonly during: Phase['kind']
      readonly cause: CallFinishCause
      readonly agent?: AgentUri
      readonly group?: GroupName
      readonly at: Instant
      /** From arrival to the join, or to the end when never joined. */
      readonly waited: Millis
      readonly talked: Millis
    }
  /** Free, offered, talking, in wrap-up, or its presence or sign-in changed: views read the agent anew. */
  | { readonly kind: 'agentChanged'; readonly agent: AgentUri; readonly at: Instant }
  /** To keep over restarts. */
  | { readonly kind: 'pointerMoved'; readonly group: GroupName; readonly agent: AgentUri }
  | {
      readonly kind: 'signInChanged'
      readonly group: GroupName
      readonly agent: AgentUri
      readonly signedIn: boolean
      readonly at: Instant
    }
  | { readonly kind: 'configReplaced'; readonly generation: number; readonly at: Instant }
  /** The machine's wall clock was set forward by that many milliseconds, or back by less than 0. */
  | { readonly kind: 'clockStepped'; readonly by: number; readonly at: Instant }
  /** An event for something that is over already, or that the rules refuse; nothing changed. */
  | { readonly kind: 'ignored'; readonly event: string; readonly because: string; readonly call?: CallId }

/** `rings`: the target of a transfer. `calls`: made the call, and talks to nobody yet. */
export type LegState = 'rings' | 'calls' | 'talks' | 'over'
