/** A call that rings for the agent of this browser. */
export interface Ringing {
  readonly key: string
  readonly caller: string
  /** The workflow that was called. Undefined: not known yet. */
  readonly workflow: string | undefined
}

interface Note {
  close(): void
}

/** Shows one note for each ringing call, and removes it when the call no longer rings. */
export class RingNotes {
  readonly #shown = new Map<string, Note | undefined>()

  /** `show` returns undefined if no note is wanted. The call then gets none later. */
  constructor(private readonly show: (call: Ringing) => Note | undefined) {}

  now(ringing: readonly Ringing[]): void {
    for (const [key, note] of this.#shown) {
      if (ringing.some(call => call.key === key)) continue
      this.#shown.delete(key)
      note?.close()
    }
    for (const call of ringing) if (!this.#shown.has(call.key)) this.#shown.set(call.key, this.show(call))
  }
}
