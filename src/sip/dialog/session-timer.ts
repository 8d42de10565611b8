import type { Clock, Timer } from '../../foundation/clock.js'
import { millis, seconds } from '../../foundation/time.js'
import type { ExtraHeader } from '../../legs/body.js'
import { minSe, sessionExpires, type SessionInterval } from '../message/extensions.js'
import { supported } from '../message/fields.js'
import type { HeaderTable } from '../message/headers.js'
import type { TimerState } from './session-state.js'

/** The intervals for all sessions of an endpoint. */
export interface SessionIntervals {
  /** The interval that we request, in seconds. */
  readonly usual: number
  /** A shorter interval is refused with 422, in seconds. */
  readonly shortest: number
}

/** How long a session lasts without a refresh, unless the owner sets it. RFC 4028 §4 recommends this value. */
export const usualExpires = seconds(1_800)

/** The shortest interval that RFC 4028 §5 allows, in seconds. */
const shortestLawful = 90

/** A `usual` below the minimum (seconds) also lowers `shortest`. Then a test can watch a whole session in seconds. */
export const sessionIntervals = (usual: number): SessionIntervals => ({ usual, shortest: Math.min(shortestLawful, usual) })

/**
 * The Session-Expires of an INVITE that we send. It makes us the refresher, because our UPDATE concerns only this leg. A re-INVITE of the
 * peer would be passed on to the other leg.
 */
export const firstAsking = ({ usual }: SessionIntervals): ExtraHeader => ['Session-Expires', `${usual};refresher=uac`]

/** The interval for another attempt after 422 (RFC 4028 §7.3), as the peer or a proxy requires. Undefined: the 422 does not say. */
export function askingMore(
  refusal: HeaderTable,
  { usual }: SessionIntervals,
): readonly [interval: number, least: number] | undefined {
  const least = minSe(refusal)
  return least === undefined ? undefined : [Math.max(usual, least), least]
}

interface SessionTimerOwner {
  /** Half of the interval is over, and we have to refresh. */
  refresh(): void
  /** Nobody refreshed the session in time. */
  expired(): void
}

/** The delay before a refused refresh is repeated. */
const pause = seconds(10)
/** The longest delay of the clock, in ms. A peer may ask for years. */
const longestWait = 2 ** 31 - 1

/**
 * The session timer of one dialog (RFC 4028). A peer without session timers is refreshed too, so that a lost BYE is found. But the
 * session does not expire for such a peer as long as it answers.
 */
export class SessionTimer {
  #interval: number
  /** The Min-SE of a 422, in seconds. */
  #least: number | undefined
  /** Whether our last request got a 422 and was sent again. */
  #isRaised = false
  #weRefresh = true
  /** Whether the peer or a proxy also runs the session timer. */
  #agreed = false
  #begunAt = 0
  #timer: Timer | undefined

  constructor(
    private readonly clock: Clock,
    private readonly intervals: SessionIntervals,
    private readonly owner: SessionTimerOwner,
  ) {
    this.#interval = intervals.usual
  }

  /** The header fields of our re-INVITE or UPDATE. The refresher stays the same (RFC 4028 §7.4). */
  asking(): readonly ExtraHeader[] {
    const expires: ExtraHeader = ['Session-Expires', `${this.#interval};refresher=${this.#weRefresh ? 'uac' : 'uas'}`]
    return this.#least === undefined ? [expires] : [expires, ['Min-SE', String(this.#least)]]
  }

  /** A 2xx to our INVITE or UPDATE came (RFC 4028 §7.2). */
  accepted(answer: HeaderTable): void {
    const said = sessionExpires(answer)
    this.#agreed = said !== undefined
    this.#isRaised = false
    this.#weRefresh = said?.refresher !== 'uas'
    this.#interval = said ? Math.max(said.seconds, this.intervals.shortest) : this.#ownInterval()
    this.#begin()
  }

  /** The header fields of our 2xx to an INVITE or UPDATE of the peer (RFC 4028 §9). */
  answering(request: HeaderTable): readonly ExtraHeader[] {
    const peerToo = supported(request).includes('timer')
    const asked = this.#askedBy(request)
    this.#agreed = asked !== undefined || peerToo
    // A peer without timers can't be asked to refresh.
    const refresher = peerToo ? (asked?.refresher ?? (this.#weRefresh ? 'uas' : 'uac')) : 'uas'
    this.#weRefresh = refresher === 'uas'
    const longest = asked?.seconds ?? Infinity
    this.#interval = Math.min(longest, Math.max(this.#ownInterval(), minSe(request) ?? 0))
    this.#begin()
    if (!this.#agreed) return []
    const expires: ExtraHeader = ['Session-Expires', `${this.#interval};refresher=${refresher}`]
    return peerToo ? [expires, ['Require', 'timer']] : [expires]
  }

  /** A 422 came. Returns whether another attempt may succeed. Only one more is made, or a peer could keep us sending forever. */
  raise(refusal: HeaderTable): boolean {
    const more = askingMore(refusal, this.intervals)
    const isLast = this.#isRaised
    this.#isRaised = false
    if (isLast || !more || more[1] <= (this.#least ?? 0)) return false
    this.#isRaised = true
    this.#least = more[1]
    this.#interval = more[0]
    return true
  }

  /** Our refresh failed with a status that does not end the dialog. */
  refused(): void {
    // The response shows that the peer is there. A peer without a session timer does not end the session, so a new interval begins.
    if (!this.#agreed) return this.#begin()
    const left = this.#begunAt + this.#limit() - this.clock.monotonic()
    if (left <= 0) this.owner.expired()
    else this.#start(Math.min(pause, left), () => this.owner.refresh())
  }

  state(): TimerState {
    const least = this.#least
    return {
      interval: this.#interval,
      weRefresh: this.#weRefresh,
      agreed: this.#agreed,
      ...(least !== undefined && { least }),
    }
  }

  /** After a restart a whole interval begins, because nobody knows how much of the last one is over. */
  resume({ interval, least, weRefresh, agreed }: TimerState): void {
    this.#interval = Math.max(interval, this.intervals.shortest)
    this.#least = least
    this.#weRefresh = weRefresh
    this.#agreed = agreed
    this.#begin()
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  /**
   * The interval that a request asks for. Undefined: it asks for none, or for less than `shortest`. It may ask for less if its peer does not
   * understand 422, for example because a proxy added the interval (RFC 4028 §9).
   */
  #askedBy(request: HeaderTable): SessionInterval | undefined {
    const asked = sessionExpires(request)
    return asked && asked.seconds >= this.intervals.shortest ? asked : undefined
  }

  #ownInterval(): number {
    return Math.max(this.intervals.usual, this.#least ?? 0)
  }

  #begin(): void {
    this.#begunAt = this.clock.monotonic()
    if (this.#weRefresh) this.#start((this.#interval * 1000) / 2, () => this.owner.refresh())
    else this.#start(this.#limit(), () => this.owner.expired())
  }

  /** When to send BYE, in ms from the start of the interval: before its end, so that the peer gets the BYE in time (RFC 4028 §10). */
  #limit(): number {
    return (this.#interval - Math.min(32, this.#interval / 3)) * 1000
  }

  #start(delay: number, run: () => void): void {
    this.#timer?.cancel()
    this.#timer = this.clock.after(millis(Math.min(delay, longestWait)), run)
  }
}
