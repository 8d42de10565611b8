/** The part of the browser's EventSource that is used here. */
export interface Source {
  addEventListener(kind: string, told: (message: { readonly data: string }) => void): void
  close(): void
}

interface StreamListener {
  /** The stream is open and delivers every later event. */
  opened(): void
  /** The stream broke off, or was silent for too long. It will be opened again. */
  lost(): void
  came(kind: string, text: string): void
}

/** What a stream needs from outside. Tests replace it. */
interface StreamDoors {
  open(): Source
  after(delay: number, run: () => void): () => void
}

/**
 * Milliseconds. The server sends an event at least every 15 s (docs/contract.md). After more than two missing ones the connection
 * counts as lost.
 */
export const longestSilence = 40_000
/** The delay before the stream is opened again, in milliseconds. */
export const tryAgainAfter = 2_000

/** An event stream that is opened again after it breaks off or falls silent, until it is stopped. */
export class EventStream {
  #source: Source | undefined
  #timer: (() => void) | undefined

  constructor(
    private readonly kinds: readonly string[],
    private readonly listener: StreamListener,
    private readonly doors: StreamDoors,
  ) {}

  start(): void {
    this.stop()
    const source = this.doors.open()
    this.#source = source
    this.#listenFor(source, 'open', () => this.listener.opened())
    this.#listenFor(source, 'error', () => this.lose())
    this.#listenFor(source, 'alive', () => undefined)
    for (const kind of this.kinds) this.#listenFor(source, kind, data => this.listener.came(kind, data))
    this.#waitForSound()
  }

  stop(): void {
    this.#source?.close()
    this.#source = undefined
    this.#timer?.()
  }

  /** Closes the stream and opens it again later. Callers use it when another request shows that the server can't be reached. */
  lose(): void {
    this.stop()
    this.#timer = this.doors.after(tryAgainAfter, () => this.start())
    this.listener.lost()
  }

  #listenFor(source: Source, kind: string, told: (data: string) => void): void {
    source.addEventListener(kind, ({ data }) => {
      if (source !== this.#source) return
      this.#waitForSound()
      told(data)
    })
  }

  #waitForSound(): void {
    this.#timer?.()
    this.#timer = this.doors.after(longestSilence, () => this.lose())
  }
}
