import type { Clock } from '../foundation/clock.js'
import { millis } from '../foundation/time.js'
import type { AnsweredLeg, InviteOptions, OutboundCall, OutboundCallListener, Reason } from './port.js'

/** How one of the phones is called: gives what it was told to ring by. */
export type Branch = (listener: BranchListener) => OutboundCall

export interface BranchListener extends Omit<OutboundCallListener, 'refused'> {
  refused(failure: Failure): void
}

export interface Failure {
  readonly status: number
  readonly reasonPhrase: string
}

/** RFC 5393 §5.3.3. */
const defaultBreadth = 60
const elsewhere: Reason = { protocol: 'SIP', cause: 200, text: 'Call completed elsewhere' }
/** More useful to whoever decides than others of their class (RFC 3261 §16.7, item 6); then what the person did. */
const telling = [401, 407, 415, 420, 484, 486]

/**
 * All phones of one person, rung together as one call (RFC 3261 §16.7): the first to answer has it, the others are told that it was completed
 * elsewhere. It is refused when all have refused, or one did for everybody (6xx). q values are not looked at: an offer is short, and every
 * phone that might be near is to ring.
 */
export class ForkedCall implements OutboundCall {
  readonly #open = new Map<number, OutboundCall | undefined>()
  readonly #failures: Failure[] = []
  readonly #rung = new Set<number>()
  readonly sipCallId: string

  /** At least one branch; none tells anything before it returns. */
  constructor(
    branches: readonly Branch[],
    private readonly listener: OutboundCallListener,
  ) {
    branches.forEach((_branch, index) => this.#open.set(index, undefined))
    const calls = branches.map((branch, index) => {
      const call = branch({
        ringing: status => this.#ringing(index, status),
        answered: leg => this.#answered(index, leg),
        refused: failure => this.#refused(index, failure),
      })
      this.#open.set(index, call)
      return call
    })
    this.sipCallId = calls[0]?.sipCallId ?? ''
  }

  cancel(reason?: Reason): void {
    const calls = [...this.#open.values()]
    this.#open.clear()
    for (const call of calls) call?.cancel(reason)
  }

  #ringing(index: number, status: number): void {
    if (!this.#open.has(index) || this.#rung.has(status)) return
    this.#rung.add(status)
    this.listener.ringing?.(status)
  }

  #answered(index: number, leg: AnsweredLeg): void {
    if (!this.#open.delete(index)) return leg.hangUp(elsewhere)
    this.cancel(elsewhere)
    this.listener.answered(leg)
  }

  #refused(index: number, failure: Failure): void {
    if (!this.#open.delete(index)) return
    this.#failures.push(failure)
    if (failure.status >= 600) this.cancel()
    if (this.#open.size === 0) this.listener.refused(best(this.#failures))
  }
}

/** One of the phones that an INVITE goes to. */
export type Way = (options: InviteOptions) => Branch

/** RFC 5393 §5.3.3.2: whoever is called has a share of the breadth, and none is called for whom there is no share. */
export function withinBreadth(ways: readonly Way[], { maxBreadth = defaultBreadth, ...options }: InviteOptions): Branch[] {
  const called = ways.slice(0, maxBreadth)
  const share = String(Math.floor(maxBreadth / Math.max(1, called.length)))
  return called.map(way => way({ ...options, headers: [...options.headers, ['Max-Breadth', share]] }))
}

/** One that nobody can be called by. Told when whoever calls knows the call. */
export function refusedLater(clock: Clock, listener: BranchListener, failure: Failure): OutboundCall {
  const timer = clock.after(millis(0), () => listener.refused(failure))
  return { sipCallId: '', cancel: () => timer.cancel() }
}

/** RFC 3261 §16.7, item 6: a 6xx, else of the lowest class. 408 and 503 say only that a phone was out of reach, so any other of its class goes before it. */
function best(failures: readonly Failure[]): Failure {
  const rank = ({ status }: Failure): number => {
    if (status >= 600) return 0
    const preferred = telling.includes(status) ? telling.indexOf(status) : telling.length
    return Math.floor(status / 100) * 100 + preferred + (status === 408 || status === 503 ? 50 : 0)
  }
  return [...failures].sort((a, b) => rank(a) - rank(b))[0] ?? { status: 480, reasonPhrase: 'Temporarily Unavailable' }
}
