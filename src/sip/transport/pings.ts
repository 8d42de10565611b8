/** Answers pings. A peer that pings and does not read costs one pong, not one for each ping. */
export class Pong {
  /** A pong is waiting to be sent. It answers all pings that come until then. */
  #isLeaving = false

  /** `send` calls `left` once the pong is out. */
  constructor(private readonly send: (left: () => void) => void) {}

  answer(): void {
    if (this.#isLeaving) return
    this.#isLeaving = true
    this.send(() => (this.#isLeaving = false))
  }
}

/** A peer that was silent for this long gets a ping. */
const pingAfterMs = 30_000

/** Our pings to one peer. Times are in milliseconds. */
export class Pings {
  /** Since when we wait for the answer to a ping. */
  #askedAt: number | undefined

  constructor(private heardAt: number) {}

  /** The peer sent anything, which answers a ping. */
  heard(now: number): void {
    this.heardAt = now
    this.#askedAt = undefined
  }

  /** Whether a ping has to go out now. It counts as sent. */
  isDue(now: number): boolean {
    if (this.#askedAt !== undefined || now - this.heardAt <= pingAfterMs) return false
    this.#askedAt = now
    return true
  }

  /** Whether the latest ping has waited longer than this for its answer. */
  isUnanswered(now: number, longestMs: number): boolean {
    return this.#askedAt !== undefined && now - this.#askedAt > longestMs
  }
}
