import type { Clock, Timer } from '../foundation/clock.js'
import { seconds } from '../foundation/time.js'
import type { DialledWorkflow } from '../config/settings.js'
import type { CallEnd, CallEndCause, CallId, Effect, OfferId } from '../routing/index.js'
import type {
  AnsweredLeg,
  Body,
  InboundCall,
  InboundRenegotiation,
  InviteOptions,
  Leg,
  LegEnd,
  OutboundCall,
  Reason,
  Signaling,
  Target,
} from '../signaling/port.js'
import { anonymise } from './anonymise.js'
import type { Happening } from './engine.js'
import { joinLegs } from './join.js'
import { callEndReason, callEndStatus, withdrawReasons } from './reasons.js'

export interface CallGround {
  readonly signaling: Signaling
  readonly clock: Clock
  readonly post: (happening: Happening) => void
  /** The place in the queue, for the words of a 182; undefined when the call does not wait. */
  readonly position: (call: CallId) => { readonly position: number; readonly waiting: number } | undefined
  /** Nothing of the call is left here. */
  readonly gone: (call: CallId) => void
}

type Withdrawal = Extract<Effect, { kind: 'withdraw' }>['because']

/** One offer's phone: ringing, or answered and not yet the partner. */
interface Ringing {
  readonly outbound: OutboundCall
  leg: AnsweredLeg | undefined
}

type CallerSide =
  /** Their INVITE has no final response. */
  | { readonly kind: 'early' }
  /** Our 2xx is out; `confirmed` when their ACK came. */
  | { readonly kind: 'answered'; readonly leg: Leg; confirmed: boolean }
  | { readonly kind: 'ended' }

/** Whom the caller talks to, or is about to. */
interface Partner {
  readonly leg: AnsweredLeg
  readonly as: 'agent' | 'forward'
  joined: boolean
  /** Re-INVITEs that wait for the join. */
  readonly early: InboundRenegotiation[]
}

/** Before the 60 s after which a proxy may give up a call that hears nothing (RFC 3261 §13.3.1.1). */
const refreshAfter = seconds(50)

/** One live call: the caller's leg, the phones that ring for it, and the leg that it is joined with. It performs and reports; it decides nothing. */
export class LiveCall {
  #caller: CallerSide = { kind: 'early' }
  readonly #ringing = new Map<OfferId, Ringing>()
  #forward: OutboundCall | undefined
  #partner: Partner | undefined
  #heard180 = false
  #refresh: Timer | undefined

  constructor(
    readonly id: CallId,
    readonly inbound: InboundCall,
    readonly workflow: DialledWorkflow,
    private readonly ground: CallGround,
  ) {
    inbound.listen({ cancelled: () => this.#callerLeft() })
    this.#refreshLater()
  }

  // ---- what effects ask

  /** Rings an agent's phone by an INVITE of its own. */
  offer(offer: OfferId, target: Target, identity: Omit<InviteOptions, 'body'>): void {
    const { post, signaling } = this.ground
    const outbound = signaling.invite(target, this.#withBody(identity), {
      ringing: () => {
        this.#ring()
        post({ kind: 'offerRinging', offer })
      },
      answered: leg => {
        const ringing = this.#ringing.get(offer)
        if (!ringing) return leg.hangUp(withdrawReasons.withdrawn)
        ringing.leg = leg
        leg.listen({ ended: () => this.#answeredLegEnded(offer) })
        post({ kind: 'offerAccepted', offer })
      },
      refused: ({ status }) => {
        this.#ringing.delete(offer)
        post({ kind: 'offerRefused', offer, code: status })
      },
    })
    this.#ringing.set(offer, { outbound, leg: undefined })
  }

  withdraw(offer: OfferId, because: Withdrawal): void {
    const ringing = this.#ringing.get(offer)
    this.#ringing.delete(offer)
    if (ringing?.leg) ringing.leg.hangUp(withdrawReasons[because])
    else ringing?.outbound.cancel(withdrawReasons[because])
  }

  /** Joins the caller with the agent whose 200 is in hand. */
  connect(offer: OfferId): void {
    const leg = this.#ringing.get(offer)?.leg
    this.#ringing.delete(offer)
    if (leg) this.#joinWith(leg, 'agent')
    // The winner's BYE was handled before the core's answer to its 200.
    else this.ground.post({ kind: 'joinFailed', call: this.id, code: 480 })
  }

  /** Nobody can be rung yet: the caller hears that they wait. */
  hold(): void {
    this.#ring()
  }

  /** Sends the caller on to a target of the config by a new leg. */
  redirect(target: Target, identity: Omit<InviteOptions, 'body'>): void {
    const failed = (code: number): void => this.ground.post({ kind: 'forwardFailed', call: this.id, code })
    this.#forward = this.ground.signaling.invite(target, this.#withBody(identity), {
      ringing: () => this.#ring(),
      answered: leg => {
        this.#forward = undefined
        this.#joinWith(leg, 'forward')
      },
      refused: ({ status }) => {
        this.#forward = undefined
        failed(status)
      },
    })
  }

  /** The core ends the call: a status for a caller who was not answered, else BYE. */
  reject(why: CallEnd): void {
    if (this.#caller.kind === 'early') this.inbound.reject(callEndStatus[why])
    this.#end(callEndReason(why))
  }

  /** Whether the caller is still there, for the audit. */
  get alive(): boolean {
    return this.#caller.kind !== 'ended'
  }

  // ---- joining

  #joinWith(leg: AnsweredLeg, as: Partner['as']): void {
    const partner: Partner = { leg, as, joined: false, early: [] }
    this.#partner = partner
    leg.listen({ ended: end => this.#partnerEnded(partner, end), renegotiation: request => partner.early.push(request) })
    if (this.#caller.kind === 'early') this.#answerCaller(partner)
    else if (this.#caller.kind === 'answered') this.#reinviteCaller(partner, this.#caller.leg)
    else leg.hangUp(withdrawReasons.withdrawn)
  }

  /** The caller's offer was answered by the agent; or, when theirs was delayed, the agent's offer is answered by the caller's ACK. */
  #answerCaller(partner: Partner): void {
    const delayed = this.inbound.body === undefined
    if (!delayed) partner.leg.acknowledge()
    this.#refresh?.cancel()
    const leg = this.inbound.answer(this.#towardsCaller(partner.leg.body))
    const side: CallerSide = { kind: 'answered', leg, confirmed: false }
    this.#caller = side
    leg.listen({
      confirmed: answer => {
        side.confirmed = true
        if (this.#partner !== partner) return
        if (delayed) partner.leg.acknowledge(answer)
        this.#joined(partner, leg)
      },
      ended: end => this.#callerEnded(end),
    })
  }

  /** A caller who was answered before, by an agent who vanished, is taken to the next one's SDP by a re-INVITE. */
  #reinviteCaller(partner: Partner, caller: Leg): void {
    if (this.inbound.body !== undefined) partner.leg.acknowledge()
    caller.renegotiate(this.#towardsCaller(partner.leg.body), outcome => {
      if (outcome.kind === 'rejected') return this.#joinFailed(partner, outcome.status)
      outcome.acknowledge()
      if (this.#partner !== partner) return
      partner.leg.acknowledge(outcome.body)
      this.#joined(partner, caller)
    })
  }

  #joined(partner: Partner, caller: Leg): void {
    this.#talked(partner)
    const towardsCaller = (body: Body | undefined): Body | undefined => this.#towardsCaller(body)
    joinLegs(caller, partner.leg, towardsCaller, partner.early, {
      callerEnded: end => this.#callerEnded(end),
      partnerEnded: end => this.#partnerEnded(partner, end),
    })
  }

  #talked(partner: Partner): void {
    partner.joined = true
    this.ground.post({ kind: 'callJoined', call: this.id })
  }

  #joinFailed(partner: Partner, code: number): void {
    if (this.#partner !== partner) return
    this.#partner = undefined
    partner.leg.hangUp(withdrawReasons.withdrawn)
    this.ground.post(
      partner.as === 'agent' ? { kind: 'joinFailed', call: this.id, code } : { kind: 'forwardFailed', call: this.id, code },
    )
  }

  // ---- endings, each reported once

  #callerLeft(): void {
    if (this.#caller.kind === 'ended') return
    this.#caller = { kind: 'ended' }
    this.ground.post({ kind: 'callAbandoned', call: this.id })
    this.#end(withdrawReasons.withdrawn)
  }

  #callerEnded(end: LegEnd): void {
    if (this.#caller.kind === 'ended') return
    const partner = this.#partner
    // A BYE tells that our 200 was heard, though the ACK was lost: they did talk.
    if (partner?.joined === false && end.kind === 'hungUp' && this.inbound.body) this.#talked(partner)
    if (partner?.joined !== true) return this.#callerLeft()
    this.#caller = { kind: 'ended' }
    this.#hungUp(end.kind === 'lost' ? 'failed' : 'callerHungUp')
  }

  #partnerEnded(partner: Partner, end: LegEnd): void {
    if (this.#partner !== partner) return
    if (!partner.joined) return this.#joinFailed(partner, 480)
    const hungUp = partner.as === 'agent' ? 'agentHungUp' : 'forwardHungUp'
    this.#hungUp(end.kind === 'lost' ? 'failed' : hungUp)
  }

  /** An agent's phone answered and vanished before the core chose it. */
  #answeredLegEnded(offer: OfferId): void {
    if (this.#ringing.delete(offer)) this.ground.post({ kind: 'offerRefused', offer, code: 480 })
  }

  #hungUp(cause: CallEndCause): void {
    this.ground.post({ kind: 'callEnded', call: this.id, cause })
    this.#end(undefined)
  }

  /** The one way out: whatever is left is ended, and nothing is reported any more. */
  #end(reason: Reason | undefined): void {
    const caller = this.#caller
    const partner = this.#partner
    this.#caller = { kind: 'ended' }
    this.#partner = undefined
    this.#refresh?.cancel()
    if (caller.kind === 'answered') caller.leg.hangUp(reason)
    partner?.leg.hangUp(reason)
    this.#forward?.cancel(reason)
    this.#forward = undefined
    for (const offer of [...this.#ringing.keys()]) this.withdraw(offer, 'withdrawn')
    this.ground.gone(this.id)
  }

  // ---- what the caller hears while nobody has answered (docs/decisions/002)

  #ring(): void {
    if (this.#heard180 || this.#caller.kind !== 'early') return
    this.#heard180 = true
    this.inbound.progress(180)
  }

  #refreshLater(): void {
    this.#refresh = this.ground.clock.after(refreshAfter, () => {
      if (this.#caller.kind !== 'early') return
      const place = this.ground.position(this.id)
      if (place) this.inbound.progress(182, `Queued; position ${place.position} of ${place.waiting}`)
      else this.inbound.progress(180)
      this.#refreshLater()
    })
  }

  #withBody(identity: Omit<InviteOptions, 'body'>): InviteOptions {
    return this.inbound.body ? { ...identity, body: this.inbound.body } : identity
  }

  #towardsCaller(body: Body | undefined): Body | undefined {
    return this.workflow.anonymous && this.#partner?.as !== 'forward' ? anonymise(body) : body
  }
}
