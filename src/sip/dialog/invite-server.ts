import { buildResponse, type ResponseParts } from '../message/build.js'
import { from, to } from '../message/fields.js'
import { decodeUtf8 } from '../message/grammar.js'
import type { NameAddr } from '../message/name-addr.js'
import { formatReason, type ReasonValue } from '../message/reason.js'
import { refusalWithin, sessionBody } from '../screening.js'
import { detached } from '../transaction/matching.js'
import type { ServerTransaction } from '../transaction/user.js'
import { Dialog, type Body, type ExtraHeader } from './dialog.js'
import type { SessionGround } from './session-user.js'
import { Session } from './session.js'

export interface Party {
  readonly uri: string
  readonly displayName?: string
}

/** What INVITEs that come need of the endpoint. They share one. */
export interface InviteServerGround extends SessionGround {
  /** Whole Contact value for the peer that this came from. */
  contactFor(transaction: ServerTransaction): string
  tag(): string
  keep(session: Session): void
  /** The INVITE has its final response. */
  closed(invite: ServerInvite): void
}

/** An INVITE that came and has no final response yet (RFC 3261 §13.3). */
export class ServerInvite {
  readonly sipCallId: string
  readonly from: Party
  readonly to: Party
  readonly requestUri: string
  readonly body?: Body
  /** Ours, in the To of all that we answer but 100. */
  readonly tag: string
  #open = true
  #listener: { cancelled(): void } | undefined
  /** Early from the first provisional on; made when something is asked of it. */
  #dialog: Dialog | undefined

  constructor(
    private readonly transaction: ServerTransaction,
    private readonly ground: InviteServerGround,
  ) {
    const { request } = transaction
    const body = sessionBody(request)
    if (body) this.body = body
    // These live on in records of the call: pieces of the INVITE's text would keep all of it.
    this.sipCallId = detached(request.headers.first('Call-ID') ?? '')
    this.from = partyOf(from(request.headers))
    this.to = partyOf(to(request.headers))
    this.requestUri = detached(request.uri)
    this.tag = ground.tag()
    transaction.listen({ cancelled: () => this.#left(), failed: () => this.#left() })
  }

  /** What requests within the early dialog are found by: the caller's tag is compared here. */
  get key(): string {
    return `${this.sipCallId} ${this.tag}`
  }

  header(name: string): readonly string[] {
    return this.transaction.request.headers.values(name)
  }

  listen(listener: { cancelled(): void }): void {
    this.#listener = listener
  }

  progress(status: 180 | 182, reasonPhrase?: string): void {
    if (!this.#open) return
    this.#respond(status, { ...(reasonPhrase !== undefined && { reasonPhrase }), headers: [['Contact', this.#contact()]] })
  }

  answer(body: Body | undefined): Session {
    const session = new Session(this.#earlyDialog(), this.ground)
    if (this.#open) {
      this.#close()
      this.ground.keep(session)
      session.awaitAck(this.transaction)
      const headers: ExtraHeader[] = [['Contact', session.dialog.contact], ...this.ground.answerHeaders]
      this.#respond(200, { ...(body && { body: body.text, contentType: body.type }), headers })
    } else session.neverBegan()
    return session
  }

  reject(status: number, options: { readonly reason?: ReasonValue; readonly headers?: readonly ExtraHeader[] } = {}): void {
    if (!this.#open) return
    this.#close()
    const reason: ExtraHeader[] = options.reason ? [['Reason', formatReason(options.reason)]] : []
    this.#respond(status, { headers: [...(options.headers ?? []), ...reason] })
  }

  /** A request within the early dialog. */
  onRequest(transaction: ServerTransaction): void {
    const { request } = transaction
    const dialog = this.#earlyDialog()
    if ((from(request.headers)?.tag ?? '') !== dialog.remoteTag) return answer(transaction, 481)
    if (!dialog.inOrder(request)) return answer(transaction, 500)
    if (request.method === 'INVITE')
      // §14.2: the one before is still open.
      return answer(transaction, 500, [['Retry-After', String(this.ground.random() % 11)]])
    if (request.method === 'BYE') {
      // §15: the caller may end an early dialog so, too; what is pending gets 487 (§15.1.2).
      answer(transaction, 200)
      return this.#left()
    }
    const refusal = refusalWithin(request)
    if (refusal) answer(transaction, refusal.status, refusal.headers)
    else answer(transaction, 200, this.ground.answerHeaders)
  }

  /** Nothing but 487 can be said to a caller that left. */
  #left(): void {
    if (!this.#open) return
    this.#close()
    this.#respond(487, {})
    this.#listener?.cancelled()
  }

  #close(): void {
    this.#open = false
    this.ground.closed(this)
  }

  #earlyDialog(): Dialog {
    return (this.#dialog ??= Dialog.byServer(this.transaction.request, this.tag, this.#contact()))
  }

  #respond(status: number, parts: ResponseParts): void {
    this.transaction.respond(buildResponse(this.transaction.request, status, { ...parts, toTag: this.tag }))
  }

  #contact(): string {
    return this.ground.contactFor(this.transaction)
  }
}

function answer(transaction: ServerTransaction, status: number, headers: readonly ExtraHeader[] = []): void {
  transaction.respond(buildResponse(transaction.request, status, { headers }))
}

function partyOf(address: NameAddr | undefined): Party {
  const displayName = address?.displayName
  return { uri: detached(address?.uri ?? ''), ...(displayName !== undefined && { displayName: decodeUtf8(displayName) }) }
}
