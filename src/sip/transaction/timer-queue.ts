import type { Clock, Timer } from '../../foundation/clock.js'
import { millis, type Millis } from '../../foundation/time.js'
import type { TimerName } from './timers.js'

/** Called when its timer fires. */
export interface TimerOwner {
  timerFired(name: TimerName): void
}

/**
 * The shortest pause between two checks of one queue, as a fraction of its delay. It prevents a wake-up every millisecond with
 * thousands of timers.
 */
const pausePart = 50
/** In ms. The shortest pause is never longer than this, even for a queue with a long delay. */
const longestPause = 10

/** One waiting timer: an entry of its queue. Firing or cancelling removes it at once, so that its owner can be freed. */
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

/** Timers with the same delay. They are due in the order in which they started, so one clock timer serves all of them. */
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

  /** An entry that was already removed has no neighbours and is not the first. Then this does nothing. */
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
   * `#wake` stays set while owners are called. If an owner restarted its timer, the clock would otherwise be set for that one,
   * which is due last, and all timers before it would be late.
   */
  readonly #run = (): void => {
    // Node's timers may fire up to a millisecond early.
    const now = this.clock.monotonic() + 1
    for (let link = this.#first; link && link.due <= now; link = this.#first) {
      this.remove(link)
      this.#fire(link)
    }
    // An owner may have called `stop` and `add`, which set another wake-up.
    this.#wake?.cancel()
    this.#wake = this.#first && this.clock.after(this.#pauseUntil(this.#first.due), this.#run)
  }

  /** An internal error costs one timer. The other timers of the queue belong to other calls and continue. */
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
 * The timers of all transactions. There are few different delays (T1 and its doubles, T2, T4, 64*T1), so each delay has a queue.
 * Starting and cancelling change one list entry, and each queue needs only one clock timer.
 */
export class TransactionTimers {
  readonly #queues = new Map<Millis, DelayQueue>()

  /** `broken` is called with an internal error of an owner. */
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

  /** The number of waiting timers. */
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
