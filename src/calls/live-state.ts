import { wallNow, type Clock } from '../foundation/clock.js'
import { latestMoment, moveMoments } from '../foundation/time.js'
import type { Body } from '../legs/body.js'
import type { LegState } from '../legs/leg.js'
import type { Party } from '../legs/party.js'
import type { DialledWorkflow } from '../config/settings.js'
import type { AgentUri, KeptCall } from '../routing/index.js'
import type { KeptShown } from './shown-sdp.js'
import type { Role } from './live/participant.js'

/** A live call as it outlives the process: the text of one row in the store. */
export interface LiveState {
  readonly version: 1
  readonly core: KeptCall
  readonly workflow: DialledWorkflow
  readonly legs: KeptLegs
  /** What readers know of it (see `CallPasts`). */
  readonly past: object
}

/** The text of its row. Moments in it are the wall clock's: the next process has a time of its own. */
export function textOfLiveState({ core, past, ...rest }: LiveState, clock: Clock): string {
  const by = clock.wallOffset()
  return JSON.stringify({ ...rest, core: moveMoments(core, by), past: moveMoments(past, by) } satisfies LiveState)
}

/**
 * In the time of this process. Rows that are ahead of now, because the wall clock was set back meanwhile, are moved back together, so that the
 * calls stay in their order and none has arrived in the future.
 */
export function inOwnTime(states: readonly LiveState[], clock: Clock): readonly LiveState[] {
  const moments = states.flatMap(({ core, past }) => [core, past])
  const ahead = Math.max(0, latestMoment(moments) - wallNow(clock))
  const by = -clock.wallOffset() - ahead
  return states.map(({ core, past, ...rest }) => ({ ...rest, core: moveMoments(core, by), past: moveMoments(past, by) }))
}

export type KeptLegs =
  /** Its INVITE is not answered. */
  | { readonly kind: 'early'; readonly invite: LegState }
  /** The caller was answered and waits, or hears our prompts. */
  | {
      readonly kind: 'answered'
      readonly inbound: KeptInbound
      readonly caller: KeptCaller
      /** Of an agent or target who answered and is not joined with the caller yet. */
      readonly partner?: LegState
    }
  | { readonly kind: 'talking'; readonly inbound: KeptInbound; readonly sides: readonly [KeptSide, KeptSide] }

export interface KeptCaller {
  readonly leg: LegState
  readonly description?: Body
  readonly shown?: KeptShown
}

export interface KeptSide extends KeptCaller {
  readonly role: Role
  readonly hidden: boolean
  /** Absent in rows of before. */
  readonly uri?: string
  readonly agent?: AgentUri
  readonly trusted?: boolean
}

/** Of the caller's INVITE what is shown to those who are called. */
export interface KeptInbound {
  readonly sipCallId: string
  readonly from: Party
  readonly to: Party
  readonly requestUri: string
  readonly headers: Readonly<Record<string, readonly string[]>>
  /** Absent in rows of before: not known. */
  readonly trusted?: boolean
}

/** What a row says; undefined when it is none of ours, or of another version. */
export function readLiveState(text: string): LiveState | undefined {
  try {
    const read = JSON.parse(text) as Partial<LiveState> | null
    return read?.version === 1 && read.core && read.legs && read.workflow ? (read as LiveState) : undefined
  } catch {
    return undefined // an edited file: told with the number of calls that can't go on
  }
}
