import { realpath, rm, stat } from 'node:fs/promises'
import Database from 'libsql/promise'
import type { Millis } from '../foundation/time.js'
import { part, type Query, type Value } from './sqlite-query.js'

/**
 * The part of the library that we use. Its own types use `any`. `exec`, and `all` up to the first row, run on a thread of their
 * own. So a statement without rows runs there as a whole (docs/decisions/063).
 */
export interface Connection {
  exec(sql: string): Promise<unknown>
  prepare(sql: string): Promise<{ all(values: readonly Value[]): Promise<unknown[]> }>
  close(): void
}

export type Row = Readonly<Record<string, unknown>>

/** `lockTimeout`: how long a statement waits while another process locks the file. */
export function connect(file: string, lockTimeout: Millis): Connection {
  return new Database(file, { timeout: lockTimeout })
}

export async function rowsOf(database: Connection, { sql, values }: Query): Promise<readonly Row[]> {
  const statement = await database.prepare(sql)
  const rows = await statement.all(values)
  return rows.filter((row): row is Row => typeof row === 'object' && row !== null)
}

/** Runs the statements, which return no rows, as one transaction. */
export async function writeAll(database: Connection, statements: readonly Query[]): Promise<void> {
  await inTransaction(database, async () => {
    for (const { sql, values } of statements) {
      const statement = await database.prepare(sql)
      await statement.all(values.some(hasNul) ? values.map(storable) : values)
    }
  })
}

/** Removes NUL from a text, because many tools end a text there. */
const storable = (value: Value): Value => (typeof value === 'string' ? value.replaceAll('\0', '') : value)

const hasNul = (value: Value): boolean => typeof value === 'string' && value.includes('\0')

async function inTransaction(database: Connection, run: () => Promise<unknown>): Promise<void> {
  await database.exec('BEGIN IMMEDIATE')
  try {
    await run()
    await database.exec('COMMIT')
  } catch (error) {
    await database.exec('ROLLBACK').catch(() => undefined)
    throw error
  }
}

/** A later version of Carillon wrote the store, so this one can't read it. */
export class StoreTooNew extends Error {
  override readonly name = 'StoreTooNew'
}

/** The schema version of the file. Rejects with `StoreTooNew` if `migrations` do not reach it. `what`: names the file in the error. */
export async function mustBeKnown(database: Connection, migrations: readonly string[], what: string): Promise<number> {
  const [row] = await rowsOf(database, part('PRAGMA user_version'))
  const version = numberIn(row, 'user_version')
  if (version <= migrations.length) return version
  const [last] = await rowsOf(database, part('SELECT version FROM run')).catch(() => [])
  const writer = textIn(last, 'version')
  throw new StoreTooNew(
    `${what} was written by ${writer === '' ? 'a newer Carillon' : `Carillon ${writer}`} (its schema is ${version}, this version knows ${migrations.length}). ` +
      `Install ${writer === '' ? 'that version' : writer} again, or put back the backup from before the upgrade with \`carillon restore\``,
  )
}

/** Brings the file to the latest schema. Each migration leads from the version of its index to the next one. */
export async function migrate(database: Connection, migrations: readonly string[], what: string): Promise<void> {
  const version = await mustBeKnown(database, migrations, what)
  for (const [index, migration] of migrations.entries())
    if (index >= version) await inTransaction(database, () => database.exec(`${migration} PRAGMA user_version = ${index + 1};`))
}

export function numberIn(row: Row | undefined, column: string): number {
  const value = row?.[column]
  return typeof value === 'number' ? value : 0
}

export function textIn(row: Row | undefined, column: string): string {
  const value = row?.[column]
  return typeof value === 'string' ? value : ''
}

/** The inode of the file. Undefined: it does not exist or is empty. */
export async function inodeOf(file: string): Promise<number | undefined> {
  const found = await stat(file).catch(() => undefined)
  return found?.size === 0 ? undefined : found?.ino
}

/**
 * Removes an empty file (for example after a full disk) and SQLite's files beside it, so that a new one can be created. Returns
 * whether it did. This must happen before opening: the library closes a connection only when its statements are
 * garbage-collected, and until then our own lock on the old file would block a new journal.
 */
export async function removeEmptied(file: string): Promise<boolean> {
  const found = await stat(file).catch(() => undefined)
  if (found?.size !== 0) return false
  try {
    // If the path is a link, the link stays.
    const place = await realpath(file)
    for (const each of [`${place}-wal`, `${place}-shm`, place]) await rm(each, { force: true })
  } catch {
    // A file that can't be removed, such as a mounted one, is opened as it is.
  }
  return true
}

/** Moves everything from the write-ahead log into the file. If this fails now, the log is read at the next opening. */
export async function emptyJournal(database: Connection): Promise<void> {
  await database.exec('PRAGMA wal_checkpoint(TRUNCATE)').catch(() => undefined)
}
