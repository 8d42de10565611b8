import { realpath, rm, stat } from 'node:fs/promises'
import Database from 'libsql/promise'
import type { Millis } from '../foundation/time.js'

/** What we use of the library, whose own types say `any`. Its `exec`, and `all` up to the first row, work on a thread of their own. */
export interface Connection {
  exec(sql: string): Promise<unknown>
  prepare(sql: string): Promise<{ all(): Promise<unknown[]> }>
  close(): void
}

export type Row = Readonly<Record<string, unknown>>

/** `lockTimeout`: how long a statement waits for another process to let go of the file. */
export function connect(file: string, lockTimeout: Millis): Connection {
  return new Database(file, { timeout: lockTimeout })
}

export async function rowsOf(database: Connection, sql: string): Promise<readonly Row[]> {
  const statement = await database.prepare(sql)
  const rows = await statement.all()
  return rows.filter((row): row is Row => typeof row === 'object' && row !== null)
}

export async function inTransaction(database: Connection, statements: string): Promise<void> {
  try {
    await database.exec(`BEGIN IMMEDIATE;${statements}COMMIT;`)
  } catch (error) {
    // The transaction is open if a statement inside failed, and is not if BEGIN did: then there is nothing to roll back.
    await database.exec('ROLLBACK').catch(() => undefined)
    throw error
  }
}

/** Brings the file to the last of the migrations, each of which leads from its index to the next version. */
export async function migrate(database: Connection, migrations: readonly string[]): Promise<void> {
  const [row] = await rowsOf(database, 'PRAGMA user_version')
  const version = numberIn(row, 'user_version')
  if (version > migrations.length)
    throw new Error(`it was made by a newer Carillon: schema ${version}, known ${migrations.length}`)
  for (const [index, migration] of migrations.entries())
    if (index >= version) await inTransaction(database, `${migration} PRAGMA user_version = ${index + 1};`)
}

export function numberIn(row: Row | undefined, column: string): number {
  const value = row?.[column]
  return typeof value === 'number' ? value : 0
}

export function textIn(row: Row | undefined, column: string): string {
  const value = row?.[column]
  return typeof value === 'string' ? value : ''
}

/** Undefined when there is no such file, or nothing in it. */
export async function inodeOf(file: string): Promise<number | undefined> {
  const found = await stat(file).catch(() => undefined)
  return found?.size === 0 ? undefined : found?.ino
}

/**
 * Removes a file that was cut to nothing, as by a full disk, and what SQLite has beside it, so that a new one is made; tells whether it was.
 * The library closes a connection only when its statements are collected as garbage: until then a lock of this process on the old
 * file would stand in the way of a new journal.
 */
export async function removeEmptied(file: string): Promise<boolean> {
  const found = await stat(file).catch(() => undefined)
  if (found?.size !== 0) return false
  try {
    // Where a link leads to it, the link stays.
    const place = await realpath(file)
    for (const each of [`${place}-wal`, `${place}-shm`, place]) await rm(each, { force: true })
  } catch {
    // A file that can't be removed, such as a mounted one, is opened as it is.
  }
  return true
}

/** All that was written goes from the journal beside the file into the file. A journal that can't be emptied now is read at the next opening. */
export async function emptyJournal(database: Connection): Promise<void> {
  await database.exec('PRAGMA wal_checkpoint(TRUNCATE)').catch(() => undefined)
}
