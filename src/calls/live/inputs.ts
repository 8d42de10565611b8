import type { Reason } from '../../legs/reason.js'
import type { InboundCall } from '../../legs/answering.js'
import type { Body, ExtraHeader } from '../../legs/body.js'
import type { InboundInfo } from '../../legs/info.js'
import type { InviteOptions, Target } from '../../legs/invitation.js'
import type { LegEnd } from '../../legs/leg-end.js'
import type { InboundRefer } from '../../legs/leg.js'
import type { InboundRenegotiation } from '../../legs/renegotiation.js'
import type { Media } from '../../media/port.js'
import type { PromptId } from '../../routing/index.js'
import type { Answered, AnsweredPhone } from '../offers.js'
import type { AllowedTarget } from './change.js'
import type { CallerLeft } from './caller-listener.js'
import type { Participant } from './participant.js'

/** The inputs of a live call. The phase decides what they mean: see `table.ts`. */
export type LiveInput =
  // Requests of the core.
  /** An agent's phone has answered, and the core gives it the call. */
  | { readonly kind: 'connect'; readonly answered: AnsweredPhone }
  | { readonly kind: 'forward'; readonly target: Target; readonly options: InviteOptions }
  /** `music`: for the side that waits during a consultation. */
  | { readonly kind: 'transferGranted'; readonly music?: PromptId | undefined }
  | { readonly kind: 'transferDenied' }
  /** The core ends the call, or the server leaves and no next process can continue it. */
  | { readonly kind: 'end'; readonly status: number; readonly reason: Reason; readonly headers?: readonly ExtraHeader[] }
  /** The next process continues the call. */
  | { readonly kind: 'letGo' }
  // Responses to the forward target's INVITE.
  | { readonly kind: 'forwardRings' }
  | { readonly kind: 'forwardAnswered'; readonly answered: Answered; readonly target: Target }
  | { readonly kind: 'forwardRefused'; readonly status: number }
  // The caller without a partner.
  /** Caller and partner have each other's SDP. */
  | { readonly kind: 'callerTaken'; readonly caller: Participant }
  /** The caller refused this partner's SDP, or the partner has none. The caller stays. */
  | { readonly kind: 'callerNotTaken'; readonly status: number }
  /** The caller can't be connected to anybody, or our media failed. */
  | { readonly kind: 'callerFailed' }
  | { readonly kind: 'callerLeft'; readonly how: CallerLeft }
  // The partner, until the caller is connected.
  | { readonly kind: 'partnerVanished' }
  | { readonly kind: 'partnerRenegotiates'; readonly request: InboundRenegotiation }
  // Two who talk.
  | { readonly kind: 'renegotiation'; readonly from: Participant; readonly request: InboundRenegotiation }
  | { readonly kind: 'info'; readonly from: Participant; readonly request: InboundInfo }
  | { readonly kind: 'refer'; readonly from: Participant; readonly request: InboundRefer }
  /** A new call wants to replace one of the two (RFC 3891). */
  | { readonly kind: 'replaces'; readonly by: Participant; readonly inbound: InboundCall }
  /** The side that is being replaced has hung up, or is gone. */
  | { readonly kind: 'askerEnded' }
  | { readonly kind: 'sideEnded'; readonly who: Participant; readonly end: LegEnd }
  // A change of sides.
  /** An agent of the call wants to talk to a target first, which may then take their place. */
  | {
      readonly kind: 'consult'
      readonly by: Participant
      readonly to: AllowedTarget
      readonly media: Media
    }
  | { readonly kind: 'placeTaken'; readonly side: Participant; readonly confirmed?: ((answer?: Body) => void) | undefined }
  | { readonly kind: 'changeFailed'; readonly status: number }
  /** The agent who asked for the transfer takes it back. The target has not answered. */
  | { readonly kind: 'takenBack' }

export type LiveInputKind = LiveInput['kind']
