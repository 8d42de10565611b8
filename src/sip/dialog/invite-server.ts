import { buildResponse, type ResponseParts } from '../message/build.js'
import { from, to } from '../message/fields.js'
import { decodeUtf8 } from '../message/grammar.js'
import type { NameAddr } from '../message/name-addr.js'
import { formatReason, type ReasonValue } from '../message/reason.js'
import type { ServerTransaction } from '../transaction/user.js'
import { Dialog, type Body, type ExtraHeader } from './dialog.js'
import { bodyOf, Session, type SessionGround } from './session.js'

export interface Party {
  readonly uri: string
  readonly displayName?: string
}

export interface InviteServerGround extends SessionGround {
  /** Whole Contact value for the peer that this came from. */
  contactFor(transaction: ServerTransaction): string
  tag(): string
  keep(session: Session): void
  /** The INVITE is over without a dialog. */
  closed(): void
}

type State =
  | { readonly kind: 'open' }
  /** 2xx, or a failure, or the caller left. */
  | { readonly kind: 'over' }

/** An INVITE that came and is not answered yet (RFC 3261 §13.3). */
export class ServerInvite {
  readonly from: Party
  readonly to: Party
  readonly requestUri: string
  readonly body?: Body
  #state: State = { kind: 'open' }
  #listener: { cancelled(): void } | undefined
  readonly #tag: string

  constructor(
    private readonly transaction: ServerTransaction,
    private readonly ground: InviteServerGround,
  ) {
    const { request } = transaction
    const body = bodyOf(request)
    if (body) this.body = body
    this.from = partyOf(from(request.headers))
    this.to = partyOf(to(request.headers))
    this.requestUri = request.uri
    this.#tag = ground.tag()
    transaction.listen({
      cancelled: () => this.#left(487),
      // Over a stream that broke nobody hears a 487; it is sent by the rules all the same.
      failed: () => this.#left(undefined),
    })
  }

  get sipCallId(): string {
    return this.transaction.request.headers.first('Call-ID') ?? ''
  }

  header(name: string): readonly string[] {
    return this.transaction.request.headers.values(name)
  }

  listen(listener: { cancelled(): void }): void {
    this.#listener = listener
  }

  progress(status: 180 | 182, reasonPhrase?: string): void {
    if (this.#state.kind !== 'open') return
    this.#respond(status, { ...(reasonPhrase !== undefined && { reasonPhrase }), headers: [['Contact', this.#contact()]] })
  }

  answer(body: Body | undefined): Session {
    const session = new Session(Dialog.byServer(this.transaction.request, this.#tag, this.#contact()), this.ground)
    if (this.#state.kind !== 'open') return session
    this.#state = { kind: 'over' }
    this.ground.keep(session)
    session.awaitAck(this.transaction)
    const parts = { ...(body && { body: body.text, contentType: body.type }) }
    this.#respond(200, { ...parts, headers: [['Contact', this.#contact()], ...this.ground.ownHeaders] })
    return session
  }

  reject(status: number, options: { readonly reason?: ReasonValue; readonly headers?: readonly ExtraHeader[] } = {}): void {
    if (this.#state.kind !== 'open') return
    this.#state = { kind: 'over' }
    const reason: ExtraHeader[] = options.reason ? [['Reason', formatReason(options.reason)]] : []
    this.#respond(status, { headers: [...(options.headers ?? []), ...reason] })
    this.ground.closed()
  }

  #left(status: number | undefined): void {
    if (this.#state.kind !== 'open') return
    this.#state = { kind: 'over' }
    if (status !== undefined) this.#respond(status, {})
    this.ground.closed()
    this.#listener?.cancelled()
  }

  #respond(status: number, parts: ResponseParts): void {
    this.transaction.respond(buildResponse(this.transaction.request, status, { ...parts, toTag: this.#tag }))
  }

  #contact(): string {
    return this.ground.contactFor(this.transaction)
  }
}

function partyOf(address: NameAddr | undefined): Party {
  const displayName = address?.displayName
  return { uri: address?.uri ?? '', ...(displayName !== undefined && { displayName: decodeUtf8(displayName) }) }
}
