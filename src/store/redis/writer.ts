import { wallNow, type Clock, type Timer } from '../../foundation/clock.js'
import { messageOf } from '../../foundation/errors.js'
import type { Log } from '../../foundation/log.js'
import { instant, millis, wallTime, type Millis } from '../../foundation/time.js'
import { PendingRecords } from '../pending-records.js'
import type { AuditEntry } from '../port.js'
import { WriteTurns } from '../write-turns.js'
import { entryValues, numberOf } from './audit.js'
import { Changes, nothingLeft, valuesOf } from './changes.js'
import { claimSpan, keysOf, take, type Claim } from './claim.js'
import type { RedisConnection } from './connection.js'
import { leastMember, waitingRecord, type WaitingRecord } from './records.js'
import { writeScript } from './scripts.js'

interface WriterOptions {
  readonly redis: RedisConnection
  /** This server's name, which no other server has at the same time. */
  readonly name: string
  /** Names the store in log lines. */
  readonly shown: string
  readonly clock: Clock
  readonly log: Log
  readonly limits: {
    readonly keepRecords: Millis
    readonly keepAudit: Millis
    readonly mostRecords: number
  }
  /** For a node that has the lease: called when Redis refuses its writes for ever. Absent: the server claims its keys again. */
  readonly lost?: (why: string) => void
}

/** The most changes, records and entries in one batch, so that no batch takes long in Redis. */
const changesPerBatch = 500
const recordsPerBatch = 200
const entriesPerBatch = 200
/** The wait after a batch, if more is to be written. */
const rest = millis(250)
/** Records go with the next batch, whenever it is. */
const always = instant(Infinity)
/** How many entries of the audit log wait at most. Further ones are lost. */
const mostEntries = 10_000
/** A batch without changes shows others that we are alive, and us that Redis is. */
const heartbeat = millis(claimSpan / 3)

interface WaitingEntry {
  readonly number: number
  readonly entry: AuditEntry
}

/** What Redis must know to accept a batch. */
interface Standing {
  readonly token: number
  /** The number of the last batch that was sent, and of the last one that is known to be written. */
  sent: number
  written: number
}

/**
 * Writes to Redis, one batch at a time. A batch is one script, so it is written as a whole or not at all. Batches have numbers, so a batch
 * that comes late can't undo a later one, and none counts twice.
 */
export class Writer {
  readonly changes = new Changes()
  readonly records = new PendingRecords<WaitingRecord>(waitingRecord)
  readonly turns: WriteTurns
  #entries: WaitingEntry[] = []
  #lastEntry = 0
  /** Undefined: we have not claimed the keys yet. */
  #standing: Standing | undefined
  /** Redis must forget all fields before it gets ours. */
  #beginsAgain = false
  #healthy = true
  #beat: Timer | undefined

  constructor(private readonly options: WriterOptions) {
    this.turns = new WriteTurns({
      clock: options.clock,
      rest: () => (this.waits ? rest : undefined),
      write: () => this.#writeBatch(),
      slow: () => this.condition(new Error('Redis takes more than 2 s'), notWritten),
      works: () => this.#healthy,
    })
  }

  get healthy(): boolean {
    return this.#healthy
  }

  get waits(): boolean {
    return this.changes.waiting > 0 || this.records.waiting > 0 || this.#entries.length > 0
  }

  get waitingEntries(): number {
    return this.#entries.length
  }

  /** Writes may begin. */
  begin({ token, newestEntry }: Claim): void {
    this.#standing = { token, sent: 0, written: 0 }
    this.#lastEntry = Math.max(this.#lastEntry, numberOf(newestEntry))
    this.#beatLater()
  }

  get token(): number {
    return this.#standing?.token ?? 0
  }

  addEntry(entry: AuditEntry): void {
    if (this.#entries.length >= mostEntries) return
    this.#lastEntry += 1
    this.#entries.push({ number: this.#lastEntry, entry })
  }

  /** Redis answers again. What waits is written now. */
  ready(): void {
    if (this.#standing && !this.turns.closed) void this.turns.now()
  }

  stop(): void {
    this.#beat?.cancel()
    this.turns.close()
  }

  #beatLater(): void {
    this.#beat?.cancel()
    this.#beat = this.options.clock.after(heartbeat, () => {
      void this.turns.now()
      this.#beatLater()
    })
  }

  /** Writes one batch. Never rejects. */
  async #writeBatch(): Promise<void> {
    const standing = this.#standing
    if (!standing) return
    const changes = this.changes.batch(changesPerBatch)
    const records = this.records.batch(recordsPerBatch, always)
    const entries = this.#entries.slice(0, entriesPerBatch)
    const values = [
      ...(this.#beginsAgain ? nothingLeft : []),
      ...changes.flatMap(valuesOf),
      ...records.flatMap(([, record]) => record.values),
      ...entries.flatMap(({ number, entry }) => entryValues(number, entry)),
    ]
    try {
      await this.#send(standing, values)
      this.#beginsAgain = false
      this.changes.written(changes)
      this.records.written(records, always)
      this.#entries = this.#entries.slice(entries.length)
      this.condition(undefined)
    } catch (error) {
      this.condition(error, notWritten)
    }
  }

  async #send(standing: Standing, changes: readonly (string | number)[]): Promise<void> {
    const { redis, name, clock, limits, lost } = this.options
    const { token, written } = standing
    const batch = (standing.sent += 1)
    const now = wallNow(clock)
    const kept = [limits.mostRecords, leastMember(wallTime(now - limits.keepRecords)), now - limits.keepAudit]
    const answer = await redis.run(writeScript, keysOf(redis), [
      token,
      batch,
      written,
      name,
      lost ? 0 : claimSpan,
      now,
      ...kept,
      ...changes,
    ])
    if (lost && (answer === 'lost' || answer === 'stale')) lost(`Redis refuses the writes of this node (${answer})`)
    if (answer === 'lost') return this.#beginAgain()
    if (answer !== 'written') throw new Error(answer === 'stale' ? inUse : `the batch was answered with ${String(answer)}`)
    standing.written = batch
  }

  /** Redis has lost writes: it was restarted without them, or another one took over without them. Claims it again. Always rejects. */
  async #beginAgain(): Promise<never> {
    const { redis, name } = this.options
    const answer = await take(redis, name, this.token)
    if (!('token' in answer)) throw new Error(inUse)
    this.#standing = { token: answer.token, sent: 0, written: 0 }
    this.#beginsAgain = true
    this.changes.beginAgain()
    const { log, shown } = this.options
    log.warn(`store ${shown} has lost its latest writes; everything but finished calls is written again`, { event: 'store.lost' })
    throw new Error('Redis has lost its latest writes')
  }

  /** Logged once per change (docs/style.md §4). */
  condition(error: unknown, consequence = ''): void {
    const healthy = error === undefined
    if (healthy === this.#healthy) return
    this.#healthy = healthy
    const { log, shown } = this.options
    if (healthy) {
      const lost = this.records.takeLost()
      log.info?.(`store ${shown} works again; ${lost} records of calls were lost`, { event: 'store.recovered', lost })
      return
    }
    const why = messageOf(error)
    log.error(`store ${shown} ${consequence} (${why})`, { event: 'store.degraded', why })
  }
}

const notWritten = 'is not written: changes would be lost by a restart'
const inUse = 'another Carillon has taken over these keys'
