import type { Timer } from '../../foundation/clock.js'
import { seconds } from '../../foundation/time.js'
import type { Body, ExtraHeader } from '../../legs/body.js'
import type { LegListener } from '../../legs/leg.js'
import type { RenegotiationOutcome } from '../../legs/renegotiation.js'
import { buildResponse } from '../message/build.js'
import { cseq } from '../message/fields.js'
import type { SipRequest, SipResponse } from '../message/message.js'
import { descriptionIn } from '../content.js'
import { sessionBody } from '../screening.js'
import type { ClientTransaction, ServerTransaction, ServerTransactionListener } from '../transaction/user.js'
import type { Dialog } from './dialog.js'
import { OwedAck } from './owed-ack.js'
import { isTooLongFor, mayBeUnread } from './phone-limit.js'
import type { SessionTimer } from './session-timer.js'
import type { SessionContext } from './session-context.js'

/** Our 2xx whose ACK has not come. */
interface Unacknowledged {
  readonly transaction: ServerTransaction
  readonly cseq: number
  readonly confirmed: (answer?: Body) => void
}

/** Our re-INVITE without a final response. */
interface OpenReinvite {
  readonly transaction: ClientTransaction
  readonly giveUp: Timer
}

/** The session, from the view of its renegotiations. */
export interface Renegotiating {
  readonly dialog: Dialog
  readonly context: SessionContext
  readonly timer: SessionTimer
  readonly isOver: boolean
  /** A response of the peer came, even a 100. */
  heard(): void
  readonly listener: LegListener | undefined
  answer(transaction: ServerTransaction, status: number, headers?: readonly ExtraHeader[]): void
  /** A final response, or a missing one, that may mean that the dialog no longer exists (RFC 3261 §12.2.1.2). */
  loseAfter(status: number): void
  loseBy(why: 'timeout' | 'transport'): void
  /** Asks whether the peer still has the dialog. */
  probe(): void
  /** No ACK came, or our 2xx could not be sent. */
  unconfirmed(why: 'noAck' | 'transport'): void
}

const nobody: ServerTransactionListener = {}

/** The longest time without a final response to an INVITE. It exceeds the 180 s of timer C, so that proxies give up first (§16.6). */
export const longestInvite = seconds(200)
/** An UPDATE is answered while its sender still waits, well within 64*T1 (RFC 3311 §5.2, RFC 4320 §4.1). */
const longestUpdate = seconds(20)

/** Offers and answers (SDP) after the first INVITE: re-INVITEs of both sides, the peer's UPDATEs, and ACKs (RFC 3261 §14, RFC 3311). */
export class Renegotiations {
  #unacknowledged: Unacknowledged | undefined
  /** The peer's request with an SDP offer, or one that asks for ours, which we have not answered. */
  #inbound: ServerTransaction | undefined
  /** Limits the wait for our answer to an UPDATE, because its sender does not wait longer. */
  #tooLate: Timer | undefined
  #outbound: OpenReinvite | undefined
  /** Set while the peer's 2xx waits for our ACK. */
  #owed: OwedAck | undefined
  /** Our last SDP that the peer accepted. */
  #described: Body | undefined

  constructor(private readonly session: Renegotiating) {}

  get awaitsAck(): boolean {
    return this.#unacknowledged !== undefined
  }

  get described(): Body | undefined {
    return this.#described
  }

  /** Continues after a restart. `described`: our last SDP before the restart. */
  resume(described: Body | undefined): void {
    this.#describes(described)
  }

  /** Call it before our 2xx to this INVITE is sent. `confirmed` is called with the answer in the ACK, if the 2xx had an offer. */
  expectAck(transaction: ServerTransaction, body: Body | undefined, confirmed: (answer?: Body) => void): void {
    this.#describes(body)
    this.#unacknowledged = { transaction, cseq: cseq(transaction.request.headers)?.number ?? 0, confirmed }
    transaction.listen({
      failed: why => {
        this.#unacknowledged = undefined
        this.session.unconfirmed(why)
      },
    })
  }

  /** A 2xx to our INVITE came. Returns its ACK, for repetitions. */
  oweAck(request: SipRequest, response: SipResponse): OwedAck {
    const offer = descriptionIn(request)
    this.#describes(offer)
    const { dialog, context } = this.session
    this.#owed = new OwedAck({
      dialog,
      transactions: context.transactions,
      cseq: cseq(request.headers)?.number ?? 1,
      offered: offer ? undefined : descriptionIn(response),
    })
    return this.#owed
  }

  acknowledge(answer?: Body): void {
    const owed = this.#owed
    this.#owed = undefined
    this.#describes(answer)
    owed?.send(answer)
  }

  /** The peer's ACK came. Returns the function that waits for it. Undefined: no 2xx of ours waits for this ACK. */
  acknowledged(ack: SipRequest): ((answer?: Body) => void) | undefined {
    const open = this.#unacknowledged
    if (!open || cseq(ack.headers)?.number !== open.cseq) return undefined
    this.#unacknowledged = undefined
    open.transaction.acknowledged()
    return open.confirmed
  }

  // ---- our requests

  renegotiate(body: Body | undefined, outcome: (outcome: RenegotiationOutcome) => void): void {
    const { session } = this
    if (session.isOver) return outcome({ kind: 'rejected', status: 481, headers: [] })
    // §14.1: not while another INVITE, or an UPDATE with an offer, is pending in either direction.
    if (this.#outbound || this.#owed || this.#inbound || this.#unacknowledged)
      return outcome({ kind: 'rejected', status: 491, headers: [] })
    const headers = [...session.context.headers.refreshes, ...session.timer.asking()]
    const { request, target } = session.dialog.request('INVITE', { body, headers })
    const refused = (status: number): void => outcome({ kind: 'rejected', status, headers: [] })
    if (isTooLongFor(session.dialog, request)) return refused(513)
    let ack: OwedAck | undefined
    const transaction = session.context.transactions.request(request, target, {
      provisional: () => session.heard(),
      final: response => {
        session.heard()
        if (ack) return ack.again()
        this.#closeOutbound()
        if (response.status < 300) ack = this.#accepted(request, response, outcome)
        else this.#rejected(response, body, outcome)
      },
      failed: why => {
        this.#closeOutbound()
        if (session.isOver) return
        if (why === 'timeout' && mayBeUnread(session.dialog, request)) {
          refused(513)
          return session.probe()
        }
        refused(why === 'timeout' ? 408 : 503)
        session.loseBy(why)
      },
    })
    this.#outbound = { transaction, giveUp: session.context.clock.after(longestInvite, () => transaction.cancel([])) }
  }

  /** Sends the session's last SDP again. Its unchanged o= line says that nothing has changed (RFC 4028 §7.4). */
  repeat(outcome: (status: number) => void): void {
    this.renegotiate(this.#described, result => {
      if (result.kind === 'accepted') result.acknowledge()
      outcome(result.kind === 'accepted' ? 200 : result.status)
    })
  }

  #accepted(request: SipRequest, response: SipResponse, outcome: (outcome: RenegotiationOutcome) => void): OwedAck {
    const { session } = this
    session.dialog.refreshTarget(response)
    const ack = this.oweAck(request, response)
    const body = descriptionIn(response)
    // The 2xx crossed a BYE. The peer still needs the ACK, or it would repeat the 2xx.
    if (session.isOver) this.acknowledge()
    else {
      session.timer.accepted(response.headers)
      outcome({ kind: 'accepted', ...(body && { body }), acknowledge: answer => this.acknowledge(answer) })
    }
    return ack
  }

  #rejected({ status, headers }: SipResponse, body: Body | undefined, outcome: (outcome: RenegotiationOutcome) => void): void {
    const { session } = this
    if (session.isOver) return
    // Sent again with a longer interval (RFC 4028 §7.4). The 422 is not reported to the owner.
    if (status === 422 && session.timer.raise(headers)) return this.renegotiate(body, outcome)
    outcome({ kind: 'rejected', status: carried(status), headers: passedOn(headers, toldOn) })
    session.loseAfter(status)
  }

  #closeOutbound(): void {
    this.#outbound?.giveUp.cancel()
    this.#outbound = undefined
  }

  // ---- the peer's requests

  reinvited(transaction: ServerTransaction): void {
    const listener = this.#listenerFor(transaction)
    if (!listener) return
    transaction.listen({ cancelled: () => this.#settle(transaction, () => this.session.answer(transaction, 487)) })
    const body = sessionBody(transaction.request)
    listener({
      accept: (answer, confirmed) => this.#settle(transaction, () => this.#accept(transaction, answer, confirmed)),
      reject: (status, headers = []) => this.#settle(transaction, () => this.session.answer(transaction, status, headers)),
      ...(body && { body }),
    })
  }

  /**
   * Handles an UPDATE. Without an offer it refreshes the session and the remote target, even if other requests are pending. With an offer
   * it is handled like a re-INVITE.
   */
  updated(transaction: ServerTransaction): void {
    const { session } = this
    const body = sessionBody(transaction.request)
    if (!body) {
      session.dialog.refreshTarget(transaction.request)
      return transaction.respond(this.#agreement(transaction, undefined))
    }
    const listener = this.#listenerFor(transaction)
    if (!listener) return
    this.#tooLate = session.context.clock.after(longestUpdate, () =>
      this.#settle(transaction, () => session.answer(transaction, 504)),
    )
    listener({
      body,
      accept: (answer, confirmed) =>
        this.#settle(transaction, () => {
          const response = this.#agreement(transaction, answer)
          // The UPDATE had an offer, so its 2xx must have an answer (RFC 3311 §5.2).
          if (!answer || isTooLongFor(session.dialog, response)) return session.answer(transaction, 488)
          this.#describes(answer)
          transaction.respond(response)
          // An UPDATE has no ACK to wait for.
          confirmed()
        }),
      reject: (status, headers = []) => this.#settle(transaction, () => session.answer(transaction, status, headers)),
    })
  }

  /** The listener to ask. Undefined: the request was refused. */
  #listenerFor(transaction: ServerTransaction): LegListener['renegotiation'] {
    const { session } = this
    // §14.2, RFC 3311 §5.2: the peer's earlier request is still pending, so 500 and a pause.
    if (this.#inbound) {
      session.answer(transaction, 500, [['Retry-After', String(session.context.random() % 11)]])
      return undefined
    }
    const { listener } = session
    // §14.2: our request is pending, so 491. An outstanding ACK counts too, because offer and answer may be incomplete without it.
    const pending = this.#outbound ?? this.#owed ?? this.#unacknowledged
    if (pending || !listener?.renegotiation) {
      session.answer(transaction, pending ? 491 : 488)
      return undefined
    }
    session.dialog.refreshTarget(transaction.request)
    this.#inbound = transaction
    return request => listener.renegotiation?.(request)
  }

  /** The first answer to the peer's request counts. Later ones are ignored. */
  #settle(transaction: ServerTransaction, settle: () => void): void {
    if (this.#inbound !== transaction) return
    this.#forgetInbound()
    settle()
  }

  #forgetInbound(): void {
    // The transaction waits 32 s for an ACK to a refusal. It must not keep the request, which may be long.
    this.#inbound?.listen(nobody)
    this.#inbound = undefined
    this.#tooLate?.cancel()
    this.#tooLate = undefined
  }

  #accept(transaction: ServerTransaction, body: Body | undefined, confirmed: (answer?: Body) => void): void {
    const response = this.#agreement(transaction, body)
    if (isTooLongFor(this.session.dialog, response)) return this.session.answer(transaction, 488)
    this.expectAck(transaction, body, confirmed)
    transaction.respond(response)
  }

  /** The 200 to a request that refreshes the session. */
  #agreement({ request }: ServerTransaction, body: Body | undefined): SipResponse {
    const { dialog, context, timer } = this.session
    const headers: ExtraHeader[] = [['Contact', dialog.contact], ...context.headers.answers, ...timer.answering(request.headers)]
    return buildResponse(request, 200, { headers, ...(body && { body: body.text, contentType: body.type }) })
  }

  #describes(body: Body | undefined): void {
    if (body) this.#described = body
  }

  /** Answers the peer's pending request with 487, because the dialog ends (§15.1.2). */
  refusePending(): void {
    const inbound = this.#inbound
    this.#forgetInbound()
    if (inbound) this.session.answer(inbound, 487)
  }

  /** Ends all pending requests of both sides. */
  end(): void {
    this.refusePending()
    this.#unacknowledged?.transaction.acknowledged()
    this.#unacknowledged = undefined
    this.acknowledge()
    // If the peer is silent, the CANCEL ends our pending re-INVITE.
    this.#outbound?.transaction.cancel([])
    this.#closeOutbound()
  }
}

/** The header fields of a refusal that are passed on to the other leg. A 415 must name what is accepted (§21.4.13). */
const toldOn = ['Warning', 'Retry-After', 'Accept', 'Accept-Encoding', 'Accept-Language']

/** The status of a refusal for the other leg. It is replaced for challenges and redirects, which only this leg's peer could follow. */
export function carried(status: number): number {
  if (status === 401 || status === 407) return 403
  return status < 400 ? 480 : status
}

export function passedOn(headers: SipRequest['headers'], names: readonly string[]): readonly ExtraHeader[] {
  return names.flatMap(name => headers.lines(name).map((value): ExtraHeader => [name, value]))
}
