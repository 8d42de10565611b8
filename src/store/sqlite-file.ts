import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Clock, Timer } from '../foundation/clock.js'
import type { Log } from '../foundation/log.js'
import { millis, type Millis } from '../foundation/time.js'
import {
  connect,
  emptyJournal,
  inodeOf,
  migrate,
  removeEmptied,
  rowsOf,
  type Connection,
  writeAll,
  type Row,
} from './sqlite-connection.js'
import type { Reader } from './port.js'
import { Turns } from '../foundation/turns.js'
import { takeLock } from './sqlite-lock.js'
import type { Query } from './sqlite-query.js'
import { migrations } from './sqlite-migrations.js'

export interface SqliteFileOptions {
  /** An absolute path. */
  readonly file: string
  readonly clock: Clock
  readonly log: Log
  /** How long a statement waits while another process locks the file. Default 5 s. */
  readonly lockTimeout?: Millis
}

/** How often we check that the file is still the one that was opened. */
const lookAfter = millis(10_000)
const defaultLockTimeout = millis(5_000)
const emptied = 'its earlier content is lost, and it starts empty'

/**
 * One SQLite file: a connection that writes, one that reads, and the lock against a second server. It opens at the first use, and
 * again at the next use after `letGo`.
 */
export class SqliteFile {
  readonly #options: SqliteFileOptions
  #writer: Connection | undefined
  #opening: Promise<Connection> | undefined
  #reader: Connection | undefined
  readonly #reads = new Turns()
  #isWriting = false
  /** Held from the first opening until `close`. */
  #lock: Connection | undefined
  #looking: Timer | undefined
  /** The inode of the file that was opened last. */
  #inode: number | undefined

  /**
   * `lost` is called when the file was deleted, replaced or emptied since it was opened. Before the call, its connections are closed, or
   * the file that is there now is open.
   */
  constructor(
    options: SqliteFileOptions,
    private readonly lost: () => void,
  ) {
    this.#options = options
  }

  /**
   * Opens the file if it is not open. Reads and writes that come at the same time share one opening. Rejects with `StoreInUse`, or with
   * the library's error.
   */
  async open(): Promise<Connection> {
    if (this.#writer) return this.#writer
    this.#opening ??= this.#connect().finally(() => (this.#opening = undefined))
    return this.#opening
  }

  /** Runs the statements as one transaction. */
  async write(statements: readonly Query[]): Promise<void> {
    this.#isWriting = true
    try {
      await writeAll(await this.open(), statements)
    } finally {
      this.#isWriting = false
    }
  }

  /** The first row of a result. Reads run one at a time: two on one connection would make our thread wait for the library's. */
  read(query: Query, reader: Reader | undefined): Promise<Row | undefined> {
    return this.#reads.run(() => this.#readNow(query), reader)
  }

  /** Closes the connections and keeps the lock. */
  letGo(): void {
    this.#looking?.cancel()
    this.#writer?.close()
    this.#reader?.close()
    this.#writer = this.#reader = undefined
  }

  async close(): Promise<void> {
    if (this.#writer) await emptyJournal(this.#writer)
    this.letGo()
    this.#unlock()
  }

  async #readNow(query: Query): Promise<Row | undefined> {
    await this.open()
    const reader = (this.#reader ??= this.#another())
    const [row] = await rowsOf(reader, query)
    return row
  }

  #another(): Connection {
    const { file, lockTimeout = defaultLockTimeout } = this.#options
    return connect(file, lockTimeout)
  }

  async #connect(): Promise<Connection> {
    const { file, log } = this.#options
    await mkdir(dirname(file), { recursive: true })
    this.#lock ??= await takeLock(file, log)
    await this.#removeEmptied()
    const writer = this.#another()
    try {
      // `secure_delete`: deleted data, such as old password data, does not stay in free pages. `FULL`: a confirmed sign-in
      // survives a power cut. Only the library's thread waits for the disk. `wal_autocheckpoint`: the log has up to 16 MB before its pages
      // go into the file, because a page that changed ten times meanwhile goes there once.
      await writer.exec(
        'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA wal_autocheckpoint = 4000;',
      )
      await migrate(writer, migrations, `store ${file}`)
      this.#keepTrack(writer, await inodeOf(file))
    } catch (error) {
      writer.close()
      throw error
    }
    this.#writer = writer
    return writer
  }

  #keepTrack(writer: Connection, inode: number | undefined): void {
    const isAnother = this.#inode !== undefined && this.#inode !== inode
    this.#inode = inode
    this.#lookLater(writer, inode)
    if (isAnother) this.lost()
  }

  #lookLater(writer: Connection, inode: number | undefined): void {
    this.#looking = this.#options.clock.after(lookAfter, () => void this.#look(writer, inode))
  }

  /** Checks that the file is still at its path, because data written to a deleted, replaced or emptied file is lost. */
  async #look(writer: Connection, inode: number | undefined): Promise<void> {
    const now = await inodeOf(this.#options.file)
    if (writer !== this.#writer) return
    if (now === inode || this.#isWriting) {
      this.#lookLater(writer, inode)
      return
    }
    // This must happen before the connections close. Closing writes the rest of the write-ahead log into the file at this path, and an
    // emptied file would become a damaged one. SQLite does not write to a file that is no longer at its path.
    await this.#removeEmptied()
    if (writer !== this.#writer) return
    this.#inode = undefined
    this.letGo()
    // The lock file may be gone too.
    this.#unlock()
    this.lost()
  }

  async #removeEmptied(): Promise<void> {
    const { file, log } = this.#options
    if (await removeEmptied(file)) log.warn(`store ${file} is empty: ${emptied}`, { event: 'store.emptied' })
  }

  #unlock(): void {
    this.#lock?.close()
    this.#lock = undefined
  }
}
