import { Allowance } from '../rtp/allowance.js'

/** Who sent a packet. `strangersCheck`: a connectivity check from an address that is not the browser's. */
export type Sender = 'browser' | 'stranger' | 'strangersCheck' | 'plain'

/**
 * Per second. Audio with 10 ms frames has 100 packets, plus about 10 reports and checks. Packets delayed by the network arrive
 * all at once.
 */
export const allowed = { perSecond: 400, atOnce: 400 }
/** For addresses that are not the browser's: its checks on other paths, and as many sound packets. */
const allowedStrangers = { perSecond: 100, atOnce: 200 }
/**
 * If this many packets from the browser's address are refused within a second, the leg ends, so that the kernel refuses the rest.
 */
export const wastefulAt = 5000

/** How many packets of each sender one leg handles. The limits are independent, so no sender uses up another's. */
export class PacketBudget {
  readonly #left: Readonly<Record<Sender, Allowance>> = {
    browser: new Allowance(allowed.perSecond, allowed.atOnce),
    stranger: new Allowance(allowedStrangers.perSecond, allowedStrangers.atOnce),
    strangersCheck: new Allowance(allowedStrangers.perSecond, allowedStrangers.atOnce),
    plain: new Allowance(allowed.perSecond, allowed.atOnce),
  }
  /** Packets of the browser since the last `look`. */
  #refused = 0

  /** `refused`: called for each packet that is refused. */
  constructor(private readonly refused: () => void) {}

  /** Whether one more packet may be handled. `now` in milliseconds. */
  takes(sender: Sender, now: number): boolean {
    if (this.#left[sender].takes(now)) return true
    if (sender === 'browser') this.#refused += 1
    this.refused()
    return false
  }

  /** Call it about once per second. Returns how many packets were refused since the last call, if the leg has to end for them. */
  look(): number | undefined {
    const refused = this.#refused
    this.#refused = 0
    return refused >= wastefulAt ? refused : undefined
  }
}
