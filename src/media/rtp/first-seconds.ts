import { networkOf } from '../addresses.js'

/** A destination that has not shown that it wants sound. */
interface Unproven {
  /** The IP address to which the sound goes. */
  readonly host: string
  /** The IP address from which the description came, if known. */
  readonly source: string | undefined
}

/** The first seconds of one stream. */
export interface Grant {
  /** A packet came from the destination, so the stream no longer counts. */
  prove(): void
}

/** How many unproven streams may go to one host, and how many may be described by one source. */
export const mostUnproven = { toHost: 4, fromSource: 16 }
/** How long an unproven stream counts: its first 5 s and one minute more, so that calling again at once gains nothing. In ms. */
export const countedMs = 65_000
/** How many streams are counted at a time, over all hosts. */
const mostCounted = 4096

/**
 * Decides which streams may send their first seconds of sound to hosts from which no packet has come. A description (SDP) may
 * name any host, so many calls could send music to a host that never asked (docs/decisions/042). An IPv6 /48 counts as one host.
 */
export class FirstSeconds {
  readonly #counted = new Map<string, Set<Counted>>()
  /** In the order in which they stop counting. */
  readonly #all = new Set<Counted>()

  /** Counts a stream. Undefined: too many unproven streams go to the host, or too many were described by the source. */
  take({ host, source }: Unproven, now: number): Grant | undefined {
    this.#forget(now)
    const keys = [`to ${networkOf(host)}`, ...(source === undefined ? [] : [`from ${networkOf(source)}`])]
    const isFull = keys.some(key => (this.#counted.get(key)?.size ?? 0) >= mostFor(key))
    if (isFull || this.#all.size >= mostCounted) return undefined
    const counted: Counted = { keys, until: now + countedMs }
    this.#all.add(counted)
    for (const key of keys) this.#counted.set(key, (this.#counted.get(key) ?? new Set<Counted>()).add(counted))
    return { prove: () => this.#free(counted) }
  }

  #forget(now: number): void {
    for (const counted of this.#all) {
      if (counted.until > now) return
      this.#free(counted)
    }
  }

  #free(counted: Counted): void {
    this.#all.delete(counted)
    for (const key of counted.keys) {
      const others = this.#counted.get(key)
      others?.delete(counted)
      if (others?.size === 0) this.#counted.delete(key)
    }
  }
}

interface Counted {
  readonly keys: readonly string[]
  readonly until: number
}

const mostFor = (key: string): number => (key.startsWith('to ') ? mostUnproven.toHost : mostUnproven.fromSource)
