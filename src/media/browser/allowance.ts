/** How many packets may be looked at: so many a second, and as many at once as `burst` says. */
export class Allowance {
  #left: number
  #at = 0

  constructor(
    private readonly perSecond: number,
    private readonly burst: number,
  ) {
    this.#left = burst
  }

  /** Whether one more may be; `now` in milliseconds. */
  takes(now: number): boolean {
    this.#left = Math.min(this.burst, this.#left + ((now - this.#at) * this.perSecond) / 1000)
    this.#at = now
    if (this.#left < 1) return false
    this.#left -= 1
    return true
  }
}
