import type { InviteOptions, OutboundCall, OutboundCallListener, Target } from '../../legs/invitation.js'
import type { LegState } from '../../legs/leg.js'
import type { Signaling } from '../../signaling/port.js'
import { withdrawReasons } from '../reasons.js'

/** An INVITE of ours. The object exists before the INVITE is sent, because sending may fail at once. */
export class Outgoing {
  #outbound: OutboundCall | undefined

  send(signaling: Pick<Signaling, 'invite'>, target: Target, options: InviteOptions, listener: OutboundCallListener): void {
    this.#outbound = signaling.invite(target, options, listener)
  }

  /** What the next process needs to stop the phones. */
  kept(): readonly LegState[] {
    return this.#outbound?.kept() ?? []
  }

  cancel(): void {
    this.#outbound?.cancel(withdrawReasons.withdrawn)
  }
}
