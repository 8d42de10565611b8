/** A token bucket: how many packets or keys may be handled per second, and how many at once (`burst`). */
export class Allowance {
  #left: number
  #at = 0

  constructor(
    private readonly perSecond: number,
    private readonly burst: number,
  ) {
    this.#left = burst
  }

  /** Whether one more may be handled. `now` in milliseconds. */
  takes(now: number): boolean {
    this.#left = Math.min(this.burst, this.#left + ((now - this.#at) * this.perSecond) / 1000)
    this.#at = now
    if (this.#left < 1) return false
    this.#left -= 1
    return true
  }
}
