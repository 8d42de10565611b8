import type { Clock } from '../../foundation/clock.js'
import type { Body, ExtraHeader } from '../../legs/body.js'
import type { LegEnd, LegLoss } from '../../legs/leg-end.js'
import type { Leg, LegListener } from '../../legs/leg.js'
import type { Reason } from '../../legs/reason.js'
import type { Replaces } from '../../legs/refer.js'
import type { RenegotiationOutcome } from '../../legs/renegotiation.js'
import { buildResponse } from '../message/build.js'
import type { SipRequest, SipResponse } from '../message/message.js'
import { formatReason, parseReasons } from '../message/reason.js'
import { descriptionIn } from '../content.js'
import { refusalWithin, sessionBody } from '../screening.js'
import type { ServerTransaction, StatelessRefusal } from '../transaction/user.js'
import type { Hop } from '../transport/transport.js'
import { bodyOf, Dialog } from './dialog.js'
import type { OwedAck } from './owed-ack.js'
import type { ReliableProvisionals } from './reliable.js'
import { isTooLongFor, mayBeUnread } from './phone-limit.js'
import { carried, passedOn, Renegotiations, type Renegotiating } from './renegotiation.js'
import { Refreshes, type Refreshed } from './refreshes.js'
import { RequestsWithin, type SessionAround } from './requests-within.js'
import { readSessionState, type SessionState } from './session-state.js'
import { SessionTimer } from './session-timer.js'
import type { SessionContext } from './session-context.js'

type State =
  | { readonly kind: 'open' }
  /** The owner wants to hang up. BYE is sent when the ACK comes, or when it is certain not to come. */
  | { readonly kind: 'leaving'; readonly reason: Reason | undefined }
  /** `told`: a listener was told of the end. */
  | { readonly kind: 'over'; readonly end: LegEnd; told: boolean }

/**
 * A confirmed dialog of an INVITE: re-INVITE both ways, UPDATE, INFO, REFER, BYE, and the outcome of each crossing (RFC 3261 §14, §15).
 */
export class Session implements Leg, Renegotiating, Refreshed, SessionAround {
  readonly timer: SessionTimer
  readonly #renegotiations = new Renegotiations(this)
  #listener: LegListener | undefined
  #state: State = { kind: 'open' }
  readonly #within: RequestsWithin
  readonly #refreshes = new Refreshes(this)
  #heardAt: number

  constructor(
    readonly dialog: Dialog,
    readonly context: SessionContext,
  ) {
    this.#heardAt = context.clock.monotonic()
    this.#within = new RequestsWithin(this)
    this.timer = new SessionTimer(context.clock, context.intervals, {
      refresh: () => this.#refreshes.refresh(),
      expired: () => this.#lose('expired'),
    })
  }

  get sipCallId(): string {
    return this.dialog.callId
  }
  get key(): string {
    return this.dialog.key
  }
  get account(): string | undefined {
    return this.dialog.peer.account
  }
  get begunByPeer(): boolean {
    return this.dialog.peer.calls
  }
  get source(): string | undefined {
    return this.dialog.peer.source
  }
  get proxied(): true | undefined {
    return this.dialog.peer.proxied
  }

  isFrom(source: Hop): boolean {
    return this.dialog.isFrom(source)
  }

  get clock(): Clock {
    return this.context.clock
  }

  get heardAt(): number {
    return this.#heardAt
  }

  /** Notes that a message of the peer came. */
  heard(): void {
    this.#heardAt = this.clock.monotonic()
  }

  cutOff(): void {
    if (!this.isOver) this.#listener?.cutOff?.()
  }

  get isOver(): boolean {
    return this.#state.kind === 'over'
  }

  get listener(): LegListener | undefined {
    return this.#listener
  }

  listen(listener: LegListener): void {
    this.#listener = listener
    this.#tell()
  }

  // ---- the start

  /** As UAS: call it before our 2xx to the INVITE is sent. Returns the session timer's header fields for the 2xx. */
  answering(
    transaction: ServerTransaction,
    body: Body | undefined,
    provisionals: ReliableProvisionals | undefined,
  ): readonly ExtraHeader[] {
    const { headers } = transaction.request
    this.#within.begun(provisionals)
    this.#refreshes.began(headers)
    // Our 2xx contains an offer, which the ACK must answer (RFC 3261 §13.2.2.4).
    const needsAnswer = body !== undefined && sessionBody(transaction.request) === undefined
    this.#renegotiations.expectAck(transaction, body, answer => {
      if (needsAnswer && !answer) this.#lose('noAnswer')
      else this.#listener?.confirmed?.(answer)
    })
    return this.timer.answering(headers)
  }

  /** As UAC: a 2xx to our INVITE came. Returns its ACK, for repetitions of the 2xx. */
  answered(request: SipRequest, response: SipResponse): OwedAck {
    this.#refreshes.began(response.headers)
    this.timer.accepted(response.headers)
    return this.#renegotiations.oweAck(request, response)
  }

  acknowledge(answer?: Body): void {
    this.#renegotiations.acknowledge(answer)
  }

  /** The caller left before our answer, so there is no dialog. */
  neverBegan(): void {
    this.#state = { kind: 'over', end: { kind: 'hungUpByUs' }, told: false }
  }

  /** Restores a session from `state` after a restart, except for pending requests. Undefined: the state can't be read. */
  static restored(kept: unknown, context: SessionContext, keep: (session: Session) => void): Session | undefined {
    const state = readSessionState(kept)
    if (!state) return undefined
    const session = new Session(Dialog.restored(state.dialog), context)
    session.#refreshes.resume(state.byUpdate)
    session.#renegotiations.resume(state.described)
    session.timer.resume(state.timer)
    keep(session)
    return session
  }

  // ---- requests of the owner

  /** The state to store, which `restored` reads. */
  state(): SessionState {
    const { described } = this.#renegotiations
    const parts = { dialog: this.dialog.state(), timer: this.timer.state(), byUpdate: this.#refreshes.byUpdate }
    return described ? { described, ...parts } : parts
  }

  /** Releases the session without a message to the peer, because the next process continues it. */
  letGo(): void {
    this.#end({ kind: 'hungUpByUs' })
  }

  /** Asks whether the peer still has the dialog. The session ends if the peer denies it (RFC 3261 §12.2.1.2) or is silent. */
  probe(): void {
    // The peer's connection is gone. The peer opens a new one, or the session expires.
    if (this.isOver || this.dialog.peer.isCutOff) return
    if (this.#refreshes.byUpdate) return this.#refreshes.update()
    this.#request('OPTIONS', { headers: [] }, response => {
      if (typeof response === 'string') this.loseBy(response === 'transport' ? 'transport' : 'timeout')
      else this.loseAfter(response.status)
    })
  }

  renegotiate(body: Body | undefined, outcome: (outcome: RenegotiationOutcome) => void): void {
    this.#renegotiations.renegotiate(body, outcome)
  }

  info(body: Body | undefined, headers: readonly ExtraHeader[], outcome: Parameters<Leg['info']>[2]): void {
    if (this.isOver) return outcome(481)
    this.#request('INFO', { body, headers }, response => {
      if (typeof response !== 'string') {
        const status = response.status < 300 ? response.status : carried(response.status)
        outcome(status, bodyOf(response), passedOn(response.headers, ['Accept', 'Recv-Info']))
        return this.loseAfter(response.status)
      }
      outcome(statusOf[response])
      if (response === 'unread') this.probe()
      else if (response !== 'tooLong') this.loseBy(response)
    })
  }

  hangUp(reason?: Reason): void {
    if (this.#state.kind !== 'open') return
    this.#state = { kind: 'leaving', reason }
    // §15: the callee sends BYE only after the ACK, or after the wait for it.
    if (!this.#renegotiations.awaitsAck) this.#bye(reason)
  }

  // ---- messages of the peer

  onRequest(transaction: ServerTransaction): void {
    const { request } = transaction
    this.heard()
    if (this.isOver && request.method !== 'BYE') return this.answer(transaction, 481)
    if (!this.dialog.inOrder(request)) return this.answer(transaction, 500)
    this.dialog.heardFrom(transaction.source)
    const refusal = refusalWithin(request, this.context.intervals.shortest)
    if (refusal) return this.answer(transaction, refusal.status, refusal.headers)
    switch (request.method) {
      case 'BYE':
        return this.#byeCame(transaction)
      case 'INVITE':
        return this.#renegotiations.reinvited(transaction)
      case 'UPDATE':
        return this.#renegotiations.updated(transaction)
      case 'INFO':
        return this.#within.informed(transaction)
      case 'REFER':
        return this.#within.referred(transaction)
      case 'PRACK':
        return this.#within.pracked(transaction)
      default:
        return this.answer(transaction, 200, this.context.headers.answers)
    }
  }

  /** OPTIONS may have any number, because it changes nothing (RFC 3261 §11.2). */
  answersAtOnce(request: SipRequest, source: Hop): StatelessRefusal | undefined {
    if (request.method !== 'OPTIONS') return undefined
    this.heard()
    if (this.isOver) return { status: 481, headers: [] }
    this.dialog.heardFrom(source)
    return refusalWithin(request, this.context.intervals.shortest) ?? { status: 200, headers: this.context.headers.answers }
  }

  onAck(ack: SipRequest): void {
    this.heard()
    const confirmed = this.#renegotiations.acknowledged(ack)
    if (!confirmed) return
    if (this.#state.kind === 'leaving') return this.#bye(this.#state.reason)
    confirmed(descriptionIn(ack))
  }

  // ---- for its parts

  answer(transaction: ServerTransaction, status: number, headers: readonly ExtraHeader[] = []): void {
    if (transaction.finalStatus !== undefined) return
    const response = buildResponse(transaction.request, status, { headers })
    // What the other leg said about its refusal may be long.
    transaction.respond(isTooLongFor(this.dialog, response) ? buildResponse(transaction.request, status) : response)
  }

  answerReferred(transaction: ServerTransaction, headers: readonly ExtraHeader[]): void {
    this.answer(transaction, 202, [['Contact', this.dialog.contact], ...this.context.headers.answers, ...headers])
  }

  legOf(replaces: Replaces): Leg | undefined {
    return this.context.sessionOf(replaces)
  }

  /** Also works after the end of the session, because the subscription of a REFER ends separately (RFC 5057 §4.1). */
  notify(headers: readonly ExtraHeader[], body: Body, answered: (status: number) => void): void {
    this.#request('NOTIFY', { headers, body }, response =>
      answered(typeof response === 'string' ? statusOf[response] : response.status),
    )
  }

  repeat(settled: (status: number) => void): void {
    this.#renegotiations.repeat(settled)
  }

  loseAfter(status: number): void {
    if (status === 481 || status === 408) this.#lose('noDialog')
  }

  loseBy(why: 'timeout' | 'transport'): void {
    this.#lose(why === 'timeout' ? 'noDialog' : 'transport')
  }

  unconfirmed(why: 'noAck' | 'transport'): void {
    if (this.#state.kind === 'leaving') this.#bye(this.#state.reason)
    else this.#lose(why)
  }

  // ---- internal

  /** Sends a request in the dialog and returns its result. */
  #request(
    method: string,
    { body, headers }: { body?: Body | undefined; headers: readonly ExtraHeader[] },
    settled: (response: SipResponse | keyof typeof statusOf) => void,
  ): void {
    const { request, target } = this.dialog.request(method, { body, headers: [...this.context.headers.requests, ...headers] })
    if (isTooLongFor(this.dialog, request)) return settled('tooLong')
    this.context.transactions.request(request, target, {
      final: response => {
        this.heard()
        settled(response)
      },
      failed: why => settled(why === 'timeout' && mayBeUnread(this.dialog, request) ? 'unread' : why),
    })
  }

  #byeCame(transaction: ServerTransaction): void {
    this.answer(transaction, 200)
    const [reason] = parseReasons(transaction.request.headers.lines('Reason'))
    this.#end({ kind: 'hungUp', ...(reason !== undefined && { reason }) })
  }

  #bye(reason: Reason | undefined): void {
    // The peer's 2xx needs its ACK first, or it would be repeated for 32 s.
    this.acknowledge()
    this.#sendBye(reason ? [['Reason', formatReason(reason)]] : [])
    this.#end({ kind: 'hungUpByUs' }, 'byeSent')
  }

  /** The session is over, whatever the response (§15.1.1). The dialog exists until the response comes, so that a crossing BYE gets 200. */
  #sendBye(headers: readonly ExtraHeader[]): void {
    // Before the BYE: a drachtio-server answers 500 to what is still pending when the BYE is answered.
    this.#renegotiations.refusePending()
    this.#request('BYE', { headers }, () => this.context.forget(this))
  }

  /** Our side has lost the dialog. Sends BYE, because the peer may still have it, except after a transport error. */
  #lose(why: LegLoss): void {
    if (this.isOver) return
    if (why === 'transport') return this.#end({ kind: 'lost', why })
    this.#sendBye(why === 'noAnswer' ? [['Reason', formatReason(noAnswer)]] : [])
    this.#end({ kind: 'lost', why }, 'byeSent')
  }

  /** The only way to end a session. Ends all pending requests of both sides. After our BYE the dialog stays until its response. */
  #end(end: LegEnd, bye?: 'byeSent'): void {
    if (this.isOver) return
    this.#state = { kind: 'over', end, told: false }
    this.timer.stop()
    this.#renegotiations.end()
    if (!bye) this.context.forget(this)
    this.#tell()
  }

  #tell(): void {
    const state = this.#state
    if (state.kind !== 'over' || state.told || !this.#listener) return
    state.told = true
    this.#listener.ended(state.end)
  }
}

/**
 * Why a request got no response, and the status that stands for it. `tooLong`: it was not sent, because it is longer than a phone gets.
 * `unread`: it may be longer than the phone or the network reads.
 */
const statusOf = { timeout: 408, transport: 503, tooLong: 513, unread: 513 } as const

const noAnswer: Reason = { protocol: 'SIP', cause: 488, text: 'The ACK holds no answer to our offer' }
