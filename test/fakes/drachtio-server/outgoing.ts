import { randomUUID } from 'node:crypto'
import { Dialog } from '../../../src/sip/dialog/dialog.js'
import { buildCancel, buildRequest, buildResponse } from '../../../src/sip/message/build.js'
import { callId, contacts, cseq, from, to } from '../../../src/sip/message/fields.js'
import type { SipRequest, SipResponse } from '../../../src/sip/message/message.js'
import { parseUri } from '../../../src/sip/message/uri.js'
import type { ClientTransaction, Destination } from '../../../src/sip/transaction/user.js'
import type { Hop, LocalAddress, TransportName } from '../../../src/sip/transport/transport.js'
import type { Application, Way } from './application.js'
import type { Command, Draft } from './commands.js'
import { contactOf, fromNetwork, ofApplication, serversOwn, type Core } from './core.js'
import { dialogIdOf, type ServerDialog } from './dialogs.js'
import { headersOf, inCancel, inDialog, startOf, typeOf, valueOf, without } from './drafts.js'
import type { InDialog } from './in-dialog.js'

type RequestCommand = Extract<Command, { kind: 'request' }>

/** A request of an application that waits for its final response. */
interface Sent {
  readonly transactionId: string
  readonly application: Application
  readonly transaction: ClientTransaction
  readonly local: LocalAddress
  /** It begins a dialog, or belongs to one. */
  dialog: ServerDialog | undefined
  /** Of the latest reliable provisional response. */
  rseq: number
  cancelled: boolean
  /** The network said that nobody listens there. */
  failedAlready: boolean
}

/** Requests of applications. */
export class Outgoing {
  /** INVITEs outside dialogs that can be cancelled. */
  readonly #inviting = new Map<string, Sent>()
  /** The re-INVITE that each dialog waits for. A BYE cancels it. */
  readonly #reinviting = new Map<ServerDialog, ClientTransaction>()

  constructor(
    private readonly core: Core,
    private readonly inDialog: InDialog,
  ) {}

  clear(): void {
    this.#inviting.clear()
    this.#reinviting.clear()
  }

  /** Whether a request from the network belongs to an INVITE that has no final response yet. The sender's tag does not matter. */
  isOfInviting({ headers }: SipRequest): boolean {
    return [...this.#inviting.values()].some(({ transaction: { request } }) => {
      return callId(request.headers) === callId(headers) && from(request.headers)?.tag === to(headers)?.tag
    })
  }

  /** Carries out the command. Every refusal names its reason in the real server's words. */
  send(application: Application, command: RequestCommand): void {
    const { method } = startOf(command.draft)
    if (command.dialogId !== '') this.#sendInDialog(application, command, method)
    else if (method === 'CANCEL') this.#cancel(application, command)
    else this.#begin(application, command, method)
  }

  // ---- outside dialogs

  #begin(application: Application, { id, draft, proxy }: RequestCommand, method: string): void {
    const { uri } = startOf(draft)
    const target = this.#withTransport(proxy === '' ? uri : proxy)
    const parsed = parseUri(uri)
    if (!parsed.ok && /^\w+:/.test(uri)) return application.refused(id, 'Error creating sip transaction for uac request')
    if (!parsed.ok) return application.refused(id, `invalid request-uri: ${draft.startLine}`)
    const connection = this.core.phones.connectionTo(method, uri) ?? this.core.phones.socketAt(proxy)
    const local = connection ? this.core.local(connection.transport) : this.#localFor(target)
    if (!local) return application.refused(id, 'requested protocol/transport not available')
    const { host, port = 5060 } = parsed.value
    if (host === local.host && port === local.port) return application.refused(id, 'can not send request to myself')
    if (draft.body !== '' && typeOf(draft, headersOf(draft, local)) === undefined)
      return application.refused(id, 'missing content-type')
    const request = this.#built(draft, method, uri, local)
    const transactionId = randomUUID()
    const sent = this.#start(application, transactionId, request, connection ?? target, local)
    if (method === 'INVITE' || method === 'SUBSCRIBE') this.#inviting.set(transactionId, sent)
    application.sent(id, sent.transaction.request, ofApplication(local), transactionId)
  }

  #built(draft: Draft, method: string, uri: string, local: LocalAddress): SipRequest {
    const entries = headersOf(draft, local)
    const own = without(entries, 'From', 'To', 'Call-ID', 'CSeq', 'Max-Forwards', 'Contact', 'Content-Type')
    const contact = valueOf(entries, 'Contact')
    const formsDialog = method === 'INVITE' || method === 'SUBSCRIBE'
    const wanted = contact ?? (formsDialog ? contactOf(local) : undefined)
    const type = typeOf(draft, entries)
    const number = /^\d+/.exec(valueOf(entries, 'CSeq') ?? '')?.[0]
    const caller = valueOf(entries, 'From') ?? contactOf(local)
    return buildRequest({
      ...{ method, uri, to: valueOf(entries, 'To') ?? `<${uri}>`, callId: valueOf(entries, 'Call-ID') ?? randomUUID() },
      from: /;\s*tag=/.test(caller) ? caller : `${bracketed(caller)};tag=${this.core.tokens.tag()}`,
      cseq: number === undefined ? (this.core.tokens.number() & 0x7ffffff) + 1 : Number(number),
      maxForwards: Number(valueOf(entries, 'Max-Forwards') ?? 70),
      headers: own,
      body: draft.body,
      ...(wanted !== undefined && { contact: wanted }),
      ...(draft.body !== '' && type !== undefined && { contentType: type }),
    })
  }

  #start(application: Application, transactionId: string, request: SipRequest, target: Destination, local: LocalAddress): Sent {
    const transaction: ClientTransaction = this.core.transactions.request(request, target, {
      provisional: response => this.#provisional(sent, response),
      final: response => this.#final(sent, response),
      failed: why => this.#failed(sent, why),
    })
    const sent: Sent = {
      ...{ transactionId, application, transaction, local },
      ...{ dialog: undefined, rseq: 0, cancelled: false, failedAlready: false },
    }
    this.#askWhetherClosed(sent)
    return sent
  }

  /** The real server hears ICMP of its own sockets. Ours are not connected, so it asks. */
  #askWhetherClosed(sent: Sent): void {
    const { hop } = sent.transaction
    if (hop?.transport !== 'udp') return
    this.core.transport.ask(hop, () => {
      if (!sent.failedAlready) this.#failed(sent, 'transport')
    })
  }

  #provisional(sent: Sent, response: SipResponse): void {
    if (response.status === 100) return
    const rseq = Number(response.headers.first('RSeq') ?? 0)
    if (rseq > 0) {
      if (rseq <= sent.rseq) return
      sent.rseq = rseq
      sent.dialog ??= this.#makeDialog(sent, response)
    }
    this.#pass(sent, response)
  }

  #final(sent: Sent, response: SipResponse): void {
    const { method } = sent.transaction.request
    if (method === 'INVITE' && response.status === 200) return this.#answered(sent, response)
    this.#inviting.delete(sent.transactionId)
    if (method === 'SUBSCRIBE' && (response.status === 200 || response.status === 202))
      sent.dialog ??= this.#makeDialog(sent, response)
    else if (sent.dialog && method === 'INVITE') this.core.dialogs.remove(sent.dialog)
    this.#pass(sent, response)
  }

  /** A repeated 200 gets the same ACK again, even if another fork sent it. A reliable provisional response fixes the fork. */
  #answered(sent: Sent, response: SipResponse): void {
    const number = cseq(sent.transaction.request.headers)?.number ?? 0
    const known = sent.dialog
    if (known?.acknowledged?.cseq === number) return known.acknowledged.sent.again()
    if (known?.unacknowledged.includes(number) === true) return
    const dialog = known ?? this.#makeDialog(sent, response)
    sent.dialog = dialog
    dialog.dialog.refreshTarget(response)
    dialog.unacknowledged.push(number)
    dialog.endsAfterAck = sent.cancelled
    this.inDialog.timeAsClient(dialog, response)
    this.#pass(sent, response)
  }

  /** The server makes the response that never came. */
  #failed(sent: Sent, why: 'timeout' | 'transport'): void {
    if (sent.failedAlready) return
    sent.failedAlready = true
    this.#inviting.delete(sent.transactionId)
    if (sent.dialog) this.core.dialogs.remove(sent.dialog)
    this.#pass(sent, this.#unanswered(sent.transaction.request, why), serversOwn)
  }

  /** With a tag, as the real server writes it. */
  #unanswered(request: SipRequest, why: 'timeout' | 'transport'): SipResponse {
    return buildResponse(request, why === 'timeout' ? 408 : 503, { toTag: this.core.tokens.tag() })
  }

  #pass({ application, transaction, transactionId, dialog, local }: Sent, response: SipResponse, source?: Way): void {
    const { request, hop } = transaction
    const way = source ?? (hop ? fromNetwork(hop) : ({ source: 'network', ...local } as const))
    const isDialogs = request.method === 'INVITE' || request.method === 'SUBSCRIBE' || dialog !== undefined
    application.pass(response, way, transactionId, isDialogs ? (dialog?.id ?? dialogIdOf(request)) : '')
  }

  #makeDialog(sent: Sent, response: SipResponse): ServerDialog {
    const { request, hop } = sent.transaction
    const contact = request.headers.first('Contact') ?? contactOf(sent.local)
    const flow =
      hop && (isBehindNat(response, hop) || (hop.transport !== 'udp' && hop.connection !== undefined)) ? hop : undefined
    const type = request.headers.first('Content-Type')
    const dialog: ServerDialog = {
      id: dialogIdOf(request),
      dialog: Dialog.byClient(request, response, contact, { ...(flow && { flow }), ...(hop && { peer: { seen: hop } }) }),
      ...{ application: sent.application, contact, local: sent.local, isSubscription: request.method === 'SUBSCRIBE' },
      described: type !== undefined && request.body !== '' ? { type, text: request.body } : undefined,
      ...{ unacknowledged: [], acknowledged: undefined, timer: undefined, endsAfterAck: false },
    }
    this.core.dialogs.add(dialog)
    return dialog
  }

  // ---- CANCEL

  #cancel(application: Application, { id, transactionId, draft }: RequestCommand): void {
    const sent = this.#inviting.get(transactionId)
    if (!sent) return application.refused(id, `unable to cancel unknown transaction id: ${transactionId}`)
    sent.cancelled = true
    const headers = inCancel(headersOf(draft, sent.local))
    sent.transaction.cancel(headers)
    const cancel = buildCancel(sent.transaction.request)
    for (const [name, value] of headers) cancel.headers.append(name, value)
    application.sent(id, cancel, ofApplication(sent.local), randomUUID())
  }

  // ---- inside dialogs

  #sendInDialog(application: Application, command: RequestCommand, method: string): void {
    const { id, dialogId, draft } = command
    const dialog = this.core.dialogs.byId(dialogId)
    if (!dialog)
      return application.refused(
        id,
        method === 'ACK'
          ? 'Server error: ACK for non-success final response is automatically generated by server'
          : 'Server error: unable to find dialog for dialog id provided',
      )
    const entries = inDialog(headersOf(draft, dialog.local))
    const type = typeOf(draft, entries)
    if (draft.body !== '' && type === undefined) return application.refused(id, 'Server error: missing content-type')
    const body = draft.body !== '' && type !== undefined ? { type, text: draft.body } : undefined
    if (method === 'ACK')
      return this.#acknowledge(application, id, dialog, { headers: without(entries, 'Content-Type', 'Contact'), body })
    const rack = method === 'PRACK' ? this.#rackOf(dialog) : []
    const { request, target } = dialog.dialog.request(method, {
      headers: [...rack, ...without(entries, 'Content-Type', 'Contact')],
      body,
    })
    const contact = valueOf(entries, 'Contact') ?? (hasContact.has(method) ? dialog.contact : undefined)
    if (contact === undefined) request.headers.delete('Contact')
    else request.headers.set('Contact', contact)
    if (method === 'INVITE' && body) dialog.described = body
    const transactionId = randomUUID()
    const sent = this.#sendRequest(application, transactionId, request, target, dialog)
    application.sent(id, sent.request, ofApplication(dialog.local), transactionId)
  }

  #sendRequest(
    application: Application,
    transactionId: string,
    request: SipRequest,
    target: Destination,
    dialog: ServerDialog,
  ): ClientTransaction {
    if (request.method === 'BYE') this.#reinviting.get(dialog)?.cancel([])
    let forgotten = false
    const pass = (response: SipResponse, source?: Way): void => {
      const { hop } = transaction
      const way = source ?? (hop ? fromNetwork(hop) : ({ source: 'network', ...dialog.local } as const))
      if (!forgotten) application.pass(response, way, transactionId, dialog.id)
      // As the real server does, even after a provisional response: the application never hears of the final one.
      forgotten = true
    }
    const over = (): void => {
      this.#reinviting.delete(dialog)
      if (request.method === 'BYE') this.inDialog.ended(dialog)
      if (request.method === 'BYE' || endsSubscription(request, dialog)) this.core.dialogs.remove(dialog)
    }
    const transaction = this.core.transactions.request(request, target, {
      provisional: response => {
        if (response.status > 100) pass(response)
      },
      final: response => {
        if (forgotten) return
        if (request.method === 'INVITE' && response.status === 200) this.#reanswered(dialog, request, response)
        if (response.status !== 401 && response.status !== 407) over()
        pass(response)
      },
      failed: why => {
        over()
        pass(this.#unanswered(request, why), serversOwn)
      },
    })
    if (request.method === 'INVITE') this.#reinviting.set(dialog, transaction)
    return transaction
  }

  /** A repeated 200 finds the transaction forgotten and gets no further ACK. */
  #reanswered(dialog: ServerDialog, request: SipRequest, response: SipResponse): void {
    dialog.unacknowledged.push(cseq(request.headers)?.number ?? 0)
    dialog.dialog.refreshTarget(response)
    this.inDialog.timeAsClient(dialog, response)
  }

  #acknowledge(application: Application, id: string, dialog: ServerDialog, parts: Parameters<Dialog['request']>[1]): void {
    const number = dialog.unacknowledged.shift() ?? dialog.acknowledged?.cseq
    if (number === undefined)
      return application.refused(id, 'ACK for non-success responses is automatically generated by the stack')
    const { request, target } = dialog.dialog.request('ACK', { ...parts, cseq: number })
    if (parts.body) dialog.described = parts.body
    dialog.acknowledged = { cseq: number, sent: this.core.transactions.sendAck(request, target) }
    application.sent(id, request, ofApplication(dialog.local), randomUUID())
    if (!dialog.endsAfterAck) return
    this.inDialog.end(dialog, 'ACK-BYE due to cancel race condition')
  }

  #rackOf(dialog: ServerDialog): readonly (readonly [string, string])[] {
    for (const { dialog: of, rseq, transaction } of this.#inviting.values())
      if (of === dialog) return [['RAck', `${rseq} ${transaction.request.headers.first('CSeq') ?? ''}`]]
    return []
  }

  #withTransport(target: string): string {
    return this.core.prefers === 'udp' || target.includes(';transport=') ? target : `${target};transport=${this.core.prefers}`
  }

  #localFor(target: string): LocalAddress | undefined {
    const parsed = parseUri(target.replace(/^<|>.*$/g, ''))
    if (!parsed.ok) return undefined
    const named = parsed.value.parameters.get('transport')?.toLowerCase() ?? (parsed.value.scheme === 'sips' ? 'tls' : 'udp')
    if (!isTransport(named)) return undefined
    return this.core.local(named) ?? (named === 'tls' ? this.core.local('udp') : undefined)
  }
}

/** Requests in a dialog that get the server's Contact if the application wrote none. */
const hasContact: ReadonlySet<string> = new Set(['INVITE', 'SUBSCRIBE', 'REFER'])

/** The answer's Contact names another host than the one that answered, and no proxy wants to be passed: requests go where it answered. */
function isBehindNat({ headers }: SipResponse, hop: Hop): boolean {
  const read = contacts(headers)
  const uri = read.ok ? read.value[0]?.uri : undefined
  const parsed = uri === undefined || headers.has('Record-Route') ? undefined : parseUri(uri)
  return parsed?.ok === true && parsed.value.scheme !== 'tel' && parsed.value.host !== hop.host
}

const isTransport = (name: string): name is TransportName => ['udp', 'tcp', 'tls', 'ws', 'wss'].includes(name)

const bracketed = (address: string): string => (address.includes('<') ? address : `<${address}>`)

function endsSubscription({ method, headers }: SipRequest, { isSubscription }: ServerDialog): boolean {
  return isSubscription && method === 'NOTIFY' && /terminated/i.test(headers.first('Subscription-State') ?? '')
}
