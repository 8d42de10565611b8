import type { Timer } from '../../foundation/clock.js'
import { seconds, type Millis } from '../../foundation/time.js'
import type { Body, ExtraHeader } from '../../legs/body.js'
import type { CallFailure, OutboundCall, OutboundCallListener } from '../../legs/invitation.js'
import type { Reason } from '../../legs/reason.js'
import { buildResponse } from '../message/build.js'
import { cseq, from, to } from '../message/fields.js'
import { HeaderTable } from '../message/headers.js'
import type { SipRequest, SipResponse } from '../message/message.js'
import { formatReason } from '../message/reason.js'
import { descriptionIn } from '../content.js'
import { refusalWithin, sessionBody } from '../screening.js'
import { detached } from '../transaction/matching.js'
import type { ClientTransaction, ClientTransactionListener, Destination, ServerTransaction } from '../transaction/user.js'
import type { Hop } from '../transport/transport.js'
import { Dialog } from './dialog.js'
import type { OwedAck } from './owed-ack.js'
import { isSamePlace, type DialogPeer } from './peer-place.js'
import { ProvisionalOrder } from './reliable.js'
import { askingMore } from './session-timer.js'
import type { SessionContext } from './session-context.js'
import { Session } from './session.js'
import type { UnsentCancels } from './unsent-cancels.js'

/** What INVITEs of ours need of the endpoint. They share one. */
export interface InviteClientContext extends SessionContext {
  readonly cancels: UnsentCancels
  keep(session: Session): void
  /** A response of a fork over the limit was dropped. */
  overForks(): void
  /** Nothing more can come of the INVITE itself; its sessions go on. */
  closed(invite: ClientInvite): void
}

/** What one fork has said reliably (RFC 3262). */
interface Early {
  readonly dialog: Dialog
  /** Its answer to our SDP offer, which the 2xx need not repeat (RFC 3262 §5). */
  answer: Body | undefined
}

/**
 * How long an address may say nothing at all before the next is tried. Who gets an INVITE says 100 within 200 ms (RFC 3261 §17.2.1); by UDP it
 * was sent four times by then.
 */
const longestSilence = seconds(5)

type State =
  | { readonly kind: 'calling' }
  /** The owner wants no answer any more; a 2xx that comes all the same is ACKed and ended. */
  | { readonly kind: 'cancelled' }
  /** One fork won; 2xx of others are ACKed and ended (RFC 3261 §13.2.2.4). */
  | { readonly kind: 'answered' }
  | { readonly kind: 'failed' }

/**
 * So many forks of one INVITE count: each that answers costs a session, an ACK and a BYE. Further ones are not acknowledged; their sender gives up by
 * itself (RFC 3261 §13.3.1.4).
 */
const mostForks = 16
/** Of all its forks together: a phone says that it rings a few times. */
const mostReliable = 100

/** An INVITE that we sent, with all the dialogs that it may come to. */
export class ClientInvite implements OutboundCall, ClientTransactionListener {
  /** What requests within its early dialogs are found by, whichever fork they come from. */
  readonly key: string
  #state: State = { kind: 'calling' }
  #transaction: ClientTransaction | undefined
  #timerC: Timer | undefined
  /** It waits for the CANCEL of another INVITE to the same phone. */
  #held: Timer | undefined
  /** Set while our CANCEL waits for the first response. */
  #cancelOut: (() => void) | undefined
  /** Of the forks that answered: a 2xx that comes again is ACKed again. Mostly one and few at most, so no Map, which is larger than all else that lingers. */
  readonly #acks: { readonly tag: string; readonly ack: OwedAck }[] = []
  readonly #order = new ProvisionalOrder(mostForks, mostReliable)
  /** Forks that spoke reliably, by remote tag. */
  #early: Map<string, Early> | undefined
  /** Forks that spoke, by remote tag, with their first answer to our offer. */
  readonly #previews = new Map<string, Body | undefined>()
  /** A 422 was followed by another try. */
  #raised = false
  #target: Destination = ''
  /** Kinds of ringing that the owner was told of. */
  #rung: 0 | 180 | 183 | 'both' = 0
  heardWithin = longestSilence
  #endsInSilence = false

  constructor(
    private request: SipRequest,
    private readonly contact: string,
    private listener: OutboundCallListener | undefined,
    private readonly context: InviteClientContext,
    /** The address of record of the phone that is called, when it registered here. */
    readonly account: string | undefined,
  ) {
    this.key = `${this.sipCallId} ${from(request.headers)?.tag ?? ''}`
  }

  get sipCallId(): string {
    return this.request.headers.first('Call-ID') ?? ''
  }

  /**
   * `expires`: how long without a final response, then CANCEL and 408, as a proxy's timer C would (§16.8). `heardWithin`: how long without any
   * response, then the same.
   */
  start(target: Destination, expires: Millis, heardWithin?: Millis): void {
    this.#timerC = this.context.clock.after(expires, () => this.#giveUp())
    this.#target = target
    this.#endsInSilence = heardWithin !== undefined
    this.heardWithin = heardWithin ?? longestSilence
    this.#held = this.context.cancels.whenSent(this.#place, () => {
      this.#held = undefined
      this.#send()
    })
  }

  /** The phone or address that it goes to. */
  get #place(): string {
    const target = this.#target
    return `${this.request.uri} ${typeof target === 'string' ? target : `${target.transport} ${target.host} ${target.port}`}`
  }

  #giveUp(how: Pick<CallFailure, 'silent'> = {}): void {
    if (this.#state.kind !== 'calling') return
    this.cancel()
    this.listener?.refused({ status: 408, reasonPhrase: 'Request Timeout', ...how })
  }

  #send(): void {
    this.#transaction = this.context.transactions.request(this.request, this.#target, this)
  }

  /** Whether a phone that rings speaks from there: where the INVITE went, or where what it said leads. */
  isFrom(source: Hop): boolean {
    const [flow, hop] = [this.#flow, this.#transaction?.hop]
    if ((flow && isSamePlace(flow, source)) || (hop && isSamePlace(hop, source))) return true
    return [...(this.#early?.values() ?? [])].some(({ dialog }) => dialog.isFrom(source))
  }

  get #peer(): DialogPeer {
    return { seen: this.#transaction?.hop, account: this.account }
  }

  get #flow(): Hop | undefined {
    return typeof this.#target === 'string' ? undefined : this.#target
  }

  cancel(reason?: Reason): void {
    if (this.#state.kind !== 'calling') return
    this.#state = { kind: 'cancelled' }
    this.#timerC?.cancel()
    if (this.#held) {
      this.#held.cancel()
      return this.context.closed(this)
    }
    const isOut = this.#transaction?.cancel(reason ? [['Reason', formatReason(reason)]] : [])
    if (isOut === false) this.#cancelOut = this.context.cancels.add(this.#place)
  }

  /** A request within one of the early dialogs, which say nothing about the INVITE: only its responses do. */
  onRequest(transaction: ServerTransaction): void {
    const { request } = transaction
    const answer = (status: number, headers?: readonly ExtraHeader[]): void =>
      transaction.respond(buildResponse(request, status, { ...(headers && { headers }) }))
    // A fork that has not spoken has no dialog with us (§12.2.2).
    if (!this.#previews.has(from(request.headers)?.tag ?? '')) return answer(481)
    // §14.2: our INVITE is open.
    if (request.method === 'INVITE') return answer(491)
    // §15: the callee sends none before the dialog is confirmed.
    if (request.method === 'BYE') return answer(481)
    const refusal = refusalWithin(request, this.context.intervals.shortest)
    if (refusal) return answer(refusal.status, refusal.headers)
    switch (request.method) {
      case 'UPDATE':
        // RFC 3311 §5.2: our offer is open, or it is we who were to get one. Without an offer, the 2xx names the target.
        if (sessionBody(request)) return answer(491)
        return answer(200, [['Contact', this.contact], ...this.context.answerHeaders])
      case 'PRACK':
        return answer(481)
      case 'REFER':
        return answer(603)
      default:
        return answer(200, this.context.answerHeaders)
    }
  }

  // ---- what its transaction tells

  provisional(response: SipResponse): void {
    this.#noLongerHolds()
    const heard = this.#order.hear(response)
    if (heard.kind === 'tooMany') this.context.overForks()
    if (heard.kind === 'dropped' || heard.kind === 'tooMany') return
    this.#knows(response)
    if (heard.kind === 'next') this.#acknowledge(response, heard.tag, heard.rack)
    this.#rings(response.status)
  }

  final(response: SipResponse): void {
    this.#finished(response)
    // Behind the BYE, where a 2xx crossed.
    this.#noLongerHolds()
  }

  #finished(response: SipResponse): void {
    if (response.status >= 300) {
      if (this.#triesOtherwise(response)) return
      return this.#failed(response.status, response.reasonPhrase)
    }
    const tag = to(response.headers)?.tag ?? ''
    if (this.#acknowledgesAgain(tag)) return
    // The first answer counts, however many came late from elsewhere.
    if (this.#acks.length >= mostForks && this.#state.kind !== 'calling') return this.context.overForks()
    const session = this.#begin(response, tag)
    if (this.#state.kind === 'calling') this.#answered(session, descriptionIn(response) ?? this.#saidBefore(tag))
    else {
      session.hangUp()
      this.context.closed(this)
    }
  }

  silent(): void {
    if (this.#endsInSilence) this.#giveUp({ silent: true })
  }

  late(response: SipResponse): void {
    const tag = to(response.headers)?.tag ?? ''
    if (this.#acknowledgesAgain(tag)) return
    if (this.#acks.length >= mostForks) return this.context.overForks()
    this.#begin(response, tag).hangUp()
  }

  failed(why: 'timeout' | 'transport'): void {
    this.#noLongerHolds()
    // Timer B runs only until the first response (RFC 3261 §17.1.1.2).
    if (why === 'timeout') this.#failed(408, 'Request Timeout', { silent: true })
    else this.#failed(503, 'Service Unavailable', { unreachable: true })
  }

  // ---- inside

  #noLongerHolds(): void {
    this.#cancelOut?.()
    this.#cancelOut = undefined
  }

  /** PRACK, whatever became of it: also when we have cancelled, so that the fork stops repeating (RFC 3262 §4). */
  #acknowledge(response: SipResponse, tag: string, rack: string): void {
    this.#early ??= new Map()
    const early = this.#early.get(tag) ?? {
      dialog: Dialog.byClient(this.request, response, this.contact, { flow: this.#flow, peer: this.#peer }),
      answer: undefined,
    }
    this.#early.set(detached(tag), early)
    early.answer = descriptionIn(response) ?? early.answer
    const { request, target } = early.dialog.request('PRACK', { headers: [...this.context.requestHeaders, ['RAck', rack]] })
    const nothing = (): void => undefined // what matters comes by the INVITE's own responses
    this.context.transactions.request(request, target, { final: nothing, failed: nothing })
  }

  #saidBefore(tag: string): Body | undefined {
    return this.#early?.get(tag)?.answer ?? this.#previews.get(tag)
  }

  /** The first description of each fork is its answer, also where it came unreliably and the 2xx holds none (RFC 3261 §13.2.1). */
  #knows(response: SipResponse): void {
    const tag = to(response.headers)?.tag
    if (tag === undefined || this.#previews.has(tag) || this.#previews.size >= mostForks) return
    const body = sessionBody(this.request) && descriptionIn(response)
    this.#previews.set(detached(tag), body && { type: detached(body.type), text: detached(body.text) })
  }

  #rings(status: number): void {
    if (this.#state.kind !== 'calling' || (status !== 180 && status !== 183)) return
    if (this.#rung === status || this.#rung === 'both') return
    this.#rung = this.#rung === 0 ? status : 'both'
    this.listener?.ringing?.(status)
  }

  /** Whether it is a 2xx that came before. */
  #acknowledgesAgain(tag: string): boolean {
    const known = this.#acks.find(fork => fork.tag === tag)
    known?.ack.again()
    return known !== undefined
  }

  #begin(response: SipResponse, tag: string): Session {
    const early = this.#early?.get(tag)?.dialog
    const way = { early, flow: this.#flow, peer: this.#peer }
    const session = new Session(Dialog.byClient(this.request, response, this.contact, way), this.context)
    this.#acks.push({ tag: detached(tag), ack: session.answered(this.request, response) })
    this.context.keep(session)
    return session
  }

  /** RFC 4028 §7.3: once, with the interval that is taken there and the next number. */
  #triesAgain({ headers: refusal }: SipResponse): boolean {
    const more = askingMore(refusal, this.context.intervals)
    if (this.#state.kind !== 'calling' || this.#raised || !more) return false
    this.#raised = true
    const headers = this.request.headers.clone()
    headers.set('CSeq', `${(cseq(headers)?.number ?? 1) + 1} INVITE`)
    headers.set('Session-Expires', `${more[0]};refresher=uac`)
    headers.set('Min-SE', String(more[1]))
    this.request = { ...this.request, headers }
    this.#send()
    return true
  }

  #triesOtherwise(response: SipResponse): boolean {
    if (response.status === 422) return this.#triesAgain(response)
    return response.status === 415 && this.#triesAlone()
  }

  /** A phone that takes no body of several parts gets the description alone. */
  #triesAlone(): boolean {
    const alone = descriptionIn(this.request)
    if (this.#state.kind !== 'calling' || !alone || alone.text === this.request.body) return false
    const headers = this.request.headers.clone()
    headers.set('CSeq', `${(cseq(headers)?.number ?? 1) + 1} INVITE`)
    headers.set('Content-Type', alone.type)
    this.request = { ...this.request, headers, body: alone.text }
    this.#send()
    return true
  }

  #answered(session: Session, body: Body | undefined): void {
    this.#state = { kind: 'answered' }
    this.#timerC?.cancel()
    this.#timerC = undefined
    this.#transaction = undefined
    this.request = whatForksNeed(this.request)
    this.context.closed(this)
    const { listener } = this
    this.listener = undefined
    listener?.answered(Object.assign(session, body && { body }))
  }

  #failed(status: number, reasonPhrase: string, how: Pick<CallFailure, 'unreachable' | 'silent'> = {}): void {
    const calling = this.#state.kind === 'calling'
    if (this.#state.kind === 'answered' || this.#state.kind === 'failed') return
    this.#state = { kind: 'failed' }
    this.#timerC?.cancel()
    this.context.closed(this)
    const { listener } = this
    this.listener = undefined
    if (calling) listener?.refused({ status, reasonPhrase, ...how })
  }
}

/** Of an INVITE that was answered: further 2xx may come for 32 s, and nothing else of it is asked for any more. */
function whatForksNeed({ method, uri, headers, body }: SipRequest): SipRequest {
  const needed = new HeaderTable()
  for (const name of ['From', 'Call-ID', 'CSeq', 'Content-Type']) needed.appendFrom(headers, name)
  return { kind: 'request', method, uri, headers: needed, body: detached(body) }
}
