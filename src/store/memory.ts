import type { AgentUri, CallId, GroupName } from '../routing/world/ids.js'
import { fits, latestFirst, entryFits } from './filter.js'
import type {
  AuditEntry,
  AuditFilter,
  CallRecord,
  KeptPointer,
  KeptSignIn,
  KeptState,
  NumberedEntry,
  RecordFilter,
  Store,
} from './port.js'
import { nothingKept } from './nothing-kept.js'

/** About 10 MB. */
const mostRecords = 10_000
const mostEntries = 10_000

/** Keeps everything in memory only, for trials and for sites that keep no state on the machine. Always healthy. */
export class MemoryStore implements Store {
  readonly keepsLiveCalls = false
  readonly #signIns = new Map<string, KeptSignIn>()
  readonly #pointers = new Map<GroupName, KeptPointer>()
  readonly #records = new Map<CallId, CallRecord>()
  readonly #entries: NumberedEntry[] = []
  #entriesEver = 0

  load(): Promise<KeptState> {
    const [signIns, pointers] = [[...this.#signIns.values()], [...this.#pointers.values()]]
    return Promise.resolve({ ...nothingKept, signIns, pointers })
  }

  saveSignIn(signIn: KeptSignIn): void {
    this.#signIns.set(keyOf(signIn.agent, signIn.group), signIn)
  }

  deleteSignIn(agent: AgentUri, group: GroupName): void {
    this.#signIns.delete(keyOf(agent, group))
  }

  savePointer(pointer: KeptPointer): void {
    this.#pointers.set(pointer.group, pointer)
  }

  saveLiveCall(): void {
    // Nothing to keep: the call ends with the process.
  }

  deleteLiveCall(): void {
    // Nothing is kept.
  }

  saveRegistrations(): void {
    // The registrar holds them until the process ends.
  }

  saveAgent(): void {
    // The core holds it until the process ends.
  }

  saveChoice(): void {
    // The presence board holds it until the process ends.
  }

  /** Keeps only the latest records, so that memory stays bounded. */
  saveRecord(record: CallRecord): void {
    this.#records.set(record.call, record)
    if (this.#records.size <= mostRecords) return
    const [oldest] = this.#records.keys()
    if (oldest !== undefined) this.#records.delete(oldest)
  }

  records(filter: RecordFilter): Promise<readonly CallRecord[]> {
    const found = [...this.#records.values()].filter(record => fits(record, filter)).sort(latestFirst)
    return Promise.resolve(found.slice(0, filter.limit))
  }

  record(call: CallId): Promise<CallRecord | undefined> {
    return Promise.resolve(this.#records.get(call))
  }

  saveAudit(entry: AuditEntry): void {
    this.#entriesEver += 1
    this.#entries.push({ ...entry, id: this.#entriesEver })
    if (this.#entries.length > mostEntries) this.#entries.shift()
  }

  audit(filter: AuditFilter): Promise<readonly NumberedEntry[]> {
    const found = this.#entries.filter(entry => entryFits(entry, filter)).reverse()
    return Promise.resolve(found.slice(0, filter.limit))
  }

  /** Nothing here outlives the process, so there is nothing to wait for. */
  kept(): Promise<boolean> {
    return Promise.resolve(true)
  }

  healthy(): boolean {
    return true
  }

  flush(): Promise<void> {
    return Promise.resolve()
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

/** A URI contains no space. */
const keyOf = (agent: AgentUri, group: GroupName): string => `${agent} ${group}`
