import type { Timer } from '../foundation/clock.js'
import { seconds } from '../foundation/time.js'
import type { InboundCall, PeerAnswer } from '../legs/answering.js'
import type { Body, ExtraHeader } from '../legs/body.js'
import type { LegEnd } from '../legs/leg-end.js'
import type { Leg } from '../legs/leg.js'
import type { Reason } from '../legs/reason.js'
import type { InboundRenegotiation } from '../legs/renegotiation.js'
import type { Media, Stream, StreamLoss } from '../media/port.js'
import type { PromptId } from '../routing/index.js'
import { backOff, type BackOffGround } from './back-off.js'
import { sameMedia, writerOf, type ShownSdp } from './shown-sdp.js'
import type { CallerListener } from './caller-listener.js'
import { answerInfo, digitOf } from './digits.js'
import { keptCaller, letGoOf, tellPartner } from './legs.js'
import type { KeptCaller } from './live-state.js'
import type { Answered } from './offers.js'
import type { Progress } from './progress.js'

export interface CallerParts {
  readonly inbound: InboundCall
  readonly progress: Progress
  readonly sdp: ShownSdp
  /** Undefined: nothing of ours reaches this caller; they hear ringback until a partner answers. */
  readonly media: Media | undefined
  /** What the answer says of who answered. */
  readonly answeredBy: (partner: Answered) => readonly ExtraHeader[]
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
}

/** Whose media the caller's go to. */
type Place = Taking | 'us' | undefined

/** Failures that are about the partner's SDP alone (RFC 3261 §21.4.26, §21.6.4): another partner's may do. */
const notAcceptable: ReadonlySet<number> = new Set([488, 606])
/** There is no caller any more (RFC 3261 §12.2.1.2), or no way to them. */
const gone: ReadonlySet<number> = new Set([408, 481, 503])
/** Stands for Carillon itself among those whose descriptions the caller is shown. */
const ours = {}
const unusableAnswer: Reason = { protocol: 'SIP', cause: 488, text: 'The answer in the ACK can not be used' }
/** Who says nothing at all for so long on the way to a partner is gone: neither an ACK, nor 100 to our re-INVITE, nor sound. */
const joinPatience = seconds(4)
const noAnswer: Reason = { protocol: 'SIP', cause: 408, text: 'no answer from the caller' }
const noMedia: Reason = { protocol: 'Q.850', cause: 41, text: 'no media from the caller' }

/** The caller's side of a call: their INVITE, then their leg. Ends once, and tells so once unless we ended it. */
export class Caller {
  #state: State = { kind: 'early' }
  /** Carillon's own media, from the first sound for this caller until they are taken to a partner. */
  #stream: Stream | undefined
  /** What they hear while they wait. */
  #music: PromptId | undefined
  /** Whose description the caller was given last, and whose they shall have. */
  #at: Place
  #goal: Place
  #reinviting = false
  #again: Timer | undefined
  /** Runs on the way to a partner. */
  #patience: Timer | undefined
  readonly #arrivedAt: number
  /** Their side failed once, whatever the partner: nobody shall be rung for them again and again. */
  #failed = false
  /** The caller's own media as they described them last. */
  #description: Body | undefined

  constructor(
    private readonly parts: CallerParts,
    private readonly ground: BackOffGround,
    private readonly listener: CallerListener,
  ) {
    this.#description = parts.inbound.body
    this.#arrivedAt = ground.clock.monotonic()
    parts.inbound.listen({ cancelled: () => this.ended(undefined), cutOff: () => this.listener.cutOff() })
  }

  get alive(): boolean {
    return this.#state.kind !== 'ended'
  }

  /**
   * The SDP offer for the next INVITE to a partner: the caller's own, also when our media has answered it: the partner's answer is what a
   * re-INVITE offers the caller then (docs/decisions/007). None while a caller who asked us for an offer has not answered it.
   */
  get sdpOffer(): Body | undefined {
    return this.#description
  }

  // ---- whether they are there

  get isAnswered(): boolean {
    return this.#state.kind === 'answered'
  }

  /** When they said or sent anything last, by the clock's monotonic time. */
  get heardAt(): number {
    return Math.max(this.#state.kind === 'answered' ? this.#state.leg.heardAt : this.#arrivedAt, this.#stream?.heardAt() ?? 0)
  }

  /** Their media came, and come no more. */
  get isQuiet(): boolean {
    const heardAt = this.#stream?.heardAt()
    return heardAt !== undefined && heardAt < this.ground.clock.monotonic() - 1_000
  }

  ask(told: (answer: PeerAnswer) => void): void {
    const state = this.#state
    if (state.kind === 'early') this.parts.inbound.probe(told)
    // While our 2xx waits for its ACK, it is the question.
    else if (state.kind === 'answered' && state.confirmed) state.leg.probe()
  }

  /** Nobody is there. */
  gone(reason = noAnswer): void {
    const state = this.#state
    if (state.kind === 'ended') return
    // First, as the leg tells of its end at once.
    this.ended({ kind: 'lost', why: 'transport' })
    if (state.kind === 'answered') state.leg.hangUp(reason)
    else this.#reject(408)
  }

  ring(): void {
    if (this.#state.kind === 'early') this.parts.progress.ring()
  }

  // ---- over a restart

  /** The leg of a caller who was answered, and who stays with us. */
  kept(): KeptCaller | undefined {
    const state = this.#state
    return state.kind === 'answered' ? keptCaller(state.leg, this.#description, this.parts.sdp) : undefined
  }

  /** The caller was answered before the restart: they hear nothing until something is played to them. */
  resume(leg: Leg, description: Body | undefined): void {
    this.#description = description
    this.parts.progress.stop()
    this.#listen({ kind: 'answered', leg, confirmed: true }, undefined)
  }

  /** The caller is with a partner, whose side of the call has their leg. */
  handedOver(): void {
    this.#close()
  }

  /** Nothing is said to the caller: the next process goes on. */
  letGo(): void {
    const state = this.#state
    this.#close()
    if (state.kind === 'answered') letGoOf(state.leg)
    else if (state.kind === 'early') this.parts.inbound.letGo()
  }

  // ---- our own media

  play(prompt: PromptId): void {
    const stream = this.#tune()
    if (stream) stream.play(prompt)
    else this.listener.heard(prompt)
  }

  /** Music, or silence where there is none; ringback for a caller whom our media can't reach. */
  wait(music: PromptId | undefined): void {
    this.#music = music
    const stream = music === undefined ? this.#stream : this.#tune()
    if (music === undefined || !stream) {
      stream?.silence()
      this.ring()
    } else stream.loop(music)
  }

  silence(): void {
    this.#stream?.silence()
  }

  /** The caller's stream, answering the caller for it or bringing them back to it; undefined when they can't hear us. */
  #tune(): Stream | undefined {
    if (this.#state.kind === 'ended') return undefined
    const early = this.#state.kind === 'early'
    if (this.#stream) {
      if (!early) this.#goTo('us')
      return this.#stream
    }
    const opened = this.parts.media?.open(
      early ? this.parts.inbound.body : undefined,
      {
        finished: prompt => this.listener.heard(prompt),
        digit: digit => this.listener.pressed(digit),
        lost: why => this.#lostMedia(why),
        muted: places => this.listener.muted(places),
      },
      writerOf(this.parts.inbound),
    )
    if (opened?.kind !== 'opened') return undefined
    this.#stream = opened.stream
    if (early) this.#answer('us', this.#shown(opened.body))
    else this.#goTo('us')
    return opened.stream
  }

  #shown(body: Body): Body {
    return this.parts.sdp.of(body, ours, false) ?? body
  }

  /** Nobody is there, as their BYE was lost or never sent; or their packets do not get here. */
  #lostMedia(why: StreamLoss): void {
    if (why.kind === 'broken') return this.listener.mediaBroke()
    const state = this.#state
    if (state.kind === 'ended') return
    this.#close()
    if (state.kind === 'answered') state.leg.hangUp(noMedia)
    this.listener.left({ end: { kind: 'hungUpByUs' }, heardAnswer: false, noMedia: why })
  }

  // ---- a partner's

  /** By our 2xx at first, by a re-INVITE when they were answered before, as soon as their ACK came. */
  take(answered: Answered, body: Body): void {
    const taking: Taking = { answered, body }
    this.#stream?.silence()
    if (answered.offered) answered.leg.acknowledge()
    if (this.#state.kind === 'early') this.#answer(taking, body)
    else this.#goTo(taking)
    this.#patience?.cancel()
    if (!this.alive) return
    const since = this.ground.clock.monotonic()
    this.#patience = this.ground.clock.after(joinPatience, () => {
      if (this.heardAt <= since) this.gone()
    })
  }

  /** The partner is gone before the caller was taken to them: the caller hears us again. */
  comeBack(): void {
    this.#again?.cancel()
    this.#patience?.cancel()
    this.#goal = undefined
    if (this.#stream) this.wait(this.#music)
  }

  /** Told by the leg; undefined: the caller left before our answer. */
  ended(end: LegEnd | undefined): void {
    if (this.#state.kind === 'ended') return
    if (!end) this.listener.settled({ kind: 'left' })
    const goal = this.#goal
    const byAnswer = goal !== undefined && goal !== 'us' && goal === this.#at && goal.answered.offered !== undefined
    const heardAnswer = byAnswer && end?.kind === 'hungUp'
    this.#close()
    this.listener.left({ end, heardAnswer })
  }

  /** We end it: a status for an INVITE without a final response, else BYE. */
  end(status: number, reason: Reason | undefined, headers: readonly ExtraHeader[] = []): void {
    const state = this.#state
    if (state.kind === 'ended') return
    this.#close()
    if (state.kind === 'answered') state.leg.hangUp(reason)
    else this.#reject(status, headers)
  }

  #reject(status: number, headers: readonly ExtraHeader[] = []): void {
    this.listener.settled({ kind: 'refused', status })
    this.parts.inbound.reject(status, { headers })
  }

  #close(): void {
    this.#state = { kind: 'ended' }
    this.parts.progress.stop()
    this.#again?.cancel()
    this.#patience?.cancel()
    this.#closeStream()
  }

  #closeStream(): void {
    this.#stream?.close()
    this.#stream = undefined
  }

  // ---- the way there

  /** Our 2xx, with our media or a partner's. */
  #answer(place: Taking | 'us', body: Body): void {
    this.parts.progress.stop()
    this.#at = this.#goal = place
    const told = place === 'us' ? [] : this.parts.answeredBy(place.answered)
    this.listener.settled({ kind: 'answered' })
    this.#listen({ kind: 'answered', leg: this.parts.inbound.answer(body, told), confirmed: false }, place)
  }

  #listen(state: Extract<State, { kind: 'answered' }>, place: Place): void {
    this.#state = state
    state.leg.listen({
      confirmed: answer => {
        state.confirmed = true
        if (place && !this.#arrived(place, answer)) return this.#unusable(state.leg)
        this.#goOn()
      },
      renegotiation: request => this.#renegotiated(request),
      info: request => {
        const digit = digitOf(request.body)
        answerInfo(request)
        if (digit !== undefined && this.#stream) this.listener.pressed(digit)
      },
      cutOff: () => this.listener.cutOff(),
      ended: end => this.ended(end),
    })
  }

  #goTo(place: Taking | 'us'): void {
    this.#goal = place
    this.#goOn()
  }

  /** One re-INVITE at a time, until the caller is where they shall be. */
  #goOn(): void {
    const { leg, confirmed } = this.#state.kind === 'answered' ? this.#state : { leg: undefined, confirmed: false }
    const goal = this.#goal
    if (!leg || !confirmed || this.#reinviting || goal === undefined || goal === this.#at) return
    const body = goal === 'us' ? this.#ownOffer() : goal.body
    if (!body) return
    this.#reinviting = true
    leg.renegotiate(body, outcome => {
      this.#reinviting = false
      if (outcome.kind === 'accepted') {
        outcome.acknowledge()
        this.#at = goal
        this.#arrived(goal, outcome.body)
      } else if (outcome.status === 491) return this.#goOnLater()
      else if (this.#goal === goal) this.#refused(goal, outcome.status)
      this.#goOn()
    })
  }

  #ownOffer(): Body | undefined {
    const offer = this.#stream?.renegotiate(undefined)
    return offer && this.#shown(offer)
  }

  /** It crossed one of the caller's, or one that is not over. */
  #goOnLater(): void {
    if (this.#state.kind === 'ended') return
    this.#again = backOff(this.ground, 'theirs', () => this.#goOn())
  }

  #refused(goal: Taking | 'us', status: number): void {
    this.#goal = undefined
    if (goal === 'us') return this.#closeStream()
    const again = notAcceptable.has(status) || !(this.#failed || gone.has(status))
    if (!notAcceptable.has(status)) this.#failed = true
    if (again) this.listener.notTaken(status)
    else this.listener.refused()
  }

  /** The caller has the description of `place`, and gave theirs where we offered. False: it is none that our media can speak with. */
  #arrived(place: Taking | 'us', answer: Body | undefined): boolean {
    if (answer) this.#description = answer
    if (place === 'us') return !answer || this.#stream?.accept(answer) !== false
    if (this.#goal !== place || this.#state.kind !== 'answered') return true
    const caller = this.#state.leg
    const { leg, offered } = place.answered
    this.#close()
    if (!offered) leg.acknowledge(answer)
    else if (answer && !sameMedia(answer, offered)) tellPartner(leg, answer)
    this.listener.taken(caller)
    return true
  }

  /** The answer that came with their ACK is none that we can speak with. */
  #unusable(leg: Leg): void {
    this.#close()
    leg.hangUp(unusableAnswer)
    this.listener.refused()
  }

  /** The caller holds, resumes or moves while they hear us. */
  #renegotiated(request: InboundRenegotiation): void {
    const answer = this.#at === 'us' && this.#goal === 'us' ? this.#stream?.renegotiate(request.body) : undefined
    // On the way to a partner their media is not ours to change: they try again (RFC 3261 §14.2).
    if (!answer) return request.reject(this.#stream && this.#goal === 'us' ? 488 : 491)
    if (request.body) this.#description = request.body
    request.accept(this.#shown(answer), late => {
      if (!late) return
      this.#description = late
      this.#stream?.accept(late)
    })
  }
}
