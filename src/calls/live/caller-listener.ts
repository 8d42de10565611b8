import type { Digit, MediaPlaces, StreamLoss } from '../../media/port.js'
import type { PromptId } from '../../routing/index.js'
import type { LegEnd } from '../../legs/leg-end.js'
import type { CallerNews } from '../step.js'
import type { Participant } from './participant.js'

/** What becomes of a caller, for the call that has them. */
export interface CallerListener {
  /** The caller has the partner's SDP, and the partner the caller's: media can flow. From now on the call listens to the leg. */
  taken(caller: Participant): void
  /** This partner's SDP does not do for the caller, who stays. */
  notTaken(status: number): void
  /** The caller will be taken to nobody. */
  refused(): void
  /** CANCEL, BYE, a dead leg, or no media from them any more. */
  left(how: CallerLeft): void
  /** Our media end under the caller. */
  mediaBroke(): void
  /** Our sound does not go to where the caller's description says until a packet comes from there. */
  muted(places: MediaPlaces): void
  /** Their INVITE has its final response, or they left before. */
  settled(how: CallerSettled): void
  /** The connection by which they came is gone. */
  cutOff(): void
  /** A prompt of ours was heard to its end, or can't be heard. */
  heard(prompt: PromptId): void
  /** A key, while the caller hears us. */
  pressed(digit: Digit): void
}

export type CallerSettled = Exclude<CallerNews, { kind: 'arrived' | 'leg' }>

export interface CallerLeft {
  /** Undefined: before our 2xx, by themselves. */
  readonly end: LegEnd | undefined
  /** Their BYE came before their ACK: they heard the partner's answer all the same. */
  readonly heardAnswer: boolean
  /** No sound of theirs came, and we hung up. */
  readonly noMedia?: Extract<StreamLoss, { kind: 'silent' }>
}
