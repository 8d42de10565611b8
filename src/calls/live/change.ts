import type { Body } from '../../legs/body.js'
import type { InviteOptions, Target } from '../../legs/invitation.js'
import type { Leg } from '../../legs/leg.js'
import type { AgentUri } from '../../routing/index.js'
import type { ShownSdp } from '../shown-sdp.js'
import type { Participant, Person } from './participant.js'

/**
 * Somebody else is to take the place of one of the two who talk. It starts when the core has granted it. It reports one outcome to its
 * `ChangeListener`, and none after `refuse` or `cancel`.
 */
export interface Change {
  /** The side whose place is taken. */
  readonly by: Participant
  readonly stays: Participant
  start(): void
  /** The core did not grant it: the agent behind the target has another call. */
  refuse(): void
  /** The call is over. */
  cancel(): void
}

export interface ChangeListener {
  /** The side that stays has the media of the new one. `confirmed` is told of the ACK of the new side's INVITE. */
  through(side: Participant, confirmed?: (answer?: Body) => void): void
  /** Nothing has changed, or the side that stays is brought back. */
  failed(status: number): void
}

/** Makes the participant who takes the place. */
export type NewSide = (leg: Leg, description: Body | undefined, shown: ShownSdp) => Participant

/** What a REFER comes to: somebody to call, or a refusal. */
export type ReferVerdict =
  | { readonly kind: 'refused'; readonly status: 403 | 603; readonly why: string }
  | {
      readonly kind: 'call'
      readonly target: Target
      /** Who is called, as others are told. */
      readonly to: string
      /** The agent that this is. */
      readonly agent?: AgentUri
    }

/** Who a transfer calls, and who the staying side is shown as there. */
export interface TransferWay {
  readonly target: Target
  readonly identity: Omit<InviteOptions, 'body'>
}

/** Who takes the place, before it is known on which side. */
export type NewPerson = Omit<Person, 'role'>

/** The side that stays was taken to somebody who is gone, and gets the media of the other side again. */
export function comeBack({ by, stays }: Pick<Change, 'by' | 'stays'>): void {
  const seen = stays.see(by)
  if (seen) stays.tell(seen)
}
