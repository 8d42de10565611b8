import type { WallTime } from '../../foundation/time.js'
import type { PartToRecord, ShownRecording } from '../port.js'
import type { Channel } from '../recording/messages.js'
import type { Route, TapeRequest } from './messages.js'

interface RecordingContext {
  /** Sends to the media thread. */
  readonly tell: (message: TapeRequest) => void
  /** What the wall clock shows. */
  readonly now: () => WallTime
}

/** The recording of one relayed call, as the main thread asks for it. */
export class RelayRecording {
  /** What our descriptions say. */
  shown: ShownRecording | undefined
  #part: PartToRecord | undefined
  /** The media thread has begun the part. */
  #isBegun = false
  /** Something was recorded. */
  #call: string | undefined

  constructor(private readonly context: RecordingContext) {}

  set(part: PartToRecord | undefined): void {
    if (this.#isBegun && !part) this.#over(false)
    this.#part = part
    this.#isBegun = false
  }

  /** For the route of one side. The first request after a change begins the part. */
  tape(channel: Channel): Pick<Route, 'tape'> {
    const part = this.#part
    if (!part) return {}
    if (!this.#isBegun) {
      this.#isBegun = true
      this.#call = part.call
      this.context.tell({ kind: 'record', part: { ...part, from: this.context.now() } })
    }
    return { tape: { call: part.call, channel } }
  }

  /** The media thread has ended. The next one begins another part. */
  broke(): void {
    this.#isBegun = false
  }

  close(): void {
    this.#over(true)
    this.#part = undefined
  }

  #over(isLast: boolean): void {
    if (this.#call !== undefined) this.context.tell({ kind: 'recorded', call: this.#call, isLast })
  }
}
