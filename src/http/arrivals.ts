import type { Clock } from '../foundation/clock.js'
import { Buckets } from '../sip/index.js'

/** New connections from one stranger's address. A browser opens six, and an office of many people may share one address. */
const usual = { burst: 200, perSecond: 20 }
/** Further new connections from an address where a session or token was used lately. Junk is not charged to them. */
const kept = { burst: 100, perSecond: 20 }
/** The cost of a connection with too many pending requests or too much TLS data without content: some ms of work. */
const costOfJunk = 5
/** How long an address is remembered, in ms: a day, so that people can connect on the next morning. */
const lately = 86_400_000
/** How many such addresses are remembered. Above that, the oldest is dropped. */
const mostRemembered = 10_000

/** Why a new connection was admitted. `kept`: from the reserve for addresses with known people. */
export type Arrival = 'usual' | 'kept'

/** How many new connections each address may open, and at which addresses a session or token was used lately. */
export class Arrivals {
  readonly #usual: Buckets
  readonly #kept: Buckets
  /** When a session or token was last used from an address, in ms of the monotonic clock. The oldest come first. */
  readonly #provenAt = new Map<string, number>()

  constructor(private readonly clock: Clock) {
    this.#usual = new Buckets(clock, usual)
    this.#kept = new Buckets(clock, kept)
  }

  /** Whether a session or token was used from this address lately. */
  isKnown(address: string): boolean {
    return this.clock.monotonic() - (this.#provenAt.get(address) ?? -Infinity) < lately
  }

  /** Counts a new connection. Undefined: the address has opened too many. */
  take(address: string): Arrival | undefined {
    if (this.#usual.take(address)) return 'usual'
    return this.isKnown(address) && this.#kept.take(address) ? 'kept' : undefined
  }

  /** A session or token was used from this address. */
  proven(address: string): void {
    this.#provenAt.delete(address)
    this.#provenAt.set(address, this.clock.monotonic())
    if (this.#provenAt.size > mostRemembered) for (const [oldest] of this.#provenAt) if (this.#provenAt.delete(oldest)) break
  }

  /** Takes back the count of a connection that turned out to be a known person's. A program may open a connection for each request. */
  refund(address: string, arrival: Arrival): void {
    const from = arrival === 'kept' ? this.#kept : this.#usual
    from.charge(address, -1)
  }

  /** Charges for a stranger's connection that sent what no browser sends. */
  junk(address: string): void {
    this.#usual.charge(address, costOfJunk)
  }
}
