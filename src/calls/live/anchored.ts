import type { Clock } from '../../foundation/clock.js'
import { millis } from '../../foundation/time.js'
import type { InboundCall } from '../../legs/answering.js'
import type { Body, ExtraHeader } from '../../legs/body.js'
import type { InfoOutcome } from '../../legs/info.js'
import type { CallFailure, InviteOptions, OutboundCall, OutboundCallListener, Target } from '../../legs/invitation.js'
import type { AnsweredLeg, Leg, LegListener, LegState } from '../../legs/leg.js'
import type { LegEnd } from '../../legs/leg-end.js'
import type { Reason } from '../../legs/reason.js'
import type { InboundRenegotiation, RenegotiationOutcome } from '../../legs/renegotiation.js'
import type { Anchor, AnchorSide, KeptAnchorSide } from '../../media/port.js'
import type { Signaling } from '../../signaling/port.js'
import type { Live } from './phases.js'
import { writtenBy } from '../shown-sdp.js'

const notAcceptable = 488
const unanswerable: CallFailure = { status: notAcceptable, reasonPhrase: 'Not Acceptable Here' }
/** Not a 5xx, because that would count as a fault of the phone and keep its agent from other calls for a while. */
const noPort: CallFailure = { status: notAcceptable, reasonPhrase: 'No media port is free' }
const unavailable = 503
const unusable: Reason = { protocol: 'SIP', cause: notAcceptable, text: 'no media in common' }
const refused: RenegotiationOutcome = { kind: 'rejected', status: notAcceptable, headers: [] }

/** Sends the INVITEs to everybody who may become the caller's partner. In an anchored call they go through the relay. */
export function inviting({
  participants: { anchor, clock },
  context: { signaling },
}: Pick<Live, 'participants' | 'context'>): Pick<Signaling, 'invite'> {
  return anchor ? new AnchoredSignaling(signaling, anchor, clock) : signaling
}

/** The INVITEs of an anchored call: a phone sees our media address in place of the caller's, and the call sees ours in place of the phone's. */
class AnchoredSignaling implements Pick<Signaling, 'invite'> {
  constructor(
    private readonly signaling: Pick<Signaling, 'invite'>,
    private readonly anchor: Anchor,
    private readonly clock: Clock,
  ) {}

  invite(target: Target, options: InviteOptions, told: OutboundCallListener): OutboundCall {
    const side = this.anchor.side()
    const body = options.body && side?.offerToPartner(options.body)
    if (!side || (options.body && !body)) {
      side?.close()
      return this.#refusedLater(told, side ? unanswerable : noPort)
    }
    let isAnswered = false
    const outbound = this.signaling.invite(
      target,
      { ...options, ...(body && { body }) },
      {
        ringing: status => told.ringing?.(status),
        answered: leg => {
          isAnswered = true
          answered(leg, side, body !== undefined, told)
        },
        refused: failure => {
          side.close()
          told.refused(failure)
        },
      },
    )
    return {
      sipCallId: outbound.sipCallId,
      cancel: reason => {
        // After the answer the side belongs to the leg. The engine ends a 200 that crosses.
        if (!isAnswered) side.close()
        outbound.cancel(reason)
      },
      kept: () => outbound.kept(),
    }
  }

  #refusedLater(told: OutboundCallListener, failure: CallFailure): OutboundCall {
    const timer = this.clock.after(millis(0), () => told.refused(failure))
    return { sipCallId: '', cancel: () => timer.cancel(), kept: () => [] }
  }
}

function answered(leg: AnsweredLeg, side: AnchorSide, offered: boolean, told: OutboundCallListener): void {
  const theirs = leg.body && writtenBy(leg.body, leg)
  const body = theirs && (offered ? side.answerFromPartner(theirs) : side.offerFromPartner(theirs))
  const face = new AnchoredLeg(leg, side, body)
  if (body) return told.answered(face)
  face.hangUp(unusable)
  told.refused(unanswerable)
}

/** A new call that takes the place of a partner (RFC 3891), as the call sees it. Undefined: it was refused. */
export function anchoredInbound(call: InboundCall, anchor: Anchor): InboundCall | undefined {
  const side = anchor.side()
  const { body } = call.invite
  const offer = body && side?.offerFromPartner(writtenBy(body, call.origin))
  if (side && (offer || !body)) return new AnchoredInbound(call, side, offer)
  side?.close()
  call.reject(side ? notAcceptable : unavailable)
  return undefined
}

class AnchoredInbound implements InboundCall {
  readonly invite: InboundCall['invite']
  readonly origin: InboundCall['origin']

  constructor(
    private readonly call: InboundCall,
    private readonly side: AnchorSide,
    private readonly offer: Body | undefined,
  ) {
    this.invite = offer ? { ...call.invite, body: offer } : call.invite
    const { trusted, peer } = call.origin
    this.origin = { trusted, peer, ours: true }
  }

  header(name: string): readonly string[] {
    return this.call.header(name)
  }

  listen(listener: Parameters<InboundCall['listen']>[0]): void {
    this.call.listen({
      cancelled: () => {
        this.side.close()
        listener.cancelled()
      },
      ...(listener.cutOff && { cutOff: () => listener.cutOff?.() }),
    })
  }

  probe(told: Parameters<InboundCall['probe']>[0]): void {
    this.call.probe(told)
  }

  progress(status: 180 | 182, reasonPhrase?: string): void {
    this.call.progress(status, reasonPhrase)
  }

  answer(body: Body | undefined, headers?: readonly ExtraHeader[]): Leg {
    const shown = body && (this.offer ? this.side.answerToPartner(body) : this.side.offerToPartner(body))
    this.side.connect()
    const leg = new AnchoredLeg(this.call.answer(shown, headers), this.side)
    if (body && !shown) leg.hangUp(unusable)
    return leg
  }

  reject(status: number, options?: Parameters<InboundCall['reject']>[1]): void {
    this.side.close()
    this.call.reject(status, options)
  }

  /** A takeover that is not complete is not stored. */
  state(): undefined {
    return undefined
  }

  letGo(): void {
    this.side.close()
    this.call.letGo()
  }
}

/** A leg restored after a restart. Its SDP session goes on with new ports. Undefined: no port is free. */
export function restoredAnchored(leg: Leg, anchor: Anchor, kept: KeptAnchorSide): AnchoredLeg | undefined {
  const side = anchor.side(kept)
  return side && new AnchoredLeg(leg, side)
}

/** A partner's leg in an anchored call. The partner sees our media address in place of the caller's, and the call ours in place of the partner's. */
export class AnchoredLeg implements AnsweredLeg {
  readonly sipCallId: string
  readonly ours = true
  readonly body?: Body
  #isOver = false

  constructor(
    private readonly leg: Leg | AnsweredLeg,
    private readonly side: AnchorSide,
    body?: Body,
  ) {
    this.sipCallId = leg.sipCallId
    if (body) this.body = body
    // The side must be closed even if the leg ends before somebody listens to it.
    leg.listen({ ended: end => this.#ended(end) })
  }

  get heardAt(): number {
    return this.leg.heardAt
  }

  get begunByPeer(): boolean {
    return this.leg.begunByPeer === true
  }

  /** Whether this wraps that leg of the signaling engine. */
  covers(leg: Leg): boolean {
    return this.leg === leg
  }

  /** The stored state of the relay's side, for the next process. */
  anchorState(): KeptAnchorSide {
    return this.side.state()
  }

  listen(listener: LegListener): void {
    this.leg.listen({
      ...(listener.confirmed && { confirmed: answer => listener.confirmed?.(answer && this.#answerFrom(answer)) }),
      ...(listener.renegotiation && { renegotiation: request => this.#renegotiated(request, listener) }),
      ...(listener.info && { info: request => listener.info?.(request) }),
      ...(listener.refer && { refer: request => listener.refer?.(request) }),
      ...(listener.cutOff && { cutOff: () => listener.cutOff?.() }),
      ended: end => this.#ended(end, listener),
    })
  }

  renegotiate(body: Body | undefined, outcome: (outcome: RenegotiationOutcome) => void): void {
    const settled = body && this.side.settled('caller', body)
    if (settled) return outcome({ kind: 'accepted', body: settled, acknowledge: () => undefined })
    const offer = body && this.side.offerToPartner(body)
    if (body && !offer) return outcome(refused)
    this.leg.renegotiate(offer, ended => outcome(ended.kind === 'accepted' ? this.#accepted(ended, body !== undefined) : ended))
  }

  acknowledge(answer?: Body): void {
    this.side.connect()
    if ('acknowledge' in this.leg) this.leg.acknowledge(answer && this.side.answerToPartner(answer))
  }

  info(body: Body | undefined, headers: readonly ExtraHeader[], outcome: InfoOutcome): void {
    this.leg.info(body, headers, outcome)
  }

  hangUp(reason?: Reason): void {
    this.leg.hangUp(reason)
  }

  state(): LegState {
    return this.leg.state()
  }

  probe(): void {
    this.leg.probe()
  }

  letGo(): void {
    this.side.close()
    this.leg.letGo()
  }

  #renegotiated(request: InboundRenegotiation, listener: LegListener): void {
    const theirs = request.body && writtenBy(request.body, this.leg)
    const settled = theirs && this.side.settled('partner', theirs)
    if (settled) return request.accept(settled, () => undefined)
    const offer = theirs && this.side.offerFromPartner(theirs)
    if (theirs && !offer) return request.reject(notAcceptable)
    listener.renegotiation?.({
      ...(offer && { body: offer }),
      accept: (body, confirmed) => {
        const shown = body && (offer ? this.side.answerToPartner(body) : this.side.offerToPartner(body))
        if (!shown) return request.reject(notAcceptable)
        request.accept(shown, late => confirmed(late && this.#answerFrom(late)))
      },
      reject: (status, headers) => request.reject(status, headers),
    })
  }

  #accepted(outcome: Extract<RenegotiationOutcome, { kind: 'accepted' }>, offered: boolean): RenegotiationOutcome {
    const theirs = outcome.body && writtenBy(outcome.body, this.leg)
    const body = theirs && (offered ? this.side.answerFromPartner(theirs) : this.side.offerFromPartner(theirs))
    if (body)
      return { kind: 'accepted', body, acknowledge: answer => outcome.acknowledge(answer && this.side.answerToPartner(answer)) }
    outcome.acknowledge()
    return refused
  }

  #answerFrom(answer: Body): Body | undefined {
    return this.side.answerFromPartner(writtenBy(answer, this.leg))
  }

  #ended(end: LegEnd, listener?: LegListener): void {
    if (!this.#isOver) this.side.close()
    this.#isOver = true
    listener?.ended(end)
  }
}
