import type { DialledWorkflow } from '../config/settings.js'
import type { Log } from '../foundation/log.js'
import type { CallEnd, CallEndCause, CallId, OfferId, PromptId } from '../routing/index.js'
import type {
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
import type { Media } from '../media/port.js'
import type { BackOffGround } from './back-off.js'
import { Caller } from './caller.js'
import type { CallerLeft } from './caller-listener.js'
import type { Happening } from './engine.js'
import { attachmentsOf, forwardIdentity, workflowIdentity } from './identity.js'
import { keptInbound, type KeptCaller, type KeptLegs, type KeptSide } from './live-state.js'
import { tellMuted, tellNoMedia } from './no-media.js'
import { RingingPhones, type Answered } from './offers.js'
import { maxBreadthOf } from './passes.js'
import { Progress, type QueuePlace } from './progress.js'
import { comeBack } from './drain.js'
import { callEndReason, callEndStatus, forwardFailureStatus, withdrawReasons, type Withdrawal } from './reasons.js'
import { ShownSdp } from './shown-sdp.js'
import { Talk, type Side } from './talk.js'
import type { Role, TransferGround } from './transfer.js'

export interface CallGround extends BackOffGround {
  readonly signaling: Signaling
  readonly post: (happening: Happening) => void
  /** The place in the queue, for the words of a 182; undefined when the call does not wait. */
  readonly position: (call: CallId) => QueuePlace | undefined
  /** Where a REFER may lead; undefined: nowhere that this server sends anybody. */
  readonly transferTarget: (to: string) => Target | undefined
  readonly log: Log
  /** Something of what `kept` gives is another, and no event tells. */
  readonly changed: (call: CallId) => void
  /** The caller's connection is gone. */
  readonly cutOff: (call: CallId) => void
  /** Nothing of the call is left here. */
  readonly gone: (call: CallId) => void
}

/** Who is shown to whom. */
type Identity = Omit<InviteOptions, 'body'>

/** Whom the caller talks to, or is about to. */
interface Partner extends Answered {
  readonly as: 'agent' | 'forward'
  /** Re-INVITEs that wait for the join. */
  readonly early: InboundRenegotiation[]
}

/** The agent or target hung up between their 2xx and the join; or their 2xx held no SDP. */
const vanished = 480
const withoutSdp = 488

const endedBy: Readonly<Record<Role, CallEndCause>> = { caller: 'callerHungUp', agent: 'agentHungUp', target: 'forwardHungUp' }

/** One live call: the caller, the phones that ring, and the leg that the caller is joined with. It performs and reports; it decides nothing. */
export class LiveCall {
  readonly #caller: Caller
  readonly #phones: RingingPhones
  readonly #sdp: ShownSdp
  #forward: OutboundCall | undefined
  #forwardFailure = 0
  #partner: Partner | undefined
  #talk: Talk | undefined

  constructor(
    readonly id: CallId,
    readonly inbound: InboundCall,
    readonly workflow: DialledWorkflow,
    media: Media | undefined,
    private readonly ground: CallGround,
    /** What the caller was shown before a restart. */
    shown = new ShownSdp(),
  ) {
    this.#sdp = shown
    const { post, signaling, clock, position } = ground
    const progress = new Progress(inbound, clock, () => position(id))
    this.#phones = new RingingPhones(
      signaling,
      {
        phoneRings: offer => {
          this.#caller.ring()
          post({ kind: 'offerRinging', offer })
        },
        phoneAnswered: offer => post({ kind: 'offerAccepted', offer }),
        phoneRefused: (offer, code) => post({ kind: 'offerRefused', offer, code }),
      },
      maxBreadthOf(inbound),
    )
    this.#caller = new Caller({ inbound, progress, sdp: this.#sdp, media }, ground, {
      heard: prompt => post({ kind: 'promptFinished', call: id, prompt }),
      pressed: digit => post({ kind: 'digitPressed', call: id, digit }),
      taken: leg => this.#taken(leg),
      notTaken: status => this.#partnerLost(status),
      refused: () => post({ kind: 'callEnded', call: id, cause: 'failed' }),
      left: how => this.#callerLeft(how),
      mediaBroke: () => post({ kind: 'callEnded', call: id, cause: 'failed' }),
      muted: places => tellMuted(ground.log, id, places),
      cutOff: () => ground.cutOff(id),
    })
  }

  // ---- what effects ask

  /** Rings an agent's phone by an INVITE of its own; gives its SIP Call-ID. `abreast`: how many agents may ring at once. */
  offer(offer: OfferId, target: Target, identity: Identity, abreast: number): string {
    return this.#phones.ring(offer, target, this.#withBody(identity), abreast)
  }

  withdraw(offer: OfferId, because: Withdrawal): void {
    this.#phones.withdraw(offer, because)
  }

  /** Joins the caller with the agent whose 200 is in hand. */
  connect(offer: OfferId): void {
    const answered = this.#phones.take(offer)
    if (answered) this.#joinWith(answered, 'agent')
    // The winner's BYE was handled before the core's answer to its 200.
    else this.ground.post({ kind: 'joinFailed', call: this.id, code: vanished })
  }

  play(prompt: PromptId): void {
    this.#caller.play(prompt)
  }

  /** The caller waits, and hears it. */
  hold(music: PromptId | undefined): void {
    this.#caller.wait(music)
  }

  silence(): void {
    this.#caller.silence()
  }

  /** Sends the caller on to a target of the config by a new leg. */
  redirect(target: Target, identity: Identity): void {
    const maxBreadth = maxBreadthOf(this.inbound)
    const options = { ...this.#withBody(identity), ...(maxBreadth !== undefined && { maxBreadth }) }
    this.#forward = this.ground.signaling.invite(target, options, {
      ringing: () => this.#caller.ring(),
      answered: leg => {
        this.#forward = undefined
        this.#joinWith({ leg, offered: options.body }, 'forward')
      },
      refused: ({ status }) => {
        this.#forward = undefined
        this.#forwardFailed(status)
      },
    })
  }

  /** The core ends the call: a status for a caller who was not answered, else BYE. */
  reject(why: CallEnd): void {
    const status = why === 'forwardFailed' ? forwardFailureStatus(this.#forwardFailure) : callEndStatus[why]
    this.#end(status, callEndReason(why))
  }

  /** A new call takes the place of one of this call's legs (RFC 3891); false where it can't. */
  replace(leg: Leg, by: InboundCall): boolean {
    return this.#talk?.replace(leg, by) === true
  }

  /** The server leaves: another may serve whoever was not answered (RFC 3261 §21.5.4). */
  leave(): void {
    this.#caller.end(503, callEndReason('failed'), comeBack)
    this.#end(503, callEndReason('failed'))
  }

  // ---- over a restart

  /** As it outlives the process; undefined: it can't. With a partner who is not joined yet the caller waits again. */
  kept(): KeptLegs | undefined {
    const inbound = keptInbound(this.inbound)
    if (this.#talk) return { kind: 'talking', inbound, sides: this.#talk.kept() }
    const caller = this.#caller.kept()
    const partner = this.#partner && { partner: this.#partner.leg.state() }
    if (caller) return { kind: 'answered', inbound, caller, ...partner }
    const invite = this.inbound.state()
    return invite && { kind: 'early', invite }
  }

  /** The caller was answered before the restart, and had no partner. */
  resume(leg: Leg, { description }: KeptCaller): void {
    this.#caller.resume(leg, description)
  }

  /** They talked before the restart. */
  resumeTalk([one, other]: readonly [KeptSide, KeptSide], legs: readonly [Leg, Leg]): void {
    this.#caller.handedOver()
    this.#talks(restoredSide(one, legs[0], legs[1]), restoredSide(other, legs[1], legs[0]), [])
  }

  /** The next process goes on with the caller and whom they talk to; whoever rings, or is not joined yet, is told that it is over. */
  letGo(): void {
    const partner = this.#partner
    this.#partner = undefined
    this.#caller.letGo()
    this.#talk?.letGo()
    partner?.leg.hangUp(withdrawReasons.withdrawn)
    this.#forward?.cancel(withdrawReasons.withdrawn)
    this.#phones.withdrawAll()
    this.ground.gone(this.id)
  }

  // ---- what the audit asks

  get alive(): boolean {
    return this.#caller.alive || this.#talk !== undefined
  }

  /** Whether there is a phone behind an offer: one that rings, or the partner's. */
  backs(offer: OfferId): boolean {
    return this.#phones.has(offer) || this.#partner?.as === 'agent' || this.#talk !== undefined
  }

  // ---- whether the caller is there

  get peer(): string {
    return this.inbound.peer
  }

  get isAlone(): boolean {
    return this.#caller.alive
  }

  get isAnswered(): boolean {
    return this.#caller.isAnswered
  }

  get heardAt(): number {
    return this.#caller.heardAt
  }

  get isQuiet(): boolean {
    return this.#caller.isQuiet
  }

  ask(told: (answer: 'answered' | 'unreachable') => void): void {
    this.#caller.ask(told)
  }

  gone(): void {
    this.#caller.gone()
  }

  // ---- joining

  #joinWith(answered: Answered, as: Partner['as']): void {
    const partner: Partner = { as, early: [], ...answered }
    const { leg } = partner
    this.#partner = partner
    leg.listen({ ended: () => this.#vanished(partner), renegotiation: request => partner.early.push(request) })
    const body = this.#towardsCaller(partner)
    this.ground.changed(this.id)
    if (body) this.#caller.take(partner, body)
    else this.#partnerLost(withoutSdp)
  }

  #taken(caller: Leg): void {
    const partner = this.#partner
    if (!partner) return
    const { leg, as, early } = partner
    const description = this.#caller.sdpOffer
    const shown = new ShownSdp()
    if (description) shown.of(description, caller, false)
    this.#partner = undefined
    this.ground.post({ kind: 'callJoined', call: this.id })
    const role = as === 'agent' ? 'agent' : 'target'
    this.#talks(
      { role: 'caller', leg: caller, hidden: false, description, shown: this.#sdp },
      { role, leg, hidden: this.#hides(partner), description: leg.body, shown },
      early,
    )
  }

  #talks(caller: Side, partner: Side, early: readonly InboundRenegotiation[]): void {
    this.#talk = new Talk(
      caller,
      partner,
      { early, ...this.ground, transferTarget: (to, stays) => this.#transferTarget(to, stays) },
      {
        ended: (who, end) => this.#hungUp(end, endedBy[who]),
        transferred: by => this.#transferred(by),
        changed: () => this.ground.changed(this.id),
      },
    )
  }

  #transferTarget(to: string, stays: Role): ReturnType<TransferGround['transferTarget']> {
    const target = this.ground.transferTarget(to)
    if (!target) return undefined
    const { workflow, inbound } = this
    const identity = stays === 'caller' ? forwardIdentity(inbound, workflow, to) : workflowIdentity(workflow, to)
    return { target, identity: { ...identity, call: this.id } }
  }

  #transferred(by: Role): void {
    if (by !== 'target') this.ground.post({ kind: 'callTransferred', call: this.id, by })
  }

  /** The caller stays: the core rings the next, or ends a forward that failed. */
  #partnerLost(code: number): void {
    const partner = this.#partner
    if (!partner) return
    this.#partner = undefined
    this.#caller.comeBack()
    partner.leg.hangUp(withdrawReasons.withdrawn)
    if (partner.as === 'agent') this.ground.post({ kind: 'joinFailed', call: this.id, code })
    else this.#forwardFailed(code)
  }

  #forwardFailed(code: number): void {
    this.#forwardFailure = code
    this.ground.post({ kind: 'forwardFailed', call: this.id, code })
  }

  #vanished(partner: Partner): void {
    if (this.#partner === partner) this.#partnerLost(vanished)
  }

  // ---- endings, each reported once

  #callerLeft({ end, heardAnswer, noMedia }: CallerLeft): void {
    if (this.#partner && heardAnswer) {
      this.ground.post({ kind: 'callJoined', call: this.id })
      return this.#hungUp(end, 'callerHungUp')
    }
    // Nobody left: their ACK owed us an answer.
    if (end?.kind === 'lost' && end.why === 'noAnswer') return this.#hungUp(end, 'failed')
    if (noMedia) tellNoMedia(this.ground.log, this.id, noMedia)
    if (end?.kind === 'lost') this.ground.post({ kind: 'callEnded', call: this.id, cause: 'callerGone' })
    else this.ground.post({ kind: 'callAbandoned', call: this.id, ...(noMedia && { because: 'noMedia' }) })
    this.#end(callEndStatus.abandoned, withdrawReasons.withdrawn)
  }

  #hungUp(end: LegEnd | undefined, by: CallEndCause): void {
    this.ground.post({ kind: 'callEnded', call: this.id, cause: end?.kind === 'lost' ? 'failed' : by })
    this.#end(callEndStatus.abandoned, end?.kind === 'hungUp' ? end.reason : undefined)
  }

  /** The one way out: whatever is left is ended, and nothing is reported any more. */
  #end(status: number, reason: Reason | undefined): void {
    const partner = this.#partner
    this.#partner = undefined
    this.#caller.end(status, reason)
    partner?.leg.hangUp(reason)
    this.#talk?.end(reason)
    this.#forward?.cancel(withdrawReasons.withdrawn)
    this.#forward = undefined
    this.#phones.withdrawAll()
    this.ground.gone(this.id)
  }

  // ---- what is shown of whom

  #hides(partner: Partner): boolean {
    return this.workflow.anonymous && partner.as === 'agent'
  }

  #towardsCaller(partner: Partner): Body | undefined {
    const { body } = partner.leg
    return body && this.#sdp.of(body, partner.leg, this.#hides(partner))
  }

  #withBody(identity: Identity): InviteOptions {
    const body = this.#caller.sdpOffer
    return { call: this.id, ...identity, ...(body && { body, attachments: attachmentsOf(this.inbound, this.workflow) }) }
  }
}

function restoredSide({ role, hidden, description, shown }: KeptSide, leg: Leg, other: Leg): Side {
  return { role, leg, hidden, description, shown: ShownSdp.restored(shown, other) }
}
