import type { Digit, MediaPlaces, StreamLoss } from '../../media/port.js'
import type { PromptId } from '../../routing/index.js'
import type { LegEnd } from '../../legs/leg-end.js'
import type { CallerNews } from '../step.js'
import type { Participant } from './participant.js'

/** Reports about a caller, for the caller's call. */
export interface CallerListener {
  /** Caller and partner have each other's SDP, so media can flow. From now on the call listens to the leg. */
  taken(caller: Participant): void
  /** The caller refused this partner's SDP, and stays in the call. */
  notTaken(status: number): void
  /** The caller can't be connected to anybody. */
  refused(): void
  /** CANCEL, BYE, a dead leg, or no media from the caller any more. */
  left(how: CallerLeft): void
  /** Our media for the caller failed. */
  mediaBroke(): void
  /** Our sound stops at the address in the caller's SDP until a packet comes from there. */
  muted(places: MediaPlaces): void
  /** The caller's INVITE has its final response, or the caller left before. */
  settled(how: CallerSettled): void
  /** The caller's connection is closed. */
  cutOff(): void
  /** A prompt was played to its end, or can't be played. */
  heard(prompt: PromptId): void
  /** A key was pressed while the caller hears us. */
  pressed(digit: Digit): void
}

type CallerSettled = Exclude<CallerNews, { kind: 'arrived' | 'leg' | 'anchored' }>

export interface CallerLeft {
  /** Undefined: the caller left before our 2xx. */
  readonly end: LegEnd | undefined
  /** The caller's BYE came before the ACK, but our 2xx had the partner's answer. */
  readonly heardAnswer: boolean
  /** The caller sent no sound, and we hung up. */
  readonly noMedia?: Extract<StreamLoss, { kind: 'silent' }>
}
