import type { Instant } from '../../foundation/time.js'
import type { AgentUri, CallId, GroupName, OfferId, PromptId, TimerId, WorkflowName } from './ids.js'
import type { CallEndCause, Digit, PresenceState, TransferSide } from './words.js'
import type { KeptAgent } from './kept-agent.js'
import type { KeptCall, Outbound } from './kept-call.js'
import type { RoutingSettings } from './settings.js'

/** An agent's presence, merged from all sources by the board (response-group.md §2). */
export interface Presence {
  readonly state: PresenceState
  /** When the merged state became this one. */
  readonly since: Instant
  /** The source that decided and its words, such as `http: on the phone`. Shown wherever the state is shown. */
  readonly because: string
}

/** Everything that can happen. Each event carries its moment, because the core has no clock. */
export type Event = { readonly at: Instant } & (
  | {
      readonly kind: 'callArrived'
      readonly call: CallId
      readonly workflow: WorkflowName
      /** The caller can hear prompts and music. Absent: there is no media, and prompts are skipped. */
      readonly hears?: boolean
      /** The caller, if it is an agent of ours. */
      readonly caller?: AgentUri
      /** Absent: a call to the workflow. */
      readonly outbound?: Outbound
    }
  /** A call from before a restart whose caller's leg still exists. */
  | { readonly kind: 'callRestored'; readonly call: CallId; readonly kept: KeptCall }
  /** The prompt has ended, or can't be played. */
  | { readonly kind: 'promptFinished'; readonly call: CallId; readonly prompt: PromptId }
  | { readonly kind: 'digitPressed'; readonly call: CallId; readonly digit: Digit }
  /** The caller left before being joined: CANCEL, BYE or a dead leg. `noMedia`: no RTP came from the caller, so we hung up. */
  | { readonly kind: 'callAbandoned'; readonly call: CallId; readonly because?: 'noMedia' }
  /** The agent's phone rings (180 or 183). */
  | { readonly kind: 'offerRinging'; readonly offer: OfferId }
  /** The agent's 200 has arrived. */
  | { readonly kind: 'offerAccepted'; readonly offer: OfferId }
  /**
   * The offer failed. `code` is the SIP status. Our own 408 stands for no answer, and our own 503 for a transport fault. `silent`: the
   * phone sent nothing at all.
   */
  | { readonly kind: 'offerRefused'; readonly offer: OfferId; readonly code: number; readonly silent?: true }
  /** The agent declined on the console, without a SIP answer. */
  | { readonly kind: 'offerDeclined'; readonly offer: OfferId }
  /** An attendant picked this waiting call on the console, whatever its place. */
  | { readonly kind: 'callPicked'; readonly call: CallId; readonly agent: AgentUri }
  /** Caller and agent (or forward target) are joined, and media can flow. */
  | { readonly kind: 'callJoined'; readonly call: CallId }
  /**
   * The agent's leg ended before the legs were joined. The call waits again in its old place. `by`: the caller's phone refused the
   * agent's media with this code. Absent: the code is about the agent's leg.
   */
  | { readonly kind: 'joinFailed'; readonly call: CallId; readonly code: number; readonly by?: 'caller' }
  /** The leg to a forward target failed before it was joined. */
  | { readonly kind: 'forwardFailed'; readonly call: CallId; readonly code: number }
  /**
   * One side of a joined call asks that somebody else takes its place: by REFER, by an INVITE with Replaces, or by calling the target
   * first (`consult`). The effect `transfer` or `refuseTransfer` answers it.
   */
  | {
      readonly kind: 'transferBegan'
      readonly call: CallId
      readonly by: TransferSide
      readonly how: 'refer' | 'replaces' | 'consult'
      /** The URI of the side that asked, and the URI of the target. */
      readonly asker: string
      readonly to: string
      /** The agent with the URI `to`. Absent: the target is not an agent. */
      readonly agent?: AgentUri
    }
  /** The config does not allow this REFER. The core only records it. */
  | {
      readonly kind: 'transferRefused'
      readonly call: CallId
      readonly by: TransferSide
      readonly asker: string
      readonly to: string
    }
  /** The target of a consultation has answered, and talks to the side that asked. */
  | { readonly kind: 'consultAnswered'; readonly call: CallId }
  /** The target has answered and takes the place of the side that asked. */
  | { readonly kind: 'transferThrough'; readonly call: CallId }
  /** The transfer failed. `code` is the target's SIP status. `takenBack`: the agent who asked for it stopped it. */
  | { readonly kind: 'transferFailed'; readonly call: CallId; readonly code: number; readonly takenBack?: true }
  /** The side that asked hung up before the target answered. In older journals: that side transferred the other. */
  | { readonly kind: 'callTransferred'; readonly call: CallId; readonly by: TransferSide }
  /** A joined call is over. */
  | { readonly kind: 'callEnded'; readonly call: CallId; readonly cause: CallEndCause }
  | { readonly kind: 'presenceChanged'; readonly agent: AgentUri; readonly presence: Presence }
  | { readonly kind: 'signedIn'; readonly agent: AgentUri; readonly group: GroupName }
  | { readonly kind: 'signedOut'; readonly agent: AgentUri; readonly group: GroupName }
  /** Restores agents from before a restart. This is the first event after a restart. */
  | { readonly kind: 'agentsRestored'; readonly agents: readonly KeptAgent[] }
  /** The agent ends their wrap-up early. */
  | { readonly kind: 'agentReleased'; readonly agent: AgentUri }
  /** An agent who was paused because they missed calls says that they are back. */
  | { readonly kind: 'agentResumed'; readonly agent: AgentUri }
  | { readonly kind: 'timerFired'; readonly timer: TimerId }
  | { readonly kind: 'configReplaced'; readonly settings: RoutingSettings }
  /** The wall clock of the machine was set. It is now this many milliseconds ahead of the time of events. */
  | { readonly kind: 'clockStepped'; readonly wallOffset: number }
)

export type EventKind = Event['kind']
