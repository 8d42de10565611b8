import { buildResponse } from '../message/build.js'
import { cseq } from '../message/fields.js'
import type { SipRequest, SipResponse } from '../message/message.js'
import { formatReason, type ReasonValue } from '../message/reason.js'
import type { ServerTransaction, Transactions } from '../transaction/user.js'
import type { Body, Dialog, ExtraHeader } from './dialog.js'
import { refusalOf } from './refusal.js'

/** Why a session is over. `noAck`: RFC 3261 §13.3.1.4; `noDialog`: a request in it got 408 or 481 (§12.2.1.2). */
export type SessionEnd =
  | { readonly kind: 'hungUp'; readonly reason?: string }
  | { readonly kind: 'hungUpByUs' }
  | { readonly kind: 'lost'; readonly why: 'noAck' | 'noDialog' | 'transport' }

export interface InboundReinvite {
  readonly body?: Body
  accept(body: Body | undefined, confirmed: (answer?: Body) => void): void
  reject(status: number, headers?: readonly ExtraHeader[]): void
}

export type ReinviteOutcome =
  | { readonly kind: 'accepted'; readonly body?: Body; acknowledge(answer?: Body): void }
  | { readonly kind: 'rejected'; readonly status: number; readonly headers: readonly ExtraHeader[] }

export interface InboundInfo {
  readonly body?: Body
  readonly headers: readonly ExtraHeader[]
  respond(status: number, body?: Body): void
}

/** What the owner is told; what it leaves out has a lawful default. */
export interface SessionListener {
  confirmed?(answer?: Body): void
  renegotiation?(request: InboundReinvite): void
  info?(request: InboundInfo): void
  ended(end: SessionEnd): void
}

/** What a session needs of the endpoint. */
export interface SessionGround {
  readonly transactions: Transactions
  /** Header fields of every request and 2xx of ours: Allow, Supported, User-Agent. */
  readonly ownHeaders: readonly ExtraHeader[]
  /** A whole number of 32 random bits. */
  random(): number
  /** The dialog is over: its requests are answered with 481 from now on. */
  forget(session: Session): void
}

/** A 2xx of ours whose ACK has not come. */
interface Unacknowledged {
  readonly transaction: ServerTransaction
  readonly cseq: number
  readonly confirmed: (answer?: Body) => void
}

/** A confirmed dialog of an INVITE: re-INVITE both ways, INFO, BYE, with the outcome of every crossing (RFC 3261 §14, §15). */
export class Session {
  #listener: SessionListener | undefined
  #ended = false
  #byeSent = false
  /** BYE is sent when the ACK came, or when it is sure not to come. */
  #hangUpReason: { readonly reason: ReasonValue | undefined } | undefined
  #unacknowledged: Unacknowledged | undefined
  /** Theirs that we have not answered. */
  #inbound: ServerTransaction | undefined
  /** Ours that they have not answered, or that we have not ACKed. */
  #outbound = false
  /** The ACK for the last 2xx that we got, sent again with each of its repetitions. */
  #ack: { readonly request: SipRequest; readonly target: string } | undefined
  /** The number of the INVITE whose 2xx waits for our ACK. */
  #awaitsOurAck: number | undefined
  /** The SDP offer in that 2xx, when our INVITE held none: its ACK must answer it. */
  #offered: Body | undefined

  constructor(
    readonly dialog: Dialog,
    private readonly ground: SessionGround,
  ) {}

  get sipCallId(): string {
    return this.dialog.callId
  }

  listen(listener: SessionListener): void {
    this.#listener = listener
  }

  // ---- what begins it

  /** UAS: our 2xx to the INVITE is out. */
  awaitAck(transaction: ServerTransaction): void {
    this.#expectAck(transaction, answer => this.#listener?.confirmed?.(answer))
  }

  /** UAC: a 2xx to our INVITE with that number came. */
  awaitOurAck(number: number, offered: Body | undefined): void {
    this.#awaitsOurAck = number
    this.#offered = offered
  }

  acknowledge(answer?: Body): void {
    if (this.#awaitsOurAck === undefined) return
    const ack = this.dialog.request('ACK', { body: answer ?? refusalOf(this.#offered), cseq: this.#awaitsOurAck })
    this.#awaitsOurAck = undefined
    this.#outbound = false
    this.#ack = ack
    this.ground.transactions.sendAck(ack.request, ack.target)
  }

  /** A 2xx that we ACKed came again: its ACK was lost (§13.2.2.4). */
  acknowledgeAgain(): void {
    if (this.#ack) this.ground.transactions.sendAck(this.#ack.request, this.#ack.target)
  }

  // ---- what the owner asks

  renegotiate(body: Body | undefined, outcome: (outcome: ReinviteOutcome) => void): void {
    // §14.1: not while another INVITE is open in either direction.
    if (this.#ended || this.#outbound || this.#inbound || this.#unacknowledged)
      return outcome({ kind: 'rejected', status: this.#ended ? 481 : 491, headers: [] })
    this.#outbound = true
    const { request, target } = this.dialog.request('INVITE', { body, headers: this.ground.ownHeaders })
    let answered = false
    this.ground.transactions.request(request, target, {
      final: response => {
        if (answered) return this.acknowledgeAgain()
        answered = true
        this.#reinviteAnswered(request, response, outcome)
      },
      failed: why => {
        this.#outbound = false
        if (this.#ended) return
        outcome({ kind: 'rejected', status: why === 'timeout' ? 408 : 503, headers: [] })
        this.#lose(why === 'timeout' ? 'noDialog' : 'transport')
      },
    })
  }

  info(body: Body | undefined, headers: readonly ExtraHeader[], outcome: (status: number, body?: Body) => void): void {
    if (this.#ended) return outcome(481)
    this.#send('INFO', body, headers, response => outcome(response.status, bodyOf(response)), outcome)
  }

  hangUp(reason?: ReasonValue): void {
    if (this.#ended || this.#hangUpReason) return
    this.#hangUpReason = { reason }
    // §15: the callee sends no BYE before the ACK came or its wait is over.
    if (!this.#unacknowledged) this.#bye()
  }

  // ---- what comes

  onRequest(transaction: ServerTransaction): void {
    const { request } = transaction
    if (this.#ended && request.method !== 'BYE') return this.#answer(transaction, 481)
    if (!this.dialog.inOrder(request)) return this.#answer(transaction, 500)
    switch (request.method) {
      case 'BYE':
        return this.#byeCame(transaction)
      case 'INVITE':
        return this.#reinvited(transaction)
      case 'INFO':
        return this.#informed(transaction)
      case 'OPTIONS':
        return this.#answer(transaction, 200, this.ground.ownHeaders)
      default:
        return this.#answer(transaction, 405, this.ground.ownHeaders)
    }
  }

  onAck(ack: SipRequest): void {
    const open = this.#unacknowledged
    if (cseq(ack.headers)?.number !== open?.cseq || !open) return
    this.#unacknowledged = undefined
    open.transaction.acknowledged()
    if (this.#hangUpReason) return this.#bye()
    open.confirmed(bodyOf(ack))
  }

  // ---- inside

  #expectAck(transaction: ServerTransaction, confirmed: (answer?: Body) => void): void {
    this.#unacknowledged = { transaction, cseq: cseq(transaction.request.headers)?.number ?? 0, confirmed }
    transaction.listen({
      failed: why => {
        if (this.#unacknowledged?.transaction !== transaction) return
        this.#unacknowledged = undefined
        this.#lose(why)
      },
    })
  }

  #reinviteAnswered(request: SipRequest, response: SipResponse, outcome: (outcome: ReinviteOutcome) => void): void {
    if (response.status >= 300) {
      this.#outbound = false
      if (this.#ended) return
      outcome({ kind: 'rejected', status: response.status, headers: passedOn(response.headers, ['Warning', 'Retry-After']) })
      return this.#loseAfter(response.status)
    }
    this.dialog.refreshTarget(response)
    const body = bodyOf(response)
    this.awaitOurAck(cseq(request.headers)?.number ?? 0, request.body === '' ? body : undefined)
    // It crossed a BYE: the peer still needs its ACK to stop.
    if (this.#ended) return this.acknowledge()
    outcome({ kind: 'accepted', ...(body && { body }), acknowledge: answer => this.acknowledge(answer) })
  }

  #byeCame(transaction: ServerTransaction): void {
    this.#answer(transaction, 200)
    const reason = transaction.request.headers.first('Reason')
    this.#end({ kind: 'hungUp', ...(reason !== undefined && { reason }) })
  }

  #reinvited(transaction: ServerTransaction): void {
    // §14.2: theirs before, still open → 500 and a pause; ours open → 491.
    if (this.#inbound || this.#unacknowledged)
      return this.#answer(transaction, 500, [['Retry-After', String(this.ground.random() % 11)]])
    if (this.#outbound) return this.#answer(transaction, 491)
    const listener = this.#listener
    if (!listener?.renegotiation) return this.#answer(transaction, 488)
    this.dialog.refreshTarget(transaction.request)
    this.#inbound = transaction
    transaction.listen({
      cancelled: () => this.#settleInbound(transaction, () => this.#answer(transaction, 487)),
      failed: why => this.#settleInbound(transaction, () => this.#lose(why)),
    })
    const body = bodyOf(transaction.request)
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
    const parts = { ...(body && { body: body.text, contentType: body.type }) }
    transaction.respond(
      buildResponse(transaction.request, 200, {
        ...parts,
        headers: [['Contact', this.dialog.contact], ...this.ground.ownHeaders],
      }),
    )
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
    const reason = this.#hangUpReason?.reason
    const headers: ExtraHeader[] = reason ? [['Reason', formatReason(reason)]] : []
    // The 2xx of the peer must be ACKed first, or it would come again for 32 s.
    if (this.#awaitsOurAck !== undefined) this.acknowledge()
    this.#sendBye(headers)
    this.#end({ kind: 'hungUpByUs' })
  }

  /** Whatever becomes of it, the session is over (§15.1.1). The dialog is known until then: a BYE that crosses ours is answered 200. */
  #sendBye(headers: readonly ExtraHeader[]): void {
    const { request, target } = this.dialog.request('BYE', { headers: [...this.ground.ownHeaders, ...headers] })
    const forget = (): void => this.ground.forget(this)
    this.#byeSent = true
    this.ground.transactions.request(request, target, { final: forget, failed: forget })
  }

  #send(
    method: string,
    body: Body | undefined,
    headers: readonly ExtraHeader[],
    answered: (response: SipResponse) => void,
    failed: (status: number) => void,
  ): void {
    const { request, target } = this.dialog.request(method, { body, headers: [...this.ground.ownHeaders, ...headers] })
    this.ground.transactions.request(request, target, {
      final: response => {
        answered(response)
        this.#loseAfter(response.status)
      },
      failed: why => {
        failed(why === 'timeout' ? 408 : 503)
        this.#lose(why === 'timeout' ? 'noDialog' : 'transport')
      },
    })
  }

  /** §12.2.1.2: the peer knows no such dialog, or does not answer in it. */
  #loseAfter(status: number): void {
    if (status === 481 || status === 408) this.#lose('noDialog')
  }

  /** BYE all the same: the peer may hold the dialog that our side has lost. */
  #lose(why: 'noAck' | 'noDialog' | 'transport'): void {
    if (this.#ended) return
    if (why !== 'transport') this.#sendBye([])
    this.#end({ kind: 'lost', why })
  }

  /** The one way to end. */
  #end(end: SessionEnd): void {
    if (this.#ended) return
    this.#ended = true
    const inbound = this.#inbound
    this.#inbound = undefined
    if (inbound) this.#answer(inbound, 487)
    this.#unacknowledged?.transaction.acknowledged()
    this.#unacknowledged = undefined
    if (this.#awaitsOurAck !== undefined) this.acknowledge()
    if (!this.#byeSent) this.ground.forget(this)
    this.#listener?.ended(end)
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
