/** What the server's API gives (docs/contract.md). Moments are ISO 8601 in UTC, spans seconds. */

export type PresenceState = 'available' | 'inactive' | 'busy' | 'away' | 'beRightBack' | 'doNotDisturb' | 'offWork' | 'offline'

export type Activity = 'free' | 'ringing' | 'talking' | 'wrappingUp'

export type Exclusion =
  | 'homedOnline'
  | 'notSignedIn'
  | 'offline'
  | 'doNotDisturb'
  | 'notAvailable'
  | 'onACall'
  | 'ringing'
  | 'wrappingUp'
  | 'unreachable'
  | 'inGrace'
  | 'justMissed'
  | 'offersFull'

export type PresenceSource = 'calls' | 'console' | 'registration' | 'subscribe' | 'publish' | 'http' | 'always'

export interface Membership {
  readonly name: string
  readonly participationPolicy: 'informal' | 'formal'
  readonly signedIn: boolean
  readonly excluded: Exclusion | null
}

export interface Agent {
  readonly uri: string
  readonly name: string | null
  readonly homed: 'local' | 'online'
  readonly presence: {
    readonly state: PresenceState
    readonly since: string
    readonly because: string
    readonly sources: readonly {
      readonly source: PresenceSource
      readonly state: PresenceState
      readonly reason: string
      readonly expires: string | null
    }[]
  }
  readonly groups: readonly Membership[]
  readonly activity: Activity
  readonly callId: string | null
  readonly offers: readonly string[]
  readonly idleSince: string
  readonly wrapUpUntil: string | null
}

export type RoutingMethod = 'longestIdle' | 'parallel' | 'roundRobin' | 'serial' | 'attendant'

export interface Group {
  readonly name: string
  readonly description: string | null
  readonly routingMethod: RoutingMethod
  readonly participationPolicy: 'informal' | 'formal'
  readonly agentAlertTime: number
  readonly agents: readonly string[]
}

export interface Queue {
  readonly name: string
  readonly groups: readonly string[]
  readonly waitingCalls: number
  readonly oldestWait: number
  readonly estimatedWait: number | null
}

export type CallState = 'greeting' | 'asking' | 'farewell' | 'waiting' | 'ringing' | 'joining' | 'connected' | 'forwarding'

export interface Answer {
  readonly digit: string
  readonly name: string
}

export interface Call {
  readonly callId: string
  readonly workflow: string
  readonly caller: string
  readonly callerName: string | null
  readonly arrivedAt: string
  readonly queue: string | null
  readonly state: CallState
  readonly since: string
  readonly position: number | null
  readonly estimatedWait: number | null
  readonly answers: readonly Answer[]
  readonly agent: string | null
  readonly group: string | null
  readonly offers: readonly { readonly offer: string; readonly agent: string; readonly group: string }[]
}

export type CallEnd =
  | 'answered'
  | 'abandoned'
  | 'forwarded'
  | 'forwardFailed'
  | 'timedOut'
  | 'overflowed'
  | 'noAgents'
  | 'inactive'
  | 'closed'
  | 'holiday'
  | 'unanswered'
  | 'disconnected'
  | 'unheard'
  | 'looped'
  | 'unconfigured'
  | 'failed'

export type WaitOutcome = 'answered' | 'abandoned' | 'timedOut' | 'overflowed' | 'moved' | 'noAgents' | 'failed'

export type OfferEnd = 'answered' | 'declined' | 'missed' | 'unreachable' | 'withdrawn' | 'lostRace'

export interface CallRecord {
  readonly callId: string
  readonly state: 'finished'
  readonly workflow: string
  readonly caller: string
  readonly callerName?: string
  readonly arrivedAt: string
  readonly answeredAt: string | null
  readonly joinedAt: string | null
  readonly endedAt: string
  readonly talked: number
  readonly waits: readonly {
    readonly queue: string
    readonly from: string
    readonly waited: number
    readonly outcome: WaitOutcome
  }[]
  readonly offers: readonly {
    readonly agent: string
    readonly group: string
    readonly method: RoutingMethod
    readonly outcome: OfferEnd
    readonly code?: number
    readonly rang: number
  }[]
  readonly answers: readonly Answer[]
  readonly agent?: string
  readonly group?: string
  readonly forwardedTo?: string
  readonly transferredBy?: 'agent' | 'caller'
  readonly outcome: CallEnd
  readonly status?: number
}

export interface RecordPage {
  readonly calls: readonly CallRecord[]
  readonly next: string | null
}

export interface Excluded {
  readonly agent: string
  readonly why: Exclusion
  readonly presence: { readonly state: PresenceState; readonly since: string; readonly because: string }
  readonly until: string | null
}

export interface Decision {
  readonly at: string
  readonly queue: string
  readonly group: string
  readonly method: RoutingMethod
  readonly candidates: readonly { readonly agent: string; readonly position?: number; readonly idleSince?: string }[]
  readonly excluded: readonly Excluded[]
  readonly unlisted: number
  readonly passedOver: readonly { readonly group: string; readonly excluded: readonly Excluded[]; readonly unlisted: number }[]
}

export interface Story {
  readonly callId: string
  readonly workflow: string
  readonly arrivedAt: string
  readonly waits: readonly {
    readonly queue: string
    readonly from: string
    readonly outcome: WaitOutcome | null
    readonly waited: number | null
  }[]
  readonly forgottenOffers: number
  readonly offers: readonly {
    readonly offer: string
    readonly agent: string
    readonly decision: Decision
    readonly ended: { readonly why: OfferEnd; readonly code: number | null; readonly at: string; readonly rang: number } | null
  }[]
  readonly connected: { readonly agent: string; readonly group: string; readonly at: string; readonly waited: number } | null
  readonly forwarded: { readonly to: string; readonly at: string } | null
  readonly finished: { readonly at: string; readonly why: CallEnd; readonly waited: number; readonly talked: number } | null
}

export type ReportBy = 'workflow' | 'queue' | 'group' | 'agent'

export interface ReportRow {
  readonly from: string
  readonly name: string
  readonly received: number
  readonly successful: number
  readonly offered: number
  readonly answered: number
  readonly transferred: number
  readonly abandonedByLync: number
  readonly abandoned: number
  readonly serviceLevel: number
  readonly averageWait: number
  readonly longestWait: number
  readonly minutesPerAgent: number
}

export interface Report {
  readonly from: string
  readonly to: string
  readonly by: ReportBy
  readonly rows: readonly ReportRow[]
}

/** What the console reads of `GET /api/config`. */
export interface Config {
  readonly view: {
    readonly workflows: readonly {
      readonly name: string
      readonly uri: string
      readonly number?: string
      readonly displayName: string
    }[]
    readonly presence: readonly { readonly agent: string; readonly sources: string }[]
    readonly server: Readonly<Record<string, string>>
  }
}

/** SIP credentials of `POST /api/phones`. */
export interface IssuedPhone {
  readonly uri: string
  readonly user: string
  readonly password: string
  readonly realm: string
  readonly server: string
  readonly expires: string
}

/** `GET /api/config/check`. */
export interface ConfigCheck {
  readonly readAt: string
  readonly faults: readonly string[]
  readonly warnings: readonly string[]
  readonly changes: readonly {
    readonly at: string
    readonly changes: readonly {
      readonly kind: string
      readonly name: string
      readonly change: 'added' | 'removed' | 'changed'
      readonly fields: readonly { readonly field: string; readonly before?: string; readonly after?: string }[]
    }[]
  }[]
}

export type { Ladder } from '../api-types.js'
