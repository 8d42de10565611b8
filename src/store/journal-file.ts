import type { Clock, Timer } from '../foundation/clock.js'
import { messageOf } from '../foundation/errors.js'
import type { Log } from '../foundation/log.js'
import { millis, type Millis } from '../foundation/time.js'
import { JournalBacklog, type Batch } from './journal-backlog.js'
import { JournalFolder } from './journal-folder.js'
import type { JournalWriter } from './port.js'

export interface JournalFileOptions {
  /** An absolute path. Created if missing. */
  readonly folder: string
  /** When a file reaches this many bytes, the next one starts. */
  readonly maxFileBytes: number
  /** A file is deleted when everything in it is older. */
  readonly keep: Millis
  readonly clock: Clock
  readonly log: Log
  /** How many bytes may wait in memory for the disk. Default 16 Mi. Further lines are dropped and counted. */
  readonly maxWaiting?: number
}

const writeDelay = millis(100)
const defaultMaxWaiting = 16 * 1024 * 1024
const retryDelay = millis(1_000)

/** The next write. `isSoon`: it happens in the next turn of the event loop. */
interface Next {
  readonly timer: Timer
  readonly isSoon: boolean
}

/**
 * The journal as files `journal-YYYYMMDD-HHMMSS-mmm.jsonl` (UTC) in one folder. `append` only puts the line into memory. Batches are
 * written to the disk one at a time. Each file starts with a header, the state of the world before its first line, so each file can be
 * replayed by itself. If lines are dropped, the file ends there.
 */
export class JournalFile implements JournalWriter {
  readonly #backlog: JournalBacklog
  readonly #folder: JournalFolder
  #dropped = 0
  #next: Next | undefined
  #writing: Promise<void> | undefined
  #broken = false
  #closed = false

  constructor(private readonly options: JournalFileOptions) {
    const { folder, keep, clock, maxFileBytes, maxWaiting = defaultMaxWaiting } = options
    this.#backlog = new JournalBacklog({ clock, maxFileBytes, maxWaiting })
    this.#folder = new JournalFolder(folder, keep, clock)
  }

  get dropped(): number {
    return this.#dropped
  }

  onNewFile(header: () => string): void {
    this.#backlog.header = header
  }

  append(entry: object): void {
    if (this.#closed || !this.#backlog.add(entry)) {
      this.#dropped += 1
      return this.#backlog.breakOff()
    }
    if (this.#writing || this.#next?.isSoon || (this.#broken && this.#next)) return
    if (this.#backlog.isDue) this.#writeAfter(millis(0), true)
    else if (!this.#next) this.#writeAfter(writeDelay)
  }

  /** Writes everything that waits, unless the disk fails. */
  async flush(): Promise<void> {
    while (this.#writing || !this.#backlog.isEmpty) {
      await (this.#writing ?? this.#write())
      if (this.#broken) return
    }
  }

  async close(): Promise<void> {
    await this.flush()
    this.#closed = true
    this.#next?.timer.cancel()
    await this.#folder.close()
  }

  #writeAfter(delay: Millis, isSoon = false): void {
    this.#next?.timer.cancel()
    this.#next = { isSoon, timer: this.options.clock.after(delay, () => void this.#write()) }
  }

  /** Writes everything that waits now. Never rejects. */
  #write(): Promise<void> {
    this.#next?.timer.cancel()
    this.#next = undefined
    this.#writing = this.#drain().finally(() => {
      this.#writing = undefined
      if (!this.#backlog.isEmpty && !this.#closed) this.#writeAfter(this.#broken ? retryDelay : writeDelay)
    })
    return this.#writing
  }

  async #drain(): Promise<void> {
    for (const batch of this.#backlog.take()) {
      try {
        if (await this.#writeBatch(batch)) this.#condition(undefined)
      } catch (error) {
        await this.#giveUp(batch)
        this.#condition(error)
      }
      this.#backlog.written(batch)
    }
  }

  async #writeBatch(batch: Batch): Promise<boolean> {
    if (batch.beginsAt !== undefined) await this.#folder.begin(batch.beginsAt)
    const isWritten = await this.#folder.append(batch.lines.bytes)
    // The batch with the header of this file was lost. Without the header, these lines can't be replayed.
    if (!isWritten) this.#dropped += batch.count
    return isWritten
  }

  /** Drops the lines and the rest of the same file. The next line starts a new file. */
  async #giveUp(batch: Batch): Promise<void> {
    this.#dropped += batch.count
    this.#backlog.breakOff()
    await this.#folder.abandon()
  }

  /** Logged once per change (docs/style.md §4). */
  #condition(error: unknown): void {
    const broken = error !== undefined
    if (broken === this.#broken) return
    this.#broken = broken
    const { log, folder } = this.options
    if (!broken) return log.info?.(`journal in ${folder} is written again`, { event: 'journal.recovered' })
    const why = messageOf(error)
    log.error(`journal in ${folder} is not written: calls of this time can't be replayed (${why})`, {
      event: 'journal.degraded',
      why,
    })
  }
}
