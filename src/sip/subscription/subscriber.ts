import type { Timer } from '../../foundation/clock.js'
import { between, millis, seconds, type Instant, type Millis } from '../../foundation/time.js'
import { SubscriptionUsage, type Notification, type SubscribeParts, type SubscriptionContext, type UsageEnd } from './usage.js'

export type { Notification, SubscribeParts, SubscriptionContext } from './usage.js'

export interface SubscriberListener {
  /** The content of a NOTIFY, in the notifier's order. */
  notified(notification: Notification): void
  /** A new subscription begins, and the numbers in its documents start again. */
  begun?(): void
  /** The notifier does not know the watched agent, or must not tell us. Earlier notifications are void. */
  denied?(): void
}

/** `waiting`: for the next attempt. `pending`: SUBSCRIBE was sent and no state has come, or the notifier waits for permission. */
export type SubscriberState = 'waiting' | 'pending' | 'active' | 'stopped'

/** The longest delay after failures. The delays are 2 s, 4 s, … up to this, each multiplied by a random number from 0.5 to 1. */
const longestWait = seconds(300)
const firstWait = seconds(2)
/** A subscription that lasted less counts as a failure, so that two peers do not keep each other busy. */
const settledAfter = seconds(10)
/** Subscriptions that begin again at once are spread over this time, so that thousands do not begin at one moment. */
const soon = seconds(1)
/** The longest Retry-After that we follow, in seconds. */
const mostPatience = 3_600
/** The longest Min-Expires of a 423 that we follow, in seconds. */
const longestExpires = 86_400

/**
 * Watches one thing for as long as it is wanted (RFC 6665): when a subscription is lost, refused or ended by the notifier, another one follows.
 */
export class Subscriber {
  #usage: SubscriptionUsage | undefined
  #state: SubscriberState = 'pending'
  #again: Timer | undefined
  #failures = 0
  /** The last end was a 423 that caused another attempt. */
  #isRaised = false
  #begunAt: Instant

  /** Subscribes. `expires`: the requested time, in seconds. */
  constructor(
    private readonly parts: SubscribeParts,
    private expires: number,
    private readonly context: SubscriptionContext,
    private readonly listener: SubscriberListener,
  ) {
    this.#begunAt = context.clock.now()
    this.#begin()
  }

  get state(): SubscriberState {
    return this.#state
  }

  /** Requests the full state again. */
  refresh(): void {
    this.#usage?.refresh()
  }

  /** Ends it and unsubscribes. Nothing is reported afterwards. */
  stop(): void {
    this.#state = 'stopped'
    this.#again?.cancel()
    this.#usage?.stop()
    this.#usage = undefined
  }

  #begin(): void {
    this.#state = 'pending'
    this.#begunAt = this.context.clock.now()
    this.listener.begun?.()
    this.#usage = new SubscriptionUsage({ ...this.parts, expires: this.expires }, this.context, {
      notified: notification => this.#notified(notification),
      over: end => this.#over(end),
    })
  }

  #notified(notification: Notification): void {
    if (notification.state !== 'terminated') this.#state = notification.state
    this.listener.notified(notification)
  }

  #over(end: UsageEnd): void {
    if (this.#state === 'stopped') return
    this.#usage = undefined
    this.#state = 'waiting'
    // Only one attempt in a row follows a 423 at once, or a notifier could keep us sending without end.
    const wasRaised = this.#isRaised
    this.#isRaised = end.kind === 'refused' && this.#raised(end.minExpires)
    if (this.#isRaised && !wasRaised) return this.#after(millis(0))
    const lasted = between(this.#begunAt, this.context.clock.now())
    if (lasted >= settledAfter && beginsAtOnce(end)) {
      this.#failures = 0
      return this.#after(millis(soon * this.context.chance()))
    }
    if (isDenial(end)) this.listener.denied?.()
    this.#after(this.#patience(end))
  }

  /** 423: requests the time that the notifier accepts (RFC 6665 §4.1.2.1), if that is more than before. */
  #raised(minExpires: number | undefined): boolean {
    if (minExpires === undefined || minExpires <= this.expires || minExpires > longestExpires) return false
    this.expires = minExpires
    return true
  }

  #patience(end: UsageEnd): Millis {
    const doubled = Math.min(longestWait, firstWait * 2 ** Math.min(this.#failures, 10))
    const waits = isDenial(end) ? longestWait : doubled
    this.#failures += 1
    const asked = end.kind === 'lost' ? 0 : seconds(Math.min(end.retryAfter ?? 0, mostPatience))
    return millis(asked + waits * (0.5 + this.context.chance() / 2))
  }

  #after(wait: Millis): void {
    this.#again = this.context.clock.after(wait, () => this.#begin())
  }
}

/** The subscription was active, and nothing prevents another one. */
function beginsAtOnce(end: UsageEnd): boolean {
  if (end.kind === 'terminated') return end.reason === 'deactivated' || end.reason === 'timeout'
  return end.kind === 'lost' && end.why !== 'silence'
}

/** RFC 6665 §4.1.3. */
const isDenial = (end: UsageEnd): boolean =>
  end.kind === 'terminated' && (end.reason === 'rejected' || end.reason === 'noresource')
