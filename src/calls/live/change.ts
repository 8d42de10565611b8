import type { Body } from '../../legs/body.js'
import type { InviteOptions, Target } from '../../legs/invitation.js'
import type { InboundInfo } from '../../legs/info.js'
import type { Leg, LegState } from '../../legs/leg.js'
import type { InboundRenegotiation } from '../../legs/renegotiation.js'
import type { AgentUri, PromptId } from '../../routing/index.js'
import { sameMedia, withoutHold, type ShownSdp } from '../shown-sdp.js'
import type { Participant, Person } from './participant.js'

/**
 * A change of sides: somebody replaces one of the two who talk. It starts when the core has granted it. It reports one outcome to its
 * `ChangeListener`, and none after `refuse` or `cancel`.
 */
export interface Change {
  /** The side that is replaced. */
  readonly by: Participant
  readonly stays: Participant
  /** `music`: for the side that waits during a consultation. */
  start(music?: PromptId): void
  /** The core did not grant it: the agent who is the target has another call, or the call is no longer connected. */
  refuse(): void
  /** The call is over, or the change is taken back and the two talk on. */
  cancel(then: 'over' | 'goesOn'): void
  /** Nobody has answered yet, so both sides can stay as they are. */
  readonly mayBeTakenBack: boolean
  /** The two sides have no media of each other. After a restart they get it again. */
  readonly isApart?: boolean
  /** The target's phones that ring, for the next process. */
  ringing?(): readonly LegState[]
  /** The side that is replaced has hung up. */
  askerLeft?(): void
  /** Completes a consultation. False: its target does not talk yet. */
  join?(): boolean
  /** A re-INVITE and an INFO of one of the two sides, if they don't go to the other side during the change. */
  renegotiated?(from: Participant, request: InboundRenegotiation): void
  informed?(from: Participant, request: InboundInfo): void
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
export type ReferVerdict = { readonly kind: 'refused'; readonly status: 403 | 603; readonly why: string } | AllowedTarget

/** A target that the config allows. */
export interface AllowedTarget {
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

/** Gives two sides each other's media again. A side that refuses keeps the media that it has. */
export function bringTogether(first: Participant, second: Participant): void {
  const { description, leg, hidden } = second
  const offer = description && first.shown.of(withoutHold(description), leg, hidden)
  if (!offer) return
  first.bring(offer, {
    arrived: outcome => {
      const { body: answer } = outcome
      outcome.acknowledge()
      if (answer) first.describe(answer)
      bringBack(second, first, offer)
    },
    refused: () => undefined,
    again: () => bringTogether(first, second),
  })
}

/** `offered`: the SDP of `side` that the other has. */
function bringBack(side: Participant, other: Participant, offered: Body): void {
  const body = side.see(other)
  if (!body) return
  side.bring(body, {
    arrived: outcome => {
      const { body: answer } = outcome
      outcome.acknowledge()
      if (answer && !sameMedia(answer, offered)) other.tellNew(answer, side)
      else side.describe(answer)
    },
    refused: () => undefined,
    again: () => bringBack(side, other, offered),
  })
}

/** The new participant is gone, and the staying side gets the media of the other side again. */
export function comeBack({ by, stays }: Pick<Change, 'by' | 'stays'>): void {
  const seen = stays.see(by)
  if (seen) stays.tell(seen)
}
