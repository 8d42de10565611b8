import { messageOf } from '../foundation/errors.js'
import { totalmem } from 'node:os'
import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8'
import type { Clock, Timer } from '../foundation/clock.js'
import type { Log } from '../foundation/log.js'
import { millis } from '../foundation/time.js'

/** The memory in use and its limits, in bytes. */
export interface MemoryReading {
  /** The old generation, which holds all long-lived objects. */
  readonly heap: number
  /** The size of the old generation at which V8 ends the process, even if the young generation has space. */
  readonly heapLimit: number
  readonly rss: number
  /** The limit of the container or of the machine. */
  readonly rssLimit: number
}

/** Shares of a limit. Above `most`, new calls are refused. Below `enough`, they are accepted again. */
const most = 0.85
const enough = 0.75
/** How often memory is read. Large calls may fill a small heap by several percent per second. */
const lookEvery = millis(250)
/** How many high readings in a row count. Garbage counts as used until the collector runs. Above `end`, a single reading counts. */
const readingsToBeSure = 12
const end = 0.9

/** Watches the memory of this process. Running out of it would end all calls. */
export class MemoryWatch {
  #timer: Timer | undefined
  #high = 0
  #isLow = false
  /** The last reading failed. A failure is logged once until a reading succeeds. */
  #isUnread = false

  constructor(
    private readonly clock: Pick<Clock, 'after'>,
    private readonly log: Log,
    private readonly read: () => MemoryReading = readMemory,
  ) {}

  /** True: new calls would use memory that the calls in progress need. */
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

  /** Reads the memory in use. Undefined: that failed, because it needs a file to be opened. The previous result then holds. */
  #reading(): MemoryReading | undefined {
    try {
      const reading = this.read()
      this.#isUnread = false
      return reading
    } catch (error) {
      if (!this.#isUnread) this.log.error(`the memory in use can't be read: ${messageOf(error)}`, { event: 'memory.unread' })
      this.#isUnread = true
      return undefined
    }
  }

  #becomes(isLow: boolean, used: number): void {
    this.#isLow = isLow
    const part = `${Math.round(used * 100)} % of the memory is in use`
    if (isLow) this.log.error(`${part}: new calls are refused, and calls in progress continue`, { event: 'memory.low' })
    else this.log.warn(`${part}: new calls are accepted again`, { event: 'memory.enough' })
  }
}

/**
 * In bytes: the part of V8's limit that only new objects can use. It has three semi-spaces of 16 MiB, the default of
 * `--max-semi-space-size`.
 */
const youngGeneration = 3 * 16 * 1024 * 1024

/** The used size of the old generation, in bytes. */
function oldGeneration(): number {
  let used = 0
  for (const { space_name: name, space_used_size: size } of getHeapSpaceStatistics()) if (!name.startsWith('new_')) used += size
  return used
}

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
