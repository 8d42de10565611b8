/** What is used of the browser's EventSource. */
export interface Source {
  addEventListener(kind: string, told: (message: { readonly data: string }) => void): void
  close(): void
}

export interface StreamListener {
  /** The stream stands; what comes from now on comes by it. */
  opened(): void
  /** It broke off, or nothing came for too long. It is opened anew. */
  lost(): void
  came(kind: string, text: string): void
}

/** The doors of a stream: to the server and to time. */
export interface StreamDoors {
  open(): Source
  after(delay: number, run: () => void): () => void
}

/** The server says that it is there at least every 15 s (docs/contract.md): after more than two of these are missed, nobody is. */
export const longestSilence = 40_000
export const tryAgainAfter = 2_000

/** A stream of events that is opened anew until it is stopped, whether it breaks off or falls silent. */
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

  /** Also for who finds out otherwise that the server is not there. */
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
