import {
  cut,
  shownUri,
  type CallerNews,
  type RecordingExtent,
  type RecordingState,
  type ShownSupervisor,
  type SupervisedTime,
} from '../calls/step.js'
import type { Clock } from '../foundation/clock.js'
import type { Instant } from '../foundation/time.js'
import type { CallId } from '../routing/world/ids.js'
import type { LegNames } from './leg-names.js'

/** The caller, and the final answer to their INVITE once there is one. */
export interface CallerSide {
  readonly uri: string
  readonly displayName?: string
  readonly status?: number
  /** When the INVITE was answered with 200: by our prompt or music, or because an agent or a forward target answered. */
  readonly answeredAt?: Instant
  /** Our relay carried the talk. */
  readonly anchored?: true
  /** The state of the recording. Absent: the call must not be recorded. */
  readonly recording?: RecordingState
  readonly recorded?: RecordingExtent
  /** Who supervises the call now. */
  readonly supervisors?: readonly ShownSupervisor[]
  /** Who supervised it. */
  readonly supervised?: readonly SupervisedTime[]
}

/** How many times of supervision the record of a call names: the latest. */
const mostSupervised = 20

const timeOf = ({ name, agent, modes, from, to }: SupervisedTime): SupervisedTime => ({ name, agent, modes, from, to })

type Changeable<T> = { -readonly [Key in keyof T]: T[Key] }

/** Notes the final response that was really sent to each caller of a call in progress, whatever the core decided. */
export class Callers {
  /** An entry exists from the arrival of a call on. The reader that records the call at its end deletes it. */
  readonly byCall = new Map<CallId, Changeable<CallerSide>>()

  constructor(
    private readonly clock: Clock,
    /** The reader that records a call at its end removes the legs of the call from here. */
    private readonly legs: LegNames,
    private readonly changed: (call: CallId) => void = () => undefined,
  ) {}

  hear(call: CallId, news: CallerNews): void {
    switch (news.kind) {
      case 'arrived': {
        const { uri, displayName } = news.from
        this.byCall.set(call, { uri: shownUri(uri), ...(displayName !== undefined && { displayName: cut(displayName) }) })
        return
      }
      case 'leg':
        return this.legs.begin(call, news.sipCallId)
      case 'anchored':
      case 'recording':
      case 'supervisors':
      case 'supervised':
        return this.#sound(call, news)
      case 'answered':
        return this.#finally(call, 200)
      case 'refused':
        return this.#finally(call, news.status)
      case 'left':
        return this.#finally(call, 487)
    }
  }

  /** What becomes of the sound of the talk. */
  #sound(call: CallId, news: Extract<CallerNews, { kind: 'anchored' | 'recording' | 'supervisors' | 'supervised' }>): void {
    const side = this.byCall.get(call)
    if (!side) return
    if (news.kind === 'anchored') side.anchored = true
    else if (news.kind === 'supervised') side.supervised = [...(side.supervised ?? []), timeOf(news)].slice(-mostSupervised)
    else if (news.kind === 'supervisors') side.supervisors = news.supervisors
    else {
      side.recording = news.state
      if (news.extent) side.recorded = news.extent
    }
    if (news.kind === 'recording' || news.kind === 'supervisors') this.changed(call)
  }

  /** Does nothing for a call that is over, because it has no entry any more. */
  #finally(call: CallId, status: number): void {
    const side = this.byCall.get(call)
    if (!side) return
    side.status = status
    if (status === 200) side.answeredAt = this.clock.now()
  }
}
