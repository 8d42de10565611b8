/** Milliseconds. Two sides that can reach each other need far less than a second. */
export const silentFor = 4_000

/** The states of a browser's connection, as in RTCPeerConnection. */
type ConnectionState = 'new' | 'connecting' | 'connected' | 'disconnected' | 'failed' | 'closed'

/** Finds out whether sound can pass in an answered call. If it can't, nothing else shows that: both sides read "Connected". */
export class SoundWatch {
  #stopWaiting: (() => void) | undefined

  /** `told` learns that there is no sound, and when there is sound again. */
  constructor(
    private readonly after: (delay: number, run: () => void) => () => void,
    private readonly told: (isSilent: boolean) => void,
  ) {}

  /** Call it when the call is answered, and at each change. A lost connection often comes back by itself, so it gets some time. */
  reached(state: ConnectionState): void {
    switch (state) {
      case 'connected':
        this.stop()
        return this.told(false)
      case 'failed':
        this.stop()
        return this.told(true)
      case 'closed':
        return this.stop()
      case 'new':
      case 'connecting':
      case 'disconnected':
        this.#stopWaiting ??= this.after(silentFor, () => {
          this.#stopWaiting = undefined
          this.told(true)
        })
    }
  }

  stop(): void {
    this.#stopWaiting?.()
    this.#stopWaiting = undefined
  }
}

/** The first address in a description to which sound would go. Undefined: it names none. */
export const addressIn = (sdp: string): string | undefined => /^a=candidate:\S+ \d+ \S+ \d+ (\S+) /m.exec(sdp)?.[1]
