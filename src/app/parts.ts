/** A part of the server that works from its start to its stop. */
export interface Part {
  start?(): void | Promise<void>
  /** Also called if the part was not started, because its constructor may have opened files or started timers. */
  stop?(): void | Promise<void>
}

/** Starts parts in order and stops them in reverse, one after another. */
export class Parts {
  #stopped: Promise<void> | undefined

  constructor(private readonly parts: readonly Part[]) {}

  /** If a part does not start, this stops them all and rejects with the part's error. */
  async start(): Promise<void> {
    for (const part of this.parts) {
      if (this.#stopped) throw new Error('the server was stopped while it started')
      try {
        await part.start?.()
      } catch (error) {
        await this.stop().catch(() => undefined) // The error of the start is reported. It may be the cause of this one.
        throw error
      }
    }
  }

  /** Stops each part once. Rejects with the first error, after all parts were asked to stop. */
  stop(): Promise<void> {
    return (this.#stopped ??= this.#stop())
  }

  async #stop(): Promise<void> {
    const faults: unknown[] = []
    for (const part of [...this.parts].reverse())
      try {
        await part.stop?.()
      } catch (error) {
        faults.push(error)
      }
    if (faults.length > 0) throw faults[0]
  }
}
