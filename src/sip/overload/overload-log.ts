import type { Log } from '../../foundation/log.js'
import type { OverloadControl, Sender } from './control.js'

/** In ms. */
const tellEvery = 1_000

/** Logs at most once a second what was refused for overload. No refused call has a log line of its own. */
export class OverloadLog {
  #toldAt = -Infinity
  #counts = { trusted: 0, known: 0, stranger: 0 }
  #since: { readonly at: number; all: number } | undefined

  constructor(private readonly log: Log) {}

  /** Counts a refused call. Returns false: it was not admitted. */
  refused(sender: Sender): false {
    this.#counts[sender] += 1
    return false
  }

  look(now: number, delay: number, { level, rate }: OverloadControl): void {
    const { trusted, known, stranger } = this.#counts
    const all = trusted + known + stranger
    if (all > 0 && now - this.#toldAt >= tellEvery) {
      this.#since ??= { at: now, all: 0 }
      this.#since.all += all
      this.#toldAt = now
      this.#counts = { trusted: 0, known: 0, stranger: 0 }
      const admitted =
        rate === undefined
          ? 'all calls of trusted peers and known phones are admitted'
          : `${Math.round(rate)} calls/s are admitted`
      this.log.warn(
        `overload: received messages wait for ${Math.round(delay)} ms. ${all} new calls got 503: ${trusted} of trusted peers, ${known} of known phones, ${stranger} of strangers; ${admitted}`,
        { event: 'sip.overloaded', refused: all, trusted, known, stranger, delayMs: Math.round(delay) },
      )
    }
    if (level === 'none' && all === 0) this.#over(now)
  }

  #over(now: number): void {
    const since = this.#since
    this.#since = undefined
    if (!since) return
    const seconds = Math.round((now - since.at) / 1000)
    this.log.warn(`the overload is over after ${seconds} s: ${since.all} new calls were refused`, {
      event: 'sip.overloadOver',
      refused: since.all,
      seconds,
    })
  }
}
