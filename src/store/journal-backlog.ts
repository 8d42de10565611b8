import { JsonText } from '../foundation/json-text.js'
import { LineBuffer } from '../foundation/line-buffer.js'
import { wallNow, type Clock } from '../foundation/clock.js'
import { millis, type Instant, type WallTime } from '../foundation/time.js'

/** Lines that are written together. */
export interface Batch {
  /** Set if the batch starts a new file. */
  readonly beginsAt?: WallTime
  readonly lines: LineBuffer
  /** The number of lines. */
  count: number
  /** In bytes. */
  size: number
}

/** In bytes. When this much waits, it is written without delay, so no write is much larger. */
const batchSize = 256 * 1024
/** A file ends after this time even if it is small. Otherwise old lines could not be deleted. */
const longestFile = millis(86_400_000)

interface BacklogOptions {
  readonly clock: Clock
  /** When a file reaches this many bytes, the next one starts. */
  readonly maxFileBytes: number
  /** How many bytes may wait. Further lines are dropped. */
  readonly maxWaiting: number
}

/**
 * Journal lines that wait for the disk, in batches. It decides where a file ends: there the next one starts with its header, so each
 * file can be replayed by itself.
 */
export class JournalBacklog {
  /** The first line of each file. */
  header: () => string = () => ''
  #batches: Batch[] = []
  /** Bytes in `#batches` and in the current write. */
  #waiting = 0
  #fileSize = 0
  /** Undefined: the next line starts a new file. */
  #fileSince: Instant | undefined
  #isFull = false
  /** The current line. Its length is known only when it is written. */
  readonly #line = new LineBuffer()
  readonly #json = new JsonText(this.#line)
  /** The buffer of a batch that was written. */
  #emptied: LineBuffer | undefined

  constructor(private readonly options: BacklogOptions) {}

  get isEmpty(): boolean {
    return this.#batches.length === 0
  }

  /** Whether so much waits that it should be written without delay. */
  get isDue(): boolean {
    return this.#waiting >= batchSize
  }

  /** False: there is no space, and the line is dropped. */
  add(entry: object): boolean {
    this.#line.clear()
    this.#json.add(entry)
    this.#line.add('\n')
    if (!this.#hasRoom(this.#line.length)) return false
    if (this.#fileIsOver()) this.#beginFile()
    this.#put(this.#line)
    return true
  }

  /** Notes that a line is missing. A replay must not continue over the gap, so the next line starts a new file. */
  breakOff(): void {
    this.#fileSince = undefined
  }

  /** Takes everything that waits, for one write. Its space is free again only after `written`. */
  take(): readonly Batch[] {
    const batches = this.#batches
    this.#batches = []
    return batches
  }

  /** The batch no longer needs memory. */
  written({ size, lines }: Batch): void {
    this.#waiting -= size
    lines.clear()
    this.#emptied = lines
  }

  /**
   * After lines were dropped, no line is accepted until half of the space is free. Otherwise a new file would start every few
   * lines.
   */
  #hasRoom(size: number): boolean {
    const { maxWaiting } = this.options
    this.#isFull = this.#waiting + size > (this.#isFull ? maxWaiting / 2 : maxWaiting)
    return !this.#isFull
  }

  #fileIsOver(): boolean {
    if (this.#fileSince === undefined || this.#fileSize >= this.options.maxFileBytes) return true
    return this.options.clock.now() - this.#fileSince >= longestFile
  }

  #beginFile(): void {
    this.#fileSince = this.options.clock.now()
    this.#fileSize = 0
    this.#batches.push({ beginsAt: wallNow(this.options.clock), ...this.#room() })
    const header = this.header()
    if (header === '') return
    const line = new LineBuffer()
    line.add(header)
    line.add('\n')
    this.#put(line)
  }

  /** An empty batch. The buffer of the last one is used again, because most batches have a few lines. */
  #room(): Omit<Batch, 'beginsAt'> {
    const lines = this.#emptied ?? new LineBuffer()
    this.#emptied = undefined
    return { lines, count: 0, size: 0 }
  }

  #put(line: LineBuffer): void {
    let batch = this.#batches.at(-1)
    if (!batch || batch.size >= batchSize) {
      batch = this.#room()
      this.#batches.push(batch)
    }
    batch.lines.addFrom(line)
    batch.count += 1
    batch.size += line.length
    this.#waiting += line.length
    this.#fileSize += line.length
  }
}
