import { detached } from '../../foundation/detached.js'
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
import { parseNameAddr, type NameAddr } from '../message/name-addr.js'
import { formatReason } from '../message/reason.js'
import { serialize } from '../message/serialize.js'
import { carriedIn } from '../content.js'
import type { SipRequest } from '../message/message.js'
import { refusalWithin, sessionBody } from '../screening.js'
import type { ServerTransaction } from '../transaction/user.js'
import type { Hop } from '../transport/transport.js'
import { Dialog } from './dialog.js'
import { InviteOrigin, type InviteAccounts } from './invite-origin.js'
import type { DialogPeer } from './peer-place.js'
import { isTooLongAnswerFor, isTooLongFor } from './phone-limit.js'
import { ReliableProvisionals } from './reliable.js'
import type { InviteState } from './session-state.js'
import type { SessionContext } from './session-context.js'
import { Session } from './session.js'

/** The endpoint's services for INVITEs that we receive. All share one object. */
export interface InviteServerContext extends InviteAccounts {
  readonly session: SessionContext
  /** The whole Contact value for the peer that sent this. */
  contactFor(transaction: ServerTransaction): string
  tag(): string
  /** Asks outside any dialog whether the sender still responds. `flow`: the only way to reach it. */
  ask(transaction: ServerTransaction, flow: Hop | undefined, told: (answer: PeerAnswer) => void): void
  keep(session: Session): void
  /** The INVITE has its final response. */
  closed(invite: ServerInvite): void
}

/** The INVITE has no final response yet. */
interface Open {
  readonly kind: 'open'
  /** The sender of provisional responses, if the caller requires reliable ones (RFC 3262). */
  readonly provisionals: ReliableProvisionals | undefined
  /** Runs if the caller's Expires limits the invitation. */
  readonly expiry: Timer | undefined
}

type State = Open | { readonly kind: 'answered'; readonly session: Session } | { readonly kind: 'over' }

const nobody = {}
const over: State = { kind: 'over' }

/** An INVITE that we received, without a final response yet (RFC 3261 §13.3). */
export class ServerInvite implements InboundCall {
  readonly invite: ReceivedInvite
  readonly origin: InviteOrigin
  /** The session that this call replaces (RFC 3891). */
  readonly replaces?: Leg
  /** Our tag, in the To of all responses except 100. */
  readonly tag: string
  #state: State
  #listener: InboundCallListener | undefined
  /** The early dialog. Created when the first request in it needs it. */
  #dialog: Dialog | undefined

  constructor(
    private readonly transaction: ServerTransaction,
    private readonly context: InviteServerContext,
    replaces?: Leg,
    /** Where requests in the dialog go, if that differs from the caller's Contact. */
    private readonly flow?: Hop,
    /** The tag of an INVITE that was received before a restart. Default: a new tag. */
    tag?: string,
    /** Whether a trusted peer sent the INVITE. If not, credentials proved its From. */
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
      // No PRACK came, so the caller does not receive our responses (RFC 3262 §3: answer with 5xx).
      unacknowledged: () => this.#left(504),
    })
  }

  /** Identifies requests in the early dialog. The caller's tag is part of it. */
  get key(): string {
    return `${this.invite.sipCallId} ${this.tag}`
  }

  get callerTag(): string {
    return from(this.transaction.request.headers)?.tag ?? ''
  }

  get sipCallId(): string {
    return this.invite.sipCallId
  }

  get account(): string | undefined {
    return this.#earlyDialog().peer.account
  }

  isFrom(source: Hop): boolean {
    return this.#earlyDialog().isFrom(source)
  }

  /**
   * Leaves out values with control characters, because they could mean something else when they are forwarded. Privacy keeps them, because it
   * is a request to us and is not forwarded.
   */
  header(name: string): readonly string[] {
    const values = this.transaction.request.headers.values(name)
    return name === 'Privacy' || !values.some(hasControls) ? values : values.filter(value => !hasControls(value))
  }

  get isAnswered(): boolean {
    return this.#state.kind === 'answered'
  }

  /** Asks whether the caller's side still responds. Silence is not reported. */
  probe(told: (answer: PeerAnswer) => void): void {
    this.context.ask(this.transaction, this.flow, told)
  }

  /** The connection of the INVITE is closed. */
  cutOff(): void {
    if (this.#state.kind === 'answered') this.#state.session.cutOff()
    else if (this.#state.kind === 'open') this.#listener?.cutOff?.()
  }

  listen(listener: InboundCallListener): void {
    this.#listener = listener
  }

  /**
   * The data for restoring the INVITE after a restart. Undefined: it has its final response, or its caller uses reliable provisional
   * responses (RFC 3262), which can't continue in another process.
   */
  state(): InviteState | undefined {
    if (this.#state.kind !== 'open' || this.#state.provisionals) return undefined
    const { request, source } = this.transaction
    return { request: serialize(request).toString('latin1'), source, tag: this.tag }
  }

  /** Releases the INVITE without a response, because the next process continues it. */
  letGo(): void {
    if (this.#state.kind === 'open') this.#close(this.#state)
  }

  progress(status: 180 | 182, reasonPhrase?: string): void {
    const state = this.#state
    if (state.kind !== 'open') return
    const parts: ResponseParts = {
      headers: [['Contact', this.#earlyDialog().contact]],
      ...(reasonPhrase !== undefined && { reasonPhrase }),
    }
    if (!state.provisionals) return this.#respond(status, parts)
    // If the INVITE has no offer, the first reliable response must have one (RFC 3261 §13.2.1). We have none yet, so only 100 is sent.
    if (this.invite.body) state.provisionals.send(status, parts)
  }

  answer(body: Body | undefined, told: readonly ExtraHeader[] = []): Session {
    const session = new Session(this.#earlyDialog(), this.context.session)
    // The caller's phone gets nothing of this length (docs/decisions/097). The call ends as if the caller had left.
    if (isTooLongAnswerFor(session.dialog, body)) this.reject(488)
    const state = this.#state
    if (state.kind === 'open') {
      this.context.keep(session)
      this.#close(state, { kind: 'answered', session })
      const more = session.answering(this.transaction, body, state.provisionals)
      const headers: ExtraHeader[] = [
        ['Contact', session.dialog.contact],
        ...this.context.session.headers.answers,
        ...more,
        ...told,
      ]
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

  /** A request in the early dialog. */
  onRequest(transaction: ServerTransaction): void {
    const { request } = transaction
    const dialog = this.#earlyDialog()
    if ((from(request.headers)?.tag ?? '') !== dialog.remoteTag) return answer(transaction, 481)
    if (!dialog.inOrder(request)) return answer(transaction, 500)
    dialog.heardFrom(transaction.source)
    const refusal = refusalWithin(request, this.context.session.intervals.shortest)
    if (refusal) return answer(transaction, refusal.status, refusal.headers)
    switch (request.method) {
      case 'INVITE':
        // §14.2: the first INVITE is still pending.
        return this.#notYet(transaction)
      case 'UPDATE':
        return this.#updated(transaction, dialog)
      case 'PRACK':
        return this.#pracked(transaction)
      case 'REFER':
        return answer(transaction, 603)
      case 'BYE':
        // §15: the caller may also end an early dialog by BYE. Pending requests get 487 (§15.1.2).
        answer(transaction, 200)
        return this.#left()
      default:
        return answer(transaction, 200, this.context.session.headers.answers)
    }
  }

  /** An UPDATE with an offer gets 500, because the first exchange of offer and answer is not over (RFC 3311 §5.2). One without moves the target. */
  #updated(transaction: ServerTransaction, dialog: Dialog): void {
    if (sessionBody(transaction.request)) return this.#notYet(transaction)
    dialog.refreshTarget(transaction.request)
    answer(transaction, 200, [['Contact', dialog.contact], ...this.context.session.headers.answers])
  }

  #pracked(transaction: ServerTransaction): void {
    const provisionals = this.#state.kind === 'open' ? this.#state.provisionals : undefined
    if (provisionals?.acknowledge(transaction.request) !== true) return answer(transaction, 481)
    answer(transaction, 200)
    provisionals.goOn()
  }

  #notYet(transaction: ServerTransaction): void {
    answer(transaction, 500, [['Retry-After', String(this.context.session.random() % 11)]])
  }

  /** §13.3.1: an invitation whose Expires ends before its final response gets 487. An Expires above one day is ignored. */
  #expiring(): Timer | undefined {
    const after = smallNumber(this.transaction.request.headers.first('Expires'), 86_400)
    return after === undefined ? undefined : this.context.session.clock.after(seconds(after), () => this.#left())
  }

  #reliably(): ReliableProvisionals {
    const { headers } = this.transaction.request
    return new ReliableProvisionals(cseq(headers)?.number ?? 0, this.context.session.random(), {
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

  /** The caller has left, or does not receive our responses. Sends the final response and tells the listener. */
  #left(status = 487): void {
    if (this.#state.kind !== 'open') return
    this.#close(this.#state)
    this.#respond(status, {})
    this.#listener?.cancelled()
  }

  #close({ expiry, provisionals }: Open, next: State = over): void {
    this.#state = next
    // The transaction waits 32 s for an ACK that may never come. It must not keep this INVITE, which may be long.
    if (next === over) this.transaction.listen(nobody)
    expiry?.cancel()
    provisionals?.close()
    this.context.closed(this)
  }

  #earlyDialog(): Dialog {
    const { request, source } = this.transaction
    const peer = (): DialogPeer => ({ seen: source, account: this.context.accountOf(this.transaction) })
    return (this.#dialog ??= Dialog.byServer(request, this.tag, this.context.contactFor(this.transaction), this.flow, peer()))
  }

  #respond(status: number, parts: ResponseParts): void {
    const response = buildResponse(this.transaction.request, status, { toTag: this.tag, ...parts })
    // A refusal may be long because of what the other leg said about its own.
    const isTooLong = status >= 300 && isTooLongFor(this.#earlyDialog(), response)
    this.transaction.respond(isTooLong ? buildResponse(this.transaction.request, status, { toTag: this.tag }) : response)
  }
}

function answer(transaction: ServerTransaction, status: number, headers: readonly ExtraHeader[] = []): void {
  transaction.respond(buildResponse(transaction.request, status, { headers }))
}

/** Copies the text, because substrings would keep the whole INVITE in memory as long as there are records of the call. */
function receivedIn(request: SipRequest): ReceivedInvite {
  const body = sessionBody(request)
  const asserted = urisIn(request, 'P-Asserted-Identity')
  const preferred = urisIn(request, 'P-Preferred-Identity')
  return {
    sipCallId: detached(request.headers.first('Call-ID') ?? ''),
    tag: detached(from(request.headers)?.tag ?? ''),
    from: partyOf(from(request.headers)),
    to: partyOf(to(request.headers)),
    requestUri: detached(request.uri),
    ...(asserted && { asserted }),
    ...(preferred && { preferred }),
    ...(body && { body }),
    attachments: carriedIn(request),
  }
}

/** Display names are free text, and may look like a URI in brackets. So the values are parsed, and those that are malformed are left out. */
function urisIn({ headers }: SipRequest, name: string): readonly string[] | undefined {
  const values = headers.values(name)
  if (values.length === 0) return undefined
  return values.flatMap(value => {
    const read = parseNameAddr(value)
    return read.ok ? detached(read.value.uri) : []
  })
}

/** Characters that end a line, or change the direction of the text after them, on every page that shows the name (Unicode TR 36, 2.10). */
const misleading = /[\u0080-\u009f\u2028-\u202e\u2066-\u2069\ufeff]/g

const nameForPeople = (name: string): string => detached(decodeUtf8(name).replace(misleading, ''))

function partyOf(address: NameAddr | undefined): Party {
  const displayName = address?.displayName
  return { uri: detached(address?.uri ?? ''), ...(displayName !== undefined && { displayName: nameForPeople(displayName) }) }
}
