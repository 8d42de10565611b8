import { randomUUID } from 'node:crypto'
import { buildResponse } from '../../../src/sip/message/build.js'
import { cseq } from '../../../src/sip/message/fields.js'
import type { SipRequest, SipResponse } from '../../../src/sip/message/message.js'
import type { ServerTransaction } from '../../../src/sip/transaction/user.js'
import type { Hop } from '../../../src/sip/transport/transport.js'
import type { Application } from './application.js'
import type { Draft } from './commands.js'
import { contactOf, fromNetwork, ofApplication, passUnsolicited, type Core } from './core.js'
import type { ServerDialog } from './dialogs.js'
import { headersOf, statusOf, typeOf, valueOf, without } from './drafts.js'
import { readSessionExpires, SessionTimer, shortestSession } from './session-timer.js'

/** A request of the network in a dialog, which its application has not answered. */
interface Open {
  readonly exchange: ServerTransaction
  readonly dialog: ServerDialog
}

/** Requests that change the remote target (RFC 3261 §12.2). */
const refreshing: ReadonlySet<string> = new Set(['INVITE', 'UPDATE', 'SUBSCRIBE', 'NOTIFY', 'REFER'])

/** Requests from the network inside dialogs, the server's own requests, and the session timer. */
export class InDialog {
  readonly #open = new Map<string, Open>()

  constructor(private readonly core: Core) {}

  clear(): void {
    this.#open.clear()
  }

  /** A request that belongs to the dialog. */
  onRequest(exchange: ServerTransaction, dialog: ServerDialog): void {
    const { request } = exchange
    if (!dialog.dialog.inOrder(request)) return this.#respond(exchange, 500)
    dialog.dialog.heardFrom(exchange.source)
    if (request.method === 'INVITE' || request.method === 'UPDATE') {
      const asked = readSessionExpires(request.headers.first('Session-Expires'))
      const wereWe = dialog.timer?.isOurs === true
      this.#stopTimer(dialog)
      if (asked && asked.seconds < shortestSession) return this.#respond(exchange, 422, [['Min-SE', String(shortestSession)]])
      if (asked) this.#time(dialog, asked.seconds, asked.refresher === undefined ? !wereWe : asked.refresher === 'uas')
    }
    if (dialog.application.isGone) return this.#withoutApplication(exchange, dialog)
    if (refreshing.has(request.method)) dialog.dialog.refreshTarget(request)
    this.pass(exchange, dialog)
    if (endsDialog(request, dialog)) this.core.dialogs.remove(dialog)
  }

  /** Passes a request in a dialog to the application, which answers it. */
  pass(exchange: ServerTransaction, dialog: ServerDialog): void {
    const transactionId = randomUUID()
    this.#open.set(transactionId, { exchange, dialog })
    const { request, source } = exchange
    // The application does not hear of it, and its answer is taken without effect.
    const cancelled = (): void => exchange.respond(buildResponse(request, 487))
    exchange.listen({ cancelled, failed: why => this.#failed(exchange, dialog, why) })
    dialog.application.pass(request, fromNetwork(source), transactionId, dialog.id)
  }

  /** The ACK for a 200 of ours. */
  onAck(ack: SipRequest, source: Hop, dialog: ServerDialog, transactionId: string | undefined): void {
    for (const [id, { exchange, dialog: of }] of this.#open) {
      const isIts = of === dialog && cseq(exchange.request.headers)?.number === cseq(ack.headers)?.number
      if (!isIts || exchange.request.method !== 'INVITE') continue
      exchange.acknowledged()
      this.#open.delete(id)
    }
    if (!dialog.application.isGone) dialog.application.pass(ack, fromNetwork(source), transactionId ?? randomUUID(), dialog.id)
  }

  /** Carries out an application's response. False: the transaction is none of these. */
  respond(application: Application, id: string, transactionId: string, draft: Draft): boolean {
    const open = this.#open.get(transactionId)
    if (!open) return false
    const { exchange, dialog } = open
    const { request } = exchange
    const { status, reasonPhrase } = statusOf(draft)
    const entries = headersOf(draft, dialog.local)
    const own = without(entries, 'From', 'To', 'Call-ID', 'CSeq', 'Content-Type')
    const type = typeOf(draft, entries)
    const adds = (request.method === 'INVITE' || request.method === 'SUBSCRIBE') && valueOf(own, 'Contact') === undefined
    const response = buildResponse(request, status, {
      ...(reasonPhrase !== '' && { reasonPhrase }),
      headers: adds ? [['Contact', contactOf(dialog.local)], ...own] : own,
      body: draft.body,
      ...(draft.body !== '' && type !== undefined && { contentType: type }),
    })
    if (exchange.finalStatus === undefined) exchange.respond(response)
    if (request.method === 'INVITE' && draft.body !== '' && type !== undefined) dialog.described = { type, text: draft.body }
    // The 200 to a re-INVITE is kept until its ACK.
    if (status >= 300 || (status >= 200 && request.method !== 'INVITE')) this.#open.delete(transactionId)
    application.sent(id, response, ofApplication(dialog.local), transactionId, dialog.id, '')
    return true
  }

  /** A BYE of the application was answered. Requests that it has not answered get 500. */
  ended(dialog: ServerDialog): void {
    for (const [id, { exchange, dialog: of }] of this.#open) {
      if (of !== dialog) continue
      this.#open.delete(id)
      if (exchange.finalStatus === undefined) this.#respond(exchange, 500)
    }
  }

  /** Sends BYE without being asked, and tells the application. */
  end(dialog: ServerDialog, why: string): void {
    this.core.dialogs.remove(dialog)
    const headers = [['Reason', `SIP ;cause=200 ;text="${why}"`]] as const
    const { request, target } = dialog.dialog.request('BYE', { headers })
    this.core.transactions.request(request, target, { final: () => undefined, failed: () => undefined })
    passUnsolicited(dialog.application, request, dialog.local, dialog.id)
  }

  // ---- session timer

  /** After a 200 of an application to an INVITE that began the dialog. */
  timeAsServer(dialog: ServerDialog, response: SipResponse): void {
    const granted = readSessionExpires(response.headers.first('Session-Expires'))
    if (granted) this.#time(dialog, Math.max(shortestSession, granted.seconds), granted.refresher === 'uas')
  }

  /** After a 200 to an INVITE of ours. */
  timeAsClient(dialog: ServerDialog, response: SipResponse): void {
    const granted = readSessionExpires(response.headers.first('Session-Expires'))
    this.#stopTimer(dialog)
    if (granted) this.#time(dialog, granted.seconds, granted.refresher !== 'uas')
  }

  #time(dialog: ServerDialog, seconds: number, isOurs: boolean): void {
    this.#stopTimer(dialog)
    dialog.timer = new SessionTimer(this.core.clock, seconds, isOurs, () => {
      dialog.timer = undefined
      if (isOurs) this.#refresh(dialog, seconds)
      else this.end(dialog, 'Session timer expired')
    })
  }

  #stopTimer(dialog: ServerDialog): void {
    dialog.timer?.stop()
    dialog.timer = undefined
  }

  /** The server's own re-INVITE with the latest description. The application hears of it only if it fails. */
  #refresh(dialog: ServerDialog, seconds: number): void {
    const headers = [
      ['Session-Expires', `${seconds}; refresher=uac`],
      ['Min-SE', String(shortestSession)],
    ] as const
    const { request, target } = dialog.dialog.request('INVITE', { headers, body: dialog.described })
    this.core.transactions.request(request, target, {
      final: response => {
        if (response.status === 491) return this.#time(dialog, seconds, true)
        if (response.status !== 200) return this.end(dialog, 'Session timer expired')
        const ack = dialog.dialog.request('ACK', { cseq: cseq(request.headers)?.number ?? 0 })
        this.core.transactions.sendAck(ack.request, ack.target)
        this.timeAsClient(dialog, response)
      },
      failed: () => this.end(dialog, 'Session timer expired'),
    })
  }

  // ----

  /** Nobody can answer. A BYE ends the dialog all the same. */
  #withoutApplication(exchange: ServerTransaction, dialog: ServerDialog): void {
    if (exchange.request.method === 'BYE') this.core.dialogs.remove(dialog)
    this.#respond(exchange, 481)
  }

  #failed(exchange: ServerTransaction, dialog: ServerDialog, why: 'noAck' | 'transport'): void {
    if (why === 'noAck' && exchange.finalStatus === 200) this.end(dialog, 'ACK timeout')
  }

  #respond(exchange: ServerTransaction, status: number, headers: readonly (readonly [string, string])[] = []): void {
    exchange.respond(buildResponse(exchange.request, status, { headers }))
  }
}

/** Adds the session timer that a caller asked for, if it says who refreshes and the application is silent about it. */
export function grantSession(request: SipRequest, response: SipResponse): void {
  const asked = readSessionExpires(request.headers.first('Session-Expires'))
  if (asked?.refresher === undefined || response.headers.has('Session-Expires')) return
  response.headers.append('Session-Expires', `${Math.max(shortestSession, asked.seconds)};refresher=${asked.refresher}`)
}

function endsDialog({ method, headers }: SipRequest, { isSubscription }: ServerDialog): boolean {
  if (method === 'BYE') return true
  return isSubscription && method === 'NOTIFY' && /terminated/i.test(headers.first('Subscription-State') ?? '')
}
