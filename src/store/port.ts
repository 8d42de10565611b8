import type { Millis, WallTime } from '../foundation/time.js'
import type { TurnTaker } from '../foundation/turns.js'
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

/** An agent's formal sign-in to a group. Kept over restarts until sign-out. */
export interface KeptSignIn {
  readonly agent: AgentUri
  readonly group: GroupName
  readonly at: WallTime
}

/** A group's round-robin pointer: the agent who was offered the last call. */
export interface KeptPointer {
  readonly group: GroupName
  readonly agent: AgentUri
}

/** A call in progress. The store does not interpret `state`. */
export interface KeptLiveCall {
  readonly call: CallId
  readonly state: string
}

/** The phones of an address of record. The store does not interpret `state`. */
interface KeptRegistrations {
  readonly address: string
  readonly state: string
}

/** The presence that an agent chose. The store does not interpret `state`. */
export interface KeptChoice {
  readonly agent: string
  readonly state: string
}

/** An agent's idle time and wrap-up. The store does not interpret `state`. */
export interface KeptAgentState {
  readonly agent: string
  readonly state: string
}

export interface KeptState {
  readonly signIns: readonly KeptSignIn[]
  readonly pointers: readonly KeptPointer[]
  /** In any order. */
  readonly liveCalls: readonly KeptLiveCall[]
  /** In any order. */
  readonly registrations: readonly KeptRegistrations[]
  /** In any order. */
  readonly choices: readonly KeptChoice[]
  /** In any order. */
  readonly agents: readonly KeptAgentState[]
  /** The last process that used the store. Absent: none has noted its run. */
  readonly lastRun?: KeptRun
  /** When a process changed the store for the last time. Absent: not known. */
  readonly wroteAt?: WallTime
}

/** A process of the server. */
export interface Run {
  /** Carillon's version. */
  readonly version: string
  readonly beganAt: WallTime
}
export interface KeptRun extends Run {
  /** When the process ended in an orderly way. Undefined: it was killed, or it still runs. */
  readonly endedAt: WallTime | undefined
}

/** One finished call, as reports and the call list show it. Moments are wall-clock times, spans are milliseconds. */
export interface CallRecord {
  readonly call: CallId
  readonly workflow: WorkflowName
  /** The caller's URI in readable form, and their display name. */
  readonly caller: string
  readonly callerName?: string
  readonly arrivedAt: WallTime
  /** When the caller's INVITE was answered with 200: for a prompt or music, or together with the agent. */
  readonly answeredAt?: WallTime
  /** When the caller was joined with an agent or a forward target. */
  readonly joinedAt?: WallTime
  readonly endedAt: WallTime
  /** Talk time, including after a transfer. */
  readonly talked: Millis
  readonly waits: readonly RecordedWait[]
  readonly offers: readonly RecordedOffer[]
  /** The caller's answers to questions, in order. */
  readonly answers: readonly { readonly digit: string; readonly name: string }[]
  /** An agent called out on behalf of the workflow. Absent: somebody called the workflow. */
  readonly outbound?: true
  /** The agent who answered, or who called out. */
  readonly agent?: AgentUri
  readonly group?: GroupName
  /** Agents who talked, in the order in which they started. Absent: none talked, or an older version wrote the record. */
  readonly talks?: readonly RecordedTalk[]
  /** The transfers that a side asked for, with their outcomes. Absent: none. */
  readonly transfers?: readonly RecordedTransfer[]
  /** The target to which an action forwarded the call. */
  readonly forwardedTo?: string
  /** The last target of an action that did not take the call, and its SIP response code. Absent: none. */
  readonly forwardFailed?: { readonly to: string; readonly code: number }
  /** The side that transferred the other. */
  readonly transferredBy?: 'agent' | 'caller'
  readonly outcome: CallEnd
  /** Who ended the call. Absent in records of 0.1 for calls that nobody answered. */
  readonly cause?: CallFinishCause
  /**
   * The SIP Call-IDs of the caller's leg and then of the others, in order. For a call with very many legs, only the caller's and
   * the latest. Absent in records of 0.1.
   */
  readonly sipCallIds?: readonly string[]
  /** The final SIP status that the caller's INVITE got. Absent if it got none. */
  readonly status?: number
  /** Media of the talk passed through Carillon. Absent: media flowed directly. */
  readonly anchored?: true
  /** How much of the talk was recorded. Absent: nothing. */
  readonly recorded?: 'whole' | 'partly' | 'failed'
  /** Who listened to the call, in the order in which they left. Absent: nobody. */
  readonly supervised?: readonly RecordedSupervision[]
}

interface RecordedSupervision {
  readonly name: string
  /** The agent whose phone they used. */
  readonly agent: AgentUri
  /** Every mode, in order. */
  readonly modes: readonly ('listen' | 'whisper' | 'barge')[]
  readonly from: WallTime
  readonly to: WallTime
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
  /** The SIP status of a refusal. */
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
  /** The URI of the side that asked, and the URI of the target. */
  readonly asker: string
  readonly to: string
  /** The side that asked talked to the target first, or called it to do so. */
  readonly consult?: true
  /** `unfinished`: the call ended first. */
  readonly outcome: TransferOutcome | 'unfinished'
}

/** A place in the order of records: directly after this record. */
export interface RecordPlace {
  readonly arrivedAt: WallTime
  readonly call: CallId
}

/** Selects records. All given fields must match. */
export interface RecordFilter {
  /** By arrival. `from` is included, `to` is excluded. */
  readonly from?: WallTime
  readonly to?: WallTime
  readonly workflow?: string
  /** One of these. */
  readonly workflows?: readonly string[]
  /** An agent who answered or who talked at any time. */
  readonly agent?: string
  /** The group for which the call was answered. */
  readonly group?: string
  readonly queue?: string
  readonly outcome?: CallEnd
  readonly direction?: 'inbound' | 'outbound'
  /** A part of the caller's URI or name. */
  readonly caller?: string
  /** The SIP Call-ID of one of the call's legs. */
  readonly sipCallId?: string
  /** Only records after this one in the result order. For the next page. */
  readonly after?: RecordPlace
  /** The most records to return, latest arrival first. */
  readonly limit: number
}

/** One change that somebody asked for, whether it was made or refused. */
export interface AuditEntry {
  readonly at: WallTime
  readonly who: string
  readonly kind: 'user' | 'token' | 'loopback'
  /** The address from which the request came. */
  readonly from: string
  /** In words: `signed sip:alice@example.com out of support`. */
  readonly what: string
  /** The agent and the group that it concerns. */
  readonly agent?: AgentUri
  readonly group?: GroupName
  readonly done: boolean
  /** Why the change was refused. */
  readonly because?: string
}

/** Selects entries. All given fields must match. */
export interface AuditFilter {
  /** By time. `from` is included, `to` is excluded. */
  readonly from?: WallTime
  readonly to?: WallTime
  readonly who?: string
  readonly agent?: string
  /** About one of these agents. */
  readonly agents?: readonly AgentUri[]
  /** Text that stands in the field who, what or because. Capital letters of ASCII don't matter. */
  readonly text?: string
  /** Only entries written before the one with this number. For the next page. */
  readonly before?: number
  /** The most entries to return, latest first. */
  readonly limit: number
}

/** Entries are numbered in the order of writing, from 1. */
export type NumberedEntry = AuditEntry & { readonly id: number }

/** The result of one read of many rows. It looks at a limited number of rows, so it may find fewer than asked for, or none. */
export interface Found<Item, Place> {
  readonly items: readonly Item[]
  /** Where the next read goes on. Absent: there is nothing more. */
  readonly next?: Place
}

/** The person or program for which the store is read. */
export type Reader = TurnTaker

/** Calls in progress. A call is stored from its first save until it ends. */
export interface LiveCallStore {
  /** Whether calls outlive the process. If false, nothing needs to be saved. */
  readonly keepsLiveCalls: boolean
  saveLiveCall(call: CallId, state: string): void
  deleteLiveCall(call: CallId): void
}

/**
 * State that outlives a restart. Writes return at once and happen in batches, so that calls never wait for them. Writes to one
 * key keep their order. Routing never reads the store, except once at the start.
 */
export interface Store extends LiveCallStore {
  /** Reads the state of the previous process. Rejects only if another process uses the store, or if a newer version wrote it. */
  load(): Promise<KeptState>
  /** Notes that this process ends in an orderly way. `close` writes the note. */
  endRun(): void
  saveSignIn(signIn: KeptSignIn): void
  deleteSignIn(agent: AgentUri, group: GroupName): void
  savePointer(pointer: KeptPointer): void
  /** `state` undefined: deletes the entry, because no registration of the address should outlive the process. */
  saveRegistrations(address: string, state: string | undefined): void
  /** `state` undefined: the agent no longer chooses a presence. */
  saveChoice(agent: AgentUri, state: string | undefined): void
  /** `state` undefined: deletes the agent's entry. */
  saveAgent(agent: AgentUri, state: string | undefined): void
  saveRecord(record: CallRecord): void
  /** Rejects if the store can't be read. */
  records(filter: RecordFilter, reader?: Reader): Promise<Found<CallRecord, RecordPlace>>
  record(call: CallId, reader?: Reader): Promise<CallRecord | undefined>
  saveAudit(entry: AuditEntry): void
  /** Rejects if the store can't be read. */
  audit(filter: AuditFilter, reader?: Reader): Promise<Found<NumberedEntry, number>>
  /** Resolves to true once all earlier sign-ins and sign-outs would survive a power cut, or to false if they can't be written. */
  kept(): Promise<boolean>
  /**
   * Whether the last batch was written in time to a file that still exists. False makes the server not ready, and is logged once.
   */
  healthy(): boolean
  /** Writes everything that waits. */
  flush(): Promise<void>
  close(): Promise<void>
}

/** Receives every event of the core, and writes it as one line of JSON. Calls never wait for the disk, and memory is bounded. */
export interface JournalWriter {
  /** Returns at once. Lines beyond the memory limit are dropped and counted. */
  append(entry: object): void
  /** `header` is called at the start of each new file. It returns the world from which the file's events can be replayed. */
  onNewFile(header: () => string): void
  readonly dropped: number
  flush(): Promise<void>
  close(): Promise<void>
}
