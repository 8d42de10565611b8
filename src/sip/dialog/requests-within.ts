import type { LegListener } from '../../legs/leg.js'
import { buildResponse } from '../message/build.js'
import type { ServerTransaction } from '../transaction/user.js'
import { bodyOf, type Dialog } from './dialog.js'
import { isTooLongFor } from './phone-limit.js'
import { referred, type Referring } from './refer.js'
import type { ReliableProvisionals } from './reliable.js'
import { passedOn } from './renegotiation.js'
import type { SessionContext } from './session-context.js'

/**
 * How many INFOs of one dialog may wait for an answer. Each is kept and sent to the other side of the call. Further ones get 500, like a
 * second re-INVITE (RFC 3261 §14.2).
 */
const mostOpenInfos = 4

/** The session, from the view of these requests. */
export interface SessionAround extends Referring {
  readonly dialog: Dialog
  readonly context: SessionContext
  readonly listener: LegListener | undefined
}

/** The peer's requests in a dialog that don't change the session: INFO, REFER, PRACK. */
export class RequestsWithin {
  /** The number of INFOs without an answer. */
  #openInfos = 0
  #wasReferred = false
  /** The INVITE's reliable responses, because a PRACK may come after our 2xx (RFC 3262 §3). */
  #provisionals: ReliableProvisionals | undefined

  constructor(private readonly session: SessionAround) {}

  /** The INVITE is answered. */
  begun(provisionals: ReliableProvisionals | undefined): void {
    this.#provisionals = provisionals
  }

  pracked(transaction: ServerTransaction): void {
    this.session.answer(transaction, this.#provisionals?.acknowledge(transaction.request) === true ? 200 : 481)
  }

  informed(transaction: ServerTransaction): void {
    const { session } = this
    const { listener } = session
    if (!listener?.info) return session.answer(transaction, 200)
    if (this.#openInfos >= mostOpenInfos)
      return session.answer(transaction, 500, [['Retry-After', String(session.context.random() % 11)]])
    this.#openInfos += 1
    const { request } = transaction
    const body = bodyOf(request)
    listener.info({
      headers: passedOn(request.headers, ['Info-Package', 'Content-Disposition', 'Accept']),
      respond: (status, answer, headers = []) => {
        if (transaction.finalStatus !== undefined) return
        this.#openInfos -= 1
        const response = buildResponse(request, status, {
          headers,
          ...(answer && { body: answer.text, contentType: answer.type }),
        })
        transaction.respond(isTooLongFor(session.dialog, response) ? buildResponse(request, status) : response)
      },
      ...(body && { body }),
    })
  }

  referred(transaction: ServerTransaction): void {
    const isFirst = !this.#wasReferred
    this.#wasReferred = true
    const { listener } = this.session
    referred(transaction, isFirst, this.session, listener?.refer && (request => listener.refer?.(request)))
  }
}
