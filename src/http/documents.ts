/** The JSON documents of the HTTP API (docs/contract.md). Moments are ISO 8601 in UTC, spans are seconds. */

export interface AgentDocument {
  readonly uri: string
  readonly name: string | null
  readonly homed: 'local' | 'online'
  readonly presence: {
    readonly state: string
    readonly since: string
    /** Which source decided, in its words. */
    readonly because: string
    readonly sources: readonly {
      readonly source: string
      readonly state: string
      readonly reason: string
      readonly expires: string | null
    }[]
  }
  readonly groups: readonly {
    readonly name: string
    readonly participationPolicy: string
    readonly signedIn: boolean
    /** What keeps the group from offering the agent a call now, as in `explain`: homedOnline, notAvailable, … */
    readonly excluded: string | null
  }[]
  /** free, ringing, talking or wrappingUp. */
  readonly activity: string
  readonly callId: string | null
  readonly offers: readonly string[]
  readonly idleSince: string
  /** When the pause after a call ends by itself; null outside of one. */
  readonly wrapUpUntil: string | null
}

export interface GroupDocument {
  readonly name: string
  readonly description: string | null
  readonly routingMethod: string
  readonly participationPolicy: string
  readonly agentAlertTime: number
  readonly agents: readonly string[]
}

export interface QueueDocument {
  readonly name: string
  readonly groups: readonly string[]
  readonly waitingCalls: number
  /** How long the oldest waiting call has waited; 0 when none does. */
  readonly oldestWait: number
  /** Seconds that a caller who came now would wait; null while nothing is known. */
  readonly estimatedWait: number | null
}

export interface CallDocument {
  readonly callId: string
  readonly workflow: string
  /** The caller's URI as it came, and their display name; empty and null when they are not known. */
  readonly caller: string
  readonly callerName: string | null
  readonly arrivedAt: string
  readonly queue: string | null
  /** greeting, asking, farewell, waiting, ringing, joining, connected, forwarding. */
  readonly state: string
  /** When that state began. */
  readonly since: string
  /** Place in the queue, from 1. */
  readonly position: number | null
  /** Seconds that are left to wait at that place; null while nothing is known. */
  readonly estimatedWait: number | null
  /** What the caller answered to questions, in order. */
  readonly answers: readonly { readonly digit: string; readonly name: string }[]
  readonly agent: string | null
  /** For which the agent took the call. */
  readonly group: string | null
  readonly offers: readonly { readonly offer: string; readonly agent: string; readonly group: string }[]
}

/** A moment in milliseconds since the epoch, as the API prints it. */
export const iso = (ms: number): string => new Date(ms).toISOString()
