import type { Clock, Timer } from '../foundation/clock.js'
import { millis, seconds } from '../foundation/time.js'
import type { CallFailure, InviteLimits, InviteOptions, OutboundCall, OutboundCallListener } from '../legs/invitation.js'
import type { AnsweredLeg, LegState } from '../legs/leg.js'
import type { Reason } from '../legs/reason.js'

/** Calls one of the phones. The listener is told about ringing and the result. */
export type Branch = (listener: OutboundCallListener) => OutboundCall

/** The Max-Breadth of a caller who sets none (RFC 5393 §5.3.3). */
const defaultBreadth = 60
const elsewhere: Reason = { protocol: 'SIP', cause: 200, text: 'Call completed elsewhere' }
const unregistered: Reason = { protocol: 'SIP', cause: 410, text: 'This contact is no longer registered' }
/** The last phone unregistered and none followed. The core treats 410 as a failure of the device. */
const noPhoneLeft: CallFailure = { status: 410, reasonPhrase: 'Gone' }
/** How long a person may be without a phone. A phone whose address changes often unregisters and registers again. */
const phoneComesBackWithin = seconds(1)
/** 4xx codes that say more than the others of their class (RFC 3261 §16.7, item 6), and 486, which says that the person is busy. */
const telling = [401, 407, 415, 420, 484, 486]

/**
 * All phones of one person, rung together as one call (RFC 3261 §16.7). The first to answer gets it, and the others are told that it was
 * completed elsewhere. The call is refused when all have refused, or one did for everybody (6xx). Phones may come and go while it rings.
 * q values are ignored: an offer is short, and every phone should ring.
 */
export class ForkedCall implements OutboundCall {
  readonly #open = new Map<number, OutboundCall | undefined>()
  readonly #failures: CallFailure[] = []
  /** The provisional statuses that the listener was told. */
  readonly #rung: number[] = []
  readonly sipCallId: string
  #started = 0
  #isOver = false
  /** Runs for a moment after a phone has unregistered. */
  #comesBack: Timer | undefined

  /** At least one branch. No branch reports anything before it returns. */
  constructor(
    branches: readonly Branch[],
    private readonly listener: OutboundCallListener,
    private readonly clock: Clock,
  ) {
    branches.forEach((_branch, index) => this.#open.set(index, undefined))
    const calls = branches.map(branch => this.#start(branch))
    this.sipCallId = calls[0]?.sipCallId ?? ''
  }

  /** The number of phones that are being called. */
  get size(): number {
    return this.#open.size
  }

  /** Adds a phone. Returns the number by which it can be dropped. */
  add(branch: Branch): number {
    const index = this.#started
    if (this.#isOver) return index
    this.#comesBack?.cancel()
    this.#comesBack = undefined
    this.#open.set(index, undefined)
    this.#start(branch)
    return index
  }

  /** Cancels the call to a phone that has unregistered. Branches are numbered in order, from 0. */
  drop(index: number): void {
    const call = this.#open.get(index)
    if (!this.#open.delete(index)) return
    call?.cancel(unregistered)
    this.#comesBack?.cancel()
    this.#comesBack = this.clock.after(phoneComesBackWithin, () => this.#staysAway())
  }

  #staysAway(): void {
    this.#comesBack = undefined
    if (this.#open.size === 0) this.#end(noPhoneLeft)
  }

  cancel(reason?: Reason): void {
    this.#isOver = true
    this.#comesBack?.cancel()
    const calls = [...this.#open.values()]
    this.#open.clear()
    for (const call of calls) call?.cancel(reason)
  }

  kept(): readonly LegState[] {
    return [...this.#open.values()].flatMap(call => call?.kept() ?? [])
  }

  #start(branch: Branch): OutboundCall {
    const index = this.#started
    this.#started += 1
    const call = branch({
      ringing: status => this.#ringing(index, status),
      answered: leg => this.#answered(index, leg),
      refused: failure => this.#refused(index, failure),
    })
    if (this.#open.has(index)) this.#open.set(index, call)
    return call
  }

  #ringing(index: number, status: number): void {
    if (!this.#open.has(index) || this.#rung.includes(status)) return
    this.#rung.push(status)
    this.listener.ringing?.(status)
  }

  #answered(index: number, leg: AnsweredLeg): void {
    if (!this.#open.delete(index)) return leg.hangUp(elsewhere)
    this.cancel(elsewhere)
    this.listener.answered(leg)
  }

  #refused(index: number, failure: CallFailure): void {
    if (!this.#open.delete(index)) return
    this.#failures.push(failure)
    if (failure.status >= 600) return this.#end(failure)
    if (this.#open.size === 0 && !this.#comesBack) this.#end(best(this.#failures))
  }

  #end(failure: CallFailure): void {
    this.cancel()
    this.listener.refused(best([...this.#failures, failure]))
  }
}

/** One of the phones to which an INVITE goes. */
export type Way = (options: InviteOptions) => Branch

/** RFC 5393 §5.3.3.2: divides the breadth among the phones. A phone without a share is not called. */
export function withinBreadth(ways: readonly Way[], options: InviteOptions): Branch[] {
  const called = ways.slice(0, options.limits?.maxBreadth ?? defaultBreadth)
  const share = shareOfBreadth(called.length, options.limits?.maxBreadth)
  return called.map(way => withShare(way, options, share))
}

export const shareOfBreadth = (phones: number, maxBreadth = defaultBreadth): number =>
  Math.floor(maxBreadth / Math.max(1, phones))

const withoutBreadth = ({ maxBreadth: _ofAll, ...limits }: InviteLimits): InviteLimits => limits

export function withShare(way: Way, options: InviteOptions, share: number): Branch {
  const { limits: all = {} } = options
  const limits = all.maxBreadth === undefined ? all : withoutBreadth(all)
  return way({ ...options, limits, headers: [...options.headers, ['Max-Breadth', String(share)]] })
}

/** A call that reaches nobody. The failure is reported in a later turn of the event loop, after this function has returned. */
export function refusedLater(clock: Clock, listener: OutboundCallListener, failure: CallFailure): OutboundCall {
  const timer = clock.after(millis(0), () => listener.refused(failure))
  return { sipCallId: '', cancel: () => timer.cancel(), kept: () => [] }
}

/**
 * The failure that the call ends with: a 6xx, or else one of the lowest class (RFC 3261 §16.7, item 6). 408 and 503 only say that a phone was
 * out of reach, so any other code of the same class is preferred.
 */
function best(failures: readonly CallFailure[]): CallFailure {
  const rank = ({ status }: CallFailure): number => {
    if (status >= 600) return 0
    const preferred = telling.includes(status) ? telling.indexOf(status) : telling.length
    return Math.floor(status / 100) * 100 + preferred + (status === 408 || status === 503 ? 50 : 0)
  }
  return [...failures].sort((a, b) => rank(a) - rank(b))[0] ?? { status: 480, reasonPhrase: 'Temporarily Unavailable' }
}
