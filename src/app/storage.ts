import type { Settings } from '../config/settings.js'
import { systemClock as clock } from '../foundation/clock.js'
import type { Log } from '../foundation/log.js'
import { JournalFile } from '../store/journal-file.js'
import { MemoryStore } from '../store/memory.js'
import { nothingKept } from '../store/nothing-kept.js'
import type { KeptState, Store } from '../store/port.js'
import { keyBeside, tighten } from '../store/private-files.js'
import { SqliteStore } from '../store/sqlite.js'
import { privatePlaces } from './places.js'
import { pooledRandom } from './random.js'

/** What outlives the process. */
export class Storage {
  private constructor(
    readonly store: Store,
    readonly journal: JournalFile,
    /** The key file beside the store. Undefined: the store is in memory. */
    readonly markKey: Uint8Array | undefined,
    private keptState: KeptState,
  ) {}

  /** Rejects if another process uses the store. */
  static async open(settings: Settings, log: Log): Promise<Storage> {
    await tighten(privatePlaces(settings), log)
    const store = openStore(settings, log)
    const kept = await store.load()
    const markKey = settings.store.kind === 'memory' ? undefined : await keyBeside(settings.store.file, pooledRandom, log)
    return new Storage(store, new JournalFile({ ...settings.journal, clock, log }), markKey, kept)
  }

  /** What the previous process kept. Empty after `takeKept`. */
  get kept(): KeptState {
    return this.keptState
  }

  /** The same, once: nothing holds it in memory afterwards. */
  takeKept(): KeptState {
    const kept = this.keptState
    this.keptState = nothingKept
    return kept
  }
}

function openStore({ store, records, access }: Settings, log: Log): Store {
  return store.kind === 'memory'
    ? new MemoryStore()
    : new SqliteStore({ file: store.file, keepRecords: records.keep, keepAudit: access.keepAudit, clock, log })
}
