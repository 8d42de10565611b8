import type { Body } from '../../legs/body.js'
import type { AnsweredLeg, LegState } from '../../legs/leg.js'
import type { InboundInfo } from '../../legs/info.js'
import type { InboundRenegotiation } from '../../legs/renegotiation.js'
import type { PromptId } from '../../routing/index.js'
import type { Signaling } from '../../signaling/port.js'
import { answerInfo } from '../digits.js'
import { phoneIsHeardWithin } from '../offers.js'
import { withdrawReasons } from '../reasons.js'
import { sameMedia, ShownSdp, withoutHold } from '../shown-sdp.js'
import { bringTogether, type Change, type ChangeListener, type NewSide, type TransferWay } from './change.js'
import { Outgoing } from './outgoing.js'
import type { Participant } from './participant.js'
import { silenceFrom, type WaitingSide } from './waiting-side.js'

interface ConsultationParts {
  /** The side that asked, and talks to the target. */
  readonly by: Participant
  readonly stays: Participant
  readonly way: TransferWay
  readonly newSide: NewSide
  /** `stays`, while they wait. */
  readonly waiting: WaitingSide
}

interface ConsultationListener extends ChangeListener {
  /** The target talks to the side that asked. */
  consultAnswered(): void
}

const vanished = 480
const withoutSdp = 488

type State =
  /** The core has not decided yet. */
  | { readonly kind: 'asked' }
  /** The side that asked is being put on hold, before the target is called. */
  | { readonly kind: 'parting' }
  | { readonly kind: 'calling'; readonly outgoing: Outgoing }
  /** The target has answered, and the side that asked is being connected to it. */
  | { readonly kind: 'answered'; readonly target: Participant }
  | { readonly kind: 'talking'; readonly target: Participant }
  /** The target and the side that waits are being connected. */
  | { readonly kind: 'joining'; readonly target: Participant }
  | { readonly kind: 'over' }

/**
 * A transfer for which the side that asked talks to the target first (decision 116). The other side waits. Then the target takes the place of
 * the side that asked, or the call goes on as before.
 */
export class Consultation implements Change {
  readonly by: Participant
  readonly stays: Participant
  /** The SDP of the side that asked, as the target was shown it. */
  readonly #shown = new ShownSdp()
  readonly #offered: Body | undefined
  #state: State = { kind: 'asked' }
  /** The side that asked has hung up: the target takes its place as soon as it answers. */
  #isAskerGone = false

  constructor(
    private readonly parts: ConsultationParts,
    private readonly signaling: Pick<Signaling, 'invite'>,
    private readonly listener: ConsultationListener,
  ) {
    this.by = parts.by
    this.stays = parts.stays
    const { description, leg, hidden } = parts.by
    this.#offered = description && this.#shown.of(withoutHold(description), leg, hidden)
  }

  get mayBeTakenBack(): boolean {
    const { kind } = this.#state
    return kind !== 'asked' && kind !== 'joining' && kind !== 'over'
  }

  get isApart(): boolean {
    return this.#state.kind !== 'asked' && this.#state.kind !== 'over'
  }

  ringing(): readonly LegState[] {
    return this.#state.kind === 'calling' ? this.#state.outgoing.kept() : []
  }

  start(music?: PromptId): void {
    this.#state = { kind: 'parting' }
    this.parts.waiting.wait(music, this.by, status => this.#fail(status))
    this.#part()
  }

  refuse(): void {
    this.#state = { kind: 'over' }
  }

  cancel(then: 'over' | 'goesOn'): void {
    if (this.#state.kind === 'over') return
    const wasParted = this.#state.kind !== 'asked'
    this.#leave()
    if (then === 'goesOn' && wasParted) bringTogether(this.by, this.stays)
  }

  askerLeft(): void {
    this.#isAskerGone = true
    const { kind } = this.#state
    if (kind === 'talking' || kind === 'answered') this.#join(this.#state.target)
    else if (kind === 'parting') this.#call()
  }

  /** The target takes the place of the side that asked. False: it does not talk yet. */
  join(): boolean {
    if (this.#state.kind !== 'talking') return false
    this.#join(this.#state.target)
    return true
  }

  renegotiated(from: Participant, request: InboundRenegotiation): void {
    const state = this.#state
    if (from === this.stays && state.kind !== 'joining' && state.kind !== 'asked') return this.parts.waiting.answer(request)
    if (from === this.by && state.kind === 'talking') return state.target.carry(request, from)
    // Their media are being changed, so they try again (RFC 3261 §14.2).
    request.reject(491)
  }

  informed(from: Participant, request: InboundInfo): void {
    if (from === this.by && this.#state.kind === 'talking') this.#state.target.carryInfo(request, from)
    else answerInfo(request)
  }

  /** The side that asked hears nobody until the target answers, and the side that waits does not hear them. */
  #part(): void {
    if (this.#state.kind !== 'parting') return
    const body = silenceFrom(this.stays, this.by)
    if (!body) return this.#fail(withoutSdp)
    this.by.bring(body, {
      arrived: outcome => {
        outcome.acknowledge()
        this.#call()
      },
      refused: status => this.#fail(status),
      again: () => this.#part(),
    })
  }

  #call(): void {
    if (this.#state.kind !== 'parting') return
    const { target, identity } = this.parts.way
    const body = this.#offered
    const outgoing = new Outgoing()
    this.#state = { kind: 'calling', outgoing }
    outgoing.send(
      this.signaling,
      target,
      { ...identity, limits: { heardWithin: phoneIsHeardWithin, ...identity.limits }, ...(body && { body }) },
      {
        answered: leg => this.#answered(leg),
        refused: ({ status }) => this.#fail(status),
      },
    )
  }

  #answered(leg: AnsweredLeg): void {
    const target = this.parts.newSide(leg, leg.body, this.#shown)
    this.#state = { kind: 'answered', target }
    target.listen({
      renegotiation: request => {
        if (this.#state.kind === 'talking') this.by.carry(request, target)
        else request.reject(491)
      },
      info: request => {
        if (this.#state.kind === 'talking') this.by.carryInfo(request, target)
        else answerInfo(request)
      },
      ended: () => this.#fail(vanished),
    })
    // If we sent no offer, the target's 2xx has one. Our ACK would need an answer that nobody has given yet.
    if (!this.#offered || !target.description) return this.#fail(withoutSdp)
    leg.acknowledge()
    if (this.#isAskerGone) this.#join(target)
    else this.#connect(target)
  }

  /** Connects the side that asked to the target. */
  #connect(target: Participant): void {
    const { by } = this
    const body = by.see(target)
    if (this.#state.kind !== 'answered') return
    if (!body) return this.#fail(withoutSdp)
    by.bring(body, {
      arrived: outcome => {
        const { body: answer } = outcome
        outcome.acknowledge()
        if (this.#state.kind !== 'answered') return
        this.#tellIfNew(target, by, answer, this.#offered)
        this.#state = { kind: 'talking', target }
        this.listener.consultAnswered()
      },
      refused: status => this.#fail(status),
      again: () => this.#connect(target),
    })
  }

  /** Connects the target to the side that waits: the target first, then the other with the target's answer. */
  #join(target: Participant): void {
    const { stays } = this
    const { description, leg, hidden } = stays
    this.#state = { kind: 'joining', target }
    const offer = description && target.shown.of(withoutHold(description), leg, hidden)
    if (!offer) return this.#fail(withoutSdp)
    target.bring(offer, {
      arrived: outcome => {
        const { body: answer } = outcome
        outcome.acknowledge()
        if (answer) target.describe(answer)
        this.#bring(target, offer)
      },
      refused: status => this.#fail(status),
      again: () => {
        if (this.#state.kind === 'joining') this.#join(target)
      },
    })
  }

  #bring(target: Participant, offered: Body): void {
    if (this.#state.kind !== 'joining') return
    const { stays } = this
    const body = stays.see(target)
    if (!body) return this.#fail(withoutSdp)
    stays.bring(body, {
      arrived: outcome => {
        const { body: answer } = outcome
        outcome.acknowledge()
        if (this.#state.kind !== 'joining') return
        this.#tellIfNew(target, stays, answer, offered)
        this.#state = { kind: 'over' }
        this.parts.waiting.end()
        this.listener.through(target)
      },
      refused: status => this.#fail(status),
      again: () => this.#bring(target, offered),
    })
  }

  /** The answer of `side` may differ from what the target was offered. */
  #tellIfNew(target: Participant, side: Participant, answer: Body | undefined, offered: Body | undefined): void {
    if (answer && !(offered && sameMedia(answer, offered))) target.tellNew(answer, side)
    else side.describe(answer)
  }

  #fail(status: number): void {
    if (this.#state.kind === 'over') return
    this.#leave()
    if (!this.#isAskerGone) bringTogether(this.by, this.stays)
    this.listener.failed(status)
  }

  /** Ends the call to the target, and the music. */
  #leave(): void {
    const state = this.#state
    this.#state = { kind: 'over' }
    this.parts.waiting.end()
    if (state.kind === 'calling') state.outgoing.cancel()
    if ('target' in state) state.target.leave(withdrawReasons.withdrawn)
  }
}
