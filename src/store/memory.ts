import type { AgentUri, CallId, GroupName } from '../routing/world/ids.js'
import { fits, latestFirst, entryFits } from './filter.js'
import type {
  AuditEntry,
  AuditFilter,
  CallRecord,
  Found,
  KeptPointer,
  KeptSignIn,
  KeptState,
  NumberedEntry,
  Reader,
  RecordFilter,
  RecordPlace,
  Store,
} from './port.js'
import { nothingKept } from './nothing-kept.js'
import { notAwaited } from '../foundation/turns.js'

/** Limits of call records and of entries of the audit log. Together they take about 10 MB. */
const mostRecords = 10_000
const mostEntries = 10_000
/** How many records one read looks at. It is limited, because a read blocks the thread that serves calls. */
const mostLookedAt = 1_000

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

  endRun(): void {
    // Nothing outlives the process.
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

  records(filter: RecordFilter, reader?: Reader): Promise<Found<CallRecord, RecordPlace>> {
    if (reader?.gone?.aborted === true) return Promise.reject(notAwaited())
    const { after, limit } = filter
    const rest = [...this.#records.values()].filter(record => !after || latestFirst(record, after) > 0).sort(latestFirst)
    const items: CallRecord[] = []
    for (const [index, record] of rest.entries()) {
      if (fits(record, filter)) items.push(record)
      if (items.length === limit || index + 1 === mostLookedAt)
        return Promise.resolve({ items, next: { arrivedAt: record.arrivedAt, call: record.call } })
    }
    return Promise.resolve({ items })
  }

  record(call: CallId, reader?: Reader): Promise<CallRecord | undefined> {
    if (reader?.gone?.aborted === true) return Promise.reject(notAwaited())
    return Promise.resolve(this.#records.get(call))
  }

  saveAudit(entry: AuditEntry): void {
    this.#entriesEver += 1
    this.#entries.push({ ...entry, id: this.#entriesEver })
    if (this.#entries.length > mostEntries) this.#entries.shift()
  }

  audit(filter: AuditFilter, reader?: Reader): Promise<Found<NumberedEntry, number>> {
    if (reader?.gone?.aborted === true) return Promise.reject(notAwaited())
    const items = this.#entries
      .filter(entry => entryFits(entry, filter))
      .reverse()
      .slice(0, filter.limit)
    const last = items.length === filter.limit ? items.at(-1) : undefined
    return Promise.resolve({ items, ...(last && { next: last.id }) })
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
