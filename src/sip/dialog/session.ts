import type { Timer } from '../../foundation/clock.js'
import { seconds } from '../../foundation/time.js'
import { buildResponse } from '../message/build.js'
import { cseq } from '../message/fields.js'
import type { SipRequest, SipResponse } from '../message/message.js'
import { formatReason, parseReasons, type ReasonValue } from '../message/reason.js'
import { refusalWithin, sessionBody } from '../screening.js'
import type { ClientTransaction, ServerTransaction } from '../transaction/user.js'
import type { Body, Dialog, ExtraHeader } from './dialog.js'
import { OwedAck } from './owed-ack.js'
import type { ReinviteOutcome, SessionEnd, SessionGround, SessionListener } from './session-user.js'

/** A 2xx of ours whose ACK has not come. */
interface Unacknowledged {
  readonly transaction: ServerTransaction
  readonly cseq: number
  readonly confirmed: (answer?: Body) => void
}

/** A re-INVITE of ours without a final response. */
interface OpenReinvite {
  readonly transaction: ClientTransaction
  readonly giveUp: Timer
}

/** How long an INVITE may stay without a final response: past the 180 s of timer C, so that a proxy on the way gives up first (§16.6). */
export const longestInvite = seconds(200)

/** A confirmed dialog of an INVITE: re-INVITE both ways, INFO, BYE, with the outcome of every crossing (RFC 3261 §14, §15). */
export class Session {
  #listener: SessionListener | undefined
  /** Set once; `told` when a listener has heard of it. */
  #over: { readonly end: SessionEnd; told: boolean } | undefined
  #byeSent = false
  /** The owner wants an end: BYE is sent when the ACK came, or when it is sure not to come. */
  #hangUp: { readonly reason: ReasonValue | undefined } | undefined
  #unacknowledged: Unacknowledged | undefined
  /** Theirs that we have not answered. */
  #inbound: ServerTransaction | undefined
  #outbound: OpenReinvite | undefined
  /** Their 2xx waits for our ACK. */
  #owed: OwedAck | undefined

  constructor(
    readonly dialog: Dialog,
    private readonly ground: SessionGround,
  ) {}

  get sipCallId(): string {
    return this.dialog.callId
  }

  get key(): string {
    return this.dialog.key
  }

  listen(listener: SessionListener): void {
    this.#listener = listener
    this.#tell()
  }

  // ---- what begins it

  /** UAS: our 2xx to the INVITE is about to go out. */
  awaitAck(transaction: ServerTransaction): void {
    this.#expectAck(transaction, answer => this.#listener?.confirmed?.(answer))
  }

  /** UAC: a 2xx to our INVITE with that number came; gives its ACK, for repetitions. */
  oweAck(number: number, offered: Body | undefined): OwedAck {
    return (this.#owed = new OwedAck(this.dialog, this.ground.transactions, number, offered))
  }

  acknowledge(answer?: Body): void {
    const owed = this.#owed
    this.#owed = undefined
    owed?.send(answer)
  }

  /** The caller was gone before our answer: there is no dialog. */
  neverBegan(): void {
    this.#over = { end: { kind: 'hungUpByUs' }, told: false }
  }

  // ---- what the owner asks

  renegotiate(body: Body | undefined, outcome: (outcome: ReinviteOutcome) => void): void {
    if (this.#over) return outcome({ kind: 'rejected', status: 481, headers: [] })
    // §14.1: not while another INVITE is open in either direction.
    if (this.#outbound || this.#owed || this.#inbound || this.#unacknowledged)
      return outcome({ kind: 'rejected', status: 491, headers: [] })
    const { request, target } = this.dialog.request('INVITE', { body, headers: this.ground.requestHeaders })
    let ack: OwedAck | undefined
    const transaction = this.ground.transactions.request(request, target, {
      final: response => {
        if (ack) return ack.again()
        this.#closeOutbound()
        if (response.status < 300) ack = this.#reinviteAccepted(request, response, outcome)
        else this.#reinviteRejected(response, outcome)
      },
      failed: why => {
        this.#closeOutbound()
        if (this.#over) return
        outcome({ kind: 'rejected', status: why === 'timeout' ? 408 : 503, headers: [] })
        this.#lose(why === 'timeout' ? 'noDialog' : 'transport')
      },
    })
    this.#outbound = { transaction, giveUp: this.ground.clock.after(longestInvite, () => transaction.cancel([])) }
  }

  info(body: Body | undefined, headers: readonly ExtraHeader[], outcome: (status: number, body?: Body) => void): void {
    if (this.#over) return outcome(481)
    const parts = { body, headers: [...this.ground.requestHeaders, ...headers] }
    const { request, target } = this.dialog.request('INFO', parts)
    this.ground.transactions.request(request, target, {
      final: response => {
        outcome(response.status, bodyOf(response))
        this.#loseAfter(response.status)
      },
      failed: why => {
        outcome(why === 'timeout' ? 408 : 503)
        this.#lose(why === 'timeout' ? 'noDialog' : 'transport')
      },
    })
  }

  hangUp(reason?: ReasonValue): void {
    if (this.#over || this.#hangUp) return
    this.#hangUp = { reason }
    // §15: the callee sends no BYE before the ACK came or its wait is over.
    if (!this.#unacknowledged) this.#bye()
  }

  // ---- what comes

  onRequest(transaction: ServerTransaction): void {
    const { request } = transaction
    if (this.#over && request.method !== 'BYE') return this.#answer(transaction, 481)
    if (!this.dialog.inOrder(request)) return this.#answer(transaction, 500)
    const refusal = refusalWithin(request)
    if (refusal) return this.#answer(transaction, refusal.status, refusal.headers)
    if (request.method === 'BYE') this.#byeCame(transaction)
    else if (request.method === 'INVITE') this.#reinvited(transaction)
    else if (request.method === 'INFO') this.#informed(transaction)
    else this.#answer(transaction, 200, this.ground.answerHeaders)
  }

  onAck(ack: SipRequest): void {
    const open = this.#unacknowledged
    if (!open || cseq(ack.headers)?.number !== open.cseq) return
    this.#unacknowledged = undefined
    open.transaction.acknowledged()
    if (this.#hangUp) return this.#bye()
    open.confirmed(bodyOf(ack))
  }

  // ---- inside

  #expectAck(transaction: ServerTransaction, confirmed: (answer?: Body) => void): void {
    this.#unacknowledged = { transaction, cseq: cseq(transaction.request.headers)?.number ?? 0, confirmed }
    transaction.listen({
      failed: why => {
        this.#unacknowledged = undefined
        if (this.#hangUp) this.#bye()
        else this.#lose(why)
      },
    })
  }

  #reinviteAccepted(request: SipRequest, response: SipResponse, outcome: (outcome: ReinviteOutcome) => void): OwedAck {
    this.dialog.refreshTarget(response)
    const body = bodyOf(response)
    const ack = this.oweAck(cseq(request.headers)?.number ?? 0, request.body === '' ? body : undefined)
    // It crossed a BYE: the peer needs its ACK all the same, to stop repeating.
    if (this.#over) this.acknowledge()
    else outcome({ kind: 'accepted', ...(body && { body }), acknowledge: answer => this.acknowledge(answer) })
    return ack
  }

  #reinviteRejected({ status, headers }: SipResponse, outcome: (outcome: ReinviteOutcome) => void): void {
    if (this.#over) return
    outcome({ kind: 'rejected', status, headers: passedOn(headers, ['Warning', 'Retry-After']) })
    this.#loseAfter(status)
  }

  #closeOutbound(): void {
    this.#outbound?.giveUp.cancel()
    this.#outbound = undefined
  }

  #byeCame(transaction: ServerTransaction): void {
    this.#answer(transaction, 200)
    const [reason] = parseReasons(transaction.request.headers.lines('Reason'))
    this.#end({ kind: 'hungUp', ...(reason !== undefined && { reason }) })
  }

  #reinvited(transaction: ServerTransaction): void {
    // §14.2: theirs before is still open → 500 and a pause.
    if (this.#inbound) return this.#answer(transaction, 500, [['Retry-After', String(this.ground.random() % 11)]])
    // §14.2: ours is open → 491; so while an ACK is on its way, as offer and answer may not be complete before it.
    if (this.#outbound || this.#owed || this.#unacknowledged) return this.#answer(transaction, 491)
    const listener = this.#listener
    if (!listener?.renegotiation) return this.#answer(transaction, 488)
    this.dialog.refreshTarget(transaction.request)
    this.#inbound = transaction
    transaction.listen({ cancelled: () => this.#settleInbound(transaction, () => this.#answer(transaction, 487)) })
    const body = sessionBody(transaction.request)
    listener.renegotiation({
      ...(body && { body }),
      accept: (answer, confirmed) => this.#settleInbound(transaction, () => this.#accept(transaction, answer, confirmed)),
      reject: (status, headers = []) => this.#settleInbound(transaction, () => this.#answer(transaction, status, headers)),
    })
  }

  /** Whatever answers their re-INVITE first settles it; what comes later finds nothing. */
  #settleInbound(transaction: ServerTransaction, settle: () => void): void {
    if (this.#inbound !== transaction) return
    this.#inbound = undefined
    settle()
  }

  #accept(transaction: ServerTransaction, body: Body | undefined, confirmed: (answer?: Body) => void): void {
    this.#expectAck(transaction, confirmed)
    const headers: ExtraHeader[] = [['Contact', this.dialog.contact], ...this.ground.answerHeaders]
    const parts = { ...(body && { body: body.text, contentType: body.type }), headers }
    transaction.respond(buildResponse(transaction.request, 200, parts))
  }

  #informed(transaction: ServerTransaction): void {
    const listener = this.#listener
    if (!listener?.info) return this.#answer(transaction, 200)
    const { request } = transaction
    const body = bodyOf(request)
    listener.info({
      ...(body && { body }),
      headers: passedOn(request.headers, ['Info-Package', 'Content-Disposition']),
      respond: (status, answer) => {
        if (transaction.finalStatus !== undefined) return
        transaction.respond(buildResponse(request, status, answer ? { body: answer.text, contentType: answer.type } : {}))
      },
    })
  }

  #bye(): void {
    const reason = this.#hangUp?.reason
    // The 2xx of the peer must be ACKed first, or it would come again for 32 s.
    this.acknowledge()
    this.#sendBye(reason ? [['Reason', formatReason(reason)]] : [])
    this.#end({ kind: 'hungUpByUs' })
  }

  /** Whatever becomes of it, the session is over (§15.1.1). The dialog is known until then: a BYE that crosses ours is answered 200. */
  #sendBye(headers: readonly ExtraHeader[]): void {
    const { request, target } = this.dialog.request('BYE', { headers: [...this.ground.requestHeaders, ...headers] })
    const forget = (): void => this.ground.forget(this)
    this.#byeSent = true
    this.ground.transactions.request(request, target, { final: forget, failed: forget })
  }

  /** §12.2.1.2: the peer knows no such dialog, or does not answer in it. */
  #loseAfter(status: number): void {
    if (status === 481 || status === 408) this.#lose('noDialog')
  }

  /** BYE all the same: the peer may hold the dialog that our side has lost. */
  #lose(why: 'noAck' | 'noDialog' | 'transport'): void {
    if (this.#over) return
    if (why !== 'transport') this.#sendBye([])
    this.#end({ kind: 'lost', why })
  }

  /** The one way to end: nothing of ours or theirs stays open. */
  #end(end: SessionEnd): void {
    if (this.#over) return
    this.#over = { end, told: false }
    const inbound = this.#inbound
    this.#inbound = undefined
    // §15.1.2: what is pending is answered.
    if (inbound) this.#answer(inbound, 487)
    this.#unacknowledged?.transaction.acknowledged()
    this.#unacknowledged = undefined
    this.acknowledge()
    // A peer that says nothing more must not keep it open.
    this.#outbound?.transaction.cancel([])
    this.#closeOutbound()
    if (!this.#byeSent) this.ground.forget(this)
    this.#tell()
  }

  #tell(): void {
    if (!this.#over || this.#over.told || !this.#listener) return
    this.#over.told = true
    this.#listener.ended(this.#over.end)
  }

  #answer(transaction: ServerTransaction, status: number, headers: readonly ExtraHeader[] = []): void {
    if (transaction.finalStatus === undefined) transaction.respond(buildResponse(transaction.request, status, { headers }))
  }
}

/** The body with its type; undefined when there is none. */
export function bodyOf({ body, headers }: SipRequest | SipResponse): Body | undefined {
  return body === '' ? undefined : { type: headers.first('Content-Type') ?? 'application/sdp', text: body }
}

function passedOn(headers: SipRequest['headers'], names: readonly string[]): readonly ExtraHeader[] {
  return names.flatMap(name => headers.lines(name).map((value): ExtraHeader => [name, value]))
}
