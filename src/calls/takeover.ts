import type { InboundCall } from '../legs/answering.js'
import type { Body } from '../legs/body.js'
import type { RenegotiationOutcome } from '../legs/renegotiation.js'
import type { Side } from './side.js'
import type { PlaceChange } from './transfer.js'

export interface TakeoverListener {
  /** The side that stays has the new call's media, or was asked for its own. Answers the new call. */
  accepted(outcome: Accepted): void
  /** The new call was cancelled, or the side that stays refused; `wasTaken`: that side has its media already, and must come back. */
  failed(status: number, wasTaken: boolean): void
}

type Accepted = Extract<RenegotiationOutcome, { kind: 'accepted' }>

const busyHere = 486
const cancelled = 487
const over = 480

/** A new call takes the place of one of a talk's legs (RFC 3891): the side that stays is taken to it, and it is answered. */
export class Takeover implements PlaceChange {
  /** The new call was cancelled, or the talk is over. */
  #gone = false

  constructor(
    private readonly inbound: InboundCall,
    private readonly old: Side,
    private readonly stays: Side,
    private readonly listener: TakeoverListener,
  ) {
    inbound.listen({ cancelled: () => (this.#gone = true) })
  }

  start(): void {
    const { inbound, stays } = this
    if (this.#gone) return this.listener.failed(cancelled, false)
    stays.leg.renegotiate(this.#shown(inbound.body), outcome => {
      if (outcome.kind === 'rejected') {
        inbound.reject(outcome.status)
        return this.listener.failed(outcome.status, false)
      }
      if (!this.#gone) return this.listener.accepted(outcome)
      outcome.acknowledge(inbound.body ? undefined : this.old.description)
      this.listener.failed(cancelled, true)
    })
  }

  refuse(): void {
    this.inbound.reject(busyHere)
  }

  cancel(): void {
    this.#gone = true
    this.inbound.reject(over)
  }

  #shown(body: Body | undefined): Body | undefined {
    return body && this.stays.shown.of(body, this.inbound, false)
  }
}
