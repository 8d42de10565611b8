import type { Millis } from '../../foundation/time.js'
import type { AgentHome, Digit, ParticipationPolicy, RoutingMethodName } from './words.js'
import type { AgentUri, GroupName, PromptId, QueueName, WorkflowName } from './ids.js'

/** The part of the config that the core needs. config/ has checked every name and range, so the core trusts it. */
export interface RoutingSettings {
  /** Counts the configs of this process, from 1. In the journal this number tells under which rules a decision was made. */
  readonly generation: number
  /** After a refusal, the same call does not ring that agent again for this long. 30 s to 600 s, default 60 s. */
  readonly ringbackGracePeriod: Millis
  /** An agent who missed this many calls in a row gets no offers until they say that they are back. Absent: nobody is paused. */
  readonly pauseAfterMisses?: number
  readonly agents: readonly AgentSettings[]
  readonly groups: readonly GroupSettings[]
  readonly queues: readonly QueueSettings[]
  readonly workflows: readonly WorkflowSettings[]
}

export interface AgentSettings {
  readonly uri: AgentUri
  readonly name?: string
  /** An agent homed online stays listed and is never offered a call. */
  readonly homed: AgentHome
  /** After a call, the agent gets no offers for this long. 0 s to 1 h, default 0 s: no wrap-up. */
  readonly wrapUp: Millis
  /** True for `presence: always`: no source reports presence, so the agent is available whenever they are not in a call here. */
  readonly alwaysAvailable: boolean
}

export interface GroupSettings {
  readonly name: GroupName
  readonly participationPolicy: ParticipationPolicy
  /** How long one offer may ring: 10 s to 180 s, default 20 s. */
  readonly agentAlertTime: Millis
  readonly routingMethod: RoutingMethodName
  /** In the config's order, which roundRobin, serial and ties follow. Each agent is also in `RoutingSettings.agents`. */
  readonly agents: readonly AgentUri[]
  /** Overrides the agent's own wrap-up for calls of this group. 0 s to 1 h. */
  readonly wrapUp?: Millis
  /** Attendant only: how many waiting calls may ring at one agent at the same time. 1 to 100, default 3. */
  readonly attendantOffers: number
}

/** What happens to a call that no agent takes. The prompt is played to its end first. */
export type Action = { readonly prompt?: PromptId } & (
  | { readonly kind: 'disconnect' }
  | {
      readonly kind: 'forward'
      readonly as: 'voicemail' | 'number' | 'uri'
      /** A SIP, SIPS or TEL URI of the config. */ readonly to: string
    }
  | { readonly kind: 'queue'; readonly queue: QueueName }
)

export type ForwardAction = Extract<Action, { kind: 'forward' }>

export interface QueueSettings {
  readonly name: QueueName
  /** The groups in the order in which they are searched. */
  readonly groups: readonly GroupName[]
  /** The longest wait in this queue, 10 s to 65,535 s, and the action that follows. Absent: no limit. */
  readonly timeout?: { readonly after: Millis; readonly action: Action }
  /** How many calls may wait (0 to 1,000), and the action for one more. Absent: no limit. */
  readonly overflow?: { readonly waitingCalls: number; readonly candidate: 'newest' | 'oldest'; readonly action: Action }
  /** What waiting callers are told, and how often. */
  readonly announce?: Announcements
  /** Whether calls that agents answer from this queue are recorded. Absent: as the workflow says. */
  readonly record?: Recording
  readonly noAgents: { readonly when: 'noneConfigured' | 'noneSignedIn'; readonly action: Action }
  /** For metrics, reports and the wallboard. Routing does not use it. Absent: 80 % within 20 s. */
  readonly serviceLevel?: ServiceLevelSettings
}

export interface ServiceLevelSettings {
  /** The threshold: 1 s to 1 h, default 20 s. */
  readonly within: Millis
  /** The share of waits that should be answered within this time, in percent: 1 to 100, default 80. */
  readonly target: number
}

export interface Announcements {
  /** The time from one announcement to the next: 10 s to 10 min, default 60 s. */
  readonly every: Millis
  /** `You are number N`, from 1. The last prompt says `more than`. Empty: positions are not announced. */
  readonly positions: readonly PromptId[]
  /** `About N minutes`, from 1. The last prompt says `more than`. Empty: waits are not announced. */
  readonly waits: readonly PromptId[]
}

export interface WorkflowSettings {
  readonly name: WorkflowName
  /** An inactive workflow answers calls with 480. */
  readonly active: boolean
  /** IANA name, for hours and holidays. Default UTC. */
  readonly timeZone?: string
  /** Absent: always open. */
  readonly hours?: WeeklyHours
  /** What happens to a call outside the hours. Default: disconnect. */
  readonly closed?: Action
  /** Checked before the hours. */
  readonly holidays?: readonly Holiday[]
  readonly holiday?: Action
  /** Played to its end. No key skips it. */
  readonly welcome?: PromptId
  /** Whether calls are recorded. Absent: as the queue says. */
  readonly record?: Recording
  /** Tells callers that they may be recorded, after the welcome. Calls whose callers did not hear it are not recorded. */
  readonly recordingNotice?: RecordingNotice
  /** Played while the caller waits. Absent: silence. */
  readonly musicOnHold?: PromptId
  readonly entry: Route
}

/** `always`: from the join on. `onDemand`: when the agent or a supervisor starts it. */
export type Recording = 'onDemand' | 'always'

export interface RecordingNotice {
  readonly prompt: PromptId
  /** The key by which the caller agrees. A caller who does not press it is not recorded. Absent: no consent is asked for. */
  readonly consent?: Digit
}

/** Where a workflow, or an answer to a question, leads. */
export type Route = Action | { readonly kind: 'question'; readonly question: Question }

export interface Question {
  readonly prompt: PromptId
  /** Played after a key that is not an answer. */
  readonly invalid?: PromptId
  /** Played if the caller presses no key. */
  readonly noAnswer?: PromptId
  readonly answers: readonly Answer[]
}

export interface Answer {
  readonly digit: Digit
  /** The name that agents and reports see. */
  readonly name: string
  readonly then: Route
}

/** From Monday (0) to Sunday (6). */
export type WeeklyHours = readonly (readonly OpenRange[])[]

/** Minutes from midnight by the wall clock. An `end` at or before `start` is on the next day. */
export interface OpenRange {
  /** 0 to 1,439. */
  readonly start: number
  /** 1 to 1,440. */
  readonly end: number
}

/** Wall-clock times in the workflow's time zone, such as `2026-12-24T13:00`. `to` is excluded. */
export interface Holiday {
  readonly name: string
  readonly from: string
  readonly to: string
}
