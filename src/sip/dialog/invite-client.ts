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
import { Forks } from './forks.js'
import { isSamePlace, type DialogPeer } from './peer-place.js'
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

/** Where an INVITE goes, and how long it may remain without a response. */
export interface InviteWay {
  readonly target: Destination
  /** Whole Contact value towards the target. */
  readonly contact: string
  /** The address of record of the phone that is called, when it registered here. */
  readonly account: string | undefined
  /** Its owner gives up if no response at all comes within this time. Default: addresses of the target are tried one after another. */
  readonly heardWithin: Millis | undefined
}

/**
 * How long an address may say nothing at all before the next is tried. Who gets an INVITE says 100 within 200 ms (RFC 3261 §17.2.1); by UDP it
 * was sent four times by then.
 */
const longestSilence = seconds(5)

/** The owner wants an answer, and none has come. */
interface Calling {
  readonly kind: 'calling'
  /** Without a final response until then: CANCEL and 408, as by a proxy's timer C (§16.8). */
  readonly timerC: Timer
  /** It waits for the CANCEL of another INVITE to the same phone. */
  held: Timer | undefined
  /** Kinds of ringing that the owner was told of. */
  rung: 0 | 180 | 183 | 'both'
  /** A 422 was followed by another try. */
  raised: boolean
}

/** The owner wants no answer any more; a 2xx that comes all the same is ACKed and ended. */
interface Cancelled {
  readonly kind: 'cancelled'
  /** Set while our CANCEL waits for the first response. Sends the next INVITE to the same phone. */
  letNext: (() => void) | undefined
}

type State =
  | { readonly kind: 'notStarted' }
  | Calling
  | Cancelled
  /** One fork won; 2xx of others are ACKed and ended (RFC 3261 §13.2.2.4). */
  | { readonly kind: 'answered' }
  | { readonly kind: 'failed' }

const notStarted: State = { kind: 'notStarted' }

/** An INVITE that we sent, with all the dialogs that it may come to. */
export class ClientInvite implements OutboundCall, ClientTransactionListener {
  /** What requests within its early dialogs are found by, whichever fork they come from. */
  readonly key: string
  #state: State = notStarted
  #transaction: ClientTransaction | undefined
  readonly #forks = new Forks()

  constructor(
    private request: SipRequest,
    private readonly way: InviteWay,
    private listener: OutboundCallListener | undefined,
    private readonly context: InviteClientContext,
  ) {
    this.key = `${this.sipCallId} ${from(request.headers)?.tag ?? ''}`
  }

  get account(): string | undefined {
    return this.way.account
  }

  get heardWithin(): Millis {
    return this.way.heardWithin ?? longestSilence
  }

  get sipCallId(): string {
    return this.request.headers.first('Call-ID') ?? ''
  }

  /** `expires`: how long without a final response. */
  start(expires: Millis): void {
    const timerC = this.context.clock.after(expires, () => this.#giveUp())
    const calling: Calling = { kind: 'calling', timerC, held: undefined, rung: 0, raised: false }
    this.#state = calling
    calling.held = this.context.cancels.whenSent(this.#place, () => {
      calling.held = undefined
      this.#send()
    })
  }

  /** The phone or address that it goes to. */
  get #place(): string {
    const { target } = this.way
    return `${this.request.uri} ${typeof target === 'string' ? target : `${target.transport} ${target.host} ${target.port}`}`
  }

  #giveUp(how: Pick<CallFailure, 'silent'> = {}): void {
    if (this.#state.kind !== 'calling') return
    this.cancel()
    this.listener?.refused({ status: 408, reasonPhrase: 'Request Timeout', ...how })
  }

  #send(): void {
    this.#transaction = this.context.transactions.request(this.request, this.way.target, this)
  }

  /** Whether a phone that rings speaks from there: where the INVITE went, or where what it said leads. */
  isFrom(source: Hop): boolean {
    const [flow, hop] = [this.#flow, this.#transaction?.hop]
    if ((flow && isSamePlace(flow, source)) || (hop && isSamePlace(hop, source))) return true
    return this.#forks.isFrom(source)
  }

  get #peer(): DialogPeer {
    return { seen: this.#transaction?.hop, account: this.way.account }
  }

  get #flow(): Hop | undefined {
    const { target } = this.way
    return typeof target === 'string' ? undefined : target
  }

  cancel(reason?: Reason): void {
    const state = this.#state
    if (state.kind !== 'calling') return
    const cancelled: Cancelled = { kind: 'cancelled', letNext: undefined }
    this.#become(cancelled)
    if (state.held) {
      state.held.cancel()
      return this.context.closed(this)
    }
    const isOut = this.#transaction?.cancel(reason ? [['Reason', formatReason(reason)]] : [])
    if (isOut === false) cancelled.letNext = this.context.cancels.add(this.#place)
  }

  /** A request within one of the early dialogs, which say nothing about the INVITE: only its responses do. */
  onRequest(transaction: ServerTransaction): void {
    const { request } = transaction
    const answer = (status: number, headers?: readonly ExtraHeader[]): void =>
      transaction.respond(buildResponse(request, status, { ...(headers && { headers }) }))
    // A fork that has not spoken has no dialog with us (§12.2.2).
    if (!this.#forks.hasSpoken(from(request.headers)?.tag ?? '')) return answer(481)
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
        return answer(200, [['Contact', this.way.contact], ...this.context.answerHeaders])
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
    this.#takeLetNext()?.()
    const heard = this.#forks.hear(response)
    if (heard.kind === 'tooMany') this.context.overForks()
    if (heard.kind === 'dropped' || heard.kind === 'tooMany') return
    this.#knows(response)
    if (heard.kind === 'next') this.#acknowledge(response, heard.tag, heard.rack)
    this.#rings(response.status)
  }

  final(response: SipResponse): void {
    const letNext = this.#takeLetNext()
    this.#finished(response)
    // Behind the BYE, where a 2xx crossed.
    letNext?.()
  }

  #finished(response: SipResponse): void {
    if (response.status >= 300) {
      if (this.#triesOtherwise(response)) return
      return this.#failed(response.status, response.reasonPhrase)
    }
    const tag = to(response.headers)?.tag ?? ''
    if (this.#forks.acknowledgesAgain(tag)) return
    // The first answer counts, however many came late from elsewhere.
    if (this.#forks.isFull && this.#state.kind !== 'calling') return this.context.overForks()
    const session = this.#begin(response, tag)
    if (this.#state.kind === 'calling') this.#answered(session, descriptionIn(response) ?? this.#forks.answerBefore(tag))
    else {
      session.hangUp()
      this.context.closed(this)
    }
  }

  silent(): void {
    if (this.way.heardWithin !== undefined) this.#giveUp({ silent: true })
  }

  late(response: SipResponse): void {
    const tag = to(response.headers)?.tag ?? ''
    if (this.#forks.acknowledgesAgain(tag)) return
    if (this.#forks.isFull) return this.context.overForks()
    this.#begin(response, tag).hangUp()
  }

  failed(why: 'timeout' | 'transport'): void {
    this.#takeLetNext()?.()
    // Timer B runs only until the first response (RFC 3261 §17.1.1.2).
    if (why === 'timeout') this.#failed(408, 'Request Timeout', { silent: true })
    else this.#failed(503, 'Service Unavailable', { unreachable: true })
  }

  // ---- inside

  /** To leave `calling` stops its timer. */
  #become(state: State): void {
    if (this.#state.kind === 'calling') this.#state.timerC.cancel()
    this.#state = state
  }

  /** The first response came, so our CANCEL goes out now. */
  #takeLetNext(): (() => void) | undefined {
    const state = this.#state
    if (state.kind !== 'cancelled') return undefined
    const { letNext } = state
    state.letNext = undefined
    return letNext
  }

  /** PRACK, whatever became of it: also when we have cancelled, so that the fork stops repeating (RFC 3262 §4). */
  #acknowledge(response: SipResponse, tag: string, rack: string): void {
    const way = { flow: this.#flow, peer: this.#peer }
    const dialog = this.#forks.early(tag) ?? Dialog.byClient(this.request, response, this.way.contact, way)
    this.#forks.spokeReliably(tag, dialog, descriptionIn(response))
    const { request, target } = dialog.request('PRACK', { headers: [...this.context.requestHeaders, ['RAck', rack]] })
    const nothing = (): void => undefined // what matters comes by the INVITE's own responses
    this.context.transactions.request(request, target, { final: nothing, failed: nothing })
  }

  #knows(response: SipResponse): void {
    const tag = to(response.headers)?.tag
    if (tag !== undefined && this.#forks.isNew(tag)) this.#forks.spoke(tag, sessionBody(this.request) && descriptionIn(response))
  }

  #rings(status: number): void {
    const state = this.#state
    if (state.kind !== 'calling' || (status !== 180 && status !== 183)) return
    if (state.rung === status || state.rung === 'both') return
    state.rung = state.rung === 0 ? status : 'both'
    this.listener?.ringing?.(status)
  }

  #begin(response: SipResponse, tag: string): Session {
    const way = { early: this.#forks.early(tag), flow: this.#flow, peer: this.#peer }
    const session = new Session(Dialog.byClient(this.request, response, this.way.contact, way), this.context)
    this.#forks.answered(tag, session.answered(this.request, response))
    this.context.keep(session)
    return session
  }

  /** RFC 4028 §7.3: once, with the interval that is taken there and the next number. */
  #triesAgain({ headers: refusal }: SipResponse): boolean {
    const more = askingMore(refusal, this.context.intervals)
    if (this.#state.kind !== 'calling' || this.#state.raised || !more) return false
    this.#state.raised = true
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
    this.#become({ kind: 'answered' })
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
    this.#become({ kind: 'failed' })
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
