import type {
  AnsweredLeg,
  Body,
  InboundRefer,
  InviteOptions,
  Leg,
  OutboundCall,
  ReferProgress,
  Signaling,
  Target,
} from '../signaling/port.js'
import { phoneIsHeardWithin } from './offers.js'
import { withdrawReasons } from './reasons.js'

/** Whose leg it is. `target`: of a forward action, or whom a transfer reached. */
export type Role = 'caller' | 'agent' | 'target'

export interface TransferGround {
  readonly signaling: Signaling
  /** Where a REFER may lead, and as whom the side that stays is shown there; undefined: nowhere that we know. */
  readonly transferTarget: (
    to: string,
    stays: Role,
  ) => { readonly target: Target; readonly identity: Omit<InviteOptions, 'body'> } | undefined
}

export interface TransferListener {
  /** The new leg is up and acknowledged. */
  answered(leg: Leg, body: Body | undefined): void
  failed(): void
}

/** One REFER (RFC 3515): a new call in the name of the side that stays, and the news of it to the side that asked. */
export class Transfer {
  readonly #way
  readonly #progress: ReferProgress | undefined
  #outbound: OutboundCall | undefined
  #leg: AnsweredLeg | undefined
  #over = false

  constructor(
    private readonly request: InboundRefer,
    stays: Role,
    /** The media of the side that is sent on, as the target is shown them. */
    readonly offered: Body | undefined,
    private readonly ground: TransferGround,
    private readonly listener: TransferListener,
  ) {
    // A dialog between two of our own calls: whoever joins them is not built.
    this.#way = request.replaces?.leg ? undefined : ground.transferTarget(request.to, stays)
    if (this.#way) this.#progress = request.accept()
    else request.reject(request.replaces?.leg ? 603 : 403)
  }

  /** False: it was refused at once. */
  get begun(): boolean {
    return this.#way !== undefined
  }

  start(): void {
    if (!this.#way) return
    const { target, identity } = this.#way
    const body = this.offered
    const headers = [...identity.headers, ...this.#headers()]
    this.#outbound = this.ground.signaling.invite(
      target,
      { heardWithin: phoneIsHeardWithin, ...identity, headers, ...(body && { body }) },
      {
        ringing: () => this.#progress?.ringing(),
        answered: leg => {
          this.#leg = leg
          leg.listen({ ended: () => this.fail(480) })
          // Without an offer of ours theirs would have to be answered before it is known by what.
          if (!body) return this.fail(488)
          leg.acknowledge()
          this.listener.answered(leg, leg.body)
        },
        refused: ({ status, reasonPhrase }) => this.fail(status, reasonPhrase),
      },
    )
  }

  /** The side that was sent on talks to the new leg. */
  through(): void {
    this.#over = true
    this.#progress?.done(200)
  }

  fail(status: number, phrase?: string): void {
    if (this.#over) return
    this.#over = true
    this.#leg?.hangUp(withdrawReasons.withdrawn)
    this.#progress?.done(status, phrase)
    this.listener.failed()
  }

  /** The talk is over. */
  cancel(): void {
    if (this.#over) return
    this.#over = true
    this.#outbound?.cancel(withdrawReasons.withdrawn)
    this.#leg?.hangUp(withdrawReasons.withdrawn)
    this.#progress?.done(487, 'Request Terminated')
  }

  /** RFC 3892 §2.1; RFC 3891 §6.1: the tags as whom we call knows them. */
  #headers(): (readonly [string, string])[] {
    const { referredBy, replaces } = this.request
    const headers: (readonly [string, string])[] = referredBy === undefined ? [] : [['Referred-By', referredBy]]
    if (replaces) {
      const { callId, toTag, fromTag, earlyOnly } = replaces
      headers.push(['Replaces', `${callId};to-tag=${toTag};from-tag=${fromTag}${earlyOnly ? ';early-only' : ''}`])
    }
    return headers
  }
}
