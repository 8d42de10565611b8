import type { Timer } from '../../foundation/clock.js'
import { seconds } from '../../foundation/time.js'
import type { InboundCall, InboundCallListener, PeerAnswer } from '../../legs/answering.js'
import type { Body, ExtraHeader } from '../../legs/body.js'
import type { Leg } from '../../legs/leg.js'
import type { Party } from '../../legs/party.js'
import type { Reason } from '../../legs/reason.js'
import { buildResponse, type ResponseParts } from '../message/build.js'
import { cseq, from, requires, to } from '../message/fields.js'
import { decodeUtf8, hasControls, smallNumber } from '../message/grammar.js'
import type { NameAddr } from '../message/name-addr.js'
import { formatReason } from '../message/reason.js'
import { serialize } from '../message/serialize.js'
import { carriedIn } from '../content.js'
import type { Part } from '../message/multipart.js'
import { refusalWithin, sessionBody } from '../screening.js'
import { detached } from '../transaction/matching.js'
import type { ServerTransaction } from '../transaction/user.js'
import { isWebSocket } from '../transport/protocols.js'
import type { Hop } from '../transport/transport.js'
import { Dialog } from './dialog.js'
import type { DialogPeer } from './peer-place.js'
import { ReliableProvisionals } from './reliable.js'
import type { InviteState } from './session-state.js'
import type { SessionContext } from './session-context.js'
import { Session } from './session.js'

/** What INVITEs that come need of the endpoint. They share one. */
export interface InviteServerContext extends SessionContext {
  /** Whole Contact value for the peer that this came from. */
  contactFor(transaction: ServerTransaction): string
  tag(): string
  /** Asks whether the sender is there, outside any dialog. `flow`: where it alone is reached. */
  ask(transaction: ServerTransaction, flow: Hop | undefined, told: (answer: PeerAnswer) => void): void
  keep(session: Session): void
  /** The address of record by whose password the INVITE was let in. Undefined: by a trusted peer. */
  accountOf(transaction: ServerTransaction): string | undefined
  /** The INVITE has its final response. */
  closed(invite: ServerInvite): void
}

/** An INVITE that came and has no final response yet (RFC 3261 §13.3). */
export class ServerInvite implements InboundCall {
  readonly sipCallId: string
  readonly from: Party
  readonly to: Party
  readonly requestUri: string
  readonly body?: Body
  /** Parts of its body that are for the phone that rings. */
  readonly attachments: readonly Part[]
  /** The session that its caller wants this one to take the place of (RFC 3891). */
  readonly replaces?: Leg
  /** Ours, in the To of all that we answer but 100. */
  readonly tag: string
  #open = true
  #listener: InboundCallListener | undefined
  #session: Session | undefined
  /** Early from the first provisional on; made when something is asked of it. */
  #dialog: Dialog | undefined
  /** How its provisional responses go out, when the caller requires that none is lost (RFC 3262). */
  readonly #provisionals: ReliableProvisionals | undefined
  /** Runs while the caller has set an end to the invitation. */
  readonly #expiry: Timer | undefined

  constructor(
    private readonly transaction: ServerTransaction,
    private readonly context: InviteServerContext,
    replaces?: Leg,
    /** Where requests within the dialog go, when that is not what the caller's Contact says. */
    private readonly flow?: Hop,
    /** Of an INVITE that came before a restart. */
    tag?: string,
    /** It came from a trusted peer; else its From was proven by credentials. */
    readonly trusted = true,
  ) {
    const { request } = transaction
    const body = sessionBody(request)
    if (body) this.body = body
    this.attachments = carriedIn(request)
    if (replaces) this.replaces = replaces
    // These live on in records of the call: pieces of the INVITE's text would keep all of it.
    this.sipCallId = detached(request.headers.first('Call-ID') ?? '')
    this.from = partyOf(from(request.headers))
    this.to = partyOf(to(request.headers))
    this.requestUri = detached(request.uri)
    this.tag = tag ?? context.tag()
    if (requires(request.headers).includes('100rel')) this.#provisionals = this.#reliably()
    this.#expiry = this.#expiring()
    transaction.listen({
      cancelled: () => this.#left(),
      failed: () => this.#left(),
      // RFC 3262 §3: the caller does not hear us.
      unacknowledged: () => this.#left(504),
    })
  }

  /** What requests within the early dialog are found by: the caller's tag is compared here. */
  get key(): string {
    return `${this.sipCallId} ${this.tag}`
  }

  get account(): string | undefined {
    return this.#earlyDialog().account
  }

  isFrom(source: Hop): boolean {
    return this.#earlyDialog().isFrom(source)
  }

  /** The IP address that it came from. */
  get source(): string {
    return this.transaction.source.host
  }

  /** By WebSocket that address may be a proxy's. */
  get proxied(): true | undefined {
    return isWebSocket(this.transaction.source.transport) ? true : undefined
  }

  /** Values with control characters would be passed on as other values. Privacy is not passed on, and wanted whatever stands beside it. */
  header(name: string): readonly string[] {
    const values = this.transaction.request.headers.values(name)
    return name === 'Privacy' || !values.some(hasControls) ? values : values.filter(value => !hasControls(value))
  }

  /** Where the INVITE came from. */
  get sourceAddress(): string {
    return this.transaction.source.host
  }

  /**
   * Who sent it: calls of one PBX have the same, though their connections are several. Who is no trusted peer may share its address with others, so
   * the flow and the account tell.
   */
  get peer(): string {
    const { transport, host, port, connection } = this.transaction.source
    if (this.severalWays) return `${transport} ${host}`
    const place = `${transport} ${host}:${port}`
    return this.trusted ? place : `${place} ${connection ?? ''} ${this.context.accountOf(this.transaction) ?? ''}`
  }

  get severalWays(): true | undefined {
    const { transport } = this.transaction.source
    return this.trusted && (transport === 'tcp' || transport === 'tls') ? true : undefined
  }

  get isAnswered(): boolean {
    return this.#session !== undefined
  }

  /** Asks whether the caller's side is there; silence is not told. */
  probe(told: (answer: PeerAnswer) => void): void {
    this.context.ask(this.transaction, this.flow, told)
  }

  /** The connection that it came by is gone. */
  cutOff(): void {
    if (this.#session) this.#session.cutOff()
    else if (this.#open) this.#listener?.cutOff?.()
  }

  listen(listener: InboundCallListener): void {
    this.#listener = listener
  }

  /**
   * What is needed to take it up again after a restart. Undefined: it has its final response, or its caller counts provisional responses
   * (RFC 3262), which can't be gone on with.
   */
  state(): InviteState | undefined {
    if (!this.#open || this.#provisionals) return undefined
    const { request, source } = this.transaction
    return { request: serialize(request).toString('latin1'), source, tag: this.tag }
  }

  /** Nothing is said to the caller: the next process goes on. */
  letGo(): void {
    if (this.#open) this.#close()
  }

  progress(status: 180 | 182, reasonPhrase?: string): void {
    if (!this.#open) return
    const parts: ResponseParts = { headers: [['Contact', this.#contact()]], ...(reasonPhrase !== undefined && { reasonPhrase }) }
    if (!this.#provisionals) return this.#respond(status, parts)
    // The first reliable response would have to hold an SDP offer (RFC 3261 §13.2.1), which there is none of yet: 100 must do.
    if (this.body) this.#provisionals.send(status, parts)
  }

  answer(body: Body | undefined, told: readonly ExtraHeader[] = []): Session {
    const session = new Session(this.#earlyDialog(), this.context)
    if (this.#open) {
      this.#session = session
      this.context.keep(session)
      this.#close()
      const more = session.answering(this.transaction, body, this.#provisionals)
      const headers: ExtraHeader[] = [['Contact', session.dialog.contact], ...this.context.answerHeaders, ...more, ...told]
      this.#respond(200, { headers, ...(body && { body: body.text, contentType: body.type }) })
    } else session.neverBegan()
    return session
  }

  reject(status: number, options: { readonly reason?: Reason; readonly headers?: readonly ExtraHeader[] } = {}): void {
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
    dialog.heardFrom(transaction.source)
    const refusal = refusalWithin(request, this.context.intervals.shortest)
    if (refusal) return answer(transaction, refusal.status, refusal.headers)
    switch (request.method) {
      case 'INVITE':
        // §14.2: the one before is still open.
        return this.#notYet(transaction)
      case 'UPDATE':
        return this.#updated(transaction, dialog)
      case 'PRACK':
        return this.#pracked(transaction)
      case 'REFER':
        return answer(transaction, 603)
      case 'BYE':
        // §15: the caller may end an early dialog so, too; what is pending gets 487 (§15.1.2).
        answer(transaction, 200)
        return this.#left()
      default:
        return answer(transaction, 200, this.context.answerHeaders)
    }
  }

  /** RFC 3311 §5.2: the offer of the INVITE has no answer yet, or there was none; without an offer of its own it moves the target. */
  #updated(transaction: ServerTransaction, dialog: Dialog): void {
    if (sessionBody(transaction.request)) return this.#notYet(transaction)
    dialog.refreshTarget(transaction.request)
    answer(transaction, 200, [['Contact', dialog.contact], ...this.context.answerHeaders])
  }

  #pracked(transaction: ServerTransaction): void {
    const provisionals = this.#provisionals
    if (provisionals?.acknowledge(transaction.request) !== true) return answer(transaction, 481)
    answer(transaction, 200)
    provisionals.goOn()
  }

  #notYet(transaction: ServerTransaction): void {
    answer(transaction, 500, [['Retry-After', String(this.context.random() % 11)]])
  }

  /** §13.3.1: an invitation that runs out before its final response gets 487. One of more than a day is none. */
  #expiring(): Timer | undefined {
    const after = smallNumber(this.transaction.request.headers.first('Expires'), 86_400)
    return after === undefined ? undefined : this.context.clock.after(seconds(after), () => this.#left())
  }

  #reliably(): ReliableProvisionals {
    const { headers } = this.transaction.request
    return new ReliableProvisionals(cseq(headers)?.number ?? 0, this.context.random(), {
      send: (status, parts, rseq) => {
        const more: ExtraHeader[] = [
          ['Require', '100rel'],
          ['RSeq', String(rseq)],
        ]
        const response = { ...parts, headers: [...(parts.headers ?? []), ...more], toTag: this.tag }
        this.transaction.respondReliably(buildResponse(this.transaction.request, status, response))
      },
      acknowledged: () => this.transaction.provisionalAcknowledged(),
    })
  }

  /** The caller is gone: nothing but 487 can be said to one that left. */
  #left(status = 487): void {
    if (!this.#open) return
    this.#close()
    this.#respond(status, {})
    this.#listener?.cancelled()
  }

  #close(): void {
    this.#open = false
    this.#expiry?.cancel()
    this.#provisionals?.close()
    this.context.closed(this)
  }

  #earlyDialog(): Dialog {
    const { request, source } = this.transaction
    const peer = (): DialogPeer => ({ seen: source, account: this.context.accountOf(this.transaction) })
    return (this.#dialog ??= Dialog.byServer(request, this.tag, this.#contact(), this.flow, peer()))
  }

  #respond(status: number, parts: ResponseParts): void {
    this.transaction.respond(buildResponse(this.transaction.request, status, { toTag: this.tag, ...parts }))
  }

  #contact(): string {
    return this.context.contactFor(this.transaction)
  }
}

function answer(transaction: ServerTransaction, status: number, headers: readonly ExtraHeader[] = []): void {
  transaction.respond(buildResponse(transaction.request, status, { headers }))
}

function partyOf(address: NameAddr | undefined): Party {
  const displayName = address?.displayName
  return { uri: detached(address?.uri ?? ''), ...(displayName !== undefined && { displayName: decodeUtf8(displayName) }) }
}
