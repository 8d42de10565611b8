import { detached } from '../../foundation/detached.js'
import type { Clock } from '../../foundation/clock.js'
import { seconds } from '../../foundation/time.js'
import { lengthClass } from '../transaction/long-requests.js'

/** The most places that are remembered. The oldest one makes room. */
const mostPlaces = 1_000
/** How long a place is remembered. The phone may then be in another network, so a long INVITE is tried again. */
const keptFor = seconds(120)
/** The same after a shorter INVITE, too, was not answered. */
const keptForMore = seconds(600)

/**
 * Phones that did not answer a long INVITE although they are there, and the class of its length. An INVITE of this class or longer is not sent
 * to them for a while. Otherwise each such INVITE would occupy the agent until the phone's silence is noticed (docs/decisions/097). Classes,
 * because the caller could make each INVITE a little shorter than the one before.
 */
export class UnreadLengths {
  readonly #places = new Map<string, { readonly longerThan: number; readonly until: number }>()

  constructor(private readonly clock: Pick<Clock, 'monotonic'>) {}

  /** The phone at `place` did not answer an INVITE of about `bytes`. */
  add(place: string, bytes: number): void {
    const now = this.clock.monotonic()
    const known = this.#places.get(place)
    const until = now + (known && now < known.until ? keptForMore : keptFor)
    this.#places.delete(place)
    const [oldest] = this.#places.keys()
    if (this.#places.size >= mostPlaces && oldest !== undefined) this.#places.delete(oldest)
    this.#places.set(detached(place), { longerThan: lengthClass(bytes), until })
  }

  /** Whether the phone at `place` is known not to answer an INVITE of about `bytes`. */
  includes(place: string, bytes: number): boolean {
    const known = this.#places.get(place)
    return known !== undefined && this.clock.monotonic() < known.until && bytes > known.longerThan
  }
}
