import { wallNow, type Clock } from '../../foundation/clock.js'
import { isDeeper } from '../../foundation/deeper.js'
import { JsonText, readJsonText } from '../../foundation/json-text.js'
import { latestMoment, moveMoments, type WallTime } from '../../foundation/time.js'
import type { Body } from '../../legs/body.js'
import type { LegState } from '../../legs/leg.js'
import type { Party } from '../../legs/party.js'
import type { KeptAnchorSide } from '../../media/port.js'
import type { DialledWorkflow } from '../../config/call-settings.js'
import type { AgentUri, KeptCall } from '../../routing/index.js'
import { setBackBy } from '../set-back.js'
import type { KeptShown } from '../shown-sdp.js'
import type { Role } from './participant.js'
import type { KeptRecording } from './recording.js'

/** The stored state of a live call: the text of one row. */
export interface LiveState {
  /** Rows of earlier versions have 1: each text is written wherever it occurs. */
  readonly version: 2
  readonly core: KeptCall
  readonly workflow: DialledWorkflow
  readonly legs: KeptLegs
  /** What the readers of steps know about the call (see `CallPasts`). */
  readonly past: object
  /** Phones that ring for the call. The next process stops them. Absent: none, or an older version wrote the row. */
  readonly ringing?: readonly LegState[]
}

/**
 * Writes rows. Their times are wall time, because the next process has another monotonic time. The SDP of each side occurs several times in
 * a row, and is written once.
 */
export class LiveStateWriter {
  readonly #json = new JsonText()

  constructor(private readonly clock: Pick<Clock, 'wallOffset'>) {}

  text({ version, core, workflow, legs, past, ringing }: LiveState): string {
    const by = this.clock.wallOffset()
    return this.#json.of({
      version,
      workflow,
      legs,
      core: moveMoments(core, by),
      past: moveMoments(past, by),
      ...(ringing && { ringing }),
    } satisfies LiveState)
  }
}

/** In ms. No call is stored with a time that is so far in the future. */
const farAhead = 24 * 3_600_000

/**
 * Returns what converts the stored times of one call to times of this process. If the wall clock was set back meanwhile, the times of all
 * calls move back together. A call whose times are still in the future then moves alone. It throws if they are too far ahead to be of a call.
 */
export function toOwnTime(
  states: readonly LiveState[],
  clock: Clock,
  wroteAt: WallTime | undefined,
): (state: LiveState) => LiveState {
  const setBack = setBackBy(clock, wroteAt, Math.max(...states.map(latestOf)))
  return state => {
    const ahead = latestOf(state) - wallNow(clock)
    if (ahead > setBack + farAhead) throw new Error('a time in it is in the future')
    const by = -clock.wallOffset() - Math.max(setBack, ahead)
    return { ...state, core: moveMoments(state.core, by), past: moveMoments(state.past, by) }
  }
}

const latestOf = ({ core, past }: LiveState): number => Math.max(latestMoment(core), latestMoment(past))

export type KeptLegs =
  /** The caller's INVITE is not answered. */
  | { readonly kind: 'early'; readonly invite: LegState }
  /** The caller was answered and waits, or hears our prompts. */
  | {
      readonly kind: 'answered'
      readonly inbound: KeptInbound
      readonly caller: KeptCaller
      /** The leg of an agent or target who answered and is not joined with the caller yet. */
      readonly partner?: LegState
    }
  | {
      readonly kind: 'talking'
      readonly inbound: KeptInbound
      readonly sides: readonly [KeptSide, KeptSide]
      /** One of the two talked to somebody else and the other waited, so both need each other's media again. */
      readonly apart?: true
      /** Absent: the call must not be recorded, or an older version kept it. */
      readonly recording?: KeptRecording
    }

export interface KeptCaller {
  readonly leg: LegState
  readonly description?: Body
  readonly shown?: KeptShown
}

export interface KeptSide extends KeptCaller {
  readonly role: Role
  readonly hidden: boolean
  /** Absent in rows of earlier versions. */
  readonly uri?: string
  readonly agent?: AgentUri
  readonly trusted?: boolean
  /** Present if our relay carries their media. */
  readonly anchor?: KeptAnchorSide
}

/** The parts of the caller's INVITE that called phones are shown, or that decide how they are called. */
export interface KeptInbound {
  readonly sipCallId: string
  readonly from: Party
  readonly to: Party
  readonly requestUri: string
  /** Absent: none, or an older version wrote the row. */
  readonly asserted?: readonly string[]
  readonly headers: Readonly<Record<string, readonly string[]>>
  /** Absent in rows of earlier versions: not known. */
  readonly trusted?: boolean
}

/** The most levels of a row. Ours have about ten. */
const mostLevels = 32

/** Reads a row. Undefined: it is not ours, or of another version. */
export function readLiveState(text: string): LiveState | undefined {
  try {
    const read = readJsonText(text) as (Omit<Partial<LiveState>, 'version'> & { readonly version?: number }) | null
    const isKnown =
      (read?.version === 1 || read?.version === 2) && read.core && read.legs && read.workflow && !isDeeper(read, mostLevels)
    return isKnown ? ({ ...read, version: 2 } as LiveState) : undefined
  } catch {
    return undefined // Somebody edited the file. The call counts among those that can't be restored.
  }
}
