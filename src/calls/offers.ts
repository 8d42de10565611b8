import { seconds } from '../foundation/time.js'
import type { Body } from '../legs/body.js'
import type { InviteOptions, OutboundCall, Target } from '../legs/invitation.js'
import type { AnsweredLeg } from '../legs/leg.js'
import type { AgentUri, OfferId } from '../routing/index.js'
import type { Signaling } from '../signaling/port.js'
import { withdrawReasons, type Withdrawal } from './reasons.js'

/** What an offer's phone did. */
export interface PhoneListener {
  phoneRings(offer: OfferId): void
  phoneAnswered(offer: OfferId): void
  /** A failure, or an answer whose leg ended before it was taken. `silent`: nothing came from the phone. */
  phoneRefused(offer: OfferId, status: number, silent?: true): void
}

/** A leg whose 2xx is in hand and not acknowledged. */
export interface Answered {
  readonly leg: AnsweredLeg
  /** What our INVITE offered in the caller's name. Undefined: the 2xx holds the offer, and the ACK must bring the answer. */
  readonly offered: Body | undefined
}

/** An agent's phone that answered. */
export interface AnsweredPhone extends Answered {
  readonly agent: AgentUri
}

/** One INVITE to an agent, until it is refused, withdrawn or taken. */
interface Phone {
  outbound: OutboundCall | undefined
  leg: AnsweredLeg | undefined
  readonly offered: Body | undefined
  /** How many branches it may open, where the caller bounds them. */
  readonly breadth: number
  readonly agent: AgentUri
}

/** The agent has no phone now. The core takes it for a fault of the device, as when the last phone goes while it rings. */
const noPhone = 410
/** Answered and gone again: the phone is there, its user is not. */
const vanished = 480
/** A phone that says nothing for so long is not there: somebody else can be tried, long before the alert time is over (decision 037). */
export const phoneIsHeardWithin = seconds(5)
/** Max-Breadth Exceeded (RFC 5393 §5.3.3.1): the caller's INVITE allows no more phones at once. */
const tooBroad = 440

/** The phones that ring for one call, each by an INVITE and a SIP Call-ID of its own. */
export class RingingPhones {
  readonly #phones = new Map<OfferId, Phone>()

  constructor(
    private readonly signaling: Signaling,
    private readonly listener: PhoneListener,
    /** So many branches may be open at once, over all offers. Undefined: as many as there are agents. */
    private readonly maxBreadth: number | undefined,
  ) {}

  has(offer: OfferId): boolean {
    return this.#phones.has(offer)
  }

  /** Gives the SIP Call-ID of the INVITE. `abreast`: how many offers may ring at once, each of which is to have its share of the branches. */
  ring(offer: OfferId, agent: AgentUri, target: Target, options: InviteOptions, abreast: number): string {
    const maxBreadth = this.#share(abreast)
    const phone: Phone = { outbound: undefined, leg: undefined, offered: options.body, breadth: maxBreadth ?? 0, agent }
    // Known before it can fail.
    this.#phones.set(offer, phone)
    if (maxBreadth === 0) {
      this.#refused(offer, tooBroad)
      return ''
    }
    phone.outbound = this.signaling.invite(
      target,
      { heardWithin: phoneIsHeardWithin, ...options, ...(maxBreadth !== undefined && { maxBreadth }) },
      {
        ringing: () => this.listener.phoneRings(offer),
        answered: leg => {
          phone.leg = leg
          leg.listen({ ended: () => this.#refused(offer, vanished) })
          this.listener.phoneAnswered(offer)
        },
        // 480 of a phone is its user's word; nobody said this one.
        refused: ({ status, unreachable, silent }) =>
          this.#refused(offer, unreachable && status === 480 ? noPhone : status, silent),
      },
    )
    return phone.outbound.sipCallId
  }

  /** The leg of a phone that answered, to be joined: it is none of these any more. */
  take(offer: OfferId): AnsweredPhone | undefined {
    const phone = this.#phones.get(offer)
    this.#phones.delete(offer)
    return phone?.leg && { leg: phone.leg, offered: phone.offered, agent: phone.agent }
  }

  withdraw(offer: OfferId, because: Withdrawal): void {
    const phone = this.#phones.get(offer)
    this.#phones.delete(offer)
    if (phone?.leg) phone.leg.hangUp(withdrawReasons[because])
    else phone?.outbound?.cancel(withdrawReasons[because])
  }

  withdrawAll(): void {
    for (const offer of [...this.#phones.keys()]) this.withdraw(offer, 'withdrawn')
  }

  #share(abreast: number): number | undefined {
    if (this.maxBreadth === undefined) return undefined
    let left = this.maxBreadth
    for (const { breadth } of this.#phones.values()) left -= breadth
    return Math.min(left, Math.max(1, Math.floor(this.maxBreadth / abreast)))
  }

  #refused(offer: OfferId, status: number, silent?: true): void {
    if (this.#phones.delete(offer)) this.listener.phoneRefused(offer, status, silent)
  }
}
