import { totalmem } from 'node:os'
import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8'
import type { Clock, Timer } from '../foundation/clock.js'
import type { Log } from '../foundation/log.js'
import { millis } from '../foundation/time.js'

/** Bytes. */
export interface MemoryReading {
  /** Of the old generation, where all that lasts is. */
  readonly heap: number
  /** Where V8 ends the process: when the old generation is full, whatever room the young one has. */
  readonly heapLimit: number
  readonly rss: number
  /** Of the container, or of the machine. */
  readonly rssLimit: number
}

/** Parts of a limit: above `most` new calls are refused, below `enough` they are taken again. */
const most = 0.85
const enough = 0.75
/** A small heap of large calls fills by several percent a second. */
const lookEvery = millis(250)
/** What waits for the collector counts until it runs, so one high reading says little; past `end` there is no time to wait. */
const readingsToBeSure = 12
const end = 0.9

/** The memory of this process, from which it must not run out: that would end all calls. */
export class MemoryWatch {
  #timer: Timer | undefined
  #high = 0
  #isLow = false
  /** Logged once for each time of it. */
  #isUnread = false

  constructor(
    private readonly clock: Pick<Clock, 'after'>,
    private readonly log: Log,
    private readonly read: () => MemoryReading = readMemory,
  ) {}

  /** New calls would use up what those in progress need. */
  get isLow(): boolean {
    return this.#isLow
  }

  start(): void {
    this.#timer = this.clock.after(lookEvery, () => {
      this.#look()
      this.start()
    })
  }

  stop(): void {
    this.#timer?.cancel()
  }

  #look(): void {
    const reading = this.#reading()
    if (!reading) return
    const { heap, heapLimit, rss, rssLimit } = reading
    const used = Math.max(heap / heapLimit, rss / rssLimit)
    this.#high = used > most ? this.#high + 1 : 0
    if (!this.#isLow && (this.#high >= readingsToBeSure || used > end)) this.#becomes(true, used)
    else if (this.#isLow && used < enough) this.#becomes(false, used)
  }

  /** Undefined: it can't be read, as the system opens a file for it. What was found before holds. */
  #reading(): MemoryReading | undefined {
    try {
      const reading = this.read()
      this.#isUnread = false
      return reading
    } catch (error) {
      if (!this.#isUnread) this.log.error(`the memory in use can't be read: ${wordsOf(error)}`, { event: 'memory.unread' })
      this.#isUnread = true
      return undefined
    }
  }

  #becomes(isLow: boolean, used: number): void {
    this.#isLow = isLow
    const part = `${Math.round(used * 100)} % of the memory is in use`
    if (isLow) this.log.error(`${part}: new calls are refused, those in progress go on`, { event: 'memory.low' })
    else this.log.warn(`${part}: new calls are taken again`, { event: 'memory.enough' })
  }
}

/** Bytes of V8's limit that only new objects can take: three semi-spaces of 16 MiB, as `--max-semi-space-size` has them by default. */
const youngGeneration = 3 * 16 * 1024 * 1024

/** Bytes. */
function oldGeneration(): number {
  let used = 0
  for (const { space_name: name, space_used_size: size } of getHeapSpaceStatistics()) if (!name.startsWith('new_')) used += size
  return used
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

function readMemory(): MemoryReading {
  const { heap_size_limit: limit } = getHeapStatistics()
  const constrained = process.constrainedMemory()
  const machine = totalmem()
  return {
    heap: oldGeneration(),
    heapLimit: Math.max(limit / 2, limit - youngGeneration),
    rss: process.memoryUsage.rss(),
    rssLimit: constrained > 0 && constrained < machine ? constrained : machine,
  }
}
