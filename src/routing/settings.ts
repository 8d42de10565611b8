import type { Millis } from '../foundation/time.js'
import type { AgentUri, GroupName, QueueName, WorkflowName } from './ids.js'

/** What the core needs of the config. Produced by config/, which has checked every name and range: the core trusts it. */
export interface RoutingSettings {
  /** Counts the configs that this process has run, from 1; in the journal, it tells which rules decided. */
  readonly generation: number
  /** After a refusal, the same call does not come back to that agent before this. 30 s to 600 s, default 60 s. */
  readonly ringbackGracePeriod: Millis
  readonly agents: readonly AgentSettings[]
  readonly groups: readonly GroupSettings[]
  readonly queues: readonly QueueSettings[]
  readonly workflows: readonly WorkflowSettings[]
}

export interface AgentSettings {
  readonly uri: AgentUri
  readonly name?: string
  /** An agent homed online stays listed and is never offered a call. */
  readonly homed: 'local' | 'online'
  /** After a call, not offered anything for this long. Default 0: no wrap-up. */
  readonly wrapUp: Millis
  /** True when no source speaks for the agent (`presence: always`): available whenever not in a call here. */
  readonly alwaysAvailable: boolean
}

export type ParticipationPolicy = 'informal' | 'formal'
export type RoutingMethodName = 'longestIdle' | 'parallel' | 'roundRobin' | 'serial' | 'attendant'

export interface GroupSettings {
  readonly name: GroupName
  readonly participationPolicy: ParticipationPolicy
  /** How long one offer may ring: 10 s to 180 s, default 20 s. */
  readonly agentAlertTime: Millis
  readonly routingMethod: RoutingMethodName
  /** In the config's order, which roundRobin, serial and ties follow. Each stands in `RoutingSettings.agents`. */
  readonly agents: readonly AgentUri[]
  /** Overrides the agent's own wrap-up for calls of this group. */
  readonly wrapUp?: Millis
  /** Attendant only: how many waiting calls may ring at one agent at once. Default 3. */
  readonly attendantOffers: number
}

/** What befalls a call that can't be placed. */
export type Action =
  | { readonly kind: 'disconnect' }
  | {
      readonly kind: 'forward'
      readonly as: 'voicemail' | 'number' | 'uri'
      /** A SIP, SIPS or TEL URI of the config. */ readonly to: string
    }
  | { readonly kind: 'queue'; readonly queue: QueueName }

export interface QueueSettings {
  readonly name: QueueName
  /** Searched in this order. */
  readonly groups: readonly GroupName[]
  /** The longest wait in this queue, 10 s to 65,535 s, and what follows. Absent: no end. */
  readonly timeout?: { readonly after: Millis; readonly action: Action }
  /** How many calls may wait (0 to 1,000) and what befalls the one too many. Absent: unlimited. */
  readonly overflow?: { readonly waitingCalls: number; readonly candidate: 'newest' | 'oldest'; readonly action: Action }
  readonly noAgents: { readonly when: 'noneConfigured' | 'noneSignedIn'; readonly action: Action }
}

export interface WorkflowSettings {
  readonly name: WorkflowName
  /** An inactive workflow takes no calls: 480. */
  readonly active: boolean
  readonly queue: QueueName
}
