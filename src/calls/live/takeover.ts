import type { InboundCall } from '../../legs/answering.js'
import { ShownSdp } from '../shown-sdp.js'
import { comeBack, type Change, type ChangeListener, type NewSide } from './change.js'
import type { Accepted, Participant } from './participant.js'

interface TakeoverParts {
  readonly inbound: InboundCall
  readonly by: Participant
  readonly stays: Participant
  readonly newSide: NewSide
}

const busyHere = 486
const cancelled = 487
const over = 480

/** A new call replaces one of two legs (RFC 3891): the staying side gets the new call's media, and then the new call is answered. */
export class Takeover implements Change {
  readonly by: Participant
  readonly stays: Participant
  /** Nobody needs to take it back here, because the phone that asks for the change can cancel its own INVITE. */
  readonly mayBeTakenBack = false
  #state: 'open' | 'callerGone' | 'cancelled' = 'open'

  constructor(
    private readonly parts: TakeoverParts,
    private readonly listener: ChangeListener,
  ) {
    this.by = parts.by
    this.stays = parts.stays
    parts.inbound.listen({ cancelled: () => this.#callerGone() })
  }

  start(): void {
    const { stays } = this
    const { inbound } = this.parts
    if (this.#state !== 'open') return this.listener.failed(cancelled)
    // The staying side is offered the new call's SDP. Without one it is asked for an offer, and the new call answers in its ACK.
    stays.ask(stays.seeCall(inbound.invite.body, inbound.origin), {
      accepted: outcome => this.#accepted(outcome),
      refused: ({ status }) => {
        inbound.reject(status)
        if (this.#state !== 'cancelled') this.listener.failed(status)
      },
    })
  }

  refuse(): void {
    this.parts.inbound.reject(busyHere)
  }

  cancel(): void {
    this.#state = 'cancelled'
    this.parts.inbound.reject(over)
  }

  #callerGone(): void {
    if (this.#state === 'open') this.#state = 'callerGone'
  }

  /** The staying side has the new call's SDP, or gave its own for the new call to answer. */
  #accepted(outcome: Accepted): void {
    const { by, stays, listener } = this
    const { inbound, newSide } = this.parts
    if (this.#state !== 'open') {
      outcome.acknowledge(inbound.invite.body ? undefined : stays.see(by))
      if (this.#state === 'cancelled') return
      comeBack(this)
      return listener.failed(cancelled)
    }
    if (outcome.body) stays.describe(outcome.body)
    const shown = new ShownSdp()
    const leg = inbound.answer(outcome.body && shown.of(outcome.body, stays.leg, stays.hidden))
    const side = newSide(leg, inbound.invite.body, shown)
    if (!inbound.invite.body) return listener.through(side, answer => outcome.acknowledge(stays.seeNew(answer, side)))
    outcome.acknowledge()
    listener.through(side)
  }
}
