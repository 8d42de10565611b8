import type { Clock, Timer } from '../foundation/clock.js'
import { millis } from '../foundation/time.js'
import type { Body, InboundCall, Leg, LegEnd, Reason } from '../signaling/port.js'
import type { Answered } from './offers.js'
import type { Progress } from './progress.js'

export interface CallerListener {
  /** The caller has the partner's SDP, and the partner the caller's: media can flow. */
  taken(caller: Leg): void
  /** This partner's SDP does not do for the caller, who stays. */
  notTaken(status: number): void
  /** The caller will be taken to nobody. */
  refused(): void
  /** CANCEL, BYE or a dead leg. */
  left(how: CallerLeft): void
}

export interface CallerLeft {
  /** Undefined: before our 2xx. */
  readonly end: LegEnd | undefined
  /** Their BYE came before their ACK: they heard the partner's answer all the same. */
  readonly heardAnswer: boolean
}

export interface CallerGround {
  readonly clock: Clock
  /** Bytes that nobody can guess. */
  readonly random: (size: number) => Uint8Array
}

type State =
  /** Their INVITE has no final response. */
  | { readonly kind: 'early' }
  /** Our 2xx is out; `confirmed` when their ACK came. */
  | { readonly kind: 'answered'; readonly leg: Leg; confirmed: boolean }
  | { readonly kind: 'ended' }

/** The partner to whom the caller is being taken. */
interface Taking {
  readonly answered: Answered
  /** The partner's SDP as the caller is to see it. */
  readonly body: Body
  readonly by: 'answer' | 'reinvite'
}

/** Failures that are about the partner's SDP alone (RFC 3261 §21.4.26, §21.6.4): another partner's may do. */
const notAcceptable: ReadonlySet<number> = new Set([488, 606])

/** The caller's side of a call: their INVITE, then their leg. Ends once, and tells so once unless we ended it. */
export class Caller {
  #state: State = { kind: 'early' }
  #taking: Taking | undefined
  #again: Timer | undefined

  constructor(
    readonly inbound: InboundCall,
    private readonly progress: Progress,
    private readonly ground: CallerGround,
    private readonly listener: CallerListener,
  ) {
    inbound.listen({ cancelled: () => this.ended(undefined) })
  }

  get alive(): boolean {
    return this.#state.kind !== 'ended'
  }

  /**
   * The SDP offer for the next INVITE to an agent. None once the caller was answered: theirs is spent then, and the agent is asked for an offer
   * that a re-INVITE brings to the caller (RFC 3725 §4.1, its flow I).
   */
  get sdpOffer(): Body | undefined {
    return this.#state.kind === 'early' ? this.inbound.body : undefined
  }

  ring(): void {
    if (this.#state.kind === 'early') this.progress.ring()
  }

  /** By our 2xx at first; by a re-INVITE when a partner before vanished, as soon as the caller's ACK came. */
  take(answered: Answered, body: Body): void {
    const state = this.#state
    const taking: Taking = { answered, body, by: state.kind === 'early' ? 'answer' : 'reinvite' }
    this.#taking = taking
    if (!answered.delayed) answered.leg.acknowledge()
    if (state.kind === 'early') this.#answer(taking)
    else if (state.kind === 'answered' && state.confirmed) this.#reinvite(taking, state.leg)
  }

  /** The partner is gone before the caller was taken to them. */
  forget(): void {
    this.#taking = undefined
    this.#again?.cancel()
  }

  /** Told by the leg, or by whoever listens to it now. */
  ended(end: LegEnd | undefined): void {
    if (this.#state.kind === 'ended') return
    const taking = this.#taking
    const heardAnswer = end?.kind === 'hungUp' && taking?.by === 'answer' && !taking.answered.delayed
    this.#close()
    this.listener.left({ end, heardAnswer })
  }

  /** We end it: a status for an INVITE without a final response, else BYE. */
  end(status: number, reason: Reason | undefined): void {
    const state = this.#state
    if (state.kind === 'ended') return
    this.#close()
    if (state.kind === 'answered') state.leg.hangUp(reason)
    else this.inbound.reject(status)
  }

  #close(): void {
    this.#state = { kind: 'ended' }
    this.progress.stop()
    this.forget()
  }

  #answer(taking: Taking): void {
    this.progress.stop()
    const state: State = { kind: 'answered', leg: this.inbound.answer(taking.body), confirmed: false }
    this.#state = state
    state.leg.listen({
      confirmed: answer => {
        state.confirmed = true
        if (this.#taking === taking) this.#taken(taking, state.leg, answer)
        else if (this.#taking) this.#reinvite(this.#taking, state.leg)
      },
      ended: end => this.ended(end),
    })
  }

  #reinvite(taking: Taking, leg: Leg): void {
    leg.renegotiate(taking.body, outcome => {
      if (outcome.kind === 'accepted') outcome.acknowledge()
      if (this.#taking !== taking) return
      if (outcome.kind === 'accepted') this.#taken(taking, leg, outcome.body)
      else if (outcome.status === 491) this.#reinviteLater(taking, leg)
      else this.#refused(outcome.status)
    })
  }

  /** It crossed one of the caller's, or one that is not over: after up to 2 s, as we did not begin the dialog (RFC 3261 §14.1). */
  #reinviteLater(taking: Taking, leg: Leg): void {
    const [chance = 0] = this.ground.random(1)
    this.#again = this.ground.clock.after(millis((chance % 201) * 10), () => this.#reinvite(taking, leg))
  }

  #refused(status: number): void {
    this.#taking = undefined
    if (notAcceptable.has(status)) this.listener.notTaken(status)
    else this.listener.refused()
  }

  #taken({ answered }: Taking, leg: Leg, answer: Body | undefined): void {
    this.#taking = undefined
    if (answered.delayed) answered.leg.acknowledge(answer)
    this.listener.taken(leg)
  }
}
