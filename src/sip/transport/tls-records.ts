import type { Clock, Timer } from '../../foundation/clock.js'
import { millis } from '../../foundation/time.js'
import { Overhead, type OverheadLimits, type Sender } from './overhead.js'

/** How far a socket has been read, in bytes. */
interface Read {
  readonly bytesRead: number
  readonly destroyed: boolean
}

/** One TLS connection after its handshake. */
interface TlsConnection {
  /** The socket of the network. */
  readonly raw: Read
  /** The socket with the decrypted content. */
  readonly content: Read
  /** The current owner of the connection. */
  readonly sender: () => Sender
  /** It has brought too much besides content. Called once. */
  readonly overstepping: () => void
}

/**
 * In bytes. Each TLS record adds about 22 bytes to its content. An incomplete record has no content yet, which makes 17 kB for a moment. A new key
 * costs its sender 27 bytes.
 */
const recordLimits: OverheadLimits = {
  stranger: { burst: 24 * 1024, perSecond: 256 },
  known: { burst: 256 * 1024, perSecond: 16 * 1024 },
}
const lookEvery = millis(100)

interface Watched extends TlsConnection {
  readonly overhead: Overhead
  /** The highest number of bytes besides content that was counted so far. */
  counted: number
}

/**
 * Counts what TLS connections bring besides content. OpenSSL accepts any number of new keys (RFC 8446 §4.6.3) without an event, and each takes
 * 20 µs. So this compares the bytes read from the network with the decrypted content, ten times a second.
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
