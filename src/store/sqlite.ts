import Database from 'libsql/promise'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Clock, Timer } from '../foundation/clock.js'
import type { Log } from '../foundation/log.js'
import { instant, millis, type Millis } from '../foundation/time.js'
import { agentUri, type AgentUri, type CallId, type GroupName } from '../routing/ids.js'
import type { CallRecord, KeptPointer, KeptSignIn, KeptState, RecordFilter, Store } from './port.js'
import { deleteBefore, insertOf, recordTable, selectOf, selectOne } from './sqlite-records.js'
import { quoted } from './sqlite-text.js'

export interface SqliteStoreOptions {
  /** Absolute. Made, with its folder, when it is not there. */
  readonly file: string
  readonly clock: Clock
  readonly log: Log
  /** Records of calls that arrived before are deleted. Default 90 days. */
  readonly keepRecords?: Millis
  /** How long a write waits for another process to let go of the file. Default 5 s. */
  readonly lockTimeout?: Millis
}

/** What is written for one key; a later write to the key replaces it while it waits. */
type Write =
  | { readonly kind: 'signIn'; readonly signIn: KeptSignIn }
  | { readonly kind: 'signOut'; readonly agent: AgentUri; readonly group: GroupName }
  | { readonly kind: 'pointer'; readonly pointer: KeptPointer }
  | { readonly kind: 'record'; readonly record: CallRecord }

/** What we use of the library, whose own types say `any`. Its `exec` and `all` work on a thread of their own. */
interface Connection {
  exec(sql: string): Promise<unknown>
  prepare(sql: string): Promise<{ all(): Promise<unknown[]> }>
  close(): void
}

/** Each brings the file from its index to the next version. Never edit one that was released: add one. */
const migrations = [
  `CREATE TABLE sign_ins (agent TEXT NOT NULL, agent_group TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (agent, agent_group)) WITHOUT ROWID;
   CREATE TABLE pointers (agent_group TEXT PRIMARY KEY, agent TEXT NOT NULL) WITHOUT ROWID;`,
  recordTable,
]

/** Sign-ins go out at once; pointers and records come with every call, so they wait for more to go with them. */
const pointerDelay = millis(250)
const recordDelay = millis(1_000)
/** Records that wait for a store which can't be written, about 50 MB; more are lost and counted. */
const mostPending = 50_000
/** Old records are deleted by and by. */
const cleanEvery = 60_000
/** After a failed batch. */
const retryDelay = millis(5_000)

/**
 * Sign-ins and pointers in one SQLite file. Writes are gathered per key and sent as one transaction to the library's own
 * thread, one at a time, so that no call ever waits for the disk. A file that is damaged, locked or out of reach makes the
 * store unhealthy: it says so once, keeps what is to be written and tries again.
 */
export class SqliteStore implements Store {
  readonly #options: SqliteStoreOptions
  #database: Connection | undefined
  #pending = new Map<string, Write>()
  #next: { readonly timer: Timer; readonly due: number } | undefined
  #writing: Promise<void> | undefined
  #healthy = true
  #cleanedAt = 0
  /** Records for which there was no room while the store could not be written. */
  #lost = 0
  #closed = false

  constructor(options: SqliteStoreOptions) {
    this.#options = options
  }

  /** What the last process kept. Never rejects: with an unusable file it is empty, and the store unhealthy. */
  async load(): Promise<KeptState> {
    try {
      const database = await this.#open()
      const signIns = await rowsOf(database, 'SELECT agent, agent_group, at FROM sign_ins ORDER BY agent, agent_group')
      const pointers = await rowsOf(database, 'SELECT agent, agent_group FROM pointers ORDER BY agent_group')
      this.#condition(undefined)
      return { signIns: signIns.flatMap(signInOf), pointers: pointers.flatMap(pointerOf) }
    } catch (error) {
      this.#condition(error, 'was not read: formal agents must sign in again')
      return { signIns: [], pointers: [] }
    }
  }

  saveSignIn(signIn: KeptSignIn): void {
    this.#put(`signIn ${signIn.agent} ${signIn.group}`, { kind: 'signIn', signIn }, millis(0))
  }

  deleteSignIn(agent: AgentUri, group: GroupName): void {
    this.#put(`signIn ${agent} ${group}`, { kind: 'signOut', agent, group }, millis(0))
  }

  savePointer(pointer: KeptPointer): void {
    this.#put(`pointer ${pointer.group}`, { kind: 'pointer', pointer }, pointerDelay)
  }

  saveRecord(record: CallRecord): void {
    if (this.#pending.size >= mostPending) this.#lost += 1
    else this.#put(`record ${record.call}`, { kind: 'record', record }, recordDelay)
  }

  async records(filter: RecordFilter): Promise<readonly CallRecord[]> {
    const rows = await rowsOf(await this.#open(), selectOf(filter))
    return rows.flatMap(recordOf)
  }

  async record(call: CallId): Promise<CallRecord | undefined> {
    const [row] = await rowsOf(await this.#open(), selectOne(call))
    return row && recordOf(row)[0]
  }

  healthy(): boolean {
    return this.#healthy
  }

  /** Writes what is pending, or finds that it can't: then it stays pending and `healthy` is false. */
  async flush(): Promise<void> {
    while (this.#writing || this.#pending.size > 0) {
      await (this.#writing ?? this.#write())
      if (!this.#healthy) return
    }
  }

  async close(): Promise<void> {
    await this.flush()
    this.#closed = true
    this.#next?.timer.cancel()
    this.#letGo()
  }

  #put(key: string, write: Write, delay: Millis): void {
    this.#pending.set(key, write)
    this.#schedule(this.#healthy ? delay : retryDelay)
  }

  /** Not before `delay` is over, unless something sooner is scheduled; while a batch is out, its end schedules the next. */
  #schedule(delay: Millis): void {
    if (this.#closed || this.#writing) return
    const due = this.#options.clock.now() + delay
    if (this.#next && this.#next.due <= due) return
    this.#next?.timer.cancel()
    const timer = this.#options.clock.after(delay, () => void this.#write())
    this.#next = { timer, due }
  }

  /** One batch. Never rejects. */
  #write(): Promise<void> {
    this.#next?.timer.cancel()
    this.#next = undefined
    const batch = this.#pending
    this.#pending = new Map()
    this.#writing = this.#writeBatch(batch).finally(() => {
      this.#writing = undefined
      if (this.#pending.size > 0) this.#schedule(this.#healthy ? pointerDelay : retryDelay)
    })
    return this.#writing
  }

  async #writeBatch(batch: ReadonlyMap<string, Write>): Promise<void> {
    try {
      const database = await this.#open()
      await inTransaction(database, [...batch.values()].map(sqlOf).join('') + this.#cleaning())
      this.#condition(undefined)
    } catch (error) {
      // What came for the same key in the meantime is newer, and stays.
      for (const [key, write] of batch) if (!this.#pending.has(key)) this.#pending.set(key, write)
      // Opened afresh next time: somebody may have put a good file in the place of a damaged one.
      this.#letGo()
      this.#condition(error, 'is not written: what changes now would be lost by a restart')
    }
  }

  async #open(): Promise<Connection> {
    if (this.#database) return this.#database
    const { file, lockTimeout = millis(5_000) } = this.#options
    await mkdir(dirname(file), { recursive: true })
    const database: Connection = new Database(file, { timeout: lockTimeout })
    try {
      // FULL: a sign-in that was confirmed survives a power cut. The waiting for the disk is the library's thread's.
      await database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;')
      await migrate(database)
    } catch (error) {
      database.close()
      throw error
    }
    this.#database = database
    return database
  }

  /** Of the records that are too old, some. */
  #cleaning(): string {
    const { clock, keepRecords = millis(90 * 86_400_000) } = this.#options
    const now = clock.now()
    if (now - this.#cleanedAt < cleanEvery) return ''
    this.#cleanedAt = now
    return deleteBefore(now - keepRecords)
  }

  #letGo(): void {
    this.#database?.close()
    this.#database = undefined
  }

  /** Told once per change (docs/style.md §4). */
  #condition(error: unknown, consequence = ''): void {
    const healthy = error === undefined
    if (healthy === this.#healthy) return
    this.#healthy = healthy
    const { log, file } = this.#options
    if (healthy) {
      log.info?.(`store ${file} works again; ${this.#lost} records of calls were lost`, {
        event: 'store.recovered',
        lost: this.#lost,
      })
      this.#lost = 0
      return
    }
    const why = error instanceof Error ? error.message : 'unknown'
    log.error(`store ${file} ${consequence} (${why})`, { event: 'store.degraded', why })
  }
}

async function inTransaction(database: Connection, statements: string): Promise<void> {
  try {
    await database.exec(`BEGIN IMMEDIATE;${statements}COMMIT;`)
  } catch (error) {
    // The transaction is open if a statement inside failed, and is not if BEGIN did: then there is nothing to roll back.
    await database.exec('ROLLBACK').catch(() => undefined)
    throw error
  }
}

async function migrate(database: Connection): Promise<void> {
  const [row] = await rowsOf(database, 'PRAGMA user_version')
  const version = numberIn(row, 'user_version')
  if (version > migrations.length)
    throw new Error(`it was made by a newer Carillon: schema ${version}, known ${migrations.length}`)
  for (const [index, migration] of migrations.entries())
    if (index >= version) await inTransaction(database, `${migration} PRAGMA user_version = ${index + 1};`)
}

function sqlOf(write: Write): string {
  switch (write.kind) {
    case 'signIn': {
      const { agent, group, at } = write.signIn
      return `INSERT OR REPLACE INTO sign_ins VALUES (${quoted(agent)}, ${quoted(group)}, ${at});`
    }
    case 'signOut':
      return `DELETE FROM sign_ins WHERE agent = ${quoted(write.agent)} AND agent_group = ${quoted(write.group)};`
    case 'record':
      return insertOf(write.record)
    case 'pointer':
      return `INSERT OR REPLACE INTO pointers VALUES (${quoted(write.pointer.group)}, ${quoted(write.pointer.agent)});`
  }
}

type Row = Readonly<Record<string, unknown>>

async function rowsOf(database: Connection, sql: string): Promise<readonly Row[]> {
  const statement = await database.prepare(sql)
  const rows = await statement.all()
  return rows.filter((row): row is Row => typeof row === 'object' && row !== null)
}

function numberIn(row: Row | undefined, column: string): number {
  const value = row?.[column]
  return typeof value === 'number' ? value : 0
}

const textIn = (row: Row, column: string): string => {
  const value = row[column]
  return typeof value === 'string' ? value : ''
}

/** A row that is not what we write is left out: somebody edited the file. */
function signInOf(row: Row): KeptSignIn[] {
  return pointerOf(row).map(({ agent, group }) => ({ agent, group, at: instant(numberIn(row, 'at')) }))
}

function pointerOf(row: Row): KeptPointer[] {
  const agent = agentUri(textIn(row, 'agent'))
  const group = textIn(row, 'agent_group')
  return agent.ok && group !== '' ? [{ agent: agent.value, group: group as GroupName }] : []
}

/** We wrote it; what somebody else wrote into the file is no record. */
function recordOf(row: Row): CallRecord[] {
  const text = textIn(row, 'record')
  try {
    return text === '' ? [] : [JSON.parse(text) as CallRecord]
  } catch {
    return [] // an edited file: told by the record that is missing
  }
}
