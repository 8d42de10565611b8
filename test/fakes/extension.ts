import { millis } from '../../src/foundation/time.js'
import type { WatchEvent } from '../../src/signaling/port.js'
import type { FakeClock } from './clock.js'
import type { PbxCall, PbxDialect } from './pbx-documents.js'

export interface ExtensionOptions {
  readonly entity: string
  readonly dialect: PbxDialect
  readonly clock: FakeClock
  /** The delay of the PBX's next report. Reports stay in order. */
  readonly delay: () => number
  readonly tell: (event: WatchEvent, document: string) => void
}

/** An extension of a PBX that reports each change late and in its own dialect. The test plays the calls. */
export class FakeExtension {
  readonly #calls = new Map<string, PbxCall['phase']>()
  #registered = true
  #version = 0
  #told: Partial<Record<WatchEvent, string>> = {}
  #lastAt = 0

  constructor(private readonly options: ExtensionOptions) {
    this.#changed()
  }

  /** A call rings, is answered, or is held. */
  call(id: string, phase: PbxCall['phase']): void {
    this.#calls.set(id, phase)
    this.#changed()
  }

  hangUp(id: string): void {
    if (this.#calls.delete(id)) this.#changed([id])
  }

  register(registered: boolean): void {
    this.#registered = registered
    this.#changed()
  }

  /** Reports only changes, as PBXs do. */
  #changed(ended: readonly string[] = []): void {
    const { entity, dialect, clock, delay, tell } = this.options
    const calls = [...this.#calls].map(([id, phase]) => ({ id, phase }))
    const documentsOf = (version: number): ReturnType<PbxDialect['documents']> =>
      dialect.documents({ entity, version, calls, ended, registered: this.#registered })
    const [same, next] = [documentsOf(0), documentsOf(this.#version)]
    this.#version += 1
    this.#lastAt = Math.max(this.#lastAt, clock.monotonic() + delay())
    clock.after(millis(this.#lastAt - clock.monotonic()), () => {
      for (const event of ['presence', 'dialog'] as const) {
        if (same[event] === undefined || next[event] === undefined || this.#told[event] === same[event]) continue
        this.#told[event] = same[event]
        tell(event, next[event])
      }
    })
  }
}
