import type { Clock, Timer } from '../../foundation/clock.js'
import { millis, seconds } from '../../foundation/time.js'
import type { ExtraHeader } from '../../legs/body.js'
import { minSe, sessionExpires, type SessionInterval } from '../message/extensions.js'
import { supported } from '../message/fields.js'
import type { HeaderTable } from '../message/headers.js'
import type { TimerState } from './session-state.js'

/** What the endpoint's sessions have in common. */
export interface SessionIntervals {
  /** What we ask for, in seconds. */
  readonly usual: number
  /** Less than this is refused with 422, in seconds. */
  readonly shortest: number
}

/** For how long a session stands without a refresh, unless the owner says otherwise: as RFC 4028 §4 recommends. */
export const usualExpires = seconds(1_800)

/** RFC 4028 §5: nobody may be asked to refresh more often. */
const shortestLawful = 90

/** An interval below the lawful minimum lowers what is taken from others, too: then a session's whole life passes in seconds. */
export const sessionIntervals = (usual: number): SessionIntervals => ({ usual, shortest: Math.min(shortestLawful, usual) })

/** What an INVITE of ours that begins a session says. We are to refresh: by UPDATE, while a peer's re-INVITE would go through to the other leg. */
export const firstAsking = ({ usual }: SessionIntervals): ExtraHeader => ['Session-Expires', `${usual};refresher=uac`]

/** Another try after 422 (RFC 4028 §7.3): the interval is what the peer, or a proxy before it, takes. Undefined: it does not say. */
export function askingMore(
  refusal: HeaderTable,
  { usual }: SessionIntervals,
): readonly [interval: number, least: number] | undefined {
  const least = minSe(refusal)
  return least === undefined ? undefined : [Math.max(usual, least), least]
}

export interface SessionTimerOwner {
  /** Half of the interval is over, and the refresh is ours. */
  refresh(): void
  /** Nobody refreshed the session in time. */
  expired(): void
}

/** How long until a refused refresh is tried again. */
const pause = seconds(10)
/** What the clock can wait for; a peer may name years. */
const longestWait = 2 ** 31 - 1

/**
 * The session timer of one dialog (RFC 4028). A peer without session timers is refreshed too, so that its lost BYE is found; only that the
 * session does not expire for it, as long as it answers.
 */
export class SessionTimer {
  #interval: number
  /** Learnt from a 422. */
  #least: number | undefined
  /** The last answer to a request of ours was a 422 that another try followed. */
  #isRaised = false
  #weRefresh = true
  /** The peer, or a proxy, counts the interval too. */
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

  /** What a re-INVITE or UPDATE of ours says: who refreshes stays so (RFC 4028 §7.4). */
  asking(): readonly ExtraHeader[] {
    const expires: ExtraHeader = ['Session-Expires', `${this.#interval};refresher=${this.#weRefresh ? 'uac' : 'uas'}`]
    return this.#least === undefined ? [expires] : [expires, ['Min-SE', String(this.#least)]]
  }

  /** A 2xx to an INVITE or UPDATE of ours came (RFC 4028 §7.2). */
  accepted(answer: HeaderTable): void {
    const said = sessionExpires(answer)
    this.#agreed = said !== undefined
    this.#isRaised = false
    this.#weRefresh = said?.refresher !== 'uas'
    this.#interval = said ? Math.max(said.seconds, this.intervals.shortest) : this.#ownInterval()
    this.#begin()
  }

  /** An INVITE or UPDATE of the peer is about to get our 2xx, which says this (RFC 4028 §9). */
  answering(request: HeaderTable): readonly ExtraHeader[] {
    const peerToo = supported(request).includes('timer')
    const asked = this.#askedBy(request)
    this.#agreed = asked !== undefined || peerToo
    // One that knows no timers can't be told to refresh.
    const refresher = peerToo ? (asked?.refresher ?? (this.#weRefresh ? 'uas' : 'uac')) : 'uas'
    this.#weRefresh = refresher === 'uas'
    const longest = asked?.seconds ?? Infinity
    this.#interval = Math.min(longest, Math.max(this.#ownInterval(), minSe(request) ?? 0))
    this.#begin()
    if (!this.#agreed) return []
    const expires: ExtraHeader = ['Session-Expires', `${this.#interval};refresher=${refresher}`]
    return peerToo ? [expires, ['Require', 'timer']] : [expires]
  }

  /** 422 came. Whether another try may do better. The try after it is the last one, or a peer could keep us sending without end. */
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

  /** A refresh of ours was answered with a failure that leaves the dialog as it is. */
  refused(): void {
    // Who counts no interval lives, as the answer shows.
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

  /** What a proxy asks for on behalf of a peer without timers can't be refused with 422 (RFC 4028 §9): when too short, it is passed over. */
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

  /** RFC 4028 §10: BYE comes a little before the end, so that the peer learns of it in time. Milliseconds. */
  #limit(): number {
    return (this.#interval - Math.min(32, this.#interval / 3)) * 1000
  }

  #start(delay: number, run: () => void): void {
    this.#timer?.cancel()
    this.#timer = this.clock.after(millis(Math.min(delay, longestWait)), run)
  }
}
