/** A call without a media path for this many milliseconds counts as silent. Sides that can reach each other need less than a second. */
export const silentFor = 4_000
/** How long until a lost path is mended, in milliseconds. After a short interruption it comes back by itself in this time. */
export const mendAfter = 1_000
/** Milliseconds between two attempts to mend. The server ends a call from which nothing comes for 30 s (RFC 7675 §5.1). */
export const mendEvery = 5_000

/** The states of a browser's connection, as in RTCPeerConnection. */
type ConnectionState = 'new' | 'connecting' | 'connected' | 'disconnected' | 'failed' | 'closed'

interface SoundTrouble {
  /** There is no sound, or there is sound again. */
  silent(isSilent: boolean): void
  /** A new media path is needed. Called again and again until there is one. */
  mend(): void
}

/**
 * Watches whether an answered call has a media path. Without one, both sides would still show "Connected". The path is lost when the
 * browser or the server changes its network.
 */
export class SoundWatch {
  #stopTelling: (() => void) | undefined
  #stopMending: (() => void) | undefined

  constructor(
    private readonly after: (delay: number, run: () => void) => () => void,
    private readonly trouble: SoundTrouble,
  ) {}

  /** Call it when the call is answered, and at each change. */
  reached(state: ConnectionState): void {
    switch (state) {
      case 'connected':
        this.stop()
        return this.trouble.silent(false)
      case 'failed':
        this.#stopTelling?.()
        this.trouble.silent(true)
        return this.#mendIn(0)
      case 'closed':
        return this.stop()
      case 'disconnected':
        this.#tellLater()
        return this.#mendIn(mendAfter)
      case 'new':
      case 'connecting':
        this.#tellLater()
        return this.#mendIn(silentFor)
    }
  }

  stop(): void {
    this.#stopTelling?.()
    this.#stopTelling = undefined
    this.#stopMending?.()
    this.#stopMending = undefined
  }

  #tellLater(): void {
    this.#stopTelling ??= this.after(silentFor, () => this.trouble.silent(true))
  }

  #mendIn(delay: number): void {
    this.#stopMending ??= this.after(delay, () => {
      this.#stopMending = undefined
      this.#mendIn(mendEvery)
      this.trouble.mend()
    })
  }
}

/** The first address in a description to which sound would go. Undefined: it names none. */
export const addressIn = (sdp: string): string | undefined => /^a=candidate:\S+ \d+ \S+ \d+ (\S+) /m.exec(sdp)?.[1]
