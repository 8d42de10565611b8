import { access, constants, mkdir } from 'node:fs/promises'
import type { Settings } from '../config/settings.js'
import { systemClock as clock, wallNow } from '../foundation/clock.js'
import { messageOf } from '../foundation/errors.js'
import type { Log } from '../foundation/log.js'
import { JournalFile } from '../store/journal-file.js'
import { MemoryStore } from '../store/memory.js'
import { nothingKept } from '../store/nothing-kept.js'
import type { KeptState, Store } from '../store/port.js'
import { keyBeside, tighten } from '../store/private-files.js'
import { SqliteStore } from '../store/sqlite.js'
import { privatePlaces } from './places.js'
import { lastWritten, tellOfLastRun } from './last-run.js'
import { pooledRandom } from './random.js'
import { version } from './version.js'

/** What outlives the process. */
export class Storage {
  private constructor(
    readonly store: Store,
    readonly journal: JournalFile,
    /** The key file beside the store. Undefined: the store is in memory. */
    readonly markKey: Uint8Array | undefined,
    private keptState: KeptState,
  ) {}

  /** Rejects if another process uses the store, or if it or the journal's folder can't be used. */
  static async open(settings: Settings, log: Log): Promise<Storage> {
    await tighten(privatePlaces(settings), log)
    await assureFolder(settings.journal.folder)
    const store = openStore(settings, log)
    const written = settings.store.kind === 'memory' ? undefined : await lastWritten(settings.store.file)
    const kept = await store.load()
    tellOfLastRun(kept, written, log)
    if (!store.healthy()) {
      await store.close()
      const place = settings.store.kind === 'memory' ? 'memory' : settings.store.file
      throw new Error(
        `the store ${place} (store) can't be used; the log line before this says why. Make its folder writable for this user, or move a damaged file away to begin with an empty one`,
      )
    }
    const markKey = settings.store.kind === 'memory' ? undefined : await keyBeside(settings.store.file, pooledRandom, log)
    return new Storage(store, new JournalFile({ ...settings.journal, clock, log }), markKey, kept)
  }

  /** `isOrderly`: the process ends because it was asked to, or because it could not start. */
  async close(isOrderly: boolean): Promise<void> {
    if (isOrderly) this.store.endRun()
    await this.journal.close()
    await this.store.close()
  }

  /** What the previous process kept. Empty after `takeKept`. */
  get kept(): KeptState {
    return this.keptState
  }

  /** Takes the kept state. Call it once: afterwards its memory can be freed. */
  takeKept(): KeptState {
    const kept = this.keptState
    this.keptState = nothingKept
    return kept
  }
}

/** Creates the folder. Rejects if we can't write there. */
async function assureFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
    await access(folder, constants.W_OK)
  } catch (error) {
    const why = messageOf(error)
    throw new Error(
      `the journal's folder ${folder} (journal.folder) can't be written: ${why}. Make it writable for this user, or name another one`,
      { cause: error },
    )
  }
}

function openStore({ store, records, access }: Settings, log: Log): Store {
  return store.kind === 'memory'
    ? new MemoryStore()
    : new SqliteStore({
        ...{ file: store.file, keepRecords: records.keep, keepAudit: access.keepAudit, clock, log },
        run: { version, beganAt: wallNow(clock) },
      })
}
