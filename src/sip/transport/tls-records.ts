import type { Clock, Timer } from '../../foundation/clock.js'
import { millis } from '../../foundation/time.js'
import { Overhead, type OverheadLimits, type Sender } from './overhead.js'

/** How far a socket has been read, in bytes. */
interface Read {
  readonly bytesRead: number
  readonly destroyed: boolean
}

/** One TLS connection after its handshake. */
export interface TlsConnection {
  /** As it comes from the network. */
  readonly raw: Read
  /** As TLS gives it to us. */
  readonly content: Read
  /** Whose connection it is now. */
  readonly sender: () => Sender
  /** It has brought too much besides content. Called once. */
  readonly overstepping: () => void
}

/**
 * Each record of TLS adds some 22 bytes to its content. A record that has not come as a whole is no content yet, which makes 17 kB for a moment.
 * In bytes; a new key costs its sender 27.
 */
export const recordLimits: OverheadLimits = {
  stranger: { burst: 24 * 1024, perSecond: 256 },
  known: { burst: 256 * 1024, perSecond: 16 * 1024 },
}
const lookEvery = millis(100)

interface Watched extends TlsConnection {
  readonly overhead: Overhead
  /** The most that came besides content, as far as it was counted. */
  counted: number
}

/**
 * Counts what TLS connections bring besides content: OpenSSL takes any number of new keys (RFC 8446 §4.6.3) and tells nobody, and each takes 20 µs.
 * So this compares what was read from the network with what came out, ten times a second.
 */
export class TlsRecords {
  readonly #watched = new Set<Watched>()
  #look: Timer | undefined

  constructor(
    private readonly clock: Clock,
    private readonly limits: OverheadLimits = recordLimits,
  ) {}

  watch(connection: TlsConnection): void {
    const { raw, content, sender, overstepping } = connection
    const overhead = new Overhead(this.limits, this.clock.monotonic(), sender)
    this.#watched.add({ raw, content, sender, overstepping, overhead, counted: raw.bytesRead - content.bytesRead })
    this.#look ??= this.clock.after(lookEvery, this.#lookAround)
  }

  stop(): void {
    this.#look?.cancel()
    this.#look = undefined
    this.#watched.clear()
  }

  readonly #lookAround = (): void => {
    this.#look = undefined
    const now = this.clock.monotonic()
    for (const each of this.#watched) {
      const { raw, content, overhead, counted } = each
      const bare = raw.bytesRead - content.bytesRead
      each.counted = Math.max(bare, counted)
      const isOver = !raw.destroyed && !overhead.takes(bare - counted, now)
      if (isOver || raw.destroyed || content.destroyed) this.#watched.delete(each)
      if (isOver) each.overstepping()
    }
    if (this.#watched.size > 0) this.#look = this.clock.after(lookEvery, this.#lookAround)
  }
}
