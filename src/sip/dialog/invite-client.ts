import { detached } from '../../foundation/detached.js'
import type { Timer } from '../../foundation/clock.js'
import { millis, seconds, type Millis } from '../../foundation/time.js'
import type { Body, ExtraHeader } from '../../legs/body.js'
import type { CallFailure, OutboundCall, OutboundCallListener } from '../../legs/invitation.js'
import type { LegState } from '../../legs/leg.js'
import type { Reason } from '../../legs/reason.js'
import { buildResponse } from '../message/build.js'
import { cseq, from, to } from '../message/fields.js'
import { HeaderTable } from '../message/headers.js'
import type { SipRequest, SipResponse } from '../message/message.js'
import { formatReason } from '../message/reason.js'
import { descriptionIn } from '../content.js'
import { refusalWithin, sessionBody } from '../screening.js'
import { largestDatagram, lengthOf, longestForPhones } from '../transaction/long-requests.js'
import type { ClientTransaction, ClientTransactionListener, Destination, ServerTransaction } from '../transaction/user.js'
import type { Hop } from '../transport/transport.js'
import { Dialog } from './dialog.js'
import { Forks } from './forks.js'
import { isSamePlace, type DialogPeer } from './peer-place.js'
import { askingMore } from './session-timer.js'
import type { SessionContext } from './session-context.js'
import { Session } from './session.js'
import { ringingState } from './session-state.js'
import type { UnreadLengths } from './unread-lengths.js'
import type { UnsentCancels } from './unsent-cancels.js'

/** The endpoint's services for INVITEs that we send. All share one object. */
export interface InviteClientContext {
  readonly session: SessionContext
  readonly cancels: UnsentCancels
  readonly unread: UnreadLengths
  /** Asks by a short OPTIONS whether the phone of that INVITE is there. Calls `answered` if the phone itself answers. */
  askPhone(invite: SipRequest, target: Destination, answered: () => void): void
  keep(session: Session): void
  /** A response of a fork above the limit was dropped. */
  overForks(): void
  /** The INVITE is finished. Its sessions continue. */
  closed(invite: ClientInvite): void
}

/** The destination of an INVITE, and its time limit without a response. */
interface InviteWay {
  readonly target: Destination
  /** The whole Contact value for this target. */
  readonly contact: string
  /** The address of record of the called phone, if the phone registered here. */
  readonly account: string | undefined
  /**
   * How long each address of the target may be silent. When the last address is silent too, the INVITE fails. Undefined: `longestSilence`,
   * and the last address has until timer B.
   */
  readonly heardWithin: Millis | undefined
}

/**
 * How long an address may be silent before the next one is tried. A server sends 100 within 200 ms (RFC 3261 §17.2.1), and over UDP the
 * INVITE was sent four times by then.
 */
const longestSilence = seconds(5)

/** The owner waits for an answer. */
interface Calling {
  readonly kind: 'calling'
  /** About how long the request is. */
  readonly bytes: number
  /** Ends the wait for a final response with CANCEL and 408, like a proxy's timer C (§16.8). */
  readonly timerC: Timer
  /** Runs while the INVITE waits for the CANCEL of another INVITE to the same phone, or before it fails with 513 because it is too long. */
  held: Timer | undefined
  /** Runs while a long INVITE has no response. Then the phone is asked whether it is there. */
  asking: Timer | undefined
  /** The kinds of ringing that were reported. */
  rung: 0 | 180 | 183 | 'both'
  /** The INVITE was sent again after a 422. */
  raised: boolean
}

/** The owner no longer wants an answer. A 2xx that still comes gets ACK and BYE. */
interface Cancelled {
  readonly kind: 'cancelled'
  /** Set while our CANCEL waits for the first response. Call it when the CANCEL is sent: the next INVITE to the same phone follows. */
  letNext: (() => void) | undefined
}

type State =
  | { readonly kind: 'notStarted' }
  | Calling
  | Cancelled
  /** One fork won. 2xx responses of other forks get ACK and BYE (RFC 3261 §13.2.2.4). */
  | { readonly kind: 'answered' }
  | { readonly kind: 'failed' }

const notStarted: State = { kind: 'notStarted' }

/** An INVITE of ours, with all dialogs that it may create. */
export class ClientInvite implements OutboundCall, ClientTransactionListener {
  /** Identifies the requests in its early dialogs, for all forks. */
  readonly key: string
  /** The phone answered a short request while it was silent to this INVITE. */
  answersShort = false
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

  /** `expires`: the time limit for the final response. */
  start(expires: Millis): void {
    const timerC = this.context.session.clock.after(expires, () => this.#giveUp())
    const bytes = lengthOf(this.request)
    const calling: Calling = { kind: 'calling', bytes, timerC, held: undefined, asking: undefined, rung: 0, raised: false }
    this.#state = calling
    const { session, cancels, unread } = this.context
    const isTooLong = bytes > longestForPhones || unread.includes(this.#place, bytes)
    // Deferred, so that nothing is reported before `start` returns.
    if (isTooLong && this.way.heardWithin !== undefined)
      calling.held = session.clock.after(millis(0), () => this.#giveUp({}, 513))
    else
      calling.held = cancels.whenSent(this.#place, () => {
        calling.held = undefined
        this.#send()
        this.#askLater(calling)
      })
  }

  /** If a network may lose the INVITE because it is long, we ask the phone by a short request after half of `heardWithin`. */
  #askLater(calling: Calling): void {
    const { heardWithin } = this.way
    if (heardWithin === undefined || calling.bytes <= largestDatagram) return
    const answered = (): void => {
      this.answersShort = true
    }
    const ask = (): void => this.context.askPhone(this.request, this.way.target, answered)
    calling.asking = this.context.session.clock.after(millis(heardWithin / 2), ask)
  }

  /** The target phone or address. */
  get #place(): string {
    const { target } = this.way
    return `${this.request.uri} ${typeof target === 'string' ? target : `${target.transport} ${target.host} ${target.port}`}`
  }

  #giveUp(how: Pick<CallFailure, 'silent'> = {}, status: 408 | 513 = 408): void {
    if (this.#state.kind !== 'calling') return
    this.cancel()
    this.listener?.refused({ status, reasonPhrase: status === 408 ? 'Request Timeout' : 'Message Too Large', ...how })
  }

  #send(): void {
    this.#transaction = this.context.session.transactions.request(this.request, this.way.target, this)
  }

  /** Whether a ringing phone may send from this source: the INVITE went there, or one of its early dialogs has this peer. */
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

  /** The previous process sent this INVITE. Cancels it, and ends what it still creates. */
  stopRinging(reason: Reason): void {
    const { target } = this.way
    const { transactions } = this.context.session
    if (typeof target !== 'string') this.#transaction = transactions.resume?.(this.request, target, this)
    if (!this.#transaction) return this.context.closed(this)
    this.#become({ kind: 'cancelled', letNext: undefined })
    this.#transaction.cancel([['Reason', formatReason(reason)]])
  }

  kept(): readonly LegState[] {
    const { hop, request } = this.#transaction ?? {}
    const state = this.#state.kind === 'calling' && hop && request ? ringingState(request, hop) : undefined
    return state ? [state] : []
  }

  /** A request in one of the early dialogs. Only responses change the state of the INVITE. */
  onRequest(transaction: ServerTransaction): void {
    const { request } = transaction
    const answer = (status: number, headers?: readonly ExtraHeader[]): void =>
      transaction.respond(buildResponse(request, status, { ...(headers && { headers }) }))
    // A fork without a response has no dialog with us (§12.2.2).
    if (!this.#forks.hasSpoken(from(request.headers)?.tag ?? '')) return answer(481)
    // §14.2: our INVITE is pending.
    if (request.method === 'INVITE') return answer(491)
    // §15: the callee may send BYE only in a confirmed dialog.
    if (request.method === 'BYE') return answer(481)
    const refusal = refusalWithin(request, this.context.session.intervals.shortest)
    if (refusal) return answer(refusal.status, refusal.headers)
    switch (request.method) {
      case 'UPDATE':
        // RFC 3311 §5.2: our offer is pending, or we wait for one. Without an offer it refreshes nothing, because the 2xx names the target.
        if (sessionBody(request)) return answer(491)
        return answer(200, [['Contact', this.way.contact], ...this.context.session.headers.answers])
      case 'PRACK':
        return answer(481)
      case 'REFER':
        return answer(603)
      default:
        return answer(200, this.context.session.headers.answers)
    }
  }

  // ---- reports of its transaction

  provisional(response: SipResponse): void {
    this.#takeLetNext()?.()
    if (this.#state.kind === 'calling') this.#state.asking?.cancel()
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
    // If a 2xx crossed our CANCEL, the BYE goes out before the next INVITE.
    letNext?.()
  }

  #finished(response: SipResponse): void {
    if (response.status >= 300) {
      if (this.#triesOtherwise(response)) return
      return this.#failed(response.status, response.reasonPhrase)
    }
    const tag = to(response.headers)?.tag ?? ''
    if (this.#forks.acknowledgesAgain(tag)) return
    // While we wait for an answer, a 2xx counts even above the limit of forks.
    if (this.#forks.isFull && this.#state.kind !== 'calling') return this.context.overForks()
    const session = this.#begin(response, tag)
    if (this.#state.kind === 'calling') this.#answered(session, descriptionIn(response) ?? this.#forks.answerBefore(tag))
    else {
      session.hangUp()
      this.context.closed(this)
    }
  }

  silent(wasLong: boolean): void {
    if (this.way.heardWithin === undefined) return
    if (!wasLong && !this.answersShort) return this.#giveUp({ silent: true })
    if (this.#state.kind === 'calling') this.context.unread.add(this.#place, this.#state.bytes)
    this.#giveUp({}, 513)
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

  // ---- internal

  /** Changes the state. At the end of `calling`, timer C and the question to the phone stop. `cancel` stops `held`. */
  #become(state: State): void {
    if (this.#state.kind === 'calling') {
      this.#state.timerC.cancel()
      this.#state.asking?.cancel()
    }
    this.#state = state
  }

  /** The first response came, so our CANCEL is sent now. Returns the function that lets the next INVITE follow, once. */
  #takeLetNext(): (() => void) | undefined {
    const state = this.#state
    if (state.kind !== 'cancelled') return undefined
    const { letNext } = state
    state.letNext = undefined
    return letNext
  }

  /** Sends PRACK in any state, also after our CANCEL, so that the fork stops repeating (RFC 3262 §4). */
  #acknowledge(response: SipResponse, tag: string, rack: string): void {
    const way = { flow: this.#flow, peer: this.#peer }
    const dialog = this.#forks.early(tag) ?? Dialog.byClient(this.request, response, this.way.contact, way)
    this.#forks.spokeReliably(tag, dialog, descriptionIn(response))
    const { request, target } = dialog.request('PRACK', { headers: [...this.context.session.headers.requests, ['RAck', rack]] })
    const nothing = (): void => undefined // The responses to the INVITE decide. Those to a PRACK change nothing.
    this.context.session.transactions.request(request, target, { final: nothing, failed: nothing })
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
    const session = new Session(Dialog.byClient(this.request, response, this.way.contact, way), this.context.session)
    this.#forks.answered(tag, session.answered(this.request, response))
    this.context.keep(session)
    return session
  }

  /** RFC 4028 §7.3: sends the INVITE once more, with the interval of the 422 and the next CSeq number. */
  #triesAgain({ headers: refusal }: SipResponse): boolean {
    const more = askingMore(refusal, this.context.session.intervals)
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

  /** A phone that accepts no multipart body gets only the SDP. */
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

/** The parts of an answered INVITE that further 2xx need. They may come for 32 s (64*T1). The rest is freed. */
function whatForksNeed({ method, uri, headers, body }: SipRequest): SipRequest {
  const needed = new HeaderTable()
  for (const name of ['From', 'Call-ID', 'CSeq', 'Content-Type']) needed.appendFrom(headers, name)
  return { kind: 'request', method, uri, headers: needed, body: detached(body) }
}
