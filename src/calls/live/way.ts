import type { Body } from '../../legs/body.js'
import type { Participant } from './participant.js'
import type { Partner } from './partner.js'

/** A partner who is being joined with the caller, and the partner's SDP in the form that the caller may see. */
export interface Taking {
  readonly partner: Partner
  readonly body: Body
}

/** Whose media the caller has: ours, or a partner's. */
export type Place = 'us' | Taking

interface WayOwner {
  /** Our offer for a caller who returns to our media. Undefined: we have no media for them. */
  ownOffer(): Body | undefined
  /** The caller has the SDP of this place, and gave theirs if we made the offer. */
  arrived(place: Place, answer: Body | undefined): void
  /** The caller refused the current goal. There is no goal now. */
  refused(place: Place, status: number): void
}

/**
 * The media that an answered caller has, and the media that they should have. One re-INVITE at a time changes the first to the second
 * (docs/decisions/007).
 */
export class Way {
  #at: Place | undefined
  #goal: Place | undefined

  constructor(
    private readonly me: Participant,
    /** The media in our 2xx. Undefined: those of the previous process. */
    at: Place | undefined,
    /** The ACK for our 2xx has come. Before it no re-INVITE may be sent (RFC 3261 §14.1). */
    private isConfirmed: boolean,
    private readonly owner: WayOwner,
  ) {
    this.#at = this.#goal = at
  }

  /** The caller hears us, and has no other goal. */
  get isWithUs(): boolean {
    return this.#at === 'us' && this.#goal === 'us'
  }

  get confirmed(): boolean {
    return this.isConfirmed
  }

  /** Our 2xx contains a partner's answer, and its ACK has not come. */
  get isAnsweredForPartner(): boolean {
    const goal = this.#goal
    return goal !== undefined && goal !== 'us' && goal === this.#at && goal.partner.offered !== undefined
  }

  leadsTo(place: Place): boolean {
    return this.#goal === place
  }

  confirm(): void {
    this.isConfirmed = true
  }

  goTo(place: Place): void {
    this.#goal = place
    this.goOn()
  }

  /** Drops the goal, and cancels a repetition of our re-INVITE. */
  stay(): void {
    this.me.rest()
    this.#goal = undefined
  }

  goOn(): void {
    const goal = this.#goal
    if (!this.isConfirmed || this.me.isAsked || goal === undefined || goal === this.#at) return
    const body = goal === 'us' ? this.owner.ownOffer() : goal.body
    if (!body) return
    this.me.bring(body, {
      arrived: outcome => {
        outcome.acknowledge()
        this.#at = goal
        this.owner.arrived(goal, outcome.body)
        this.goOn()
      },
      refused: status => {
        this.#refused(goal, status)
        this.goOn()
      },
      again: () => this.goOn(),
    })
  }

  #refused(place: Place, status: number): void {
    if (this.#goal !== place) return
    this.#goal = undefined
    this.owner.refused(place, status)
  }
}
