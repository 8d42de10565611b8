import type { Clock, Timer } from '../../foundation/clock.js'
import { millis, type Millis } from '../../foundation/time.js'
import type { TimerName } from './timers.js'

/** Whom a timer tells that it fired. */
export interface TimerOwner {
  timerFired(name: TimerName): void
}

/** Shortest pause between two looks at one queue, as a part of its delay; keeps thousands of timers from waking us each millisecond. */
const pausePart = 50
const longestPause = 10

/** One waiting timer: a link in its queue. Firing or cancelling takes it out at once, so that its owner is let go. */
class Link implements Timer {
  previous: Link | undefined
  next: Link | undefined

  constructor(
    readonly queue: DelayQueue,
    readonly owner: TimerOwner,
    readonly name: TimerName,
    readonly due: number,
  ) {}

  cancel(): void {
    this.queue.remove(this)
  }
}

/** Timers of one delay. They come due in the order in which they started, so that one clock timer serves them all. */
class DelayQueue {
  #first: Link | undefined
  #last: Link | undefined
  #wake: Timer | undefined
  #size = 0

  constructor(
    private readonly clock: Clock,
    private readonly delay: Millis,
    private readonly broken: (error: unknown) => void,
  ) {}

  get size(): number {
    return this.#size
  }

  add(owner: TimerOwner, name: TimerName): Link {
    const link = new Link(this, owner, name, this.clock.monotonic() + this.delay)
    link.previous = this.#last
    if (this.#last) this.#last.next = link
    else this.#first = link
    this.#last = link
    this.#size += 1
    this.#wake ??= this.clock.after(this.delay, this.#run)
    return link
  }

  /** A link that is out of its queue already has no neighbours and is not the first: nothing happens. */
  remove(link: Link): void {
    if (link.previous === undefined && link !== this.#first) return
    if (link.previous) link.previous.next = link.next
    else this.#first = link.next
    if (link.next) link.next.previous = link.previous
    else this.#last = link.previous
    link.previous = undefined
    link.next = undefined
    this.#size -= 1
  }

  stop(): void {
    this.#wake?.cancel()
    this.#wake = undefined
    this.#first = undefined
    this.#last = undefined
    this.#size = 0
  }

  /**
   * `#wake` stays set while owners are told: one that restarts its timer would else arm the clock for its own, which comes due last, and all
   * that wait before it would be late.
   */
  readonly #run = (): void => {
    // The machine's timers may fire within a millisecond before their time.
    const now = this.clock.monotonic() + 1
    for (let link = this.#first; link && link.due <= now; link = this.#first) {
      this.remove(link)
      this.#fire(link)
    }
    // One that `stop` and a later `add` left behind.
    this.#wake?.cancel()
    this.#wake = this.#first && this.clock.after(this.#pauseUntil(this.#first.due), this.#run)
  }

  /** One fault of ours costs one timer: the others of its queue, which are other calls', go on. */
  #fire({ owner, name }: Link): void {
    try {
      owner.timerFired(name)
    } catch (error) {
      this.broken(error)
    }
  }

  #pauseUntil(due: number): Millis {
    const shortest = Math.min(this.delay / pausePart, longestPause)
    return millis(Math.max(Math.ceil(due - this.clock.monotonic()), shortest, 1))
  }
}

/**
 * The timers of all transactions. Their delays are few (T1 and its doubles, T2, T4, 64*T1), so each delay has a queue:
 * starting and cancelling cost a link of a list, and thousands that linger hold one clock timer per delay.
 */
export class TransactionTimers {
  readonly #queues = new Map<Millis, DelayQueue>()

  /** `broken` is told of a fault of ours in an owner. */
  constructor(
    private readonly clock: Clock,
    private readonly broken: (error: unknown) => void,
  ) {}

  start(owner: TimerOwner, name: TimerName, delay: Millis): Timer {
    let queue = this.#queues.get(delay)
    if (!queue) {
      queue = new DelayQueue(this.clock, delay, this.broken)
      this.#queues.set(delay, queue)
    }
    return queue.add(owner, name)
  }

  /** Timers that wait. */
  get size(): number {
    let size = 0
    for (const queue of this.#queues.values()) size += queue.size
    return size
  }

  stopAll(): void {
    for (const queue of this.#queues.values()) queue.stop()
    this.#queues.clear()
  }
}
