import { networkOf } from '../addresses.js'

/** Who is to get sound without having shown that they want it. */
export interface Unproven {
  /** The IP address that the sound goes to. */
  readonly host: string
  /** The IP address that its description came from, where that is known. */
  readonly source: string | undefined
}

/** One stream's first seconds. */
export interface Grant {
  /** A packet came from there: the room is free again. */
  prove(): void
}

/** Streams at a time that go to one host, and streams described by one source, before a packet came from there. */
export const mostUnproven = { toHost: 4, fromSource: 16 }
/** So long a stream counts that nobody proves: its first seconds, and a minute more. Hanging up and calling again gives no more. */
export const countedMs = 65_000
/** Streams counted at a time, for all hosts. */
const mostCounted = 4096

/**
 * Which streams may have their first seconds of sound towards hosts from which no packet came yet. A description (SDP) may name any host, so many
 * calls could send music to one that never asked (docs/decisions/042). An IPv6 /48 counts as one host.
 */
export class FirstSeconds {
  readonly #counted = new Map<string, Set<Counted>>()
  /** In the order in which they stop to count. */
  readonly #all = new Set<Counted>()

  /** Undefined: too many go there, or come from this source. */
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
