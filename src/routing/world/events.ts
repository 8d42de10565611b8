import type { Instant } from '../../foundation/time.js'
import type { AgentUri, CallId, GroupName, OfferId, PromptId, TimerId, WorkflowName } from './ids.js'
import type { CallEndCause, Digit, PresenceState, TransferSide } from './words.js'
import type { KeptAgent } from './kept-agent.js'
import type { KeptCall } from './kept-call.js'
import type { RoutingSettings } from './settings.js'

/** An agent's merged presence as the board tells it (response-group.md §2). */
export interface Presence {
  readonly state: PresenceState
  /** Since when the merged state is this one. */
  readonly since: Instant
  /** Which source decided, with its words: `http: on the phone`. Shown wherever the state is. */
  readonly because: string
}

/** Everything that can happen. Each carries its moment: the core has no clock. */
export type Event = { readonly at: Instant } & (
  | {
      readonly kind: 'callArrived'
      readonly call: CallId
      readonly workflow: WorkflowName
      /** Prompts and music reach this caller; absent: signalling alone does, and prompts are passed over. */
      readonly hears?: boolean
      /** The agent who calls. Absent: somebody else. */
      readonly caller?: AgentUri
    }
  /** A call of before a restart, of which there is a caller's leg. */
  | { readonly kind: 'callRestored'; readonly call: CallId; readonly kept: KeptCall }
  /** The prompt was played to its end, or can't be played. */
  | { readonly kind: 'promptFinished'; readonly call: CallId; readonly prompt: PromptId }
  | { readonly kind: 'digitPressed'; readonly call: CallId; readonly digit: Digit }
  /** The caller left before being joined: CANCEL, BYE or a dead leg; `noMedia`: no RTP of theirs came, and we hung up. */
  | { readonly kind: 'callAbandoned'; readonly call: CallId; readonly because?: 'noMedia' }
  /** The agent's phone rings (180 or 183). */
  | { readonly kind: 'offerRinging'; readonly offer: OfferId }
  /** The agent's 200 is in hand. */
  | { readonly kind: 'offerAccepted'; readonly offer: OfferId }
  /** The offer failed; `code` is the SIP status (408 also stands for a transport fault or no answer at all). */
  | { readonly kind: 'offerRefused'; readonly offer: OfferId; readonly code: number }
  /** The agent declined without a SIP answer: on the console. */
  | { readonly kind: 'offerDeclined'; readonly offer: OfferId }
  /** An attendant takes this waiting call next, whatever its place: on the console. */
  | { readonly kind: 'callPicked'; readonly call: CallId; readonly agent: AgentUri }
  /** Caller and agent (or forward target) are joined: media can flow. */
  | { readonly kind: 'callJoined'; readonly call: CallId }
  /** The winner vanished before the legs were joined: the call waits again in its old place. */
  | { readonly kind: 'joinFailed'; readonly call: CallId; readonly code: number }
  /** A forward action's leg failed before it was joined. */
  | { readonly kind: 'forwardFailed'; readonly call: CallId; readonly code: number }
  /** A side of a joined call asks that another takes its place, by a REFER or by an INVITE with Replaces. Answered by `transfer` or `refuseTransfer`. */
  | {
      readonly kind: 'transferBegan'
      readonly call: CallId
      readonly by: TransferSide
      readonly how: 'refer' | 'replaces'
      /** Who asked, and who is to take the place, as URIs. */
      readonly asker: string
      readonly to: string
      /** The agent behind `to`. Absent: somebody else. */
      readonly agent?: AgentUri
    }
  /** The rules of the config refuse a REFER: nothing follows but that it is told. */
  | {
      readonly kind: 'transferRefused'
      readonly call: CallId
      readonly by: TransferSide
      readonly asker: string
      readonly to: string
    }
  /** The target talks in the place of the side that asked. */
  | { readonly kind: 'transferThrough'; readonly call: CallId }
  /** Nothing came of it: `code` is the target's SIP status. */
  | { readonly kind: 'transferFailed'; readonly call: CallId; readonly code: number }
  /** The side that asked left before the target was there. Journals of before: sent the other on. */
  | { readonly kind: 'callTransferred'; readonly call: CallId; readonly by: TransferSide }
  /** A joined call is over. */
  | { readonly kind: 'callEnded'; readonly call: CallId; readonly cause: CallEndCause }
  | { readonly kind: 'presenceChanged'; readonly agent: AgentUri; readonly presence: Presence }
  | { readonly kind: 'signedIn'; readonly agent: AgentUri; readonly group: GroupName }
  | { readonly kind: 'signedOut'; readonly agent: AgentUri; readonly group: GroupName }
  /** Agents of before a restart; told first. */
  | { readonly kind: 'agentsRestored'; readonly agents: readonly KeptAgent[] }
  /** The agent ends their wrap-up early. */
  | { readonly kind: 'agentReleased'; readonly agent: AgentUri }
  | { readonly kind: 'timerFired'; readonly timer: TimerId }
  | { readonly kind: 'configReplaced'; readonly settings: RoutingSettings }
  /** The machine's wall clock was set: it is now that many milliseconds ahead of the time of events. */
  | { readonly kind: 'clockStepped'; readonly wallOffset: number }
)

export type EventKind = Event['kind']
