import type { Clock } from '../foundation/clock.js'
import type { InboundCall, InboundCallListener, Origin, PeerAnswer, ReceivedInvite } from '../legs/answering.js'
import type { Body, ExtraHeader } from '../legs/body.js'
import type { Gateway, Gateways, LegOwner } from '../legs/gateway.js'
import type { InfoOutcome } from '../legs/info.js'
import type { CallFailure, OutboundCallListener } from '../legs/invitation.js'
import type { LegEnd } from '../legs/leg-end.js'
import type { AnsweredLeg, Leg, LegListener, LegState } from '../legs/leg.js'
import type { Reason } from '../legs/reason.js'
import type { InboundRenegotiation, RenegotiationOutcome } from '../legs/renegotiation.js'
import { refusedLater, type Branch } from './forked-call.js'
import { browserLegState } from './gone-leg.js'

const notAcceptable = 488
const unanswerable: CallFailure = { status: notAcceptable, reasonPhrase: 'Not Acceptable Here' }
const busy: CallFailure = { status: 503, reasonPhrase: 'Service Unavailable' }
const unusable: Reason = { protocol: 'SIP', cause: notAcceptable, text: 'no media in common' }
const gone: Reason = { protocol: 'Q.850', cause: 41, text: 'no media from the browser' }

/**
 * The legs of phones in browsers, each with a media gateway. Code that handles these legs sees plain RTP, while the wire carries what
 * browsers need. A gateway lives as long as its leg.
 */
export class BrowserLegs {
  /** The `BrowserLeg` of each leg of the engine. Other code sees only the `BrowserLeg`. */
  readonly #known = new WeakMap<Leg, Leg>()

  constructor(
    private readonly gateways: Gateways,
    /** The account that is responsible for the calls of an address. */
    private readonly payerOf: (uri: string) => { readonly kind: 'agent' | 'guest'; readonly account: string },
  ) {}

  /** The call as other code sees it. Undefined: it has been refused. `address`: the source address of the INVITE. */
  inbound(call: InboundCall, address: string): InboundCall | undefined {
    const replaces = call.replaces && this.#known.get(call.replaces)
    if (!call.invite.body || !this.gateways.isBrowsers(call.invite.body)) return replaces ? new FacedCall(call, replaces) : call
    const media = new LegMedia(this.gateways, { ...this.payerOf(call.invite.from.uri), address })
    const offer = media.gateway?.offeredByBrowser(call.invite.body)
    if (!media.gateway || !offer) {
      media.close()
      call.reject(media.gateway ? notAcceptable : busy.status)
      return undefined
    }
    const { gateway } = media
    const known = (leg: Leg, face: Leg): void => void this.#known.set(leg, face)
    return new FacedCall(call, replaces ?? call.replaces, { offer, media, gateway, known })
  }

  /** Wraps a call to a browser. `call` sends the INVITE. It gets the gateway's SDP offer for browsers in place of `offer`. */
  outbound(offer: Body | undefined, call: (offer: Body | undefined) => Branch, clock: Clock): Branch {
    return told => {
      const media = new LegMedia(this.gateways, { kind: 'called' })
      const { gateway } = media
      const shown = offer && gateway?.offeredByPlain(offer)
      if (!gateway || (offer && !shown)) {
        media.close()
        return refusedLater(clock, told, gateway ? unanswerable : busy)
      }
      let state: 'ringing' | 'answered' | 'over' = 'ringing'
      const outbound = call(shown)({
        ringing: status => {
          if (state === 'ringing') told.ringing?.(status)
        },
        answered: leg => {
          // The answer crossed our CANCEL.
          if (state === 'over') return leg.hangUp(gone)
          state = 'answered'
          this.#answered(leg, offer !== undefined, media, gateway, told)
        },
        refused: failure => {
          media.close()
          if (state === 'ringing') told.refused(failure)
        },
      })
      // The gateway is lost before the browser answers, so this phone can't take the call.
      media.onLost(() => {
        state = 'over'
        media.close()
        outbound.cancel(gone)
        told.refused(busy)
      })
      return {
        sipCallId: outbound.sipCallId,
        cancel: reason => {
          // After the answer the gateway belongs to the leg. If a 200 crosses the CANCEL, the engine ends its leg.
          if (state !== 'answered') media.close()
          outbound.cancel(reason)
        },
        kept: () => outbound.kept(),
      }
    }
  }

  #answered(leg: AnsweredLeg, offered: boolean, media: LegMedia, gateway: Gateway, told: OutboundCallListener): void {
    const body = leg.body && (offered ? gateway.answerToPlain(leg.body) : gateway.offeredByBrowser(leg.body))
    const face = new BrowserLeg(leg, media, gateway, body)
    this.#known.set(leg, face)
    if (body) return told.answered(face)
    leg.hangUp(unusable)
    told.refused(unanswerable)
  }
}

/** The gateway of one leg, opened before the leg exists. A loss before `onLost` is remembered for it. */
class LegMedia {
  readonly gateway: Gateway | undefined
  #isLost = false
  #lost: (() => void) | undefined

  constructor(gateways: Gateways, owner: LegOwner) {
    const opened = gateways.open(owner, {
      lost: () => {
        this.#isLost = true
        this.#lost?.()
      },
    })
    this.gateway = opened.kind === 'opened' ? opened.gateway : undefined
  }

  /** Sets the listener for the loss. Returns whether the gateway is already lost. */
  onLost(lost: () => void): boolean {
    this.#lost = lost
    return this.#isLost
  }

  close(): void {
    this.#lost = undefined
    this.gateway?.close()
  }
}

/** What a `FacedCall` has only if the call comes from a browser. */
interface Carried {
  readonly offer: Body
  readonly media: LegMedia
  readonly gateway: Gateway
  /** Records the engine's leg and the leg that other code sees. */
  readonly known: (leg: Leg, face: Leg) => void
}

/** A call with a changed appearance: from a browser, or one that replaces a browser's leg. */
class FacedCall implements InboundCall {
  readonly invite: ReceivedInvite
  readonly origin: Origin
  readonly replaces?: Leg
  #listener: InboundCallListener | undefined

  constructor(
    private readonly call: InboundCall,
    replaces: Leg | undefined,
    private readonly carried?: Carried,
  ) {
    this.invite = carried ? { ...call.invite, body: carried.offer } : call.invite
    this.origin = carried ? throughGateway(call.origin) : call.origin
    if (replaces) this.replaces = replaces
    if (!carried) return
    call.listen({ cancelled: () => carried.media.close() })
    // The gateway is lost before the answer, so we can't answer any more.
    carried.media.onLost(() => {
      carried.media.close()
      call.reject(busy.status)
      this.#listener?.cancelled()
    })
  }

  header(name: string): readonly string[] {
    return this.call.header(name)
  }

  listen(listener: InboundCallListener): void {
    this.#listener = listener
    this.call.listen({
      cancelled: () => {
        this.carried?.media.close()
        listener.cancelled()
      },
      ...(listener.cutOff && { cutOff: () => listener.cutOff?.() }),
    })
  }

  probe(told: (answer: PeerAnswer) => void): void {
    this.call.probe(told)
  }

  progress(status: 180 | 182, reasonPhrase?: string): void {
    this.call.progress(status, reasonPhrase)
  }

  answer(body: Body | undefined, headers: readonly ExtraHeader[] = []): Leg {
    const { carried } = this
    if (!carried) return this.call.answer(body, headers)
    const answer = body && carried.gateway.answerToBrowser(body)
    const leg = this.call.answer(answer ?? body, headers)
    const face = new BrowserLeg(leg, carried.media, carried.gateway)
    carried.known(leg, face)
    if (!answer) face.hangUp(unusable)
    return face
  }

  reject(status: number, options?: Parameters<InboundCall['reject']>[1]): void {
    this.carried?.media.close()
    this.call.reject(status, options)
  }

  /** Undefined for a call from a browser: its connection and media keys end with the process, so the next one can't restore it. */
  state(): LegState | undefined {
    return this.carried ? undefined : this.call.state()
  }

  letGo(): void {
    this.carried?.media.close()
    this.call.letGo()
  }
}

/** A browser's media come from our gateway, so its own address is no evidence for them. */
function throughGateway({ trusted, proxied, peer }: Origin): Origin {
  return { trusted, proxied, peer, ours: true }
}

/** One leg with a browser. Other code sees SDP for plain RTP. */
class BrowserLeg implements AnsweredLeg {
  readonly sipCallId: string
  readonly ours = true
  readonly body?: Body
  #listener: LegListener | undefined
  #ended = false

  get heardAt(): number {
    return this.leg.heardAt
  }

  constructor(
    private readonly leg: Leg | AnsweredLeg,
    private readonly media: LegMedia,
    private readonly gateway: Gateway,
    body?: Body,
  ) {
    this.sipCallId = leg.sipCallId
    if (body) this.body = body
    // A leg that nobody listens to must close its gateway too. Such a leg belongs to a phone that answered after another one.
    leg.listen({ ended: end => this.#end(end) })
    if (media.onLost(() => this.#lost())) leg.hangUp(gone)
  }

  listen(listener: LegListener): void {
    this.#listener = listener
    this.leg.listen({
      ...(listener.confirmed && { confirmed: answer => listener.confirmed?.(answer) }),
      ...(listener.renegotiation && { renegotiation: request => this.#renegotiated(request, listener) }),
      ...(listener.info && { info: request => listener.info?.(request) }),
      ...(listener.refer && { refer: request => listener.refer?.(request) }),
      ...(listener.cutOff && { cutOff: () => listener.cutOff?.() }),
      ended: end => this.#end(end),
    })
  }

  renegotiate(body: Body | undefined, outcome: (outcome: RenegotiationOutcome) => void): void {
    const offer = body && this.gateway.offeredByPlain(body)
    if (body && !offer) return outcome(refused)
    this.leg.renegotiate(offer, ended => outcome(ended.kind === 'accepted' ? this.#accepted(ended, body !== undefined) : ended))
  }

  acknowledge(answer?: Body): void {
    if ('acknowledge' in this.leg) this.leg.acknowledge(answer && this.gateway.answerToBrowser(answer))
  }

  info(body: Body | undefined, headers: readonly ExtraHeader[], outcome: InfoOutcome): void {
    this.leg.info(body, headers, outcome)
  }

  hangUp(reason?: Reason): void {
    this.leg.hangUp(reason)
  }

  state(): LegState {
    return browserLegState(this)
  }

  probe(): void {
    this.leg.probe()
  }

  letGo(): void {
    this.media.close()
    this.leg.letGo()
  }

  /** Passes on the browser's re-INVITE with SDP for plain RTP. Refuses what the gateway can't carry. */
  #renegotiated(request: InboundRenegotiation, listener: LegListener): void {
    const offer = request.body && this.gateway.offeredByBrowser(request.body)
    if (request.body && !offer) return request.reject(notAcceptable)
    listener.renegotiation?.({
      ...(offer && { body: offer }),
      accept: (body, confirmed) => {
        const answer = body && (offer ? this.gateway.answerToBrowser(body) : this.gateway.offeredByPlain(body))
        if (!answer) return request.reject(notAcceptable)
        request.accept(answer, late => confirmed(late && this.gateway.answerToPlain(late)))
      },
      reject: (status, headers) => request.reject(status, headers),
    })
  }

  #accepted(outcome: Extract<RenegotiationOutcome, { kind: 'accepted' }>, offered: boolean): RenegotiationOutcome {
    const { body: theirs } = outcome
    const body = theirs && (offered ? this.gateway.answerToPlain(theirs) : this.gateway.offeredByBrowser(theirs))
    if (!body) {
      outcome.acknowledge()
      return refused
    }
    return { kind: 'accepted', body, acknowledge: answer => outcome.acknowledge(answer && this.gateway.answerToBrowser(answer)) }
  }

  #lost(): void {
    if (this.#ended) return
    this.#ended = true
    this.media.close()
    this.leg.hangUp(gone)
    this.#listener?.ended({ kind: 'lost', why: 'transport' })
  }

  #end(end: LegEnd): void {
    if (this.#ended) return
    this.#ended = true
    this.media.close()
    this.#listener?.ended(end)
  }
}

const refused: RenegotiationOutcome = { kind: 'rejected', status: notAcceptable, headers: [] }
