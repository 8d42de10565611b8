import type { Body } from '../../legs/body.js'
import type { InviteOptions, Target } from '../../legs/invitation.js'
import type { Leg } from '../../legs/leg.js'
import type { AgentUri } from '../../routing/index.js'
import type { ShownSdp } from '../shown-sdp.js'
import type { Participant, Person } from './participant.js'

/**
 * A change of sides: somebody replaces one of the two who talk. It starts when the core has granted it. It reports one outcome to its
 * `ChangeListener`, and none after `refuse` or `cancel`.
 */
export interface Change {
  /** The side that is replaced. */
  readonly by: Participant
  readonly stays: Participant
  start(): void
  /** The core did not grant it: the agent who is the target has another call, or the call is no longer connected. */
  refuse(): void
  /** The call is over, or the change is taken back. */
  cancel(): void
  /** Nobody has answered yet, so both sides can stay as they are. */
  readonly mayBeTakenBack: boolean
}

export interface ChangeListener {
  /** The staying side has the new side's media. `confirmed` is called at the ACK for the new side's INVITE. */
  through(side: Participant, confirmed?: (answer?: Body) => void): void
  /** Nothing has changed, or the staying side is brought back. */
  failed(status: number): void
}

/** Makes the participant who joins. */
export type NewSide = (leg: Leg, description: Body | undefined, shown: ShownSdp) => Participant

/** The result of a REFER: a target, or a refusal. */
export type ReferVerdict =
  | { readonly kind: 'refused'; readonly status: 403 | 603; readonly why: string }
  | {
      readonly kind: 'call'
      readonly target: Target
      /** The target's URI as others see it. */
      readonly to: string
      /** The agent who is the target. */
      readonly agent?: AgentUri
    }

/** The target of a transfer, and the name that it sees for the staying side. */
export interface TransferWay {
  readonly target: Target
  readonly identity: Omit<InviteOptions, 'body'>
}

/** The new participant, before it is known which side they replace. */
export type NewPerson = Omit<Person, 'role'>

/** The new participant is gone, and the staying side gets the media of the other side again. */
export function comeBack({ by, stays }: Pick<Change, 'by' | 'stays'>): void {
  const seen = stays.see(by)
  if (seen) stays.tell(seen)
}
