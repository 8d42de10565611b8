import { millis, seconds } from '../foundation/time.js'
import type { ExtraHeader } from '../legs/body.js'
import type { OutboundCallListener } from '../legs/invitation.js'
import type { Reason } from '../legs/reason.js'
import { ClientInvite } from './dialog/invite-client.js'
import { ServerInvite } from './dialog/invite-server.js'
import { Session } from './dialog/session.js'
import { Admission } from './admission.js'
import { Dialogs } from './dialogs.js'
import type { EndpointOptions } from './endpoint-options.js'
import type { EndpointNetwork } from './endpoint-transport.js'
import type { DialogTaker, Gatekeeper, MethodService } from './gate.js'
import type { InviteParts } from './invite-parts.js'
import { Invites } from './invites.js'
import { buildResponse } from './message/build.js'
import { to } from './message/fields.js'
import type { SipRequest } from './message/message.js'
import type { PublicationTaker } from './subscription/publications.js'
import { Subscriber, type SubscribeParts, type SubscriberListener } from './subscription/subscriber.js'
import { exposure, readable, refusalOf } from './screening.js'
import { Subscriptions } from './subscription/subscriptions.js'
import { TransactionLayer } from './transaction/layer.js'
import { Tokens } from './transaction/tokens.js'
import type { ServerTransaction, StatelessRefusal, TransactionUser } from './transaction/user.js'
import { SipCounters } from './transport/counters.js'
import { TransportLayer } from './transport/layer.js'
import type { TlsSettings } from './transport/tls.js'
import type { Via } from './message/via.js'
import type { Glance, Hop } from './transport/transport.js'

/** How long `stop` waits for responses to its BYEs and CANCELs: enough for two retransmissions over UDP. */
const stopPatience = seconds(2)
/** The same if another process waits to go on. It sends the CANCELs again, because it knows these INVITEs. */
const handOverPatience = millis(100)

/** How new calls are answered. */
interface NewCalls {
  /** OPTIONS is answered like an INVITE (§11.2). */
  readonly toOptions: StatelessRefusal
  /** If set, this process handles no request that the next one could handle. New calls get 503 with these header fields, or nothing. */
  readonly handedOver?: readonly ExtraHeader[] | 'silent'
}

/** A SIP endpoint: it connects transport, transactions and dialogs. A message without an owner gets its required response here. */
export class SipEndpoint implements TransactionUser {
  readonly counters = new SipCounters()
  readonly #tokens: Tokens
  readonly #network: EndpointNetwork
  readonly #dialogs = new Dialogs()
  readonly #admission: Admission
  readonly #invites: Invites
  readonly #subscriptions: Subscriptions
  /** The ports on which we listen: those of the config, and those that the kernel chose. */
  readonly #ports: Set<number>
  #newCalls: NewCalls

  constructor(private readonly options: EndpointOptions) {
    const { clock, log, trustedPeers, calls = {}, network: { capture, carrier } = {} } = options
    this.#tokens = new Tokens(options.random)
    this.#ports = new Set(options.place.listen.map(({ port }) => port))
    this.#admission = new Admission({
      ...{ clock, log, trustedPeers, counters: this.counters },
      ...(calls.refused && { refusesCalls: calls.refused }),
      ...(calls.overload && { overload: calls.overload }),
    })
    const network = carrier?.({
      ...{ clock, counters: this.counters, chance: () => this.#tokens.number() / 2 ** 32 },
      ...(capture && { capture }),
    })
    this.#network = network ?? this.#ownNetwork()
    this.#network.transactions.serve(this)
    const parts = { network: this.#network, clock, tokens: this.#tokens, dialogs: this.#dialogs }
    const { sessionExpires } = calls
    this.#invites = new Invites({ ...parts, counters: this.counters, admission: this.#admission, sessionExpires })
    this.#subscriptions = new Subscriptions(parts)
    const headers = [...this.#invites.context.session.headers.answers, ...readable]
    this.#newCalls = { toOptions: { status: 200, headers } }
  }

  async start(): Promise<readonly string[]> {
    const addresses = await this.#network.transport.start(this.#network.transactions)
    for (const address of addresses) this.#ports.add(Number(/:(\d+)$/.exec(address)?.[1]))
    this.options.calls?.overload?.start(() => this.#network.transport.queueDelay?.())
    return addresses
  }

  /** Whether we listen for SIP on that port, with any transport. */
  listens(port: number): boolean {
    return this.#ports.has(port)
  }

  /** Ends all calls, as far as the peers answer in time, and closes the sockets. */
  async stop(): Promise<void> {
    if (!this.#newCalls.handedOver) this.handOver([])
    this.options.calls?.overload?.stop()
    this.#invites.stop()
    this.#subscriptions.stop()
    for (const invite of [...this.#dialogs.invites.values()]) {
      if (invite instanceof ServerInvite) invite.reject(503)
      else invite.cancel()
    }
    for (const session of [...this.#dialogs.sessions.values()]) session.hangUp()
    const patience = this.#newCalls.handedOver === 'silent' ? handOverPatience : stopPatience
    await this.#dialogs.untilEmpty(this.options.clock, patience)
    await this.#network.transport.stop()
    // Peers that sent no response, not even an ACK for our 2xx.
    for (const session of [...this.#dialogs.sessions.values()]) session.letGo()
    this.#subscriptions.letGo()
    this.#network.transactions.stop()
  }

  /** Restores a dialog that existed before a restart from its session's state. Undefined: the state can't be read. Sends nothing. */
  restoreSession(kept: unknown): Session | undefined {
    return this.#invites.restoreSession(kept)
  }

  /** Restores an INVITE that was pending before a restart, with our To tag. Does not call `taken` if the INVITE can't be restored. Call it after `start`. */
  restoreInvite(kept: unknown, taken: (invite: ServerInvite) => void): void {
    this.#invites.restore(kept, taken)
  }

  /** Cancels an INVITE of the previous process. Call it after `start`. */
  stopRinging(kept: unknown, reason: Reason): void {
    this.#invites.stopRinging(kept, reason)
  }

  onInvite(handler: (invite: ServerInvite) => void): void {
    this.#invites.listen(handler)
  }

  /** Calls `told` once, when the INVITE and its dialog are over. */
  whenOver(invite: ServerInvite | Session, told: () => void): void {
    this.#dialogs.whenOver(invite, told)
  }

  /** Sets who answers this method outside dialogs. Without a service, trusted peers get 405 or 501. */
  serve(method: string, service: MethodService): void {
    this.#admission.serve(method, service)
  }

  /** Accepts no new call from now on. OPTIONS is answered like an INVITE (§11.2). */
  leave(headers: readonly ExtraHeader[]): void {
    this.#newCalls = { ...this.#newCalls, toOptions: { status: 503, headers } }
  }

  /**
   * Releases dialogs from now on, for the next process to continue. Their requests get no response here, because 481 would end them: the sender
   * retransmits (§17.1), and the next process answers. New calls and OPTIONS get 503 with these header fields. `silent`: new calls get no response
   * either, because the next process is there before their sender gives up.
   */
  handOver(newCalls: readonly ExtraHeader[] | 'silent'): void {
    this.leave(newCalls === 'silent' ? [] : newCalls)
    this.#newCalls = { ...this.#newCalls, handedOver: newCalls }
  }

  /** Sets who answers REGISTER and admits senders that are not trusted peers. */
  guard(gate: Gatekeeper): void {
    this.#admission.guard(gate)
  }

  /** Keeps an idle connection open, or no longer. */
  hold(flow: Hop, held: boolean): void {
    this.#network.transport.hold?.(flow, held)
  }

  /** The right password came on that connection. */
  proven(source: Hop): void {
    this.#network.transport.proven?.(source)
  }

  /** Passes requests with this Call-ID and our tag to a dialog that was not created by an INVITE (RFC 6665), until the returned function is called. */
  keepDialog(callId: string, ourTag: string, taker: DialogTaker): () => void {
    return this.#dialogs.keepOther(callId, ourTag, taker)
  }

  trust(peers: readonly string[]): void {
    this.#admission.trust(peers)
  }

  /** Sets the certificates for new connections. */
  secure(settings: TlsSettings): void {
    this.#network.transport.secure?.(settings)
  }

  /** Sets the origins of pages that may connect by WebSocket, for new connections. */
  allowOrigins(origins: readonly string[] | undefined): void {
    this.#network.transport.allowOrigins?.(origins)
  }

  /** The number of dialogs, and of INVITEs that may still create one. */
  get openLegs(): number {
    return this.#dialogs.legs
  }

  /** The number of transactions that are not over. */
  get transactions(): number {
    return this.#network.transactions.size
  }

  /** Sends an INVITE with its own Call-ID and From tag. */
  invite(parts: InviteParts, listener: OutboundCallListener): ClientInvite {
    return this.#invites.send(parts, listener)
  }

  /** Subscribes at a notifier (RFC 6665) until it is stopped. `expires` in seconds. */
  subscribe(parts: SubscribeParts, expires: number, listener: SubscriberListener): Subscriber {
    return this.#subscriptions.begin(parts, expires, listener)
  }

  /** Accepts PUBLISH from trusted peers (RFC 3903). `packages`: the media type of each event package's documents. */
  takePublications(packages: ReadonlyMap<string, string>, taker: PublicationTaker): void {
    this.serve('PUBLISH', this.#subscriptions.publications(packages, taker))
  }

  // ---- TransactionUser

  glance(bytes: Buffer, source: Hop, isServed: (key: string) => boolean): Glance | undefined {
    return this.#admission.glance(bytes, source, isServed)
  }

  feedBack(request: SipRequest, via: Via, source: Hop): void {
    if (this.#admission.trusts(source)) this.options.calls?.overload?.feedBack(request, via)
  }

  admits(request: SipRequest, source: Hop, size?: number): boolean {
    if (this.#newCalls.handedOver && this.#isOfNobody(request)) return false
    return this.#invites.isRestoring || this.#admission.hears(request, source, this.#dialogs.of(request), size)
  }

  /** Whether the next process may have to answer: a CANCEL, or a request in a dialog that is not here, maybe because it was released. */
  #isOfNobody(request: SipRequest): boolean {
    const isLeft = request.method === 'CANCEL' || (request.method === 'INVITE' && this.#newCalls.handedOver === 'silent')
    return isLeft || (to(request.headers)?.tag !== undefined && !this.#dialogs.of(request))
  }

  trusts(source: Hop): boolean {
    return this.#admission.trusts(source)
  }

  refuses(request: SipRequest, source: Hop, size?: number): StatelessRefusal | undefined {
    // The previous process admitted it. Nobody can answer that process's challenge here.
    if (this.#invites.isRestoring) return undefined
    const isWithin = to(request.headers)?.tag !== undefined
    if (isWithin) return this.#admission.refusesWithin(request, source, this.#dialogs.of(request), size)
    // A transaction would keep the response for 32 s, and its sender decides how long it is.
    const isOpen = request.method === 'OPTIONS' && !this.#admission.trusts(source)
    return this.#admission.refuses(request, source, size) ?? (isOpen ? this.#answerTo(request, source) : undefined)
  }

  hasLeg(callId: string, tag: string): boolean {
    return this.#dialogs.hasLeg(callId, tag)
  }

  answeredLong(request: SipRequest, source: Hop, excess: number): void {
    this.#admission.charge(request, source, this.#dialogs.of(request), excess)
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
    this.#dialogs.connectionClosed(source.connection)
  }

  onAck(ack: SipRequest, source: Hop): void {
    const dialog = this.#dialogs.of(ack)
    if (!(dialog instanceof Session)) return
    if (!this.#admission.hearsWithin(source, dialog)) return this.counters.reject('foreignDialog')
    this.#network.transport.admitted?.()
    dialog.onAck(ack)
  }

  unheard(wasCut: (contact: string) => boolean, canAsk: (contact: string) => boolean): void {
    this.#invites.unheard(wasCut, canAsk)
  }

  /** A 2xx whose transaction ended long ago. Its sender gives up by itself. */
  onStrayResponse(): void {
    this.counters.reject('strayResponse')
  }

  // ---- internal

  /** The response to a request that is refused, or to OPTIONS. Undefined: another part answers it. */
  #answerTo(request: SipRequest, source: Hop): StatelessRefusal | undefined {
    const service = this.#admission.service(request.method)
    const refusal = exposure(request, source) ?? refusalOf(request, this.#invites.context.session.intervals.shortest, service)
    if (refusal) this.counters.reject(refusal.why)
    return refusal ?? (request.method === 'OPTIONS' ? this.#newCalls.toOptions : undefined)
  }

  #ownNetwork(): EndpointNetwork {
    const { clock, log, network: { isBehind, transport = this.#sockets() } = {} } = this.options
    const transactions = new TransactionLayer({
      ...{ clock, transport, counters: this.counters, tokens: this.#tokens, ...(isBehind && { isBehind }) },
      broken: error => {
        this.counters.reject('ourBug')
        const stack = error instanceof Error ? error.stack : undefined
        log.error(`an internal error in a timer: ${String(error)}`, { event: 'sip.broken', stack })
      },
    })
    return { transport, transactions }
  }

  #sockets(): TransportLayer {
    const { place, clock, log, connections, network: { capture } = {} } = this.options
    return new TransportLayer({
      ...{ place, clock, log, counters: this.counters, random: () => this.#tokens.number() },
      connections: { ...connections, guestAt: source => this.#admission.guestAt(source) },
      ...(capture && { capture }),
    })
  }

  #invited(transaction: ServerTransaction): void {
    const { handedOver } = this.#newCalls
    if (handedOver && handedOver !== 'silent') return this.#answer(transaction, 503, handedOver)
    const refusal = this.#invites.receive(transaction)
    if (refusal !== undefined) this.#answer(transaction, refusal)
  }

  #answer(transaction: ServerTransaction, status: number, headers: readonly ExtraHeader[] = []): void {
    transaction.respond(buildResponse(transaction.request, status, { toTag: this.#tokens.tag(), headers }))
  }
}
