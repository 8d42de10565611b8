import type { Timer } from '../../foundation/clock.js'
import { seconds } from '../../foundation/time.js'
import type { InboundCall, PeerAnswer } from '../../legs/answering.js'
import type { Body, ExtraHeader } from '../../legs/body.js'
import type { LegEnd } from '../../legs/leg-end.js'
import type { Leg } from '../../legs/leg.js'
import type { Reason } from '../../legs/reason.js'
import type { InboundRenegotiation } from '../../legs/renegotiation.js'
import type { Anchor, Digit, Media, MediaPlaces, StreamLoss } from '../../media/port.js'
import type { PromptId } from '../../routing/index.js'
import { answerInfo, digitOf } from '../digits.js'
import type { Progress } from '../progress.js'
import { sameMedia, writerOf, type ShownSdp } from '../shown-sdp.js'
import type { CallerListener } from './caller-listener.js'
import { OurSound } from './our-sound.js'
import { Participant, type ParticipantContext, type Person } from './participant.js'
import type { Partner } from './partner.js'
import { Way, type Place, type Taking } from './way.js'

interface CallerParts {
  readonly inbound: InboundCall
  readonly progress: Progress
  readonly shown: ShownSdp
  /** Undefined: nothing of ours reaches this caller, who hears ringback until a partner answers. */
  readonly media: Media | undefined
  /** The relay of an anchored call. */
  readonly anchor?: Anchor | undefined
  /** Nothing may name the caller: an agent who calls out for an anonymous workflow. */
  readonly hidden: boolean
  /** The caller's identity for partners. Read when the caller is answered. */
  readonly who: () => Person
  /** The header fields of our 2xx about the partner who answered. */
  readonly answeredBy: (partner: Partner) => readonly ExtraHeader[]
}

type State =
  /** The caller's INVITE has no final response yet. */
  | { readonly kind: 'early' }
  /** Our 2xx is sent. */
  | { readonly kind: 'answered'; readonly me: Participant; readonly way: Way }
  /** The caller is gone, refused, or with a partner. */
  | { readonly kind: 'ended' }

/** Failures that concern only the partner's SDP (RFC 3261 §21.4.26, §21.6.4). Another partner's SDP may be accepted. */
const notAcceptable: ReadonlySet<number> = new Set([488, 606])
/** A caller who takes none of so many partners' media takes none at all, and each of these agents has picked up in vain. */
const mostRefusals = 3
/** There is no caller any more (RFC 3261 §12.2.1.2), or no way to reach them. */
const gone: ReadonlySet<number> = new Set([408, 481, 503])
const unusableAnswer: Reason = { protocol: 'SIP', cause: 488, text: 'The answer in the ACK cannot be used' }
/** A caller who is silent for this long during the handover is gone: no ACK, no 100 to our re-INVITE, no sound. */
const joinPatience = seconds(4)
const noAnswer: Reason = { protocol: 'SIP', cause: 408, text: 'no answer from the caller' }
const noMedia: Reason = { protocol: 'Q.850', cause: 41, text: 'no media from the caller' }

/** The caller until they are with a partner: first their INVITE, then their leg. It ends once, and reports this unless we ended it. */
export class Caller {
  #state: State = { kind: 'early' }
  readonly #sound: OurSound
  /** Runs during the handover to a partner. */
  #patience: Timer | undefined
  /** In ms of monotonic time. */
  readonly #arrivedAt: number
  /** The caller's side failed once, with any partner. The second time the call ends, so that agents are not rung for nothing. */
  #failed = false
  /** How many partners' media the caller has refused. */
  #refusals = 0

  constructor(
    private readonly parts: CallerParts,
    private readonly context: ParticipantContext,
    private readonly listener: CallerListener,
  ) {
    this.#arrivedAt = context.clock.monotonic()
    const told = {
      finished: (prompt: PromptId) => listener.heard(prompt),
      digit: (digit: Digit) => listener.pressed(digit),
      lost: (why: StreamLoss) => this.#lostMedia(why),
      muted: (places: MediaPlaces) => listener.muted(places),
    }
    this.#sound = new OurSound(parts.media, parts.shown, told, parts.anchor)
    parts.inbound.listen({ cancelled: () => this.#ended(undefined), cutOff: () => listener.cutOff() })
  }

  get alive(): boolean {
    return this.#state.kind !== 'ended'
  }

  /**
   * The SDP offer for the next INVITE to a partner: the caller's own, even if our media has answered it, because the partner's answer is then
   * offered to the caller (docs/decisions/007). Undefined: the caller's INVITE had no SDP, and the caller has sent none since.
   */
  get sdpOffer(): Body | undefined {
    return this.#state.kind === 'answered' ? this.#state.me.description : this.parts.inbound.invite.body
  }

  /** The caller's stored form. Undefined: they were not answered. */
  get answered(): Participant | undefined {
    return this.#state.kind === 'answered' ? this.#state.me : undefined
  }

  // ---- whether the caller is there

  get isAnswered(): boolean {
    return this.#state.kind === 'answered'
  }

  /** The time of the caller's last message or packet, in ms of the clock's monotonic time. */
  get heardAt(): number {
    const spoken = this.#state.kind === 'answered' ? this.#state.me.leg.heardAt : this.#arrivedAt
    return Math.max(spoken, this.#sound.heardAt ?? 0)
  }

  /** The caller's media came, and stopped a second ago or earlier. */
  get isQuiet(): boolean {
    const { heardAt } = this.#sound
    return heardAt !== undefined && heardAt < this.context.clock.monotonic() - 1_000
  }

  ask(told: (answer: PeerAnswer) => void): void {
    const state = this.#state
    if (state.kind === 'early') this.parts.inbound.probe(told)
    // While our 2xx waits for its ACK, it serves as the question.
    else if (state.kind === 'answered' && state.way.confirmed) state.me.leg.probe()
  }

  /** The caller is gone. */
  gone(): void {
    const state = this.#state
    if (state.kind === 'ended') return
    // This comes first, because the leg reports its end as soon as it is hung up.
    this.#ended({ kind: 'lost', why: 'transport' })
    if (state.kind === 'answered') state.me.hangUp(noAnswer)
    else this.#reject(408)
  }

  ring(): void {
    if (this.#state.kind === 'early') this.parts.progress.ring()
  }

  // ---- restarts

  /** The caller was answered before the restart. They hear nothing until something is played to them. */
  resume(leg: Leg, description: Body | undefined): void {
    this.parts.progress.stop()
    this.#begin(leg, description, undefined, true)
  }

  /** Sends nothing to the caller: the next process continues. */
  letGo(): void {
    const state = this.#state
    this.#close()
    if (state.kind === 'answered') state.me.letGo()
    else if (state.kind === 'early') this.parts.inbound.letGo()
  }

  // ---- our own media

  play(prompt: PromptId): void {
    if (this.#tune()) this.#sound.play(prompt)
    else this.listener.heard(prompt)
  }

  /** Plays music, or silence if there is none. A caller who can't hear us gets ringback. */
  wait(music: PromptId | undefined): void {
    this.#sound.choose(music)
    if (music !== undefined && this.#tune()) return this.#sound.loop(music)
    this.#sound.silence()
    this.ring()
  }

  silence(): void {
    this.#sound.silence()
  }

  /** Makes the caller hear us: answers them, or brings them back to our media. False: not possible. */
  #tune(): boolean {
    const state = this.#state
    if (state.kind === 'ended') return false
    if (!this.#sound.isOpen) {
      const { inbound } = this.parts
      const body = this.#sound.open(state.kind === 'early' ? inbound.invite.body : undefined, writerOf(inbound.origin))
      if (!body) return false
      if (state.kind === 'early') this.#answer('us', this.#sound.toCaller(body))
    }
    if (state.kind === 'answered') state.way.goTo('us')
    return true
  }

  /** Ends a caller without sound: their BYE was lost or never sent, or their packets do not reach us. */
  #lostMedia(why: StreamLoss): void {
    if (why.kind === 'broken') return this.listener.mediaBroke()
    const state = this.#state
    if (state.kind === 'ended') return
    this.#close()
    if (state.kind === 'answered') state.me.hangUp(noMedia)
    this.listener.left({ end: { kind: 'hungUpByUs' }, heardAnswer: false, noMedia: why })
  }

  // ---- a partner's media

  /**
   * Connects the caller to a partner: by our 2xx, or by a re-INVITE after the ACK if the caller was answered before. False: the partner has no
   * SDP.
   */
  take(partner: Partner): boolean {
    const { them } = partner
    const has = partner.offered && this.answered?.has(them.description)
    const body = has ?? (them.description && this.parts.shown.of(them.description, them.leg, them.hidden))
    if (!body) return false
    const taking: Taking = { partner, body }
    this.#sound.silence()
    if (partner.offered) partner.leg.acknowledge()
    if (this.#state.kind === 'early') this.#answer(taking, body)
    else if (this.#state.kind === 'answered') this.#state.way.goTo(taking)
    this.#patience?.cancel()
    if (!this.alive) return true
    const since = this.context.clock.monotonic()
    this.#patience = this.context.clock.after(joinPatience, () => {
      if (this.heardAt <= since) this.gone()
    })
    return true
  }

  /** The partner is gone before the caller was connected: the caller hears us again. */
  comeBack(): void {
    this.#patience?.cancel()
    if (this.#state.kind === 'answered') this.#state.way.stay()
    if (this.#sound.isOpen) this.wait(this.#sound.music)
  }

  /** Ends the caller: with a status for an INVITE without a final response, otherwise with BYE. */
  end(status: number, reason: Reason | undefined, headers: readonly ExtraHeader[] = []): void {
    const state = this.#state
    if (state.kind === 'ended') return
    this.#close()
    if (state.kind === 'answered') state.me.hangUp(reason)
    else this.#reject(status, headers)
  }

  /** The caller is gone. `end`: how the leg ended. Undefined: the caller left before our answer. */
  #ended(end: LegEnd | undefined): void {
    const state = this.#state
    if (state.kind === 'ended') return
    if (!end) this.listener.settled({ kind: 'left' })
    const heardAnswer = end?.kind === 'hungUp' && state.kind === 'answered' && state.way.isAnsweredForPartner
    this.#close()
    this.listener.left({ end, heardAnswer })
  }

  #reject(status: number, headers: readonly ExtraHeader[] = []): void {
    this.listener.settled({ kind: 'refused', status })
    this.parts.inbound.reject(status, { headers })
  }

  #close(): void {
    if (this.#state.kind === 'answered') this.#state.way.stay()
    this.#state = { kind: 'ended' }
    this.parts.progress.stop()
    this.#patience?.cancel()
    this.#sound.close()
  }

  // ---- the answer and what follows

  /** Sends our 2xx, with our SDP or a partner's. */
  #answer(place: Place, body: Body): void {
    const { inbound, progress, answeredBy } = this.parts
    progress.stop()
    const told = place === 'us' ? [] : answeredBy(place.partner)
    this.listener.settled({ kind: 'answered' })
    this.#begin(inbound.answer(body, told), inbound.invite.body, place, false)
    this.answered?.given(body)
  }

  #begin(leg: Leg, description: Body | undefined, place: Place | undefined, confirmed: boolean): void {
    const me = new Participant(this.parts.who(), leg, this.parts.hidden, { description, shown: this.parts.shown }, this.context)
    const way = new Way(me, place, confirmed, {
      ownOffer: () => this.#sound.offer(),
      arrived: (where, answer) => void this.#arrived(me, way, where, answer),
      refused: (where, status) => this.#refused(where, status),
    })
    this.#state = { kind: 'answered', me, way }
    me.listen({
      confirmed: answer => {
        way.confirm()
        if (place && !this.#arrived(me, way, place, answer)) return this.#unusable(me)
        if (this.alive) way.goOn()
      },
      renegotiation: request => this.#renegotiated(me, way, request),
      info: request => {
        const digit = digitOf(request.body)
        answerInfo(request)
        if (digit !== undefined && this.#sound.isOpen) this.listener.pressed(digit)
      },
      cutOff: () => this.listener.cutOff(),
      ended: end => this.#ended(end),
    })
  }

  /** The caller has the SDP of `place`. False: our media can't use their answer. */
  #arrived(me: Participant, way: Way, place: Place, answer: Body | undefined): boolean {
    if (answer) me.describe(answer)
    if (place === 'us') return !answer || this.#sound.accept(answer)
    if (!way.leadsTo(place) || !this.alive) return true
    const { leg, offered, them } = place.partner
    this.#close()
    const seen = them.see(me)
    if (!offered) leg.acknowledge(answer && seen)
    else if (answer && seen && !sameMedia(answer, offered)) them.tell(seen)
    this.listener.taken(me)
    return true
  }

  #refused(place: Place, status: number): void {
    if (place === 'us') return this.#sound.close()
    this.#refusals += 1
    const isOfPartner = notAcceptable.has(status) && this.#refusals < mostRefusals
    const again = isOfPartner || !(this.#failed || notAcceptable.has(status) || gone.has(status))
    if (!notAcceptable.has(status)) this.#failed = true
    if (again) this.listener.notTaken(status)
    else this.listener.refused()
  }

  /** The answer in their ACK can't be used. */
  #unusable(me: Participant): void {
    this.#close()
    me.hangUp(unusableAnswer)
    this.listener.refused()
  }

  /** The caller holds, resumes or moves while they hear us. */
  #renegotiated(me: Participant, way: Way, request: InboundRenegotiation): void {
    // During the handover we may not change their media: they try again (RFC 3261 §14.2).
    if (!way.isWithUs) return request.reject(491)
    const answer = this.#sound.answer(request.body)
    if (!answer) return request.reject(488)
    if (request.body) me.describe(request.body)
    me.given(answer)
    request.accept(answer, late => {
      if (!late) return
      me.describe(late)
      this.#sound.accept(late)
    })
  }
}
