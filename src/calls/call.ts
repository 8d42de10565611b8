import type { DialledWorkflow } from '../config/settings.js'
import type { AgentUri, CallEnd, CallEndCause, CallId, OfferId, PromptId, TransferSide } from '../routing/index.js'
import type { InboundCall, PeerAnswer } from '../legs/answering.js'
import type { Body } from '../legs/body.js'
import type { InviteOptions, OutboundCall, Target } from '../legs/invitation.js'
import type { LegEnd } from '../legs/leg-end.js'
import type { Leg } from '../legs/leg.js'
import type { Reason } from '../legs/reason.js'
import type { InboundRenegotiation } from '../legs/renegotiation.js'
import type { Media } from '../media/port.js'
import type { CallGround } from './call-ground.js'
import { Caller } from './caller.js'
import type { CallerLeft } from './caller-listener.js'
import { answererIdentity, attachmentsOf, forwardIdentity, referredIdentity, shownCaller, workflowIdentity } from './identity.js'
import { keptInbound, type KeptCaller, type KeptLegs, type KeptSide } from './live-state.js'
import { tellMuted, tellNoMedia } from './no-media.js'
import { RingingPhones, type Answered, type Partner } from './offers.js'
import { maxBreadthOf } from './passes.js'
import { Progress } from './progress.js'
import { leavingWith } from './drain.js'
import { callEndReason, callEndStatus, forwardFailureStatus, withdrawReasons, type Withdrawal } from './reasons.js'
import { ShownSdp, writtenBy } from './shown-sdp.js'
import { restoredSide, type Side } from './side.js'
import { Talk } from './talk.js'
import type { Person, ReferVerdict, Role, TransferWay } from './transfer.js'

/** Who is shown to whom. */
type Identity = Omit<InviteOptions, 'body'>

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
    const answeredBy = ({ agent }: Answered) => answererIdentity(inbound, workflow, agent)
    this.#caller = new Caller({ inbound, progress, sdp: this.#sdp, media, answeredBy }, ground, {
      heard: prompt => post({ kind: 'promptFinished', call: id, prompt }),
      pressed: digit => post({ kind: 'digitPressed', call: id, digit }),
      taken: leg => this.#taken(leg),
      notTaken: status => this.#partnerLost(status),
      refused: () => post({ kind: 'callEnded', call: id, cause: 'failed' }),
      left: how => this.#callerLeft(how),
      mediaBroke: () => post({ kind: 'callEnded', call: id, cause: 'failed' }),
      muted: places => tellMuted(ground.log, id, places),
      settled: how => ground.callerNews(id, how),
      cutOff: () => ground.cutOff(id),
    })
  }

  // ---- what effects ask

  /** Rings an agent's phone by an INVITE of its own; gives its SIP Call-ID. `abreast`: how many agents may ring at once. */
  offer(offer: OfferId, agent: AgentUri, target: Target, identity: Identity, abreast: number): string {
    return this.#phones.ring(offer, agent, target, this.#withBody(identity), abreast)
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
  wait(music: PromptId | undefined): void {
    this.#caller.wait(music)
  }

  silence(): void {
    this.#caller.silence()
  }

  /** Sends the caller on to a target of the config by a new leg. */
  forward(target: Target, identity: Identity): void {
    const maxBreadth = maxBreadthOf(this.inbound)
    const options = { ...this.#withBody(identity), ...(maxBreadth !== undefined && { maxBreadth }) }
    this.#forward = this.ground.signaling.invite(target, options, {
      ringing: () => this.#caller.ring(),
      answered: leg => {
        this.#forward = undefined
        this.#joinWith({ leg, offered: options.body }, 'forward', target)
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

  /** Whose leg of this call that is; undefined: none of those who talk. */
  personAt(leg: Leg): (Person & { readonly side: TransferSide }) | undefined {
    return this.#talk?.personAt(leg)
  }

  /** A new call takes the place of one of this call's legs (RFC 3891); false where it can't. */
  replace(leg: Leg, by: InboundCall): boolean {
    const agent = this.ground.callingAgent(by)
    return this.#talk?.replace(leg, by, { uri: agent ?? by.from.uri, agent, trusted: by.trusted }) === true
  }

  /** The core's answer to a transfer that a side asked for. */
  transfer(granted: boolean): void {
    this.#talk?.proceed(granted)
  }

  /** The server leaves: another may serve whoever was not answered (RFC 3261 §21.5.4). */
  leave(): void {
    this.#caller.end(503, callEndReason('failed'), leavingWith)
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

  /** They talked before the restart; `agent`: as the core knows, who it was on the called side. */
  resumeTalk([one, other]: readonly [KeptSide, KeptSide], legs: readonly [Leg, Leg], agent: AgentUri | undefined): void {
    this.#caller.handedOver()
    const { uri } = this.#callerAs()
    this.#talks(
      restoredSide(one, legs[0], legs[1], { uri }),
      restoredSide(other, legs[1], legs[0], { uri: agent ?? '', ...(agent !== undefined && { agent }) }),
      [],
    )
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

  ask(told: (answer: PeerAnswer) => void): void {
    this.#caller.ask(told)
  }

  gone(): void {
    this.#caller.gone()
  }

  // ---- joining

  #joinWith(answered: Answered, as: Partner['as'], to?: Target): void {
    const partner: Partner = { as, early: [], ...answered, ...(to !== undefined && { to }) }
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
    const { leg, early } = partner
    const description = this.#caller.sdpOffer
    const shown = new ShownSdp()
    if (description) shown.of(description, caller, false)
    this.#partner = undefined
    this.ground.post({ kind: 'callJoined', call: this.id })
    this.#talks(
      { ...this.#callerAs(), leg: caller, hidden: false, description, shown: this.#sdp },
      { ...personOf(partner), leg, hidden: this.#hides(partner), description: leg.body, shown },
      early,
    )
  }

  #callerAs(): Person {
    const agent = this.ground.callingAgent(this.inbound)
    return { role: 'caller', uri: agent ?? shownCaller(this.inbound), agent, trusted: this.inbound.trusted }
  }

  #talks(caller: Side, partner: Side, early: readonly InboundRenegotiation[]): void {
    const { id: call, ground } = this
    const { post } = ground
    this.#talk = new Talk(
      caller,
      partner,
      {
        ...ground,
        early,
        hidesAgents: this.workflow.anonymous,
        judge: (request, by) =>
          // A dialog between two of our own calls: whoever joins them is not built.
          request.replaces?.leg
            ? { kind: 'refused', status: 603, why: 'Two calls of this server are not joined' }
            : ground.referTarget(request.to, by),
        wayOf: (verdict, by, stays) => this.#wayOf(verdict, by, stays),
      },
      {
        ended: (who, end) => this.#hungUp(end, endedBy[who]),
        transferBegan: asked => post({ kind: 'transferBegan', call, ...asked }),
        transferThrough: () => post({ kind: 'transferThrough', call }),
        transferFailed: code => post({ kind: 'transferFailed', call, code }),
        transferRefused: ({ by, asker, to }) => post({ kind: 'transferRefused', call, by, asker, to }),
        left: by => post({ kind: 'callTransferred', call, by }),
        changed: () => ground.changed(call),
      },
    )
  }

  #wayOf({ target, to }: Extract<ReferVerdict, { kind: 'call' }>, by: Person, stays: Person): TransferWay {
    const { workflow, inbound, id } = this
    const identity = stays.role === 'caller' ? forwardIdentity(inbound, workflow, to) : workflowIdentity(inbound, workflow, to)
    return { target, identity: { ...referredIdentity(identity, by.uri), call: id } }
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
    this.#release(withdrawReasons.withdrawn)
    if (end?.kind === 'lost') this.ground.post({ kind: 'callEnded', call: this.id, cause: 'callerGone' })
    else this.ground.post({ kind: 'callAbandoned', call: this.id, ...(noMedia && { because: 'noMedia' }) })
    this.#end(callEndStatus.abandoned, withdrawReasons.withdrawn)
  }

  #hungUp(end: LegEnd | undefined, by: CallEndCause): void {
    const reason = end?.kind === 'hungUp' ? end.reason : undefined
    this.#release(reason)
    this.ground.post({ kind: 'callEnded', call: this.id, cause: end?.kind === 'lost' ? 'failed' : by })
    this.#end(callEndStatus.abandoned, reason)
  }

  /** Before the core is told that the call is over, as it may ring the same agent at once: the phone must get this call's BYE or CANCEL first. */
  #release(reason: Reason | undefined): void {
    const partner = this.#partner
    this.#partner = undefined
    partner?.leg.hangUp(reason)
    this.#talk?.end(reason)
    this.#forward?.cancel(withdrawReasons.withdrawn)
    this.#forward = undefined
    this.#phones.withdrawAll()
  }

  /** The one way out: whatever is left is ended, and nothing is reported any more. */
  #end(status: number, reason: Reason | undefined): void {
    this.#caller.end(status, reason)
    this.#release(reason)
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
    return {
      call: this.id,
      ...identity,
      ...(body && { body: writtenBy(body, this.inbound), attachments: attachmentsOf(this.inbound, this.workflow) }),
    }
  }
}

/** A forward target of the config is no agent of a group. A trusted peer stands behind it where the outbound proxy leads to it. */
function personOf({ as, agent, to }: Partner): Person {
  return as === 'agent' && agent !== undefined
    ? { role: 'agent', uri: agent, agent, trusted: true }
    : { role: 'target', uri: to?.uri ?? '', agent: undefined, trusted: to?.route !== undefined }
}
