import type { Instant } from '../foundation/time.js'
import type { AgentUri, GroupName } from '../routing/ids.js'

/** Formal sign-in of one agent to one group, kept over restarts until sign-out. */
export interface KeptSignIn {
  readonly agent: AgentUri
  readonly group: GroupName
  readonly at: Instant
}

/** A group's round-robin pointer: the agent offered last. */
export interface KeptPointer {
  readonly group: GroupName
  readonly agent: AgentUri
}

export interface KeptState {
  readonly signIns: readonly KeptSignIn[]
  readonly pointers: readonly KeptPointer[]
}

/**
 * What outlives a restart. Writes return at once and are done in batches off the call's path; the order of writes to
 * one key is kept. Routing never reads the store: it is read once, at start.
 */
export interface Store {
  load(): Promise<KeptState>
  saveSignIn(signIn: KeptSignIn): void
  deleteSignIn(agent: AgentUri, group: GroupName): void
  savePointer(pointer: KeptPointer): void
  /** Whether the last batch was written; false degrades readiness and is told once in the log. */
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
