import { seconds } from '../foundation/time.js'
import type { ExtraHeader } from '../legs/body.js'
import type { OutboundCallListener } from '../legs/invitation.js'
import { ClientInvite, type InviteClientContext } from './dialog/invite-client.js'
import { ServerInvite, type InviteServerContext } from './dialog/invite-server.js'
import { longestInvite } from './dialog/renegotiation.js'
import { replacedBy } from './dialog/replaced.js'
import { firstAsking, sessionIntervals, usualExpires } from './dialog/session-timer.js'
import { readInvite } from './dialog/session-state.js'
import { Session } from './dialog/session.js'
import { UnsentCancels } from './dialog/unsent-cancels.js'
import { Admission } from './admission.js'
import { askPeer } from './ask-peer.js'
import { Carried } from './carried.js'
import { contactOf, looseRoute, uriOf } from './contact.js'
import { Dialogs } from './dialogs.js'
import type { EndpointOptions } from './endpoint-options.js'
import type { EndpointNetwork, EndpointTransactions, EndpointTransport } from './endpoint-transport.js'
import type { DialogTaker, Gatekeeper, MethodService } from './gate.js'
import type { InviteParts } from './invite-parts.js'
import { buildRequest, buildResponse } from './message/build.js'
import { from, to } from './message/fields.js'
import type { SipRequest } from './message/message.js'
import { isSips } from './message/uri.js'
import { Publications, type PublicationTaker } from './registrar/publications.js'
import type { SubscriptionUsage } from './subscription/usage.js'
import { Subscriber, type SubscribeParts, type SubscriberListener, type SubscriptionContext } from './subscription/subscriber.js'
import { allowedMethods, exposure, extensions, extensionsWithin, readable, refusalOf } from './screening.js'
import { detached } from './transaction/matching.js'
import { TransactionLayer } from './transaction/layer.js'
import { Tokens } from './transaction/tokens.js'
import type { ServerTransaction, StatelessRefusal, TransactionUser } from './transaction/user.js'
import { SipCounters } from './transport/counters.js'
import { Unheard } from './unheard.js'
import { flowOf, wayBack } from './transport/flow.js'
import { TransportLayer } from './transport/layer.js'
import type { TlsSettings } from './transport/tls.js'
import type { Hop } from './transport/transport.js'

const software = 'Carillon'
/** How long `stop` waits for answers to the BYEs and CANCELs that it sends: two retransmissions over UDP fit. */
const stopPatience = seconds(2)

/** A SIP endpoint: transport, transactions and dialogs joined. Whatever has no owner gets its lawful answer here. */
export class SipEndpoint implements TransactionUser {
  readonly counters = new SipCounters()
  readonly #tokens: Tokens
  readonly #transport: EndpointTransport
  readonly #transactions: EndpointTransactions
  readonly #dialogs = new Dialogs()
  readonly #carried = new Carried()
  readonly #unheard: Unheard
  readonly #admission: Admission
  readonly #context: InviteClientContext & InviteServerContext
  readonly #subscriptionContext: SubscriptionContext
  readonly #usages = new Set<SubscriptionUsage>()
  /** §11.2. */
  #toOptions: StatelessRefusal
  /** Header fields of INVITEs with an SDP offer, and of those without. */
  readonly #inviteHeaders: { readonly offering: readonly ExtraHeader[]; readonly asking: readonly ExtraHeader[] }
  #onInvite: ((invite: ServerInvite) => void) | undefined
  #publications: Publications | undefined
  /** That we listen at: those of the config, and those that the kernel chose. */
  readonly #ports: Set<number>
  #restoring: { readonly tag: string; readonly taken: (invite: ServerInvite) => void } | undefined
  /** Header fields of the 503 that new calls get: this process takes no request any more that the next one could take. */
  #handingOver: readonly ExtraHeader[] | undefined

  constructor(private readonly options: EndpointOptions) {
    this.#tokens = new Tokens(options.random)
    this.#unheard = new Unheard(options.clock, this.#dialogs)
    this.#ports = new Set(options.listen.map(({ port }) => port))
    this.#admission = new Admission({ ...options, counters: this.counters })
    const network = options.network?.({
      ...{ clock: options.clock, counters: this.counters, chance: () => this.#tokens.number() / 2 ** 32 },
      ...(options.capture && { capture: options.capture }),
    })
    const { transport, transactions } = network ?? this.#ownNetwork()
    this.#transport = transport
    this.#transactions = transactions
    this.#transactions.serve(this)
    this.#context = this.#makeContext()
    this.#subscriptionContext = this.#makeSubscriptionContext()
    this.#toOptions = { status: 200, headers: [...this.#context.answerHeaders, ...readable] }
    const { intervals, requestHeaders, refreshHeaders } = this.#context
    const expires = firstAsking(intervals)
    this.#inviteHeaders = {
      offering: [...requestHeaders, ['Supported', extensions], expires],
      // Without 100rel: a reliable provisional would have to hold the peer's offer, and its PRACK our answer (RFC 3262 §5), which the
      // owner has only when the call is answered.
      asking: [...refreshHeaders, expires],
    }
  }

  async start(): Promise<readonly string[]> {
    const addresses = await this.#transport.start(this.#transactions)
    for (const address of addresses) this.#ports.add(Number(/:(\d+)$/.exec(address)?.[1]))
    return addresses
  }

  /** Whether SIP is taken at that port, by any transport. */
  listens(port: number): boolean {
    return this.#ports.has(port)
  }

  /** Ends what is left, as far as the peers answer in time, and closes the sockets. */
  async stop(): Promise<void> {
    this.#handingOver ??= []
    this.#unheard.stop()
    this.#publications?.stop()
    for (const invite of [...this.#dialogs.invites.values()]) {
      if (invite instanceof ServerInvite) invite.reject(503)
      else invite.cancel()
    }
    for (const session of [...this.#dialogs.sessions.values()]) session.hangUp()
    await this.#dialogs.untilEmpty(this.options.clock, stopPatience)
    await this.#transport.stop()
    // Those whose peers answered nothing, not even our 2xx.
    for (const session of [...this.#dialogs.sessions.values()]) session.letGo()
    for (const usage of this.#usages) usage.letGo()
    this.#transactions.stop()
  }

  /** A dialog of before a restart, by what its session told of itself. Undefined: that can't be read. Sends nothing. */
  restoreSession(kept: unknown): Session | undefined {
    return Session.restored(kept, this.#context)
  }

  /** An INVITE of before a restart, as if it had just come, but for our tag; not `taken`: that can't be. Once the transport has started. */
  restoreInvite(kept: unknown, taken: (invite: ServerInvite) => void): void {
    const invite = readInvite(kept)
    this.#restoring = invite && { tag: invite.tag, taken }
    if (invite) this.#transactions.onRequest(invite.request, invite.via, invite.source)
    this.#restoring = undefined
  }

  onInvite(handler: (invite: ServerInvite) => void): void {
    this.#onInvite = handler
  }

  /** Tells once when the INVITE and the dialog that it makes are over. */
  whenOver(invite: ServerInvite | Session, told: () => void): void {
    this.#dialogs.whenOver(invite, told)
  }

  /** Who answers this method outside dialogs; without one it is refused with 405. */
  serve(method: string, service: MethodService): void {
    this.#admission.serve(method, service)
  }

  /** No new call is taken from now on: OPTIONS is answered as the INVITE would be (§11.2). */
  leave(headers: readonly ExtraHeader[]): void {
    this.#toOptions = { status: 503, headers }
  }

  /**
   * From now on dialogs are let go, for the next process to go on with. Their requests get no answer here, as 481 would end them: whoever sent one
   * sends it again (§17.1), and the next process answers. New calls get 503 with these header fields.
   */
  handOver(headers: readonly ExtraHeader[]): void {
    this.#handingOver = headers
  }

  /** Who takes REGISTER, and lets in who is no trusted peer. */
  guard(gate: Gatekeeper): void {
    this.#admission.guard(gate)
  }

  /** Keeps a connection open though nothing is said on it, or no longer. */
  hold(flow: Hop, held: boolean): void {
    this.#transport.hold?.(flow, held)
  }

  /** A password was shown on that connection. */
  proven(source: Hop): void {
    this.#transport.proven?.(source)
  }

  /** Hands requests with this Call-ID and our tag to a dialog that no INVITE made (RFC 6665), until the returned function is called. */
  keepDialog(callId: string, ourTag: string, taker: DialogTaker): () => void {
    return this.#dialogs.keepOther(callId, ourTag, taker)
  }

  trust(peers: readonly string[]): void {
    this.#admission.trust(peers)
  }

  /** Certificates for new connections. */
  secure(settings: TlsSettings): void {
    this.#transport.secure?.(settings)
  }

  /** Of the pages that may connect by WebSocket, from the next connection on. */
  allowOrigins(origins: readonly string[] | undefined): void {
    this.#transport.allowOrigins?.(origins)
  }

  /** Dialogs, and INVITEs that may still come to one. */
  get openLegs(): number {
    return this.#dialogs.legs
  }

  /** Transactions that are not over. */
  get transactions(): number {
    return this.#transactions.size
  }

  /** Sends an INVITE with a Call-ID and From tag of its own. */
  invite(parts: InviteParts, listener: OutboundCallListener): ClientInvite {
    const { uri, body, maxForwards } = parts
    const routes = parts.path ?? (parts.route === undefined ? [] : [`<${looseRoute(parts.route)}>`])
    const [next = `<${uri}>`] = routes
    const target = parts.flow ?? uriOf(next)
    const local = typeof target === 'string' ? this.#transport.localTowards(target) : this.#transport.local(target)
    const contact = contactOf(local, isSips(uri) || isSips(uriOf(next)))
    const request = buildRequest({
      method: 'INVITE',
      uri,
      from: `${parts.from};tag=${this.#tokens.tag()}`,
      to: parts.to,
      callId: `${this.#tokens.tag()}${this.#tokens.tag()}`,
      cseq: 1,
      routes,
      contact,
      headers: [...(body ? this.#inviteHeaders.offering : this.#inviteHeaders.asking), ...parts.headers],
      ...(maxForwards !== undefined && { maxForwards }),
      ...(body && { body: body.text, contentType: body.type }),
    })
    const way = { target, contact, account: parts.account, heardWithin: parts.heardWithin }
    const invite = new ClientInvite(request, way, listener, this.#context)
    this.#dialogs.invites.set(invite.key, invite)
    invite.start(parts.expires ?? longestInvite)
    return invite
  }

  /** Watches something at a notifier (RFC 6665) until it is stopped. `expires` in seconds. */
  subscribe(parts: SubscribeParts, expires: number, listener: SubscriberListener): Subscriber {
    const { route, ...rest } = parts
    const routed = { ...rest, ...(route !== undefined && { route: looseRoute(route) }) }
    return new Subscriber(routed, expires, this.#subscriptionContext, listener)
  }

  /** Takes what trusted peers PUBLISH (RFC 3903). `packages`: the media type of each event package's documents. */
  takePublications(packages: ReadonlyMap<string, string>, taker: PublicationTaker): void {
    this.#publications = new Publications({ clock: this.options.clock, packages, taker, tag: () => this.#tokens.tag() })
    this.serve('PUBLISH', this.#publications)
  }

  // ---- TransactionUser

  admits(request: SipRequest, source: Hop, size?: number): boolean {
    if (this.#handingOver && this.#isOfNobody(request)) return false
    return this.#restoring !== undefined || this.#admission.hears(request, source, this.#dialogs.of(request), size)
  }

  /** It is about a call or a subscription, and none of ours: maybe one that was let go. */
  #isOfNobody(request: SipRequest): boolean {
    return request.method === 'CANCEL' || (to(request.headers)?.tag !== undefined && !this.#dialogs.of(request))
  }

  trusts(source: Hop): boolean {
    return this.#admission.trusts(source)
  }

  refuses(request: SipRequest, source: Hop, size?: number): StatelessRefusal | undefined {
    // It was let in by the process before, whose challenge nobody can answer here.
    if (this.#restoring) return undefined
    const isWithin = to(request.headers)?.tag !== undefined
    if (isWithin) return this.#admission.refusesWithin(request, source, this.#dialogs.of(request), size)
    // A transaction would keep the answer for 32 s, as long as its sender makes it.
    const isOpen = request.method === 'OPTIONS' && !this.#admission.trusts(source)
    return this.#admission.refuses(request, source) ?? (isOpen ? this.#answerTo(request, source) : undefined)
  }

  onRequest(transaction: ServerTransaction): void {
    const { request } = transaction
    if (to(request.headers)?.tag !== undefined) {
      const dialog = this.#dialogs.of(request)
      if (dialog) dialog.onRequest(transaction)
      else this.#answer(transaction, 481)
      return
    }
    const answer = this.#answerTo(request, transaction.source)
    if (answer) return this.#answer(transaction, answer.status, answer.headers)
    const service = this.#admission.service(request.method)
    if (service) service.onRequest(transaction)
    else this.#invited(transaction)
  }

  connectionClosed(source: Hop): void {
    this.#admission.connectionClosed(source)
    this.#carried.closed(source.connection)
  }

  onAck(ack: SipRequest, source: Hop): void {
    const dialog = this.#dialogs.of(ack)
    if (!(dialog instanceof Session)) return
    if (!this.#admission.hearsWithin(source, dialog)) return this.counters.reject('foreignDialog')
    this.#transport.admitted?.()
    dialog.onAck(ack)
  }

  unheard(wasCut: (contact: string) => boolean, canAsk: (contact: string) => boolean): void {
    this.#unheard.add(wasCut, canAsk)
  }

  /** A 2xx whose transaction is long over: its sender gives up by itself. */
  onStrayResponse(): void {
    this.counters.reject('strayResponse')
  }

  // ---- inside

  /** What needs nobody: refusals, and OPTIONS. */
  #answerTo(request: SipRequest, source: Hop): StatelessRefusal | undefined {
    const service = this.#admission.service(request.method)
    const refusal = exposure(request, source) ?? refusalOf(request, this.#context.intervals.shortest, service)
    if (refusal) this.counters.reject(refusal.why)
    return refusal ?? (request.method === 'OPTIONS' ? this.#toOptions : undefined)
  }

  #ownNetwork(): EndpointNetwork {
    const { options } = this
    const transport = options.transport ?? this.#sockets()
    const transactions = new TransactionLayer({
      ...{ ...options, transport, counters: this.counters },
      tokens: this.#tokens,
      broken: error => {
        this.counters.reject('ourBug')
        const stack = error instanceof Error ? error.stack : undefined
        options.log.error(`an internal error in a timer: ${String(error)}`, { event: 'sip.broken', stack })
      },
    })
    return { transport, transactions }
  }

  #sockets(): TransportLayer {
    const { listen, clock, log, capture, advertise, origins, tls, limits } = this.options
    return new TransportLayer({
      ...{ listen, clock, log, counters: this.counters, random: () => this.#tokens.number() },
      guestAt: source => this.#admission.guestAt(source),
      ...(capture && { capture }),
      ...(advertise !== undefined && { advertise }),
      ...{ ...(origins && { origins }), ...(tls && { tls }), ...(limits && { limits }) },
    })
  }

  #makeContext(): InviteClientContext & InviteServerContext {
    const { clock, sessionExpires = usualExpires } = this.options
    const allow: ExtraHeader = ['Allow', allowedMethods]
    const agent: ExtraHeader = ['User-Agent', software]
    const asking = { transactions: this.#transactions, transport: this.#transport, tokens: this.#tokens }
    return {
      transactions: this.#transactions,
      clock,
      cancels: new UnsentCancels(clock),
      intervals: sessionIntervals(Math.round(sessionExpires / 1000)),
      requestHeaders: [allow, agent],
      refreshHeaders: [allow, ['Supported', extensionsWithin], agent],
      answerHeaders: [allow, ['Supported', extensions], ['Server', software]],
      sessionOf: ({ callId, toTag, fromTag }) => this.#dialogs.sessions.get(`${callId} ${toTag} ${fromTag}`),
      random: () => this.#tokens.number(),
      tag: () => this.#tokens.tag(),
      contactFor: ({ request, source }) =>
        contactOf(this.#transport.local(source), isSips(request.uri) || isSips(wayBack(request))),
      accountOf: ({ request, source }) =>
        this.#admission.trusts(source) ? undefined : detached(from(request.headers)?.uri ?? ''),
      keep: session => this.#dialogs.begun(session),
      overForks: () => this.counters.reject('tooManyForks'),
      forget: ({ key }) => {
        this.#carried.forget(key.slice(0, key.lastIndexOf(' ')))
        this.#dialogs.left(this.#dialogs.sessions, key)
      },
      closed: invite => {
        if (!(invite instanceof ServerInvite && invite.isAnswered)) this.#carried.forget(invite.key)
        this.#dialogs.left(this.#dialogs.invites, invite.key)
      },
      ask: (transaction, flow, told) => askPeer(transaction, flow, { ...asking, headers: [allow, agent] }, told),
    }
  }

  #makeSubscriptionContext(): SubscriptionContext {
    return {
      transactions: this.#transactions,
      clock: this.options.clock,
      headers: [['User-Agent', software]],
      chance: () => this.#tokens.number() / 2 ** 32,
      tag: () => this.#tokens.tag(),
      contactTowards: target => contactOf(this.#transport.localTowards(target), isSips(target)),
      keep: (callId, ourTag, usage) => {
        const forget = this.keepDialog(callId, ourTag, usage)
        this.#usages.add(usage)
        return () => {
          this.#usages.delete(usage)
          forget()
        }
      },
    }
  }

  #invited(transaction: ServerTransaction): void {
    const { request, source } = transaction
    if (this.#handingOver) return this.#answer(transaction, 503, this.#handingOver)
    const { tag, taken: told = this.#onInvite } = this.#restoring ?? {}
    if (!told) return this.#answer(transaction, 480)
    const replaced = replacedBy(request.headers, {
      session: key => this.#dialogs.sessions.get(key),
      isRinging: key => this.#dialogs.invites.get(key) instanceof ClientInvite,
    })
    if (typeof replaced === 'number') return this.#answer(transaction, replaced)
    // A phone's Contact may lead nowhere; a trusted peer's is believed.
    const trusted = this.#admission.trusts(source)
    const flow = flowOf(request, source, trusted)
    const invite = new ServerInvite(transaction, this.#context, replaced, flow, tag, trusted)
    this.#dialogs.invites.set(invite.key, invite)
    this.#carried.add(invite, source.connection)
    told(invite)
  }

  #answer(transaction: ServerTransaction, status: number, headers: readonly ExtraHeader[] = []): void {
    transaction.respond(buildResponse(transaction.request, status, { toTag: this.#tokens.tag(), headers }))
  }
}
