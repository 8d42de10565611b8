import type { Millis, WallTime } from '../foundation/time.js'
import type {
  CallEnd,
  CallFinishCause,
  OfferEnd,
  RoutingMethodName,
  TransferOutcome,
  TransferSide,
  WaitOutcome,
} from '../routing/world/words.js'
import type { AgentUri, CallId, GroupName, QueueName, WorkflowName } from '../routing/world/ids.js'

/** Formal sign-in of one agent to one group, kept over restarts until sign-out. */
export interface KeptSignIn {
  readonly agent: AgentUri
  readonly group: GroupName
  readonly at: WallTime
}

/** A group's round-robin pointer: the agent offered last. */
export interface KeptPointer {
  readonly group: GroupName
  readonly agent: AgentUri
}

/** A call in progress; its state is a text that the store does not read. */
export interface KeptLiveCall {
  readonly call: CallId
  readonly state: string
}

/** Where the phones of an address of record are; a text that the store does not read. */
export interface KeptRegistrations {
  readonly address: string
  readonly state: string
}

/** What an agent chose to be; a text that the store does not read. */
export interface KeptChoice {
  readonly agent: string
  readonly state: string
}

/** An agent's idle time and wrap-up; a text that the store does not read. */
export interface KeptAgentState {
  readonly agent: string
  readonly state: string
}

export interface KeptState {
  readonly signIns: readonly KeptSignIn[]
  readonly pointers: readonly KeptPointer[]
  /** In no order. */
  readonly liveCalls: readonly KeptLiveCall[]
  /** In no order. */
  readonly registrations: readonly KeptRegistrations[]
  /** In no order. */
  readonly choices: readonly KeptChoice[]
  /** In no order. */
  readonly agents: readonly KeptAgentState[]
}

/** One finished call, as reports and the call list tell it. Moments are the wall clock's, spans milliseconds. */
export interface CallRecord {
  readonly call: CallId
  readonly workflow: WorkflowName
  /** The caller's URI as people read it, and their display name. */
  readonly caller: string
  readonly callerName?: string
  readonly arrivedAt: WallTime
  /** When the caller's INVITE was answered with 200: by a prompt or music, or together with the agent. */
  readonly answeredAt?: WallTime
  /** When the caller and an agent, or a forward target, were joined. */
  readonly joinedAt?: WallTime
  readonly endedAt: WallTime
  /** With the agent, who may have sent the caller on before the end. */
  readonly talked: Millis
  readonly waits: readonly RecordedWait[]
  readonly offers: readonly RecordedOffer[]
  /** The caller's answers to questions, in order. */
  readonly answers: readonly { readonly digit: string; readonly name: string }[]
  /** Who answered. */
  readonly agent?: AgentUri
  readonly group?: GroupName
  /** Agents who talked, in the order in which they began. Absent: none did, or the record is of a version that did not tell. */
  readonly talks?: readonly RecordedTalk[]
  /** What transfers were asked for, done or not. Absent: none. */
  readonly transfers?: readonly RecordedTransfer[]
  /** Where an action sent the call. */
  readonly forwardedTo?: string
  /** Who sent the other on to somebody else. */
  readonly transferredBy?: 'agent' | 'caller'
  readonly outcome: CallEnd
  /** Who ended it. Absent in records of 0.1 for calls that nobody answered. */
  readonly cause?: CallFinishCause
  /** Of the caller's leg and then of the others, in their order; of a call with very many, the caller's and the latest. Absent in records of 0.1. */
  readonly sipCallIds?: readonly string[]
  /** What the caller's INVITE was answered with; absent when it had no final answer yet. */
  readonly status?: number
}

export interface RecordedWait {
  readonly queue: QueueName
  readonly from: WallTime
  readonly waited: Millis
  readonly outcome: WaitOutcome
}

export interface RecordedOffer {
  readonly agent: AgentUri
  readonly group: GroupName
  readonly method: RoutingMethodName
  readonly outcome: OfferEnd
  /** SIP status of a refusal. */
  readonly code?: number
  readonly rang: Millis
}

export interface RecordedTalk {
  readonly agent: AgentUri
  /** `caller`: the agent made the call, or took the caller's place. */
  readonly side: TransferSide
  readonly from: WallTime
  readonly to: WallTime
}

export interface RecordedTransfer {
  readonly at: WallTime
  readonly by: TransferSide
  /** Who asked, and who was to take their place, as URIs. */
  readonly asker: string
  readonly to: string
  /** `unfinished`: the call ended first. */
  readonly outcome: TransferOutcome | 'unfinished'
}

/** Which records are asked for; all that is named must fit. */
export interface RecordFilter {
  /** By arrival: `from` is included, `to` is not. */
  readonly from?: WallTime
  readonly to?: WallTime
  readonly workflow?: string
  /** One of these. */
  readonly workflows?: readonly string[]
  /** An agent who answered, or who talked at any time. */
  readonly agent?: string
  /** For which the call was answered. */
  readonly group?: string
  readonly queue?: string
  readonly outcome?: CallEnd
  /** A part of the caller's URI or name. */
  readonly caller?: string
  /** Of one of the call's legs. */
  readonly sipCallId?: string
  /** Only those that stand behind this one, which an answer before ended with. */
  readonly after?: { readonly arrivedAt: WallTime; readonly call: CallId }
  /** At most so many, the latest arrival first. */
  readonly limit: number
}

/** One change that somebody asked for, done or not. */
export interface AuditEntry {
  readonly at: WallTime
  readonly who: string
  readonly kind: 'user' | 'token' | 'loopback'
  /** The address that the request came from. */
  readonly from: string
  /** In words: `signed sip:alice@example.com out of support`. */
  readonly what: string
  /** Whom it is about, and which group. */
  readonly agent?: AgentUri
  readonly group?: GroupName
  readonly done: boolean
  /** Why it was not done. */
  readonly because?: string
}

/** Which entries are asked for; all that is named must fit. */
export interface AuditFilter {
  /** By time: `from` is included, `to` is not. */
  readonly from?: WallTime
  readonly to?: WallTime
  readonly who?: string
  readonly agent?: string
  /** About one of these. */
  readonly agents?: readonly AgentUri[]
  /** Only those written before the one with this number. */
  readonly before?: number
  /** At most so many, the latest first. */
  readonly limit: number
}

/** Numbered in the order of writing, from 1. */
export type NumberedEntry = AuditEntry & { readonly id: number }

/** Calls in progress: kept from their first word to their end. */
export interface LiveCallStore {
  /** Whether they outlive the process: with false nothing needs to be saved. */
  readonly keepsLiveCalls: boolean
  saveLiveCall(call: CallId, state: string): void
  deleteLiveCall(call: CallId): void
}

/**
 * What outlives a restart. Writes return at once and are done in batches off the call's path; the order of writes to
 * one key is kept. Routing never reads the store: it is read once, at start.
 */
export interface Store extends LiveCallStore {
  /** Rejects only when another process has the store. */
  load(): Promise<KeptState>
  saveSignIn(signIn: KeptSignIn): void
  deleteSignIn(agent: AgentUri, group: GroupName): void
  savePointer(pointer: KeptPointer): void
  /** Undefined: none that outlives the process. */
  saveRegistrations(address: string, state: string | undefined): void
  /** Undefined: the agent chooses nothing any more. */
  saveChoice(agent: AgentUri, state: string | undefined): void
  /** Undefined: nothing of this agent. */
  saveAgent(agent: AgentUri, state: string | undefined): void
  saveRecord(record: CallRecord): void
  /** Rejects when the store can't be read. */
  records(filter: RecordFilter): Promise<readonly CallRecord[]>
  record(call: CallId): Promise<CallRecord | undefined>
  saveAudit(entry: AuditEntry): void
  /** Rejects when the store can't be read. */
  audit(filter: AuditFilter): Promise<readonly NumberedEntry[]>
  /** Resolves true once the sign-ins and sign-outs of before would outlive a power cut, false when they can't be written. */
  kept(): Promise<boolean>
  /** Whether the last batch was written, in good time, to a file that is still there; false degrades readiness and is told once in the log. */
  healthy(): boolean
  /** Writes what is pending. */
  flush(): Promise<void>
  close(): Promise<void>
}

/** Where every event of the core goes, one JSON line each, written off the call's path with bounded memory. */
export interface JournalWriter {
  /** Returns at once. Lines beyond the memory bound are dropped and counted. */
  append(line: string): void
  /** Called at the start of each new file, to begin it with a world from which its events can be replayed. */
  onNewFile(header: () => string): void
  readonly dropped: number
  flush(): Promise<void>
  close(): Promise<void>
}
