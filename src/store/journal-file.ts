import { messageOf } from '../foundation/errors.js'
import { mkdir, open, readdir, unlink, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { wallNow, type Clock, type Timer } from '../foundation/clock.js'
import type { Log } from '../foundation/log.js'
import { millis, wallTime, type Instant, type Millis, type WallTime } from '../foundation/time.js'
import type { JournalWriter } from './port.js'

export interface JournalFileOptions {
  /** An absolute path. Created if missing. */
  readonly folder: string
  /** When a file reaches this many characters, the next one starts. */
  readonly maxFileBytes: number
  /** A file is deleted when everything in it is older. */
  readonly keep: Millis
  readonly clock: Clock
  readonly log: Log
  /** How many characters may wait in memory for the disk. Default 16 Mi. Further lines are dropped and counted. */
  readonly maxWaiting?: number
}

/** Lines that are written together. */
interface Batch {
  /** Set if the batch starts a new file. */
  readonly beginsAt?: WallTime
  readonly lines: string[]
  size: number
}

const writeDelay = millis(50)
/** In characters. This much is written at once, without waiting for the delay. No single write is much larger. */
const batchSize = 256 * 1024
const defaultMaxWaiting = 16 * 1024 * 1024
/** A file ends after this time even if it is small. Otherwise `keep` could not delete old lines. */
const longestFile = millis(86_400_000)
const retryDelay = millis(1_000)

/**
 * The journal as files `journal-YYYYMMDD-HHMMSS-mmm.jsonl` (UTC) in one folder. `append` only puts the line into memory. One
 * write at a time takes batches to the disk. Each file starts with a header, taken at the moment when the file starts in the
 * order of lines, so each file can be replayed by itself. If lines are dropped, the file ends there.
 */
export class JournalFile implements JournalWriter {
  readonly #options: JournalFileOptions
  readonly #maxWaiting: number
  #header: () => string = () => ''
  #batches: Batch[] = []
  /** Characters in `#batches` and in the current write. */
  #waiting = 0
  #fileSize = 0
  #fileSince: Instant | undefined
  #dropping = false
  #dropped = 0
  #timer: Timer | undefined
  /** The timer runs only until the next turn of the event loop. */
  #soon = false
  #writing: Promise<void> | undefined
  #file: FileHandle | undefined
  #broken = false
  #closed = false

  constructor(options: JournalFileOptions) {
    this.#options = options
    this.#maxWaiting = options.maxWaiting ?? defaultMaxWaiting
  }

  get dropped(): number {
    return this.#dropped
  }

  onNewFile(header: () => string): void {
    this.#header = header
  }

  append(line: string): void {
    if (this.#closed || !this.#hasRoom(line.length)) {
      this.#dropped += 1
      // A replay must not continue over the gap, so the next line starts a new file.
      this.#fileSince = undefined
      return
    }
    if (this.#fileIsOver()) this.#beginFile()
    this.#put(line)
    if (this.#writing || this.#soon || (this.#broken && this.#timer)) return
    if (this.#waiting >= batchSize) {
      this.#soon = true
      this.#writeAfter(millis(0))
    } else if (!this.#timer) this.#writeAfter(writeDelay)
  }

  /** Writes everything that waits, unless the disk fails. */
  async flush(): Promise<void> {
    while (this.#writing || this.#batches.length > 0) {
      await (this.#writing ?? this.#write())
      if (this.#broken) return
    }
  }

  async close(): Promise<void> {
    await this.flush()
    this.#closed = true
    this.#timer?.cancel()
    await this.#file?.close()
    this.#file = undefined
  }

  /**
   * After lines were dropped, no line is accepted until half of the space is free. Otherwise a new file would start every few
   * lines.
   */
  #hasRoom(size: number): boolean {
    const bound = this.#dropping ? this.#maxWaiting / 2 : this.#maxWaiting
    this.#dropping = this.#waiting + size > bound
    return !this.#dropping
  }

  #fileIsOver(): boolean {
    if (this.#fileSince === undefined || this.#fileSize >= this.#options.maxFileBytes) return true
    return this.#options.clock.now() - this.#fileSince >= longestFile
  }

  #beginFile(): void {
    const now = this.#options.clock.now()
    this.#fileSince = now
    this.#fileSize = 0
    this.#batches.push({ beginsAt: wallNow(this.#options.clock), lines: [], size: 0 })
    const header = this.#header()
    if (header !== '') this.#put(header)
  }

  #put(line: string): void {
    let batch = this.#batches.at(-1)
    if (!batch || batch.size >= batchSize) {
      batch = { lines: [], size: 0 }
      this.#batches.push(batch)
    }
    const size = line.length + 1
    batch.lines.push(line)
    batch.size += size
    this.#waiting += size
    this.#fileSize += size
  }

  #writeAfter(delay: Millis): void {
    this.#timer?.cancel()
    this.#timer = this.#options.clock.after(delay, () => void this.#write())
  }

  /** Writes everything that waits now. Never rejects. */
  #write(): Promise<void> {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#soon = false
    this.#writing = this.#drain().finally(() => {
      this.#writing = undefined
      if (this.#batches.length > 0 && !this.#closed) this.#writeAfter(this.#broken ? retryDelay : writeDelay)
    })
    return this.#writing
  }

  async #drain(): Promise<void> {
    const batches = this.#batches
    this.#batches = []
    for (const batch of batches) {
      try {
        if (await this.#writeBatch(batch)) this.#condition(undefined)
      } catch (error) {
        await this.#giveUp(batch)
        this.#condition(error)
      }
      this.#waiting -= batch.size
    }
  }

  async #writeBatch(batch: Batch): Promise<boolean> {
    if (batch.beginsAt !== undefined) {
      await this.#file?.close()
      this.#file = undefined
      this.#file = await this.#createFile(batch.beginsAt)
    }
    if (!this.#file) {
      // The batch with the start of this file was lost. These lines can't be replayed without it.
      this.#dropped += batch.lines.length
      return false
    }
    if ((await this.#file.stat()).nlink === 0) throw new Error('its file was deleted')
    await this.#file.appendFile(`${batch.lines.join('\n')}\n`)
    return true
  }

  /** The lines are lost, and so is the rest of the same file. The next line starts a new file. */
  async #giveUp(batch: Batch): Promise<void> {
    this.#dropped += batch.lines.length
    this.#fileSince = undefined
    const file = this.#file
    this.#file = undefined
    // Closing a file that can't be written may also fail. That adds no information.
    await file?.close().catch(() => undefined)
  }

  async #createFile(at: WallTime): Promise<FileHandle> {
    const { folder, clock, keep } = this.#options
    await mkdir(folder, { recursive: true })
    await deleteOlder(folder, wallTime(wallNow(clock) - keep))
    for (let stamp = at; ; stamp = wallTime(stamp + 1)) {
      try {
        return await open(join(folder, journalName(stamp)), 'ax')
      } catch (error) {
        // Two files in one millisecond, or the clock was set back: use the next free name.
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
      }
    }
  }

  /** Logged once per change (docs/style.md §4). */
  #condition(error: unknown): void {
    const broken = error !== undefined
    if (broken === this.#broken) return
    this.#broken = broken
    const { log, folder } = this.#options
    if (!broken) return log.info?.(`journal in ${folder} is written again`, { event: 'journal.recovered' })
    const why = messageOf(error)
    log.error(`journal in ${folder} is not written: calls of this time can't be replayed (${why})`, {
      event: 'journal.degraded',
      why,
    })
  }
}

const nameForm = /^journal-(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)-(\d{3})\.jsonl$/

/** The name of a file that starts at this moment, such as `journal-20260131-235959-042.jsonl`. */
export function journalName(at: WallTime): string {
  const [date = '', time = ''] = new Date(at).toISOString().split('T')
  return `journal-${date.replaceAll('-', '')}-${time.slice(0, 8).replaceAll(':', '')}-${time.slice(9, 12)}.jsonl`
}

/** The moment in a journal file's name. Undefined for any other file. */
export function journalMoment(name: string): WallTime | undefined {
  const [, y, mo, d, h, mi, s, ms] = nameForm.exec(name) ?? []
  const at = Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}.${ms}Z`)
  return Number.isNaN(at) ? undefined : wallTime(at)
}

/** A file ends where the next one starts, so it is deleted if the next one starts before `moment`. The last file always stays. */
async function deleteOlder(folder: string, moment: WallTime): Promise<void> {
  const files = (await readdir(folder)).filter(name => journalMoment(name) !== undefined).sort()
  for (const [index, name] of files.entries()) {
    const end = journalMoment(files[index + 1] ?? '')
    // A failure to delete must not stop the journal. It is tried again with the next file.
    if (end !== undefined && end < moment) await unlink(join(folder, name)).catch(() => undefined)
  }
}
