import { messageOf } from '../foundation/errors.js'
import { wallNow } from '../foundation/clock.js'
import { later, millis, type Millis, type WallTime } from '../foundation/time.js'
import type { AgentUri, CallId, GroupName } from '../routing/world/ids.js'
import { nothingKept } from './nothing-kept.js'
import { PendingRecords } from './pending-records.js'
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
  Run,
  Store,
} from './port.js'
import { entriesFound, insertEntry, selectEntries } from './sqlite-audit.js'
import { SqliteFile, type SqliteFileOptions } from './sqlite-file.js'
import type { Query } from './sqlite-query.js'
import { StoreInUse } from './sqlite-lock.js'
import { deleteBefore, insertRecords, recordsFound, selectOf, selectOne, sizedRow } from './sqlite-records.js'
import { StoreTooNew } from './sqlite-connection.js'
import { lastRun, runRow } from './sqlite-runs.js'
import { loadSignIns } from './sqlite-sign-ins.js'
import { Texts } from './sqlite-texts.js'
import { keyOfPointer, keyOfSignIn, statementsOf, type Write } from './sqlite-writes.js'
import { WriteTurns } from './write-turns.js'

/** Options of the store. Its file and folder are created if they are missing. */
interface SqliteStoreOptions extends SqliteFileOptions {
  /** Records of calls that arrived longer ago are deleted. Default 90 days. */
  readonly keepRecords?: Millis
  /** Older audit log entries are deleted. Default one year. */
  readonly keepAudit?: Millis
  /** This process. Absent: the store does not note who uses it. */
  readonly run?: Run
}

/** Sign-ins are written at once. What comes with every call waits in order to share a batch. */
const atOnce = millis(0)
const pointerDelay = millis(250)
/** The records of so much time are written together: they lie side by side in the file, so they share its pages. */
const recordDelay = millis(1_000)
const registrationDelay = millis(1_000)
/** The wait after a batch, if more is to be written. */
const nextDelay = millis(250)
/** The most records in one batch, so that no batch takes long to build or to write. */
const recordsPerBatch = 500
/** How many changes, besides records, may wait for a store that can't be written. */
const mostPending = 50_000

/**
 * Sign-ins, pointers, registrations, calls and the audit log in one SQLite file. Writes are collected and run as one transaction
 * at a time on the library's thread, so that calls never wait for the disk. If the file is damaged, locked or out of reach, the
 * store becomes unhealthy: it logs this once, keeps the waiting changes and tries again.
 */
export class SqliteStore implements Store {
  readonly keepsLiveCalls = true
  readonly #options: SqliteStoreOptions
  readonly #file: SqliteFile
  readonly #turns: WriteTurns
  #pending = new Map<string, Write>()
  /** All current sign-ins and pointers. If somebody deletes the file, the new one gets them from here. */
  readonly #known = new Map<string, Write>()
  readonly #records = new PendingRecords(sizedRow)
  /** The number of audit entries so far, used for the keys of their writes. */
  #entries = 0
  readonly #texts = new Texts()
  #healthy = true

  constructor(options: SqliteStoreOptions) {
    this.#options = options
    this.#file = new SqliteFile(options, () => this.#beginAgain())
    this.#turns = new WriteTurns({
      clock: options.clock,
      rest: () => this.#rest(),
      write: () => this.#writeBatch(),
      slow: () => this.#condition(new Error('the disk, or another process that holds the file, takes more than 2 s'), notWritten),
      works: () => this.#healthy,
    })
  }

  /** Reads the state of the previous process. If the file can't be used, the result is empty and the store is unhealthy. */
  async load(): Promise<KeptState> {
    try {
      const database = await this.#file.open()
      const last = await lastRun(database)
      const texts = await this.#texts.load(database)
      const kept = { ...(await loadSignIns(database)), ...texts, ...(last && { lastRun: last }) }
      for (const signIn of kept.signIns) this.#know(keyOfSignIn(signIn), { kind: 'signIn', signIn })
      for (const pointer of kept.pointers) this.#know(keyOfPointer(pointer), { kind: 'pointer', pointer })
      this.#condition(undefined)
      this.#noteRun(undefined)
      return kept
    } catch (error) {
      if (error instanceof StoreInUse || error instanceof StoreTooNew) {
        await this.#file.close()
        throw error
      }
      this.#condition(error, 'was not read: formal agents must sign in again, and earlier calls are lost')
      return nothingKept
    }
  }

  endRun(): void {
    this.#noteRun(wallNow(this.#options.clock))
  }

  #noteRun(endedAt: WallTime | undefined): void {
    const { run } = this.#options
    if (run) this.#put('run', { kind: 'run', statements: runRow(run, endedAt) }, atOnce)
  }

  saveSignIn(signIn: KeptSignIn): void {
    this.#put(keyOfSignIn(signIn), { kind: 'signIn', signIn }, atOnce)
  }

  deleteSignIn(agent: AgentUri, group: GroupName): void {
    this.#put(keyOfSignIn({ agent, group }), { kind: 'signOut', agent, group }, atOnce)
  }

  savePointer(pointer: KeptPointer): void {
    this.#put(keyOfPointer(pointer), { kind: 'pointer', pointer }, pointerDelay)
  }

  saveLiveCall(call: CallId, state: string): void {
    this.#texts.liveCalls.save(call, state)
    this.#turns.schedule(atOnce)
  }

  deleteLiveCall(call: CallId): void {
    this.#texts.liveCalls.delete(call)
    if (this.#texts.waiting > 0) this.#turns.schedule(pointerDelay)
  }

  saveRegistrations(address: string, state: string | undefined): void {
    if (state === undefined) this.#texts.registrations.delete(address)
    else this.#texts.registrations.save(address, state)
    if (this.#texts.waiting > 0) this.#turns.schedule(registrationDelay)
  }

  saveChoice(agent: AgentUri, state: string | undefined): void {
    if (state === undefined) this.#texts.choices.delete(agent)
    else this.#texts.choices.save(agent, state)
    if (this.#texts.waiting > 0) this.#turns.schedule(atOnce)
  }

  /** Waiting records share the batch. So if an agent's idle time since a call outlives a kill, the call's record does too. */
  saveAgent(agent: AgentUri, state: string | undefined): void {
    if (state === undefined) this.#texts.agents.delete(agent)
    else this.#texts.agents.save(agent, state)
    this.#records.hurry(this.#options.clock.now())
    if (this.#texts.waiting > 0) this.#turns.schedule(atOnce)
  }

  saveRecord(record: CallRecord): void {
    this.#records.add(record, later(this.#options.clock.now(), recordDelay))
    this.#turns.schedule(recordDelay)
  }

  /** Waiting records are written first, so that a call that has just ended is found. */
  async records(filter: RecordFilter, reader?: Reader): Promise<Found<CallRecord, RecordPlace>> {
    await this.#writeWaiting()
    return recordsFound(await this.#file.read(selectOf(filter), reader))
  }

  async record(call: CallId, reader?: Reader): Promise<CallRecord | undefined> {
    await this.#writeWaiting()
    const { items } = recordsFound(await this.#file.read(selectOne(call), reader))
    return items[0]
  }

  /** While the store can't be written, entries beyond a limit are lost. */
  saveAudit(entry: AuditEntry): void {
    if (this.#pending.size >= mostPending) return
    const { clock, keepAudit = millis(365 * 86_400_000) } = this.#options
    this.#entries += 1
    this.#put(`audit ${this.#entries}`, { kind: 'audit', statements: insertEntry(entry, wallNow(clock) - keepAudit) }, atOnce)
  }

  async audit(filter: AuditFilter, reader?: Reader): Promise<Found<NumberedEntry, number>> {
    await this.kept()
    return entriesFound(await this.#file.read(selectEntries(filter), reader))
  }

  /** Waits for the current batch, and for one more with everything that waits now. */
  async kept(): Promise<boolean> {
    await this.#turns.current
    if (this.#turns.current || this.#pending.size > 0) await this.#turns.now()
    return this.#healthy
  }

  healthy(): boolean {
    return this.#healthy
  }

  /** Writes everything that waits. If that fails, it keeps waiting and `healthy` is false. */
  async flush(): Promise<void> {
    while (this.#turns.current || this.#rest() !== undefined) {
      this.#records.hurry(this.#options.clock.now())
      await this.#turns.now()
      if (!this.#healthy) return
    }
  }

  async close(): Promise<void> {
    await this.flush()
    this.#turns.close()
    await this.#file.close()
  }

  /** The wait until the next batch. Undefined: nothing waits. */
  #rest(): Millis | undefined {
    if (this.#pending.size > 0 || this.#texts.waiting > 0) return nextDelay
    const { due } = this.#records
    return due === undefined ? undefined : millis(Math.max(0, due - this.#options.clock.now()))
  }

  #put(key: string, write: Write, delay: Millis): void {
    this.#pending.set(key, write)
    this.#know(key, write)
    this.#turns.schedule(delay)
  }

  #know(key: string, write: Write): void {
    if (write.kind === 'signOut') this.#known.delete(key)
    else if (write.kind !== 'audit') this.#known.set(key, write)
  }

  /** Writes the records that wait now. Does not wait for later ones. */
  async #writeWaiting(): Promise<void> {
    await this.#turns.current
    for (let left = this.#records.waiting; left > 0 && this.#healthy && !this.#turns.closed; left -= recordsPerBatch) {
      this.#records.hurry(this.#options.clock.now())
      await this.#turns.now()
    }
  }

  /** Writes one batch. Never rejects. */
  async #writeBatch(): Promise<void> {
    const batch = this.#pending
    this.#pending = new Map()
    const records = this.#records.batch(recordsPerBatch, this.#options.clock.now())
    const texts = this.#texts.batch()
    try {
      const kept = statementsOf(batch.values())
      const recorded = [...insertRecords(records.map(([, { values }]) => values)), ...this.#cleaning(records.length)]
      await this.#file.write([...kept, ...texts.statements, ...recorded])
      const rest = records.length < recordsPerBatch ? recordDelay : nextDelay
      this.#records.written(records, later(this.#options.clock.now(), rest))
      texts.written()
      this.#condition(undefined)
    } catch (error) {
      this.#putBack(batch)
      // The file is opened again next time, because somebody may have replaced a damaged file by a good one.
      this.#file.letGo()
      this.#condition(error, notWritten)
    }
  }

  /** Puts unwritten changes back, unless a newer change to the same key waits. */
  #putBack(writes: ReadonlyMap<string, Write>): void {
    for (const [key, write] of writes) if (!this.#pending.has(key)) this.#pending.set(key, write)
  }

  /** The file was lost. Writes everything that we know to the new one. */
  #beginAgain(): void {
    this.#condition(
      new Error('it was deleted, replaced or cut to nothing while in use'),
      'lost its records; sign-ins are written again',
    )
    this.#putBack(this.#known)
    void this.#turns.now()
  }

  /** Deletes up to twice as many expired records as were added. So the table shrinks at any rate of calls. */
  #cleaning(came: number): readonly Query[] {
    if (came === 0) return []
    const { clock, keepRecords = millis(90 * 86_400_000) } = this.#options
    return [deleteBefore(wallNow(clock) - keepRecords, 2 * came)]
  }

  /** Logged once per change (docs/style.md §4). */
  #condition(error: unknown, consequence = ''): void {
    const healthy = error === undefined
    if (healthy === this.#healthy) return
    this.#healthy = healthy
    const { log, file } = this.#options
    if (healthy) {
      const lost = this.#records.takeLost()
      log.info?.(`store ${file} works again; ${lost} records of calls were lost`, { event: 'store.recovered', lost })
      return
    }
    const why = messageOf(error)
    log.error(`store ${file} ${consequence} (${why})`, { event: 'store.degraded', why })
  }
}

const notWritten = 'is not written: changes would be lost by a restart'
