import { randomUUID } from 'node:crypto'
import { Dialog } from '../../../src/sip/dialog/dialog.js'
import { buildResponse } from '../../../src/sip/message/build.js'
import { cseq, supported, to } from '../../../src/sip/message/fields.js'
import type { SipRequest, SipResponse } from '../../../src/sip/message/message.js'
import type { ServerTransaction } from '../../../src/sip/transaction/user.js'
import type { LocalAddress } from '../../../src/sip/transport/transport.js'
import type { Application } from './application.js'
import type { Draft } from './commands.js'
import { contactOf, fromNetwork, ofApplication, type Core } from './core.js'
import { dialogIdOf, type ServerDialog } from './dialogs.js'
import { headersOf, statusOf, typeOf, valueOf, without, type HeaderEntries } from './drafts.js'
import { grantSession, type InDialog } from './in-dialog.js'

/** A request outside dialogs that its application has not finished. */
interface Open {
  readonly transactionId: string
  readonly exchange: ServerTransaction
  readonly application: Application
  /** Set by the first response that the application sends. */
  tag: string | undefined
  /** Reliable provisional responses that wait for their PRACK. */
  readonly unacknowledged: Set<number>
  rseq: number
  /** A PRACK came, so the application is known as the dialog's owner before the 200. */
  early: ServerDialog | undefined
  /** An UPDATE before the 200, under the INVITE's transaction id. */
  update: ServerTransaction | undefined
  last: SipResponse | undefined
}

/** Methods that the server passes on outside dialogs. */
const passed: ReadonlySet<string> = new Set([
  ...['INVITE', 'REGISTER', 'MESSAGE', 'OPTIONS', 'INFO', 'NOTIFY', 'SUBSCRIBE', 'PUBLISH'],
])
/** Methods that get 481 outside dialogs. All others are not answered at all. */
const dialogless: ReadonlySet<string> = new Set(['BYE', 'UPDATE', 'PRACK', 'CANCEL'])

/** Methods that the server passes on and answers with 500 itself when they come in a dialog before its 200. */
const early: ReadonlySet<string> = new Set(['INFO', 'NOTIFY', 'OPTIONS', 'MESSAGE', 'PUBLISH', 'SUBSCRIBE'])

/** Requests from the network outside dialogs, and what applications answer. */
export class Incoming {
  readonly #open = new Map<string, Open>()

  constructor(
    private readonly core: Core,
    private readonly inDialog: InDialog,
    /** Finds the application: one that is connected, or one to which the server connects. Undefined: there is none. */
    private readonly choose: (request: SipRequest) => Promise<Application> | Application | number,
    /** Whether the request belongs to an INVITE of an application that has no final response yet. */
    private readonly isOfInviting: (request: SipRequest) => boolean,
  ) {}

  /** Whether a request outside dialogs is answered. */
  static answers({ method }: SipRequest): boolean {
    return passed.has(method) || dialogless.has(method)
  }

  /** Forgets all transaction ids. Applications that answer hear that the transaction is unknown. */
  clear(): void {
    this.#open.clear()
  }

  onRequest(exchange: ServerTransaction): void {
    const { request } = exchange
    const { method, headers } = request
    if (to(headers)?.tag !== undefined && this.#early(exchange)) return
    if (dialogless.has(method) || (method === 'INVITE' && to(headers)?.tag !== undefined)) return this.#refuse(exchange, 481)
    const chosen = this.choose(request)
    if (typeof chosen === 'number') return this.#refuse(exchange, chosen)
    if (!(chosen instanceof Promise)) {
      this.#pass(exchange, chosen)
      if (this.#isEarly(request)) this.#refuse(exchange, 500)
      return
    }
    chosen.then(
      application => this.#pass(exchange, application),
      () => this.#refuse(exchange, 480),
    )
  }

  /** Carries out an application's response. False: the transaction is none of these. */
  respond(application: Application, id: string, transactionId: string, draft: Draft): boolean {
    const open = this.#open.get(transactionId)
    if (!open) return false
    if (open.exchange.finalStatus !== undefined && this.#isEarly(open.exchange.request)) {
      this.#open.delete(transactionId)
      application.refused(id, 'transport for response has been shutdown or closed')
      return true
    }
    const updateAnswered = /^\d+\s+UPDATE$/i.test(valueOf(headersOf(draft, this.#local(open)), 'CSeq') ?? '')
    if (open.update && updateAnswered) this.#answerUpdate(application, id, open, draft)
    else if (open.exchange.finalStatus !== undefined && open.last)
      application.sent(id, open.last, ofApplication(this.#local(open)), transactionId, this.#dialogId(open), '')
    else this.#answer(application, id, open, draft)
    return true
  }

  /** An ACK for a 200 of an application. */
  acknowledged(dialog: ServerDialog): string | undefined {
    for (const open of this.#open.values()) {
      if (open.exchange.request.method !== 'INVITE' || this.#dialogId(open) !== dialog.id) continue
      open.exchange.acknowledged()
      this.#open.delete(open.transactionId)
      return open.transactionId
    }
    return undefined
  }

  /** The dialog has ended, so its INVITE is over too. */
  ended(dialog: ServerDialog): void {
    this.acknowledged(dialog)
  }

  // ---- towards the application

  #pass(exchange: ServerTransaction, application: Application): void {
    if (exchange.finalStatus !== undefined) return
    const { request, source } = exchange
    const transactionId = randomUUID()
    const open: Open = {
      ...{ transactionId, exchange, application, tag: undefined, unacknowledged: new Set<number>(), rseq: 0 },
      ...{ early: undefined, update: undefined, last: undefined },
    }
    this.#open.set(transactionId, open)
    exchange.listen({
      cancelled: cancel => this.#cancelled(open, cancel),
      failed: () => this.#unacknowledged(open),
      unacknowledged: () => {
        if (exchange.finalStatus === undefined) exchange.respond(buildResponse(request, 504, { toTag: open.tag ?? '' }))
        this.#open.delete(transactionId)
      },
    })
    const { host, port } = this.#local(open)
    application.pass(request, fromNetwork(source), transactionId, '', [host, String(port)])
  }

  /** The CANCEL was answered. The server answers the INVITE, and the application hears of it. */
  #cancelled(open: Open, cancel: SipRequest): void {
    const { exchange, application, transactionId } = open
    const dialogId = open.tag === undefined ? '' : this.#dialogId(open)
    this.#open.delete(transactionId)
    exchange.respond(buildResponse(exchange.request, 487, { toTag: open.tag ?? this.core.tokens.tag() }))
    application.pass(cancel, fromNetwork(exchange.source), transactionId, dialogId)
  }

  /** No ACK came for the application's response. The server ends a dialog that was made. */
  #unacknowledged(open: Open): void {
    this.#open.delete(open.transactionId)
    const dialog = this.core.dialogs.byId(this.#dialogId(open))
    if (dialog && open.exchange.finalStatus === 200) this.inDialog.end(dialog, 'ACK timeout')
  }

  #refuse(exchange: ServerTransaction, status: number): void {
    if (exchange.finalStatus === undefined)
      exchange.respond(buildResponse(exchange.request, status, { toTag: this.core.tokens.tag() }))
  }

  // ---- before the 200

  #isEarly(request: SipRequest): boolean {
    if (!early.has(request.method) || to(request.headers)?.tag === undefined) return false
    return this.#inviteOf(request) !== undefined || this.isOfInviting(request)
  }

  /** The INVITE in whose dialog the request comes, before its 200. */
  #inviteOf(request: SipRequest): Open | undefined {
    return [...this.#open.values()].find(
      candidate => candidate.tag === to(request.headers)?.tag && this.#dialogId(candidate) === dialogIdOf(request),
    )
  }

  /** A request in a dialog that the application's responses have begun, but no 200 has confirmed. */
  #early(exchange: ServerTransaction): boolean {
    const { request, source } = exchange
    const open = this.#inviteOf(request)
    if (!open) return false
    if (request.method === 'PRACK') this.#prack(exchange, open)
    else if (request.method !== 'UPDATE') return false
    else if (open.update) this.#refuse(exchange, 500)
    else {
      open.update = exchange
      open.application.pass(request, fromNetwork(source), open.transactionId, this.#dialogId(open))
    }
    return true
  }

  #prack(exchange: ServerTransaction, open: Open): void {
    const [rseq = '', number = ''] = (exchange.request.headers.first('RAck') ?? '').split(/\s+/)
    const isOurs = Number(number) === cseq(open.exchange.request.headers)?.number
    if (!isOurs || !open.unacknowledged.delete(Number(rseq))) return this.#refuse(exchange, 481)
    open.exchange.provisionalAcknowledged()
    open.early ??= this.#makeDialog(open, contactOf(this.#local(open)))
    this.inDialog.pass(exchange, open.early)
  }

  #answerUpdate(application: Application, id: string, open: Open, draft: Draft): void {
    const { update } = open
    if (!update) return
    open.update = undefined
    const response = this.#built(update.request, draft, open)
    update.respond(response)
    application.sent(id, response, ofApplication(this.#local(open)), open.transactionId, '', '')
  }

  // ---- responses

  #answer(application: Application, id: string, open: Open, draft: Draft): void {
    const { exchange, transactionId } = open
    const { status } = statusOf(draft)
    const { request } = exchange
    const formsDialog = request.method === 'INVITE' || request.method === 'SUBSCRIBE'
    const local = this.#local(open)
    if (formsDialog && open.last === undefined && this.core.dialogs.byId(dialogIdOf(request))) {
      this.#refuse(exchange, 480)
      return application.refused(id, 'dialog already exists, rejecting this request')
    }
    const entries = headersOf(draft, local)
    open.tag ??= /tag=(.*)/.exec(valueOf(entries, 'To') ?? '')?.[1] ?? this.core.tokens.tag()
    const isReliable = status > 100 && status < 200 && (valueOf(entries, 'Require') ?? '').includes('100rel')
    if (isReliable && !this.#takesReliable(request)) return application.refused(id, 'Remote endpoint does not support 100rel')
    const response = this.#built(request, draft, open)
    if (request.method === 'INVITE' && status === 200) grantSession(request, response)
    open.last = response
    if (isReliable) this.#respondReliably(open, response)
    else exchange.respond(response)
    this.core.phones.answered(request, response, exchange.source)
    if (status >= 200) this.#finished(open, status, response, draft, entries)
    application.sent(id, response, ofApplication(local), transactionId, formsDialog ? this.#dialogId(open) : '', '')
  }

  #finished(open: Open, status: number, response: SipResponse, draft: Draft, entries: HeaderEntries): void {
    const { exchange, transactionId } = open
    const { method } = exchange.request
    const makesDialog = (method === 'INVITE' && status === 200) || (method === 'SUBSCRIBE' && (status === 200 || status === 202))
    if (makesDialog) {
      const contact = response.headers.first('Contact') ?? contactOf(this.#local(open))
      const dialog = open.early ?? this.#makeDialog(open, contact)
      const type = typeOf(draft, entries)
      if (draft.body !== '' && type !== undefined) dialog.described = { type, text: draft.body }
      if (method === 'INVITE') this.inDialog.timeAsServer(dialog, response)
    }
    // An INVITE stays until its ACK, and its failure until nobody needs it any more.
    if (method !== 'INVITE') this.#open.delete(transactionId)
  }

  #respondReliably(open: Open, response: SipResponse): void {
    open.rseq += 1
    open.unacknowledged.add(open.rseq)
    response.headers.set('RSeq', String(open.rseq))
    open.exchange.respondReliably(response)
  }

  #takesReliable({ headers }: SipRequest): boolean {
    return supported(headers).includes('100rel') || headers.values('Require').includes('100rel')
  }

  #built(request: SipRequest, draft: Draft, open: Open): SipResponse {
    const local = this.#local(open)
    const entries = headersOf(draft, local)
    const { status, reasonPhrase } = statusOf(draft)
    const needsContact = request.method === 'INVITE' && status >= 200 && status < 300
    const isSubscription = request.method === 'SUBSCRIBE'
    const own = without(entries, 'From', 'To', 'Call-ID', 'CSeq', 'Content-Type')
    const adds = (needsContact || isSubscription) && valueOf(own, 'Contact') === undefined
    const type = typeOf(draft, entries)
    return buildResponse(request, status, {
      ...(reasonPhrase !== '' && { reasonPhrase }),
      toTag: open.tag ?? this.core.tokens.tag(),
      headers: adds ? [['Contact', contactOf(local)], ...own] : own,
      body: draft.body,
      ...(draft.body !== '' && type !== undefined && { contentType: type }),
    })
  }

  #makeDialog(open: Open, contact: string): ServerDialog {
    const { request, source } = open.exchange
    // A peer behind a connection is reached on it.
    const flow = source.transport === 'udp' ? undefined : source
    const dialog: ServerDialog = {
      id: this.#dialogId(open),
      dialog: Dialog.byServer(request, open.tag ?? '', contact, flow, { seen: source }),
      ...{ application: open.application, contact, local: this.#local(open), isSubscription: request.method === 'SUBSCRIBE' },
      ...{ unacknowledged: [], acknowledged: undefined, described: undefined, timer: undefined, endsAfterAck: false },
    }
    this.core.dialogs.add(dialog)
    return dialog
  }

  #dialogId(open: Open): string {
    return dialogIdOf(open.exchange.request)
  }

  #local({ exchange }: Open): LocalAddress {
    const { transport } = exchange.source
    return this.core.local(transport) ?? { transport, host: '127.0.0.1', port: 0 }
  }
}
