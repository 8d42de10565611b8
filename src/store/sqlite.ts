import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { wallNow, type Clock, type Timer } from '../foundation/clock.js'
import type { Log } from '../foundation/log.js'
import { millis, type Millis } from '../foundation/time.js'
import type { AgentUri, CallId, GroupName } from '../routing/world/ids.js'
import { PendingRecords } from './pending-records.js'
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
import { entriesIn, insertEntry, selectEntries } from './sqlite-audit.js'
import {
  connect,
  emptyJournal,
  inodeOf,
  inTransaction,
  migrate,
  removeEmptied,
  rowsOf,
  textIn,
  type Connection,
} from './sqlite-connection.js'
import { StoreInUse, takeLock } from './sqlite-lock.js'
import { migrations } from './sqlite-migrations.js'
import { deleteBefore, insertOf, recordsIn, selectOf, selectOne } from './sqlite-records.js'
import { loadSignIns } from './sqlite-sign-ins.js'
import { Texts } from './sqlite-texts.js'
import { keyOfPointer, keyOfSignIn, sqlOf, type Write } from './sqlite-writes.js'

export interface SqliteStoreOptions {
  /** An absolute path. The file and its folder are created if missing. */
  readonly file: string
  readonly clock: Clock
  readonly log: Log
  /** Records of calls that arrived longer ago are deleted. Default 90 days. */
  readonly keepRecords?: Millis
  /** Older audit log entries are deleted. Default one year. */
  readonly keepAudit?: Millis
  /** How long a write waits while another process locks the file. Default 5 s. */
  readonly lockTimeout?: Millis
}

/** Sign-ins are written at once. Pointers and records come with every call, so they wait for others to share a batch. */
const pointerDelay = millis(250)
const recordDelay = millis(1_000)
/** The most records in one batch, so that no batch takes long to build or to write. */
const recordsPerBatch = 500
/** How many changes, besides records, may wait for a store that can't be written. */
const mostPending = 50_000
/** After a failed batch. */
const retryDelay = millis(5_000)
const defaultLockTimeout = millis(5_000)
/** A batch that takes longer than this makes the store unhealthy. */
const longestWrite = millis(2_000)
/** How often we check that the file is still the one that was opened. */
const lookAfter = millis(10_000)

/**
 * Sign-ins, pointers, registrations, calls and the audit log in one SQLite file. Writes are collected and run as one transaction
 * at a time on the library's thread, so that calls never wait for the disk. A second connection reads records. If the file is
 * damaged, locked or out of reach, the store becomes unhealthy: it logs this once, keeps the waiting changes and tries again.
 */
export class SqliteStore implements Store {
  readonly keepsLiveCalls = true
  readonly #options: SqliteStoreOptions
  #database: Connection | undefined
  #opening: Promise<Connection> | undefined
  /** The connection that reads records. */
  #reader: Connection | undefined
  #reading: Promise<unknown> = Promise.resolve()
  #pending = new Map<string, Write>()
  /** All current sign-ins and pointers. If somebody deletes the file, the new one gets them from here. */
  readonly #known = new Map<string, Write>()
  /** Held from the first opening until `close`. */
  #lock: Connection | undefined
  /** The inode of the open file. */
  #inode: number | undefined
  #looking: Timer | undefined
  readonly #records = new PendingRecords()
  /** The number of audit entries so far, used for the keys of their writes. */
  #entries = 0
  readonly #texts = new Texts()
  #next: { readonly timer: Timer; readonly due: number } | undefined
  #writing: Promise<void> | undefined
  #healthy = true
  #closed = false

  constructor(options: SqliteStoreOptions) {
    this.#options = options
  }

  /** What the previous process kept. If the file can't be used, the result is empty and the store unhealthy. */
  async load(): Promise<KeptState> {
    try {
      const database = await this.#open()
      const kept = { ...(await loadSignIns(database)), ...(await this.#texts.load(database)) }
      for (const signIn of kept.signIns) this.#know(keyOfSignIn(signIn), { kind: 'signIn', signIn })
      for (const pointer of kept.pointers) this.#know(keyOfPointer(pointer), { kind: 'pointer', pointer })
      this.#condition(undefined)
      return kept
    } catch (error) {
      if (error instanceof StoreInUse) throw error
      this.#condition(error, 'was not read: formal agents must sign in again, calls of before are lost')
      return nothingKept
    }
  }

  saveSignIn(signIn: KeptSignIn): void {
    this.#put(keyOfSignIn(signIn), { kind: 'signIn', signIn }, millis(0))
  }

  deleteSignIn(agent: AgentUri, group: GroupName): void {
    this.#put(keyOfSignIn({ agent, group }), { kind: 'signOut', agent, group }, millis(0))
  }

  savePointer(pointer: KeptPointer): void {
    this.#put(keyOfPointer(pointer), { kind: 'pointer', pointer }, pointerDelay)
  }

  saveLiveCall(call: CallId, state: string): void {
    this.#texts.liveCalls.save(call, state)
    this.#schedule(this.#healthy ? millis(0) : retryDelay)
  }

  deleteLiveCall(call: CallId): void {
    this.#texts.liveCalls.delete(call)
    if (this.#texts.waiting > 0) this.#schedule(this.#healthy ? pointerDelay : retryDelay)
  }

  saveRegistrations(address: string, state: string | undefined): void {
    if (state === undefined) this.#texts.registrations.delete(address)
    else this.#texts.registrations.save(address, state)
    if (this.#texts.waiting > 0) this.#schedule(this.#healthy ? recordDelay : retryDelay)
  }

  saveChoice(agent: AgentUri, state: string | undefined): void {
    if (state === undefined) this.#texts.choices.delete(agent)
    else this.#texts.choices.save(agent, state)
    if (this.#texts.waiting > 0) this.#schedule(this.#healthy ? millis(0) : retryDelay)
  }

  saveAgent(agent: AgentUri, state: string | undefined): void {
    if (state === undefined) this.#texts.agents.delete(agent)
    else this.#texts.agents.save(agent, state)
    if (this.#texts.waiting > 0) this.#schedule(this.#healthy ? recordDelay : retryDelay)
  }

  saveRecord(record: CallRecord): void {
    this.#records.add(record)
    this.#schedule(this.#healthy ? recordDelay : retryDelay)
  }

  /** Waiting records are written first, so that a call that has just ended is found. */
  async records(filter: RecordFilter): Promise<readonly CallRecord[]> {
    await this.#writeWaiting()
    return recordsIn(await this.#read(selectOf(filter)))
  }

  async record(call: CallId): Promise<CallRecord | undefined> {
    await this.#writeWaiting()
    const [record] = recordsIn(await this.#read(selectOne(call)))
    return record
  }

  /** While the store can't be written, entries beyond a limit are lost. */
  saveAudit(entry: AuditEntry): void {
    if (this.#pending.size >= mostPending) return
    const { clock, keepAudit = millis(365 * 86_400_000) } = this.#options
    this.#entries += 1
    this.#put(`audit ${this.#entries}`, { kind: 'audit', sql: insertEntry(entry, wallNow(clock) - keepAudit) }, millis(0))
  }

  async audit(filter: AuditFilter): Promise<readonly NumberedEntry[]> {
    await this.kept()
    return entriesIn(await this.#read(selectEntries(filter)))
  }

  /** Waits for the current batch, and for one more with everything that waits now. */
  async kept(): Promise<boolean> {
    await this.#writing
    if (this.#writing || this.#pending.size > 0) await (this.#writing ?? this.#write())
    return this.#healthy
  }

  healthy(): boolean {
    return this.#healthy
  }

  /** Writes everything that waits. If that fails, it keeps waiting and `healthy` is false. */
  async flush(): Promise<void> {
    while (this.#writing || this.#waits) {
      await (this.#writing ?? this.#write())
      if (!this.#healthy) return
    }
  }

  async close(): Promise<void> {
    await this.flush()
    this.#closed = true
    this.#next?.timer.cancel()
    if (this.#database) await emptyJournal(this.#database)
    this.#letGo()
    this.#lock?.close()
    this.#lock = undefined
  }

  get #waits(): boolean {
    return this.#pending.size > 0 || this.#records.waiting > 0 || this.#texts.waiting > 0
  }

  #put(key: string, write: Write, delay: Millis): void {
    this.#pending.set(key, write)
    this.#know(key, write)
    this.#schedule(this.#healthy ? delay : retryDelay)
  }

  #know(key: string, write: Write): void {
    if (write.kind === 'signOut') this.#known.delete(key)
    else if (write.kind !== 'audit') this.#known.set(key, write)
  }

  /**
   * Schedules a write after `delay`, unless an earlier one is scheduled. During a batch nothing is scheduled: its end does that.
   */
  #schedule(delay: Millis): void {
    if (this.#closed || this.#writing) return
    const due = this.#options.clock.now() + delay
    if (this.#next && this.#next.due <= due) return
    this.#next?.timer.cancel()
    const timer = this.#options.clock.after(delay, () => void this.#write())
    this.#next = { timer, due }
  }

  /** Writes the records that wait now. Does not wait for later ones. */
  async #writeWaiting(): Promise<void> {
    await this.#writing
    for (let left = this.#records.waiting; left > 0 && this.#healthy && !this.#closed; left -= recordsPerBatch)
      await (this.#writing ?? this.#write())
  }

  /** Writes one batch. Never rejects. */
  #write(): Promise<void> {
    this.#next?.timer.cancel()
    this.#next = undefined
    const batch = this.#pending
    this.#pending = new Map()
    const late = this.#options.clock.after(longestWrite, () =>
      this.#condition(new Error('the disk, or another process that holds the file, takes more than 2 s'), notWritten),
    )
    this.#writing = this.#writeBatch(batch).finally(() => {
      late.cancel()
      this.#writing = undefined
      if (this.#waits) this.#schedule(this.#healthy ? pointerDelay : retryDelay)
    })
    return this.#writing
  }

  async #writeBatch(batch: ReadonlyMap<string, Write>): Promise<void> {
    const records = this.#records.batch(recordsPerBatch)
    const texts = this.#texts.batch()
    try {
      const database = await this.#open()
      const kept = [...batch.values()].map(sqlOf).join('')
      const recorded = insertOf(records.map(([, row]) => row)) + this.#cleaning(records.length)
      await inTransaction(database, kept + texts.sql + recorded)
      this.#records.written(records)
      texts.written()
      this.#condition(undefined)
    } catch (error) {
      // A newer change to the same key stays.
      for (const [key, write] of batch) if (!this.#pending.has(key)) this.#pending.set(key, write)
      // The file is opened again next time, because somebody may have replaced a damaged file by a good one.
      this.#letGo()
      this.#condition(error, notWritten)
    }
  }

  /** Deletes up to twice as many expired records as were added. So the table shrinks at any rate of calls. */
  #cleaning(came: number): string {
    if (came === 0) return ''
    const { clock, keepRecords = millis(90 * 86_400_000) } = this.#options
    return deleteBefore(wallNow(clock) - keepRecords, 2 * came)
  }

  /** One read at a time: two on one connection would make our thread wait for the library's. */
  #read(sql: string): Promise<string> {
    const turn = this.#reading.then(() => this.#readNow(sql))
    // The caller of this read gets its error. The next read runs anyway.
    this.#reading = turn.catch(() => undefined)
    return turn
  }

  async #readNow(sql: string): Promise<string> {
    const { file, lockTimeout = defaultLockTimeout } = this.#options
    await this.#open()
    const reader = (this.#reader ??= connect(file, lockTimeout))
    const [row] = await rowsOf(reader, sql)
    return textIn(row, 'records')
  }

  /** Reads and writes share one opening, so that they do not open two connections. */
  async #open(): Promise<Connection> {
    if (this.#database) return this.#database
    this.#opening ??= this.#openAnew().finally(() => (this.#opening = undefined))
    return this.#opening
  }

  async #openAnew(): Promise<Connection> {
    const { file, lockTimeout = defaultLockTimeout } = this.#options
    await mkdir(dirname(file), { recursive: true })
    this.#lock ??= await takeLock(file, this.#options.log)
    if (await removeEmptied(file)) this.#options.log.warn(`store ${file} is empty: ${emptied}`, { event: 'store.emptied' })
    const database = connect(file, lockTimeout)
    try {
      // `secure_delete`: deleted data, such as old password data, does not stay in free pages. `FULL`: a confirmed sign-in
      // survives a power cut. Only the library's thread waits for the disk.
      await database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;')
      await migrate(database, migrations)
      this.#inode = await inodeOf(file)
    } catch (error) {
      database.close()
      throw error
    }
    this.#database = database
    this.#looking = this.#options.clock.after(lookAfter, () => void this.#look())
    return database
  }

  /** Data written to a deleted, replaced or emptied file is lost. The file that is there now gets everything that we know. */
  async #look(): Promise<void> {
    const database = this.#database
    const inode = await inodeOf(this.#options.file)
    if (this.#closed || database === undefined || database !== this.#database) return
    if (inode === this.#inode || this.#writing) {
      this.#looking = this.#options.clock.after(lookAfter, () => void this.#look())
      return
    }
    this.#letGo()
    // The lock file may be gone too.
    this.#lock?.close()
    this.#lock = undefined
    this.#condition(
      new Error('it was deleted, replaced or cut to nothing while in use'),
      'lost its records; sign-ins are written anew',
    )
    for (const [key, write] of this.#known) if (!this.#pending.has(key)) this.#pending.set(key, write)
    await this.#write()
  }

  #letGo(): void {
    this.#looking?.cancel()
    this.#database?.close()
    this.#reader?.close()
    this.#database = this.#reader = undefined
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
    const why = error instanceof Error ? error.message : 'unknown'
    log.error(`store ${file} ${consequence} (${why})`, { event: 'store.degraded', why })
  }
}

const nothingKept: KeptState = { signIns: [], pointers: [], liveCalls: [], registrations: [], choices: [], agents: [] }

const emptied = 'what it held before is lost, and it begins with nothing'
const notWritten = 'is not written: what changes now would be lost by a restart'
