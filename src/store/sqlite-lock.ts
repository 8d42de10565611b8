import { messageOf } from '../foundation/errors.js'
import type { Log } from '../foundation/log.js'
import { millis } from '../foundation/time.js'
import { connect, type Connection } from './sqlite-connection.js'

/** The error that another process uses the store. Two servers on one store would overwrite each other's sign-ins. */
export class StoreInUse extends Error {
  override readonly name = 'StoreInUse'
}

/**
 * Reserves the store for this process, by SQLite's own lock on the empty file `….lock` beside it. The system releases the lock
 * when the process ends in any way, so it is never stale. Undefined if the file can't be created: the store itself then reports
 * why.
 */
export async function takeLock(file: string, log: Log): Promise<Connection | undefined> {
  let lock: Connection | undefined
  try {
    lock = connect(`${file}.lock`, millis(0))
    await lock.exec('BEGIN EXCLUSIVE')
    return lock
  } catch (error) {
    lock?.close()
    if (error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY')
      throw new StoreInUse(`store ${file} is in use by another Carillon: stop that one, or give this one a store of its own`)
    const why = messageOf(error)
    log.warn(`store ${file} is not guarded against a second server (${why})`, { event: 'store.unguarded', why })
    return undefined
  }
}
