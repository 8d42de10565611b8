import type { Anchor, PartToRecord } from '../../media/port.js'
import type { RecordingExtent, RecordingState } from '../step.js'

/** What people may ask for. */
export type WantedRecording = Exclude<RecordingState, 'failed'>

/** The recording as the next process goes on with it. */
export interface KeptRecording {
  readonly state: RecordingState
  readonly extent?: RecordingExtent
}

type RecordingOutcome = { readonly changed: boolean } | { readonly because: string }

interface CallRecordingParts {
  readonly anchor: Anchor | undefined
  /** What is recorded now: whose call it is, and who talks. */
  readonly part: () => PartToRecord
  readonly changed: (state: RecordingState, extent: RecordingExtent | undefined) => void
  /** The call should be recorded from its start and can't be. */
  readonly impossible: () => void
}

/** From which states each state can be reached by hand. */
const before: Readonly<Record<WantedRecording, readonly RecordingState[]>> = {
  on: ['off', 'paused', 'failed'],
  paused: ['on'],
  off: ['on', 'paused'],
}

/** Whether a call is recorded. The core allows it, and people may start, pause, resume and stop it. */
export class CallRecording {
  /** Undefined: the call must not be recorded. */
  #state: RecordingState | undefined
  /** Undefined: nothing was recorded so far. */
  #extent: RecordingExtent | undefined
  #kept: KeptRecording | undefined
  /** The config asks for the recording of the whole talk. */
  #isAsked = false

  constructor(private readonly parts: CallRecordingParts) {}

  /** For the record of the next process. */
  get kept(): KeptRecording | undefined {
    return this.#state && { state: this.#state, ...(this.#extent && { extent: this.#extent }) }
  }

  /** The state in the previous process. It counts as soon as the core allows the recording again. */
  restore(kept: KeptRecording | undefined): void {
    this.#kept = kept
  }

  /** The talk may be recorded, and is from now on if `isAtOnce`. */
  allow(isAtOnce: boolean): void {
    if (this.#state) return
    this.#isAsked = isAtOnce
    const { anchor } = this.parts
    if (!anchor?.records) {
      if (!isAtOnce) return
      this.parts.impossible()
      return this.#become('failed', 'failed')
    }
    this.#extent = this.#kept?.extent
    const state = this.#kept?.state ?? (isAtOnce ? 'on' : 'off')
    this.#become(state, this.#extent ?? (state === 'on' ? 'whole' : undefined))
  }

  /** `isSupervisor`: an agent may not stop a recording that the config asks for. Returns why it is refused, or whether something changed. */
  ask(wanted: WantedRecording, isSupervisor: boolean): RecordingOutcome {
    const now = this.#state
    if (!now)
      return {
        because:
          'this call may not be recorded: its workflow and queue do not allow it, or the caller has not agreed, or nobody talks',
      }
    if (now === wanted) return { changed: false }
    if (!before[wanted].includes(now)) return { because: `the recording is ${now}` }
    if (wanted === 'off' && this.#isAsked && !isSupervisor)
      return { because: 'the config asks for this recording, so only a manager or an admin may stop it; you may pause it' }
    this.#become(wanted, wanted === 'on' || this.#extent ? 'partly' : undefined)
    return { changed: true }
  }

  /** Somebody else talks with the caller now: another part of the recording begins. */
  partnerChanged(): void {
    if (this.#state === 'on') this.parts.anchor?.record(this.parts.part())
  }

  /** The recording thread gave up. */
  failed(): void {
    if (this.#state === 'on') this.#become('failed', 'failed')
  }

  #become(state: RecordingState, extent: RecordingExtent | undefined): void {
    this.#state = state
    // A fault stays visible, even if the recording went on later.
    if (this.#extent !== 'failed') this.#extent = extent
    const { anchor, part, changed } = this.parts
    anchor?.showRecording(state === 'failed' ? 'off' : state)
    anchor?.record(state === 'on' ? part() : undefined)
    changed(state, this.#extent)
  }
}
