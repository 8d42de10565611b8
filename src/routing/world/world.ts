import type { Instant, WallTime } from '../../foundation/time.js'
import type { CallPhase, Digit, Exclusion, ForwardReason, GivenUp, RoutingMethodName, TransferSide } from './words.js'
import type { Candidacy, ExcludedAgent } from './decision.js'
import type { Presence } from './events.js'
import type { RoutingMethod } from './method.js'
import type { AgentUri, CallId, GroupName, OfferId, PromptId, QueueName, TimerId, WorkflowName } from './ids.js'
import type { GivenAnswer, Notice, Outbound } from './kept-call.js'
import type { OrderedSet } from './ordered-set.js'
import type {
  Action,
  ForwardAction,
  AgentSettings,
  GroupSettings,
  QueueSettings,
  RoutingSettings,
  WorkflowSettings,
} from './settings.js'

export type { GivenAnswer, Notice } from './kept-call.js'

/**
 * The whole state of routing. Only `step` changes it. An agent, call or offer is the same object for its whole life. Groups and
 * queues are rebuilt on every config change, so calls and offers refer to them by name.
 */
export interface World {
  /** The latest moment of any event. It never goes back. */
  now: Instant
  /** How far the wall clock is ahead of `now`, in ms. Only opening hours and holidays use the wall clock. */
  wallOffset: number
  settings: RoutingSettings
  agents: Map<AgentUri, Agent>
  groups: Map<GroupName, Group>
  queues: Map<QueueName, Queue>
  workflows: Map<WorkflowName, WorkflowSettings>
  /** Cached opening states. Each is computed again when its time is over. */
  readonly openings: Map<WorkflowName, Opening>
  /** Mean handling time per queue, for wait estimates. Kept over config changes. */
  readonly handling: Map<QueueName, Handling>
  readonly calls: Map<CallId, Call>
  /** Offers that ring, or are accepted and not joined yet. */
  readonly offers: Map<OfferId, Offer>
  readonly timers: Map<TimerId, TimerPurpose>
  nextTimer: number
  nextArrival: number
}

/** What a running timer is for. A timer is stopped when its cause ends, so the object that it names always exists. */
export type TimerPurpose =
  | { readonly kind: 'alert'; readonly offer: Offer }
  | { readonly kind: 'queueTimeout' | 'retry' | 'pace' | 'prompt' | 'silence' | 'announce'; readonly call: Call }
  | { readonly kind: 'wrapUp' | 'reachable' | 'steady'; readonly agent: Agent }

/** A span of time that ends with its timer. */
export interface Span {
  readonly until: Instant
  readonly timer: TimerId
}

export interface Agent {
  settings: AgentSettings
  presence: Presence
  idleSince: Instant
  /** Until this moment, presence that arrives after a restart continues the earlier idle time. */
  idleKeptUntil?: Instant | undefined
  /** Ringing offers, oldest first. Only attendants may have more than one. */
  readonly offers: Offer[]
  /**
   * The calls in which the agent has a leg: as the caller, as the agent who answered, or as the target of a transfer, even while that
   * rings. One entry per leg. Ringing offers are not included.
   */
  readonly calls: Call[]
  wrapUp: Span | undefined
  /** Runs after a device fault. */
  unreachable: Span | undefined
  /** Runs after presence took the agent away from a ringing offer. */
  unsteady: Span | undefined
  /** How many calls the agent missed in a row. Counted only while the config pauses agents for it. */
  missed: number
  /** The agent missed too many calls. Undefined: they are not paused. */
  pausedSince: Instant | undefined
  /** In the order of the config's groups. */
  memberships: Membership[]
  /** No longer in the config. Kept until the agent's calls end. */
  departed: boolean
}

/** One agent in one group. */
export interface Membership {
  readonly agent: Agent
  readonly group: Group
  readonly position: number
  /** The formal sign-in. It has no meaning in an informal group. */
  signedIn: boolean
  /**
   * A copy of the agent's idle time, by which the member is ordered in the group. It changes only while the member is outside the ordered
   * set.
   */
  idleSince: Instant
  /** Why the group can't offer this agent any call now. Undefined: the agent is in `group.available`. */
  excluded: AgentExclusion | undefined
  /** Whether the agent counts as signed in for `noAgents: noneSignedIn`. */
  counted: boolean
  /** Whether the agent takes the group's calls, now or as soon as they are free again. */
  takesPart: boolean
  /** What decisions show for this agent as a candidate. The object is reused until the agent changes. */
  candidacy: Candidacy
  /** What decisions show for this agent as excluded. Made on first use and dropped when the agent changes. */
  exclusion: ExcludedAgent | undefined
}

/** Exclusions that do not depend on the call. */
export type AgentExclusion = Exclude<Exclusion, 'inGrace' | 'justMissed'>

export interface Group {
  readonly settings: GroupSettings
  readonly method: RoutingMethod
  readonly members: readonly Membership[]
  /** The members who can be offered a call now, in the method's order. */
  readonly available: OrderedSet<Membership>
  /** The excluded members as decisions show them. Made on first use and dropped when one of them changes. */
  leftOut: readonly ExcludedAgent[] | undefined
  /** The number of members in each state. */
  readonly states: Record<'available' | AgentExclusion, number>
  signedIn: number
  /** Round robin: the agent who was offered the last call. */
  pointer: Membership | undefined
  /** The calls that ring in this group, oldest first. Only for methods that ring all. */
  readonly ringing: OrderedSet<Call>
  /** The queues that search this group. */
  readonly queues: Queue[]
}

export interface Queue {
  readonly settings: QueueSettings
  readonly groups: readonly Group[]
  /** Calls that were not placed at once, oldest first, ringing or not. They count as waiting and have a position. */
  readonly waiting: OrderedSet<Call>
  /** Calls for which no phone rings now, oldest first. */
  readonly unplaced: OrderedSet<Call>
  /**
   * The agents who take calls of this queue, now or as soon as they are free again. Each has the number of groups of this queue in which
   * they do.
   */
  readonly crew: Map<Agent, number>
}

export interface Call {
  readonly id: CallId
  readonly workflow: WorkflowName
  readonly arrivedAt: Instant
  /** The number of the arrival. It breaks ties in every order of calls. */
  readonly arrival: number
  /** Changed only by `phases.ts`. */
  readonly phase: Phase
  /** Counts the rounds over the groups of a queue. See `placing/search.ts`. */
  round: number
  /** Agents who were tried and are not offered this call for now. */
  marks: Map<AgentUri, Mark>
  offersMade: number
  queuesEntered: number
  /** Whether the caller can hear prompts and music. */
  readonly hears: boolean
  /** Something was played, so the caller has media from us. Silence would now sound like a dead connection. */
  isListening: boolean
  readonly answers: GivenAnswer[]
  /** Undefined: the caller has heard no notice about recordings. */
  notice: Notice | undefined
  /** The agent on the caller's side, who made the call or took the place of the caller by a transfer. Undefined: not an agent. */
  caller: Agent | undefined
  /** Undefined: somebody called the workflow. */
  readonly outbound: Outbound | undefined
  transfer: PendingTransfer | undefined
}

/** A transfer that has not completed. */
export interface PendingTransfer {
  /** The side whose place the target takes. */
  readonly by: TransferSide
  /** The agent whose phone rings. Undefined: the target is not an agent. */
  readonly agent: Agent | undefined
  /** The agent moves the call between two of their own phones. */
  readonly moves: boolean
  /** The side that asked has already hung up. */
  left: boolean
  readonly since: Instant
  /** The side that asked talks to the target first. Absent: it does not. */
  readonly consult?: Consultation | undefined
}

/** A talk with the target of a transfer while the other side waits. */
interface Consultation {
  /** The URI of the target. */
  readonly to: string
  /** The target has answered. */
  readonly answered: boolean
}

export type Phase =
  /** The call has just arrived. The same turn decides where it goes. */
  | { readonly kind: 'arriving'; readonly since: Instant }
  /** The call has left its queue. The same turn decides where it goes. */
  | { readonly kind: 'leaving'; readonly since: Instant }
  /**
   * The welcome or the notice about recordings plays. `consent`: the notice plays, and this key agrees. It counts for some seconds longer: then
   * `playing` has the timer of this time.
   */
  | GreetingPhase
  | AskingPhase
  /** The prompt before an action plays. The call is in no queue any more. */
  | {
      readonly kind: 'farewell'
      readonly since: Instant
      readonly playing: Playing
      readonly why: GivenUp
      readonly action: Action
    }
  /** No phone rings for the call. */
  | { readonly kind: 'waiting'; readonly since: Instant; readonly wait: Wait }
  | {
      readonly kind: 'ringing'
      readonly since: Instant
      /** A config change may move the ringing call to another queue while the phones ring on. */
      wait: Wait
      readonly group: GroupName
      /** Never empty. */
      readonly offers: Offer[]
      /** Runs while another burst of phones is due. */
      pace: TimerId | undefined
    }
  /** An agent has answered. The wait is kept, because after a failed join the call returns to its place. */
  | { readonly kind: 'joining'; readonly since: Instant; readonly wait: Wait; readonly offer: Offer }
  | {
      readonly kind: 'connected'
      readonly since: Instant
      /** The agent who talks on the called side now. */
      readonly agent: Agent | undefined
      /** The group for which the call was answered. Undefined: a forward target answered. */
      readonly group: GroupName | undefined
      /** The queue from which the call was answered. Undefined: a forward target answered, or the call was kept by an older version. */
      readonly queue: QueueName | undefined
      /** When the agent's phone started to ring. The agent is held since then. */
      readonly heldSince: Instant
      /** The agent who answered and then transferred the caller. */
      readonly transferredBy?: AgentUri | undefined
    }
  | {
      readonly kind: 'forwarding'
      readonly since: Instant
      readonly to: string
      /** What the target is and why the call goes there. Kept so that a restart can call the target again in the same way. */
      readonly as: ForwardAction['as']
      readonly why: ForwardReason
    }

export type RingingPhase = Extract<Phase, { kind: 'ringing' }>
export type JoiningPhase = Extract<Phase, { kind: 'joining' }>
export type ConnectedPhase = Extract<Phase, { kind: 'connected' }>
export type ForwardingPhase = Extract<Phase, { kind: 'forwarding' }>
export type FarewellPhase = Extract<Phase, { kind: 'farewell' }>

/** A call's phase between two turns. */
export type SettledPhase = Extract<Phase, { kind: CallPhase }>

export interface GreetingPhase {
  readonly kind: 'greeting'
  readonly since: Instant
  readonly playing: Playing
  readonly consent?: { readonly digit: Digit; readonly isOver: boolean }
}

/** A question is open. */
export interface AskingPhase {
  readonly kind: 'asking'
  readonly since: Instant
  /** The answers that led to this question, from the workflow's first question. */
  readonly path: readonly Digit[]
  /** The prompt of the question. If a config change puts another prompt here, the question is asked again. */
  readonly asked: PromptId
  /** Wrong and missing answers so far, over all questions. */
  readonly attempts: number
  readonly stage: AskingStage
}

type AskingStage =
  /** A prompt plays: the correction after a wrong or missing answer, or the question. A key cuts off only the question. */
  | { readonly kind: 'correction' | 'question'; readonly playing: Playing }
  /** We wait for a key until the timer fires. */
  | { readonly kind: 'silence'; readonly timer: TimerId }

/** A prompt that the call waits for. The timer continues the call if the end of the prompt is never reported. */
export interface Playing {
  readonly prompt: PromptId
  readonly timer: TimerId
}

/** Whether a workflow is open, and how long the answer is valid. */
export interface Opening {
  readonly state: 'open' | 'closed' | 'holiday'
  /** When the answer was computed. If the wall clock is set back before this, it is computed again. */
  readonly from: WallTime
  readonly until: WallTime
}

/** How long calls have kept an agent: ring, talk and wrap-up. Recent calls count more. */
export interface Handling {
  calls: number
  /** In ms. */
  mean: number
}

/** A call's stay in one queue. */
export interface Wait {
  readonly queue: QueueName
  /** The start of the wait. It orders the calls, and the time-out counts from it. */
  readonly since: Instant
  /** The call was not placed at once. It counts as waiting until it leaves the queue. */
  held: boolean
  /** The next group to search, as an index into the queue's list. */
  cursor: number
  timeout: Span | undefined
  /** Runs until the earliest end of a mark that keeps an agent from this call. */
  retry: Span | undefined
  /** Runs from one announcement to the next. */
  announce: TimerId | undefined
  /** The prompts of the announcement that are left, the playing one first. Empty: music plays. */
  saying: readonly PromptId[]
}

export interface Mark {
  readonly why: 'inGrace' | 'justMissed' | 'unsteady' | 'unreachable'
  readonly until: Instant
  /** The round in which the agent was tried. The agent is not tried again in this round. */
  readonly round: number
}

export interface Offer {
  readonly id: OfferId
  readonly call: Call
  readonly agent: Agent
  readonly group: GroupName
  /** The group's method when the offer was made. */
  readonly method: RoutingMethodName
  readonly since: Instant
  /** Runs while the phone rings. */
  alert: TimerId | undefined
  acceptedAt: Instant | undefined
}
