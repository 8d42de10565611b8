import { RecentRate } from './recent-rate.js'

/** Times in milliseconds, rates in calls a second. */
interface Limits {
  /** The delay of messages that the control aims at while it refuses calls. */
  readonly target: number
  /** Refusing does not begin below this delay. */
  readonly floor: number
  /** How long the delay must stay above the floor before calls of strangers are refused. */
  readonly strangersAfter: number
  /** How long the delay must stay above the floor before calls of others are refused. */
  readonly callsAfter: number
  /** So many calls a second of trusted peers and known phones are always admitted, and so many of strangers. */
  readonly leastRate: number
}

export const usualLimits: Limits = { target: 50, floor: 150, strangersAfter: 150, callsAfter: 350, leastRate: 50 }

/** What was measured since the last look. Times in ms. */
interface Reading {
  /** How late this look is. A large value means that the thread, or the machine, stood still. */
  readonly late: number
  /** How long received messages wait until they are read. */
  readonly delay: number
  /** Most of the messages came from strangers, so refusing calls of others would not help. */
  readonly mostlyStrangers?: boolean
}

/** `trusted`: a trusted peer. `known`: the right password of an account came from that address. */
export type Sender = 'trusted' | 'known' | 'stranger'

/** A look that is at least so late, in ms, follows a standstill. */
const standstill = 100
/** How much of the explained delay ends in each ms. So a standstill explains delays for four times as long as it lasted. */
const forgetting = 0.25
/** The most patience at one time, in ms, and how much of it comes back in each ms. Standstills in a row are overload. */
const mostPatience = 3_000
const patienceBack = 0.3
/** After so many ms without a refused call, all calls are admitted again if the delay is below the floor. */
const calm = 3_000
/** How long calls of strangers are limited after the last long delay, in ms. It is longer, because the limit may be why the delay is short. */
const strangersCalm = 10_000
/** The shortest time between changes of the rate, in ms. Several looks between two changes see the effect of the first. */
const step = 100
/** The largest share of the rate that one step takes away, that it adds before the capacity is known, and that it adds near the capacity. */
const [fastestDown, fastestUp, slowestUp] = [0.2, 0.12, 0.02]
/** After so many steps with a delay below this share of the target, the rate is far too low, and `#tooMuch` is forgotten. */
const [quietSteps, quiet] = [3, 0.2]
/** The bucket holds the calls of so many ms, and at least those of a second at the least rate. */
const burst = 60
/** Known phones get a call only while more than this share of the bucket is left. */
const keptForPeers = 0.5

/**
 * Decides how many new calls are admitted, from the time that received messages wait (RFC 7339 leaves that to the server). It reads no clock:
 * its caller passes the time. Calls are admitted at a rate. The rate falls while the delay is above its target, in proportion to the distance and to the
 * growth of the delay, and rises while it is below and calls are refused (docs/decisions/098-overload.md).
 */
export class OverloadControl {
  #at: number | undefined
  #overSince: number | undefined
  /** How much delay a standstill explains, and how much patience is left for further ones. */
  #explained = 0
  #patience = mostPatience
  #strangersUntil = -Infinity
  readonly #strangers: Bucket
  #limiter: Limiter | undefined
  /** The calls that were admitted lately, as a rate. */
  readonly #recent = new RecentRate()

  constructor(private readonly limits: Limits = usualLimits) {
    this.#strangers = new Bucket(limits.leastRate)
  }

  /** Whether some new calls may be refused. */
  get level(): 'none' | 'strangers' | 'calls' {
    if (this.#limiter) return 'calls'
    return this.#strangersUntil > (this.#at ?? 0) ? 'strangers' : 'none'
  }

  /** The calls that are admitted in each second. Undefined: all. */
  get rate(): number | undefined {
    return this.#limiter?.rate
  }

  /** Takes a reading, several times a second. */
  look(now: number, { late, delay, mostlyStrangers = false }: Reading): void {
    const since = this.#at === undefined ? 0 : now - this.#at
    this.#at = now
    this.#explain(since, late)
    const excess = Math.max(0, delay - this.#explained)
    const isOver = excess > this.limits.floor
    if (isOver) this.#overSince ??= now
    else this.#overSince = undefined
    const over = this.#overSince === undefined ? 0 : now - this.#overSince
    if (isOver && over >= this.limits.strangersAfter) this.#strangersUntil = now + strangersCalm
    if (this.#limiter) this.#adjust(this.#limiter, now, excess, mostlyStrangers)
    else if (isOver && over >= this.limits.callsAfter && !mostlyStrangers)
      this.#limiter = new Limiter(now, this.#recent.at(now), this.limits)
  }

  /** Whether one more new call of this sender is admitted. It is counted. */
  admits(now: number, sender: Sender): boolean {
    if (sender === 'stranger') return this.level === 'none' || this.#strangers.takes(now, this.limits.leastRate)
    const admitted = this.#limiter?.takes(now, sender === 'known' ? keptForPeers : 0) !== false
    if (admitted) this.#recent.count(now)
    return admitted
  }

  /** A standstill explains the delay that follows, until what waited is served. */
  #explain(since: number, late: number): void {
    this.#explained = Math.max(0, this.#explained - since * forgetting)
    this.#patience = Math.min(mostPatience, this.#patience + since * patienceBack)
    if (late < standstill) return
    const granted = Math.min(late, this.#patience)
    this.#patience -= granted
    this.#explained += granted
  }

  #adjust(limiter: Limiter, now: number, excess: number, mostlyStrangers: boolean): void {
    limiter.adjust(now, excess, mostlyStrangers)
    if (excess < this.limits.floor && now - limiter.refusedAt > calm) this.#limiter = undefined
  }
}

/** A token bucket. */
class Bucket {
  #tokens: number
  #filledAt = -Infinity

  constructor(private readonly least: number) {
    this.#tokens = least
  }

  /** `reserve`: the share of the bucket that must be left. */
  takes(now: number, rate: number, reserve = 0): boolean {
    const size = Math.max(1, this.least, (rate * burst) / 1000)
    const filled = this.#filledAt === -Infinity ? 0 : ((now - this.#filledAt) / 1000) * rate
    this.#tokens = Math.min(size, this.#tokens + filled)
    this.#filledAt = now
    if (this.#tokens < Math.max(1, reserve * size)) return false
    this.#tokens -= 1
    return true
  }
}

/** Admits calls at a rate that follows the delay. */
class Limiter {
  rate: number
  refusedAt: number
  readonly #bucket: Bucket
  #steppedAt: number
  #delayBefore: number | undefined
  /** A rate with which the delay was above its target. Near it, the rate rises slowly. */
  #tooMuch = Infinity
  #refusedInStep = 0
  #quietSteps = 0

  constructor(
    now: number,
    recent: number,
    private readonly limits: Limits,
  ) {
    // The work of calls that were admitted before still lies ahead.
    this.rate = Math.max(limits.leastRate, recent * 0.75)
    this.#bucket = new Bucket(limits.leastRate)
    this.refusedAt = this.#steppedAt = now
  }

  takes(now: number, reserve: number): boolean {
    if (this.#bucket.takes(now, this.rate, reserve)) return true
    this.refusedAt = now
    this.#refusedInStep += 1
    return false
  }

  adjust(now: number, delay: number, mostlyStrangers: boolean): void {
    if (now - this.#steppedAt < step) return
    const { target, leastRate } = this.limits
    const growth = delay - (this.#delayBefore ?? delay)
    const refused = this.#refusedInStep
    this.#steppedAt = now
    this.#delayBefore = delay
    this.#refusedInStep = 0
    this.#quietSteps = refused > 0 && delay < quiet * target ? this.#quietSteps + 1 : 0
    if (this.#quietSteps >= quietSteps) this.#tooMuch = Infinity
    const wish = (0.05 * (target - delay)) / target - (0.2 * growth) / target
    if (wish < 0) {
      if (mostlyStrangers) return
      if (delay > target && growth > 0) this.#tooMuch = Math.min(this.#tooMuch, this.rate)
      this.rate = Math.max(leastRate, this.rate * (1 - Math.min(fastestDown, -wish)))
    } else if (refused > 0) {
      const most = this.rate < 0.8 * this.#tooMuch ? fastestUp : slowestUp
      this.rate *= 1 + Math.min(most, most * wish * 20)
      // The capacity may have grown.
      this.#tooMuch *= 1.01
    }
  }
}
