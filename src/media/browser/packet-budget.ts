import { Allowance } from '../rtp/allowance.js'

/** Who sent a packet. `strangersCheck`: a connectivity check from an address that is not the browser's. */
export type Sender = 'browser' | 'stranger' | 'strangersCheck' | 'plain'

/**
 * The limit for the browser's packets, and for the plain side's. Audio with 10 ms frames has 100 packets per second, plus about 10
 * reports and checks. `atOnce` allows for packets that the network delayed and that arrive together.
 */
export const allowed = { perSecond: 400, atOnce: 400 }
/** The limit for other addresses: the browser's checks on other paths, and separately as many other packets. */
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
  /** Refused packets from the browser's address since the last `look`. */
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
