import { chmod, copyFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { messageOf } from '../foundation/errors.js'
import { silentLog } from '../foundation/log.js'
import { millis } from '../foundation/time.js'
import { connect, mustBeKnown, rowsOf } from './sqlite-connection.js'
import { takeLock } from './sqlite-lock.js'
import { migrations } from './sqlite-migrations.js'
import { part } from './sqlite-query.js'
import { runOfCopyEnds } from './sqlite-runs.js'

const lockTimeout = millis(5_000)

/**
 * Copies a store into a new file, also while a server uses it. The copy is the state of one moment. Rejects if the store does not
 * exist, or if `to` exists.
 */
export async function copyStore(file: string, to: string): Promise<void> {
  await mustExist(file)
  // Created first with these permissions, so that others can never read it. SQLite accepts an empty file as a new database.
  await writeFile(to, '', { flag: 'wx', mode: 0o600 })
  const store = connect(file, lockTimeout)
  try {
    await rowsOf(store, part('VACUUM INTO ?', to))
    await endRunOf(to)
  } catch (error) {
    await rm(to, { force: true })
    throw error
  } finally {
    store.close()
  }
}

/** Notes an orderly end in the copy. Otherwise a server that starts with it would report a run that broke off. */
async function endRunOf(copy: string): Promise<void> {
  const database = connect(copy, lockTimeout)
  try {
    // A store of an older version has no such table.
    const [table] = await rowsOf(database, part("SELECT name FROM sqlite_master WHERE name = 'run'"))
    if (table) await database.exec(runOfCopyEnds)
  } finally {
    database.close()
  }
}

/**
 * Replaces a store by a copy of `copyStore`. The previous store is moved to `….before`. Rejects with `StoreInUse` while a server uses
 * the store, and also if the copy is damaged or of a newer Carillon. The store is then unchanged.
 */
export async function restoreStore(copy: string, file: string): Promise<void> {
  await mustExist(copy)
  await mustBeSound(copy)
  const lock = await takeLock(file, silentLog)
  try {
    const next = `${file}.next`
    await copyFile(copy, next)
    await chmod(next, 0o600)
    if (await exists(file)) await setAside(file)
    await rename(next, file)
  } finally {
    lock?.close()
  }
}

/** The write-ahead log holds changes that are not in the file yet, so it goes with the file. */
async function setAside(file: string): Promise<void> {
  for (const each of ['', '-wal', '-shm']) {
    await rm(`${file}.before${each}`, { force: true })
    if (await exists(`${file}${each}`)) await rename(`${file}${each}`, `${file}.before${each}`)
  }
}

async function mustBeSound(copy: string): Promise<void> {
  const database = connect(copy, lockTimeout)
  try {
    const [check] = await rowsOf(database, part('PRAGMA integrity_check'))
    const version = await mustBeKnown(database, migrations, 'it')
    if (check?.['integrity_check'] !== 'ok') throw new Error('it is damaged')
    if (version === 0) throw new Error('it is not a store of Carillon')
  } catch (error) {
    throw new Error(`${copy} can't be restored: ${messageOf(error)}`, { cause: error })
  } finally {
    database.close()
  }
}

async function mustExist(file: string): Promise<void> {
  if (!(await exists(file))) throw new Error(`there is no file ${file}`)
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )
