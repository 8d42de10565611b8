import { detached } from '../../foundation/detached.js'
import type { Clock } from '../../foundation/clock.js'
import { buildResponse, buildStatelessResponse } from '../message/build.js'
import { cseq, to, topVia } from '../message/fields.js'
import { budgetOf, lean } from '../message/lean.js'
import { isSameAddress } from '../message/ipv6.js'
import type { SipRequest, SipResponse } from '../message/message.js'
import { serialize } from '../message/serialize.js'
import type { Via } from '../message/via.js'
import type { SipCounters } from '../transport/counters.js'
import { isLessSecure } from '../transport/protocols.js'
import { responseHop } from '../transport/received.js'
import type { Glance, Hop, MessageReceiver, MessageTransport } from '../transport/transport.js'
import { ClientExchange, withVia, type ExchangeLayer } from './client-exchange.js'
import { ClientMachines, type ClientMachine } from './client-machines.js'
import { LooseAck } from './loose-ack.js'
import type { MachineContext } from './machine.js'
import { serverKey } from './matching.js'
import { ServerExchange } from './server-exchange.js'
import { ServerMachines, type ServerMachine } from './server-machines.js'
import { TransactionTimers } from './timer-queue.js'
import { defaultTimerValues, timerSpans, type TimerValues } from './timers.js'
import type { Tokens } from './tokens.js'
import type {
  ClientTransaction,
  ClientTransactionListener,
  Destination,
  SentAck,
  StatelessRefusal,
  TransactionUser,
  Transactions,
} from './user.js'

export interface TransactionOptions {
  readonly transport: MessageTransport
  readonly clock: Clock
  readonly counters: SipCounters
  readonly tokens: Tokens
  /** Default: the values of RFC 3261. */
  readonly timers?: TimerValues
  /** Whether received messages wait unread. Default: never. */
  readonly isBehind?: () => boolean
  /** Called with an internal error from a timer. */
  readonly broken: (error: unknown) => void
}

/**
 * The transaction layer of RFC 3261 §17. It finds the machine for a message or makes one. It answers what needs no user: 100 for
 * an INVITE, 200 or 481 for a CANCEL, 482 for a merged request.
 */
export class TransactionLayer implements Transactions, MessageReceiver {
  readonly #clients: ClientMachines
  readonly #servers: ServerMachines
  readonly #timers: TransactionTimers
  readonly #exchangeLayer: ExchangeLayer
  #user: TransactionUser | undefined

  constructor(private readonly options: TransactionOptions) {
    const { transport, tokens, clock, broken } = options
    this.#timers = new TransactionTimers(clock, broken)
    this.#clients = new ClientMachines(forget => this.#context(forget))
    this.#servers = new ServerMachines(forget => this.#context(forget))
    this.#exchangeLayer = {
      transport,
      newBranch: () => tokens.branch(),
      newClient: (request, branch, hop, listener) => this.#newClient(request, branch, hop, listener),
      after: (delay, run) => clock.after(delay, run),
      roundTrip: this.#clients.context.spans.t1,
      isBehind: options.isBehind ?? (() => false),
    }
  }

  /** Sets the user, who receives new requests. Call it before the transport starts. */
  serve(user: TransactionUser): void {
    this.#user = user
  }

  get size(): number {
    return this.#clients.size + this.#servers.size
  }

  /** Drops all transactions without notifying anybody. */
  stop(): void {
    this.#timers.stopAll()
    this.#clients.clear()
    this.#servers.clear()
  }

  request(request: SipRequest, target: Destination, listener: ClientTransactionListener): ClientTransaction {
    const exchange = new ClientExchange(request, listener, this.#exchangeLayer)
    exchange.start(target)
    return exchange
  }

  resume(invite: SipRequest, hop: Hop, listener: ClientTransactionListener): ClientTransaction {
    const exchange = new ClientExchange(invite, listener, this.#exchangeLayer)
    const branch = topVia(invite.headers)?.branch ?? ''
    exchange.resume(this.#clients.make(invite, branch, hop, exchange))
    return exchange
  }

  sendAck(ack: SipRequest, target: Destination): SentAck {
    const { transport, tokens, counters } = this.options
    const sent = new LooseAck(this.#clients.context)
    const send = (hop: Hop | undefined): void => {
      if (!hop) return
      counters.request('out', ack.method, hop.transport)
      sent.send(withVia(ack, transport.local(hop), tokens.branch()), hop)
    }
    if (typeof target === 'string') transport.locate(target, ({ hops: [hop] }) => send(hop))
    else send(target)
    return sent
  }

  admits(request: SipRequest, source: Hop, size?: number): boolean {
    return this.#user?.admits?.(request, source, size) !== false
  }

  glance(bytes: Buffer, source: Hop): Glance | undefined {
    return this.#user?.glance?.(bytes, source, this.#isServed)
  }

  readonly #isServed = (key: string): boolean => this.#servers.find(key) !== undefined

  onClosed(source: Hop, stood: boolean): void {
    this.#user?.connectionClosed?.(source)
    if (stood) this.#clients.closed(source)
  }

  onRequest(request: SipRequest, via: Via, source: Hop, size?: number): void {
    const { method } = request
    if (method === 'ACK') return this.#ack(request, via, source)
    this.#feedBack(request, via, source)
    const key = serverKey(request, via, method)
    const known = this.#servers.find(key)
    if (!this.admits(request, source, size)) return
    if (known) return this.#repeated(known, source, size)
    this.options.counters.request('in', method, source.transport)
    const refusal = this.#cancelsOwn(request, via, source) ? undefined : this.#user?.refuses?.(request, source, size)
    if (refusal !== undefined) return this.#refuse(request, this.#wayBack(via, source), refusal, this.#budget(size, source))
    this.options.transport.admitted?.()
    const exchange = this.#newServer(request, source, {
      hop: this.#wayBack(via, source),
      key: detached(key),
      budget: isOpenToAll(request) ? this.#budget(size, source) : undefined,
      size,
    })
    if (method === 'CANCEL') this.#cancel(exchange, via)
    else if (this.#servers.isMerged(request, key)) {
      this.options.counters.reject('merged')
      exchange.respond(buildResponse(request, 482, { toTag: this.options.tokens.tag() }))
    } else this.#serve(exchange)
  }

  /** RFC 7339 §4.1: the peer announces that it follows what we say about our load. */
  #feedBack(request: SipRequest, via: Via, source: Hop): void {
    if (via.parameters.has('oc')) this.#user?.feedBack?.(request, via, source)
  }

  #answered(machine: ClientMachine, method: string, response: SipResponse): void {
    this.options.transport.admitted?.()
    if (machine.receive(response)) this.options.counters.response('in', method, response.status)
  }

  #repeated(known: ServerMachine, source: Hop, size: number | undefined): void {
    this.options.transport.admitted?.()
    known.repeated(this.#budget(size, source))
  }

  #serve(exchange: ServerExchange): void {
    // Sent at once, because ringing agents takes longer than 200 ms (§17.2.1).
    if (exchange.request.method === 'INVITE') exchange.respond(buildResponse(exchange.request, 100, {}))
    this.#user?.onRequest(exchange)
  }

  onResponse(response: SipResponse, { branch = '' }: Via, source: Hop): void {
    const { counters } = this.options
    const method = cseq(response.headers)?.method ?? ''
    const machine = this.#clients.find(branch, method)
    if (machine) {
      if (this.#isFromTarget(machine.hop, source)) this.#answered(machine, method, response)
      else counters.reject('foreignResponse')
    } else if (method === 'INVITE' && response.status >= 200 && response.status < 300) this.#user?.onStrayResponse(response)
    else counters.reject('strayResponse')
  }

  /** A CANCEL can't be challenged (§22.1). It is enough that its INVITE came from the same source and has a transaction. */
  #cancelsOwn(request: SipRequest, via: Via, source: Hop): boolean {
    return request.method === 'CANCEL' && this.#servers.inviteOf(request, via)?.cameFrom(source) === true
  }

  #refuse(request: SipRequest, hop: Hop, { status, headers }: StatelessRefusal, budget: number | undefined): void {
    const { counters, transport } = this.options
    const response = buildStatelessResponse(request, status, headers)
    const bytes = budget === undefined ? serialize(response) : lean(response, budget)
    if (!bytes) return counters.reject('amplification')
    counters.response('out', request.method, status)
    transport.send(bytes, hop)
  }

  /**
   * §17.1.3 matches by branch only, so that a peer may answer from any of its addresses. But everybody who has seen the branch
   * could answer. So the source must be a trusted peer or the host to which the request went (docs/decisions/031).
   */
  #isFromTarget(hop: Hop, source: Hop): boolean {
    return this.#trusts(source) || (isSameAddress(hop.host, source.host) && !isLessSecure(source, hop))
  }

  #trusts(source: Hop): boolean {
    return this.#user?.trusts?.(source) !== false
  }

  #wayBack(via: Via, source: Hop): Hop {
    return responseHop(via, source, via.maddr !== undefined && this.#trusts(source))
  }

  /** The most bytes to send in response to a stranger's datagram. Undefined: no limit. */
  #budget(size: number | undefined, source: Hop): number | undefined {
    return size === undefined || source.transport !== 'udp' || this.#trusts(source) ? undefined : budgetOf(size)
  }

  #ack(ack: SipRequest, via: Via, source: Hop): void {
    this.options.counters.request('in', 'ACK', source.transport)
    const invite = this.#servers.inviteOf(ack, via)
    if (!invite || invite.ack()) return this.#user?.onAck(ack, source)
    this.options.transport.admitted?.()
  }

  /**
   * §9.2: a CANCEL is always answered here. If there is something to cancel, the INVITE's owner is told and answers the INVITE
   * with 487.
   */
  #cancel(exchange: ServerExchange, via: Via): void {
    const { request } = exchange
    const invite = this.#servers.inviteOf(request, via)
    const toTag = toTagOf(invite?.lastProvisional) ?? this.options.tokens.tag()
    exchange.respond(buildResponse(request, invite ? 200 : 481, { toTag }))
    invite?.cancelled(listener => listener.cancelled?.(request))
  }

  #newServer(request: SipRequest, source: Hop, { key, hop, budget, size }: NewServer): ServerExchange {
    const machine = this.#servers.make(request, key, hop)
    return new ServerExchange(request, source, machine, this.#sent, { budget, paid: (size ?? usualLength) + ourLength })
  }

  readonly #sent = ({ request, source, limits }: ServerExchange, status: number, length: number): void => {
    this.options.counters.response('out', request.method, status)
    if (length > limits.paid) this.#user?.answeredLong?.(request, source, length - limits.paid)
  }

  #newClient(request: SipRequest, branch: string, hop: Hop, listener: ClientTransactionListener): ClientMachine {
    this.options.counters.request('out', request.method, hop.transport)
    return this.#clients.make(request, branch, hop, listener)
  }

  #context(forget: (key: string) => void): MachineContext {
    const { transport, counters, timers, isBehind = () => false } = this.options
    return {
      timers: this.#timers,
      spans: timerSpans(timers ?? defaultTimerValues),
      send: (bytes, hop, failed) => transport.send(bytes, hop, failed),
      sendAgain: (bytes, hop) => {
        counters.retransmission('out')
        transport.send(bytes, hop)
      },
      isBehind,
      cameAgain: () => counters.retransmission('in'),
      forget,
    }
  }
}

interface NewServer {
  readonly key: string
  readonly hop: Hop
  /** The most bytes of a response. Undefined: no limit. */
  readonly budget: number | undefined
  /** The length of the request, in bytes. Undefined: not known. */
  readonly size: number | undefined
}

/** In bytes: the assumed length of a request whose length is not known, and the part of our responses that is not from the request. */
const [usualLength, ourLength] = [1024, 1024]

/** Whether anybody may send such a request. The senders of other requests have shown who they are. */
const isOpenToAll = ({ method, headers }: SipRequest): boolean =>
  method !== 'INVITE' && method !== 'CANCEL' && to(headers)?.tag === undefined

function toTagOf(response: SipResponse | undefined): string | undefined {
  return response && to(response.headers)?.tag
}
