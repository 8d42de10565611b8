import { seconds } from '../foundation/time.js'
import type { Body } from '../legs/body.js'
import type { InviteOptions, OutboundCall, Target } from '../legs/invitation.js'
import type { AnsweredLeg, LegState } from '../legs/leg.js'
import type { AgentUri, OfferId } from '../routing/index.js'
import type { Signaling } from '../signaling/port.js'
import { withdrawReasons, type Withdrawal } from './reasons.js'

/** The events of an offer's phone. */
interface PhoneListener {
  phoneRings(offer: OfferId): void
  phoneAnswered(offer: OfferId): void
  /** A failure, or an answer whose leg ended before it was used. `silent`: the phone sent nothing. */
  phoneRefused(offer: OfferId, status: number, silent?: true): void
}

/** A leg whose 2xx has come and is not acknowledged yet. */
export interface Answered {
  readonly leg: AnsweredLeg
  /** The offer in our INVITE, which is the caller's. Undefined: the 2xx has the offer, and the ACK must have the answer. */
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
  /** How many branches it may open. 0: there is no limit. */
  readonly breadth: number
  readonly agent: AgentUri
}

/** The agent has no phone now. The core treats it as a device problem, as when the last phone unregisters while it rings. */
const noPhone = 410
/** The phone answered and its leg ended: the phone is there, but not its user. */
const vanished = 480
/** A phone that sends nothing for this long is not there. The next agent is tried long before the alert time is over (decision 037). */
export const phoneIsHeardWithin = seconds(5)
/** Max-Breadth Exceeded (RFC 5393 §5.3.3.1): the caller's INVITE allows no more phones at once. */
const tooBroad = 440

/** How many phones of a call are kept for the next process. Each takes about 500 bytes. */
const mostKept = 100

/** The phones that ring for one call. Each has its own INVITE and SIP Call-ID. */
export class RingingPhones {
  readonly #phones = new Map<OfferId, Phone>()

  constructor(
    private readonly signaling: Pick<Signaling, 'invite'>,
    private readonly listener: PhoneListener,
    /** The most open branches of all offers together (Max-Breadth of the caller's INVITE). Undefined: no limit. */
    private readonly maxBreadth: number | undefined,
  ) {}

  has(offer: OfferId): boolean {
    return this.#phones.has(offer)
  }

  /** Returns the SIP Call-ID of the INVITE. `abreast`: how many offers may ring at the same time and share the branches. */
  ring(offer: OfferId, agent: AgentUri, target: Target, options: InviteOptions, abreast: number): string {
    const maxBreadth = this.#share(abreast)
    const phone: Phone = { outbound: undefined, leg: undefined, offered: options.body, breadth: maxBreadth ?? 0, agent }
    // Registered before `invite()` runs, because it may fail synchronously.
    this.#phones.set(offer, phone)
    if (maxBreadth === 0) {
      this.#refused(offer, tooBroad)
      return ''
    }
    phone.outbound = this.signaling.invite(
      target,
      {
        ...options,
        limits: { heardWithin: phoneIsHeardWithin, ...options.limits, ...(maxBreadth !== undefined && { maxBreadth }) },
      },
      {
        ringing: () => this.listener.phoneRings(offer),
        answered: leg => {
          phone.leg = leg
          leg.listen({ ended: () => this.#refused(offer, vanished) })
          this.listener.phoneAnswered(offer)
        },
        // A phone that sends 480 has a user who is not there. A 480 with `unreachable` means that no phone was reached.
        refused: ({ status, unreachable, silent }) =>
          this.#refused(offer, unreachable && status === 480 ? noPhone : status, silent),
      },
    )
    return phone.outbound.sipCallId
  }

  /** Takes the leg of a phone that answered, so that it can be joined. Undefined: the offer is over. */
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

  /** What the next process needs to stop these phones. */
  kept(): readonly LegState[] {
    return [...this.#phones.values()].flatMap(({ outbound, leg }) => (leg ? [] : (outbound?.kept() ?? []))).slice(0, mostKept)
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
