import type { Body } from '../../legs/body.js'
import type { Participant } from './participant.js'
import type { Partner } from './partner.js'

/** A partner who is joined with the caller, and the partner's description as the caller may see it. */
export interface Taking {
  readonly partner: Partner
  readonly body: Body
}

/** Whose media the caller has: ours, or a partner's. */
export type Place = 'us' | Taking

export interface WayOwner {
  /** Our offer for a caller who comes back to our media. Undefined: we have no media for them. */
  ownOffer(): Body | undefined
  /** The caller has the description of this place, and gave theirs if we offered. */
  arrived(place: Place, answer: Body | undefined): void
  /** The caller refused the place where they still were to go. They go nowhere now. */
  refused(place: Place, status: number): void
}

/**
 * Which media an answered caller has, and which they shall have. One re-INVITE at a time brings the first to the second
 * (docs/decisions/007).
 */
export class Way {
  #at: Place | undefined
  #goal: Place | undefined

  constructor(
    private readonly me: Participant,
    /** What our 2xx told. Undefined: the media of the process before this one. */
    at: Place | undefined,
    /** The ACK for our 2xx came. Before it no re-INVITE may be sent (RFC 3261 §14.1). */
    private isConfirmed: boolean,
    private readonly owner: WayOwner,
  ) {
    this.#at = this.#goal = at
  }

  /** The caller hears us, and stays. */
  get isWithUs(): boolean {
    return this.#at === 'us' && this.#goal === 'us'
  }

  get confirmed(): boolean {
    return this.isConfirmed
  }

  /** A partner's answer is in our 2xx, and the ACK for it has not come. */
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

  /** The partner is gone: the caller goes nowhere for now. */
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
