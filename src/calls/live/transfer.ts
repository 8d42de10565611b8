import type { Body } from '../../legs/body.js'
import type { AnsweredLeg, InboundRefer, LegState } from '../../legs/leg.js'
import type { ReferProgress, Replaces } from '../../legs/refer.js'
import type { Signaling } from '../../signaling/port.js'
import { phoneIsHeardWithin } from '../offers.js'
import { withdrawReasons } from '../reasons.js'
import { sameMedia, ShownSdp, withoutHold } from '../shown-sdp.js'
import { comeBack, type Change, type ChangeListener, type NewSide, type TransferWay } from './change.js'
import { Outgoing } from './outgoing.js'
import type { Participant } from './participant.js'

interface TransferParts {
  readonly request: InboundRefer
  readonly by: Participant
  readonly stays: Participant
  readonly way: TransferWay
  readonly newSide: NewSide
}

const busyHere = 486
const vanished = 480
const withoutSdp = 488

type State =
  /** The core has not decided yet. */
  | { readonly kind: 'asked' }
  | { readonly kind: 'calling'; readonly outgoing: Outgoing }
  /** The target has answered, and the staying side is being connected. */
  | { readonly kind: 'answered'; readonly leg: AnsweredLeg }
  /** The transfer is complete, was not granted, or failed. */
  | { readonly kind: 'over' }
  /** The call is over, or the agent took the transfer back. */
  | { readonly kind: 'cancelled' }

/** A REFER (RFC 3515): a new call on behalf of the staying side, and progress reports for the side that asked. */
export class Transfer implements Change {
  readonly #progress: ReferProgress
  /** The staying side's SDP as the target was shown it. */
  readonly #shown = new ShownSdp()
  readonly #offered: Body | undefined
  #state: State = { kind: 'asked' }

  constructor(
    private readonly parts: TransferParts,
    private readonly signaling: Pick<Signaling, 'invite'>,
    private readonly listener: ChangeListener,
  ) {
    const { description, leg, hidden } = parts.stays
    this.#offered = description && this.#shown.of(withoutHold(description), leg, hidden)
    this.#progress = parts.request.accept()
  }

  get by(): Participant {
    return this.parts.by
  }

  get stays(): Participant {
    return this.parts.stays
  }

  get mayBeTakenBack(): boolean {
    return this.#state.kind === 'calling'
  }

  ringing(): readonly LegState[] {
    return this.#state.kind === 'calling' ? this.#state.outgoing.kept() : []
  }

  start(): void {
    const { request, way } = this.parts
    const { replaces } = request
    const { target, identity } = way
    const body = this.#offered
    const headers = replaces ? [...identity.headers, ['Replaces', replacesValue(replaces)] as const] : identity.headers
    const outgoing = new Outgoing()
    this.#state = { kind: 'calling', outgoing }
    outgoing.send(
      this.signaling,
      target,
      { ...identity, headers, limits: { heardWithin: phoneIsHeardWithin, ...identity.limits }, ...(body && { body }) },
      {
        ringing: () => this.#progress.ringing(),
        answered: leg => this.#answered(leg, body),
        refused: ({ status, reasonPhrase }) => this.#fail(status, reasonPhrase),
      },
    )
  }

  refuse(): void {
    this.#state = { kind: 'over' }
    this.#progress.done(busyHere)
  }

  cancel(): void {
    if (this.#isOver) return
    this.#leave({ kind: 'cancelled' })
    this.#progress.done(487, 'Request Terminated')
  }

  get #isOver(): boolean {
    return this.#state.kind === 'over' || this.#state.kind === 'cancelled'
  }

  #answered(leg: AnsweredLeg, offered: Body | undefined): void {
    this.#state = { kind: 'answered', leg }
    leg.listen({ ended: () => this.#fail(vanished) })
    // If we sent no offer, the target's 2xx has one. Our ACK would need an answer that the staying side has not given yet.
    if (!offered) return this.#fail(withoutSdp)
    leg.acknowledge()
    this.#bring(this.parts.newSide(leg, leg.body, this.#shown), offered)
  }

  #bring(target: Participant, offered: Body): void {
    if (this.#isOver) return
    const { stays } = this
    const body = stays.seeNew(target.description, target)
    if (!body) return this.#fail(withoutSdp)
    stays.bring(body, {
      arrived: outcome => {
        outcome.acknowledge()
        // The target hung up meanwhile.
        if (this.#state.kind === 'over') return comeBack(this)
        if (this.#state.kind === 'cancelled') return
        this.#through(target, outcome.body, offered)
      },
      refused: status => this.#fail(status),
      again: () => this.#bring(target, offered),
    })
  }

  #through(target: Participant, answer: Body | undefined, offered: Body): void {
    const { stays } = this
    if (answer && !sameMedia(answer, offered)) target.tellNew(answer, stays)
    else stays.describe(answer)
    this.#state = { kind: 'over' }
    this.#progress.done(200)
    this.listener.through(target)
  }

  #fail(status: number, phrase?: string): void {
    if (this.#isOver) return
    this.#leave({ kind: 'over' })
    this.#progress.done(status, phrase)
    this.listener.failed(status)
  }

  /** Cancels the target's INVITE or hangs up its leg. */
  #leave(then: State): void {
    const state = this.#state
    this.#state = then
    if (state.kind === 'calling') state.outgoing.cancel()
    if (state.kind === 'answered') state.leg.hangUp(withdrawReasons.withdrawn)
  }
}

/** The value of Replaces (RFC 3891 §6.1). The tags are from the view of the side that receives it. */
const replacesValue = ({ callId, toTag, fromTag, earlyOnly }: Replaces): string =>
  `${callId};to-tag=${toTag};from-tag=${fromTag}${earlyOnly ? ';early-only' : ''}`
