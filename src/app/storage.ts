import { access, constants, mkdir } from 'node:fs/promises'
import { shownRedis } from '../config/redis-url.js'
import type { Settings } from '../config/settings.js'
import { systemClock as clock, wallNow } from '../foundation/clock.js'
import { messageOf } from '../foundation/errors.js'
import type { Log } from '../foundation/log.js'
import { JournalFile } from '../store/journal-file.js'
import { MemoryStore } from '../store/memory.js'
import { nothingKept } from '../store/nothing-kept.js'
import type { KeptState, Store } from '../store/port.js'
import { keyBeside, keyBytes, tighten } from '../store/private-files.js'
import { RedisStore } from '../store/redis/store.js'
import { SqliteStore } from '../store/sqlite.js'
import { privatePlaces } from './places.js'
import { lastWritten, tellOfLastRun } from './last-run.js'
import { pooledRandom } from './random.js'
import type { Leadership } from './standby.js'
import { version } from './version.js'

/** What outlives the process. */
export class Storage {
  private constructor(
    readonly store: Store,
    readonly journal: JournalFile,
    /** The key beside the store. Undefined: the store is in memory. */
    readonly markKey: Uint8Array | undefined,
    private keptState: KeptState,
    private readonly leadership: Leadership | undefined,
  ) {}

  /** Rejects if another process uses the store, or if it or the journal's folder can't be used. */
  static async open(settings: Settings, log: Log, leadership?: Leadership): Promise<Storage> {
    await tighten(privatePlaces(settings), log)
    await assureFolder(settings.journal.folder)
    const store = openStore(settings, log, leadership)
    const written = settings.store.kind === 'sqlite' ? await lastWritten(settings.store.file) : undefined
    const loaded = await store.load()
    const kept = { ...(written !== undefined && { wroteAt: written }), ...loaded }
    tellOfLastRun(kept, log)
    if (!store.healthy()) {
      await store.close()
      throw new Error(
        `the store ${placeOf(settings)} (store) can't be used; the log line before this says why. ${remedyFor(settings)}`,
      )
    }
    const markKey = await keyOf(store, settings, log)
    return new Storage(store, new JournalFile({ ...settings.journal, clock, log }), markKey, kept, leadership)
  }

  /** `isOrderly`: the process ends because it was asked to, or because it could not start. */
  async close(isOrderly: boolean): Promise<void> {
    if (isOrderly) this.store.endRun()
    await this.journal.close()
    await this.store.close()
  }

  /** Whether the state is still this process's, and not that of another node. */
  areOurs(): boolean {
    return this.leadership?.mayDecide() ?? true
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

function openStore({ store, records, access, journal, cluster }: Settings, log: Log, leadership?: Leadership): Store {
  const options = { keepRecords: records.keep, keepAudit: access.keepAudit, clock, log }
  const run = { version, beganAt: wallNow(clock) }
  switch (store.kind) {
    case 'memory':
      return new MemoryStore()
    case 'sqlite':
      return new SqliteStore({ ...options, file: store.file, run })
    case 'redis':
      return new RedisStore({
        ...{ ...options, place: store, shown: shownRedis(store), run },
        owner:
          cluster && leadership
            ? { kind: 'node', name: cluster.node, token: leadership.token, lost: why => leadership.lost(why) }
            : { kind: 'alone', folder: journal.folder },
      })
  }
}

/** The store as messages name it. */
function placeOf({ store }: Settings): string {
  if (store.kind === 'memory') return 'memory'
  return store.kind === 'sqlite' ? store.file : shownRedis(store)
}

const remedyFor = ({ store }: Settings): string =>
  store.kind === 'redis'
    ? 'Start Redis, or correct its address or password'
    : 'Make its folder writable for this user, or move a damaged file away to begin with an empty one'

/** The key for marks of passwords. Servers that share a store share it. */
async function keyOf(store: Store, settings: Settings, log: Log): Promise<Uint8Array | undefined> {
  if (store instanceof RedisStore) return store.sharedKey(pooledRandom(keyBytes))
  return settings.store.kind === 'sqlite' ? keyBeside(settings.store.file, pooledRandom, log) : undefined
}
