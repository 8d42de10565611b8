import type { Timer } from '../../foundation/clock.js'
import { seconds } from '../../foundation/time.js'
import type { InboundCall, InboundCallListener, PeerAnswer, ReceivedInvite } from '../../legs/answering.js'
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
import type { SipRequest } from '../message/message.js'
import { refusalWithin, sessionBody } from '../screening.js'
import { detached } from '../transaction/matching.js'
import type { ServerTransaction } from '../transaction/user.js'
import type { Hop } from '../transport/transport.js'
import { Dialog } from './dialog.js'
import { InviteOrigin, type InviteAccounts } from './invite-origin.js'
import type { DialogPeer } from './peer-place.js'
import { ReliableProvisionals } from './reliable.js'
import type { InviteState } from './session-state.js'
import type { SessionContext } from './session-context.js'
import { Session } from './session.js'

/** What INVITEs that come need of the endpoint. They share one. */
export interface InviteServerContext extends SessionContext, InviteAccounts {
  /** Whole Contact value for the peer that this came from. */
  contactFor(transaction: ServerTransaction): string
  tag(): string
  /** Asks whether the sender is there, outside any dialog. `flow`: where it alone is reached. */
  ask(transaction: ServerTransaction, flow: Hop | undefined, told: (answer: PeerAnswer) => void): void
  keep(session: Session): void
  /** The INVITE has its final response. */
  closed(invite: ServerInvite): void
}

/** The INVITE has no final response. */
interface Open {
  readonly kind: 'open'
  /** How its provisional responses go out, when the caller requires that none is lost (RFC 3262). */
  readonly provisionals: ReliableProvisionals | undefined
  /** Runs while the caller has set an end to the invitation. */
  readonly expiry: Timer | undefined
}

type State = Open | { readonly kind: 'answered'; readonly session: Session } | { readonly kind: 'over' }

const over: State = { kind: 'over' }

/** An INVITE that came and has no final response yet (RFC 3261 §13.3). */
export class ServerInvite implements InboundCall {
  readonly invite: ReceivedInvite
  readonly origin: InviteOrigin
  /** The session that its caller wants this one to take the place of (RFC 3891). */
  readonly replaces?: Leg
  /** Ours, in the To of all that we answer but 100. */
  readonly tag: string
  #state: State
  #listener: InboundCallListener | undefined
  /** Early from the first provisional on; made when something is asked of it. */
  #dialog: Dialog | undefined

  constructor(
    private readonly transaction: ServerTransaction,
    private readonly context: InviteServerContext,
    replaces?: Leg,
    /** Where requests within the dialog go, when that is not what the caller's Contact says. */
    private readonly flow?: Hop,
    /** Of an INVITE that came before a restart. */
    tag?: string,
    /** It came from a trusted peer; else its From was proven by credentials. */
    trusted = true,
  ) {
    const { request } = transaction
    this.invite = receivedIn(request)
    this.origin = new InviteOrigin(transaction, trusted, context)
    if (replaces) this.replaces = replaces
    this.tag = tag ?? context.tag()
    const provisionals = requires(request.headers).includes('100rel') ? this.#reliably() : undefined
    this.#state = { kind: 'open', provisionals, expiry: this.#expiring() }
    transaction.listen({
      cancelled: () => this.#left(),
      failed: () => this.#left(),
      // RFC 3262 §3: the caller does not hear us.
      unacknowledged: () => this.#left(504),
    })
  }

  /** What requests within the early dialog are found by: the caller's tag is compared here. */
  get key(): string {
    return `${this.invite.sipCallId} ${this.tag}`
  }

  get account(): string | undefined {
    return this.#earlyDialog().peer.account
  }

  isFrom(source: Hop): boolean {
    return this.#earlyDialog().isFrom(source)
  }

  /** Values with control characters would be passed on as other values. Privacy is not passed on, and wanted whatever stands beside it. */
  header(name: string): readonly string[] {
    const values = this.transaction.request.headers.values(name)
    return name === 'Privacy' || !values.some(hasControls) ? values : values.filter(value => !hasControls(value))
  }

  get isAnswered(): boolean {
    return this.#state.kind === 'answered'
  }

  /** Asks whether the caller's side is there; silence is not told. */
  probe(told: (answer: PeerAnswer) => void): void {
    this.context.ask(this.transaction, this.flow, told)
  }

  /** The connection that it came by is gone. */
  cutOff(): void {
    if (this.#state.kind === 'answered') this.#state.session.cutOff()
    else if (this.#state.kind === 'open') this.#listener?.cutOff?.()
  }

  listen(listener: InboundCallListener): void {
    this.#listener = listener
  }

  /**
   * What is needed to take it up again after a restart. Undefined: it has its final response, or its caller counts provisional responses
   * (RFC 3262), which can't be gone on with.
   */
  state(): InviteState | undefined {
    if (this.#state.kind !== 'open' || this.#state.provisionals) return undefined
    const { request, source } = this.transaction
    return { request: serialize(request).toString('latin1'), source, tag: this.tag }
  }

  /** Nothing is said to the caller: the next process goes on. */
  letGo(): void {
    if (this.#state.kind === 'open') this.#close(this.#state)
  }

  progress(status: 180 | 182, reasonPhrase?: string): void {
    const state = this.#state
    if (state.kind !== 'open') return
    const parts: ResponseParts = { headers: [['Contact', this.#contact()]], ...(reasonPhrase !== undefined && { reasonPhrase }) }
    if (!state.provisionals) return this.#respond(status, parts)
    // The first reliable response would have to hold an SDP offer (RFC 3261 §13.2.1), which there is none of yet: 100 must do.
    if (this.invite.body) state.provisionals.send(status, parts)
  }

  answer(body: Body | undefined, told: readonly ExtraHeader[] = []): Session {
    const session = new Session(this.#earlyDialog(), this.context)
    const state = this.#state
    if (state.kind === 'open') {
      this.context.keep(session)
      this.#close(state, { kind: 'answered', session })
      const more = session.answering(this.transaction, body, state.provisionals)
      const headers: ExtraHeader[] = [['Contact', session.dialog.contact], ...this.context.answerHeaders, ...more, ...told]
      this.#respond(200, { headers, ...(body && { body: body.text, contentType: body.type }) })
    } else session.neverBegan()
    return session
  }

  reject(status: number, options: { readonly reason?: Reason; readonly headers?: readonly ExtraHeader[] } = {}): void {
    if (this.#state.kind !== 'open') return
    this.#close(this.#state)
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
    const provisionals = this.#state.kind === 'open' ? this.#state.provisionals : undefined
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
    if (this.#state.kind !== 'open') return
    this.#close(this.#state)
    this.#respond(status, {})
    this.#listener?.cancelled()
  }

  #close({ expiry, provisionals }: Open, next: State = over): void {
    this.#state = next
    expiry?.cancel()
    provisionals?.close()
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

/** Pieces of the INVITE's text would keep all of it for as long as there are records of the call, so they are detached. */
function receivedIn(request: SipRequest): ReceivedInvite {
  const body = sessionBody(request)
  return {
    sipCallId: detached(request.headers.first('Call-ID') ?? ''),
    from: partyOf(from(request.headers)),
    to: partyOf(to(request.headers)),
    requestUri: detached(request.uri),
    ...(body && { body }),
    attachments: carriedIn(request),
  }
}

function partyOf(address: NameAddr | undefined): Party {
  const displayName = address?.displayName
  return { uri: detached(address?.uri ?? ''), ...(displayName !== undefined && { displayName: decodeUtf8(displayName) }) }
}
