import type { Instant, WallTime } from '../../foundation/time.js'
import type { CallPhase, Digit, Exclusion, GivenUp, RoutingMethodName, TransferSide } from './words.js'
import type { Candidacy, ExcludedAgent } from './decision.js'
import type { Presence } from './events.js'
import type { RoutingMethod } from './method.js'
import type { AgentUri, CallId, GroupName, OfferId, PromptId, QueueName, TimerId, WorkflowName } from './ids.js'
import type { GivenAnswer } from './kept-call.js'
import type { OrderedSet } from './ordered-set.js'
import type { Action, AgentSettings, GroupSettings, QueueSettings, RoutingSettings, WorkflowSettings } from './settings.js'

export type { GivenUp } from './words.js'
export type { GivenAnswer } from './kept-call.js'

/**
 * The whole state of routing; `step` alone changes it. Agents, calls and offers are the same objects for as long as they
 * exist; groups and queues are built anew by a config, so calls and offers know them by name.
 */
export interface World {
  /** The latest moment that an event brought: time never goes back here. */
  now: Instant
  /** How far the wall clock is ahead of `now`, in ms. Opening hours and holidays alone go by the wall clock. */
  wallOffset: number
  settings: RoutingSettings
  agents: Map<AgentUri, Agent>
  groups: Map<GroupName, Group>
  queues: Map<QueueName, Queue>
  workflows: Map<WorkflowName, WorkflowSettings>
  /** Whether each workflow is open, as far as it was asked; made anew when the time is over. */
  readonly openings: Map<WorkflowName, Opening>
  /** How long calls keep the agents of each queue's groups; kept over configs. */
  readonly handling: Map<QueueName, Handling>
  readonly calls: Map<CallId, Call>
  /** Ringing, or accepted and not yet joined. */
  readonly offers: Map<OfferId, Offer>
  readonly timers: Map<TimerId, TimerPurpose>
  nextTimer: number
  nextArrival: number
}

/** What a running timer is for. It is stopped when its cause ends, so each of these names something that exists. */
export type TimerPurpose =
  | { readonly kind: 'alert'; readonly offer: Offer }
  | { readonly kind: 'queueTimeout' | 'retry' | 'pace' | 'prompt' | 'silence' | 'announce'; readonly call: Call }
  | { readonly kind: 'wrapUp' | 'reachable' | 'steady'; readonly agent: Agent }

/** A span of an agent's time that ends by its timer. */
export interface Span {
  readonly until: Instant
  readonly timer: TimerId
}

export interface Agent {
  settings: AgentSettings
  presence: Presence
  idleSince: Instant
  /** Until then, presence that comes after a restart continues the idle time of before it. */
  idleKeptUntil?: Instant | undefined
  /** Ringing offers, oldest first: at most one that is not an attendant's. */
  readonly offers: Offer[]
  /**
   * The calls in which the agent has a leg beside offers: as the one who called, as the one who answered, or as the target of a transfer, also
   * while that rings. One entry for each leg.
   */
  readonly calls: Call[]
  wrapUp: Span | undefined
  /** After a device fault. */
  unreachable: Span | undefined
  /** After presence took the agent away from a ringing offer. */
  unsteady: Span | undefined
  /** In the order of the config's groups. */
  memberships: Membership[]
  /** No longer in the config; kept until the calls end. */
  departed: boolean
}

/** One agent in one group. */
export interface Membership {
  readonly agent: Agent
  readonly group: Group
  readonly position: number
  /** Formal sign-in; says nothing in an informal group. */
  signedIn: boolean
  /** The agent's, as the group's order knows it. */
  idleSince: Instant
  /** Why the group may not offer this agent any call now; undefined: the agent stands in `group.available`. */
  excluded: AgentExclusion | undefined
  /** Counts for `noAgents: noneSignedIn`. */
  counted: boolean
  /** Takes the group's calls, now or when free again. */
  takesPart: boolean
  /** What decisions show of this agent as a candidate; the same object as long as it says the same. */
  candidacy: Candidacy
  /** The same of this agent as excluded; made when first asked for, and forgotten when the agent changes. */
  exclusion: ExcludedAgent | undefined
}

/** Exclusions that do not depend on the call. */
export type AgentExclusion = Exclude<Exclusion, 'inGrace' | 'justMissed'>

export interface Group {
  readonly settings: GroupSettings
  readonly method: RoutingMethod
  readonly members: readonly Membership[]
  /** Whoever may be offered a call now, in the method's order. */
  readonly available: OrderedSet<Membership>
  /** Members by why they are excluded. */
  readonly states: Record<'available' | AgentExclusion, number>
  signedIn: number
  /** Round robin: the agent offered last. */
  pointer: Membership | undefined
  /** Methods that ring all: the calls that ring here, oldest first. */
  readonly ringing: OrderedSet<Call>
  /** The queues that search this group. */
  readonly queues: Queue[]
}

export interface Queue {
  readonly settings: QueueSettings
  readonly groups: readonly Group[]
  /** Calls that were not placed at once, oldest first, ringing or not: these wait, count and have a position. */
  readonly waiting: OrderedSet<Call>
  /** Calls at whom nobody rings now, oldest first. */
  readonly unplaced: OrderedSet<Call>
  /** Who takes calls of this queue, now or when free again; each with the number of its groups in which they do. */
  readonly crew: Map<Agent, number>
}

export interface Call {
  readonly id: CallId
  readonly workflow: WorkflowName
  readonly arrivedAt: Instant
  /** Counts arrivals: the last word in every order of calls. */
  readonly arrival: number
  /** `phases.ts` alone changes it. */
  readonly phase: Phase
  /** Counts the rounds over a queue's groups: `placing/search.ts` tells how. */
  round: number
  /** Agents that this call tried and that it leaves alone for now. */
  marks: Map<AgentUri, Mark>
  offersMade: number
  queuesEntered: number
  /** Prompts and music reach the caller. */
  readonly hears: boolean
  /** Something was played: the caller has our media, and silence would sound like a dead line. */
  isListening: boolean
  readonly answers: GivenAnswer[]
  /** The agent on the caller's side: who made the call, or took the caller's place. Undefined: somebody else. */
  caller: Agent | undefined
  transfer: PendingTransfer | undefined
}

/** A transfer that is not through yet. */
export interface PendingTransfer {
  /** The side whose place the target takes. */
  readonly by: TransferSide
  /** The agent whose phone rings. Undefined: the target is no agent. */
  readonly agent: Agent | undefined
  /** The agent takes their own place, by another phone. */
  readonly moves: boolean
  /** The side that asked has hung up meanwhile. */
  left: boolean
  readonly since: Instant
}

export type Phase =
  /** It has just come, and the same turn decides where it goes. */
  | { readonly kind: 'arriving'; readonly since: Instant }
  /** It has left its queue, and the same turn decides where it goes. */
  | { readonly kind: 'leaving'; readonly since: Instant }
  /** The welcome plays. */
  | { readonly kind: 'greeting'; readonly since: Instant; readonly playing: Playing }
  | AskingPhase
  /** The prompt before an action plays; the call stands in no queue any more. */
  | {
      readonly kind: 'farewell'
      readonly since: Instant
      readonly playing: Playing
      readonly why: GivenUp
      readonly action: Action
    }
  /** Nobody rings for it. */
  | { readonly kind: 'waiting'; readonly since: Instant; readonly wait: Wait }
  | {
      readonly kind: 'ringing'
      readonly since: Instant
      /** A config may take its queue away and lead to another one, and the phones ring on. */
      wait: Wait
      readonly group: GroupName
      /** Never empty. */
      readonly offers: Offer[]
      /** Runs while more phones are to ring in a next burst. */
      pace: TimerId | undefined
    }
  /** An agent has answered. The wait is kept: after a failed join the call stands at its place again. */
  | { readonly kind: 'joining'; readonly since: Instant; readonly wait: Wait; readonly offer: Offer }
  | {
      readonly kind: 'connected'
      readonly since: Instant
      /** Who talks on the called side now. */
      readonly agent: Agent | undefined
      /** For which the call was answered; undefined: a forward target took it. */
      readonly group: GroupName | undefined
      /** When the agent's phone began to ring; the agent is held since then. */
      readonly heldSince: Instant
      /** The agent who answered, and has sent the caller on: no longer in the call, unless they came back to it. */
      readonly transferredBy?: AgentUri | undefined
    }
  | { readonly kind: 'forwarding'; readonly since: Instant; readonly to: string }

export type RingingPhase = Extract<Phase, { kind: 'ringing' }>
export type JoiningPhase = Extract<Phase, { kind: 'joining' }>
export type ConnectedPhase = Extract<Phase, { kind: 'connected' }>
export type FarewellPhase = Extract<Phase, { kind: 'farewell' }>

/** What a call is at between two turns. */
export type SettledPhase = Extract<Phase, { kind: CallPhase }>

/** A question is open. */
export interface AskingPhase {
  readonly kind: 'asking'
  readonly since: Instant
  /** The answers that led to this question, from the workflow's first. */
  readonly path: readonly Digit[]
  /** Its prompt: a config that asks something else here has the question asked anew. */
  readonly asked: PromptId
  /** Wrong and silent answers so far, to all questions together. */
  readonly attempts: number
  readonly stage: AskingStage
}

export type AskingStage =
  /** What is said of a wrong or silent answer plays, and then the question; only its prompt is cut off by a key. */
  | { readonly kind: 'correction' | 'question'; readonly playing: Playing }
  /** The caller is listened to until the timer fires. */
  | { readonly kind: 'silence'; readonly timer: TimerId }

/** A prompt on which the call waits, and the timer that goes on without word of its end. */
export interface Playing {
  readonly prompt: PromptId
  readonly timer: TimerId
}

/** Whether a workflow is open, and how long that is sure. */
export interface Opening {
  readonly state: 'open' | 'closed' | 'holiday'
  /** When it was found out: a wall clock that is set back asks again. */
  readonly from: WallTime
  readonly until: WallTime
}

/** What calls have taken of an agent's time: ring, talk and wrap-up; recent ones count more. */
export interface Handling {
  calls: number
  /** In ms. */
  mean: number
}

/** A call's stay in one queue. */
export interface Wait {
  readonly queue: QueueName
  /** Orders the calls, and the time-out counts from here. */
  readonly since: Instant
  /** Was not placed at once: counts as waiting until it leaves the queue. */
  held: boolean
  /** The group whose turn it is, as its place in the queue's list. */
  cursor: number
  timeout: Span | undefined
  /** The earliest moment at which a mark ends that keeps somebody from this call. */
  retry: Span | undefined
  /** Runs from one announcement to the next. */
  announce: TimerId | undefined
  /** What is still to be said of this announcement, the prompt that plays first. Empty: music. */
  saying: readonly PromptId[]
}

export interface Mark {
  readonly why: 'inGrace' | 'justMissed' | 'unsteady' | 'unreachable'
  readonly until: Instant
  /** Not again in the round in which the agent was tried. */
  readonly round: number
}

export interface Offer {
  readonly id: OfferId
  readonly call: Call
  readonly agent: Agent
  readonly group: GroupName
  /** The group's when the offer was made. */
  readonly method: RoutingMethodName
  readonly since: Instant
  /** Runs while ringing. */
  alert: TimerId | undefined
  acceptedAt: Instant | undefined
}
