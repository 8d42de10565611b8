import type { AgentUri, CallId, GroupName } from '../routing/ids.js'
import { fits, latestFirst } from './filter.js'
import type { CallRecord, KeptPointer, KeptSignIn, KeptState, RecordFilter, Store } from './port.js'

/** About 10 MB. */
const mostRecords = 10_000

/** Keeps nothing beyond the process: for trials, and for sites that keep no state on the machine. Always healthy. */
export class MemoryStore implements Store {
  readonly keepsLiveCalls = false
  readonly #signIns = new Map<string, KeptSignIn>()
  readonly #pointers = new Map<GroupName, KeptPointer>()
  readonly #records = new Map<CallId, CallRecord>()

  load(): Promise<KeptState> {
    return Promise.resolve({ signIns: [...this.#signIns.values()], pointers: [...this.#pointers.values()], liveCalls: [] })
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
    // It would end with the process, as the call does.
  }

  deleteLiveCall(): void {
    // None is kept.
  }

  /** The latest ones: what a process may keep for itself is bounded. */
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

  /** As long as anything is, here. */
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

/** A URI holds no space. */
const keyOf = (agent: AgentUri, group: GroupName): string => `${agent} ${group}`
