import type { Clock, Timer } from '../../foundation/clock.js'
import type { Log } from '../../foundation/log.js'
import type { Millis } from '../../foundation/time.js'
import { buildStatelessResponse } from '../message/build.js'
import { contacts, cseq, from, to, topVia } from '../message/fields.js'
import type { SipRequest, SipResponse } from '../message/message.js'
import { parseMessage } from '../message/parse.js'
import { parseUri } from '../message/uri.js'
import type { Via } from '../message/via.js'
import type { EndpointTransactions } from '../endpoint-transport.js'
import type {
  ClientTransaction,
  ClientTransactionListener,
  Destination,
  SentAck,
  StatelessRefusal,
  TransactionUser,
} from '../transaction/user.js'
import { isOurCallId } from '../transaction/tokens.js'
import type { Capture } from '../transport/capture.js'
import type { SipCounters } from '../transport/counters.js'
import { isWebSocket } from '../transport/protocols.js'
import { viaAsReceived } from '../transport/received.js'
import type { Hop } from '../transport/transport.js'
import { ClientExchange, type Attempt, type ClientExchangeLayer } from './client-exchange.js'
import { bareOf, beginning, hasLongNames, responding, within, withoutTimer } from './fields.js'
import { wayOf, type Frame, type Reply } from './frames.js'
import type { Told } from './link.js'
import { PhoneConnections } from './phone-connections.js'
import { hopOf, peerOf, proxyOf, viaOf } from './places.js'
import type { DrachtioServer } from './server.js'
import { ServerExchange, type ServerExchangeLayer } from './server-exchange.js'
import type { Fleet } from './fleet.js'
import { isTooLong } from './wire.js'

/** The header field of a stored INVITE with the server's transaction id. The next process needs it to refuse the INVITE. */
const transactionField = 'X-Carillon-Transaction'

interface Arrived {
  readonly source: Hop
  /** The server sent the message, by itself or for us. */
  readonly isServers: boolean
  readonly bytes: Buffer
  /** A peer sent the message over the network. */
  readonly bySomebody: boolean
}

interface DrachtioTransactionOptions {
  readonly fleet: Fleet
  readonly clock: Clock
  readonly log: Log
  readonly counters: SipCounters
  /** Whether phones in browsers may connect. If not, their requests get 403. */
  readonly hasBrowsers: boolean
  readonly capture?: Capture
}

/**
 * The transactions of a drachtio-server behind the interface of our own transaction layer, so that dialogs, sessions, the
 * registrar and all limits are the same for both engines (docs/decisions/064). The server repeats messages, sends 100, answers
 * CANCELs, acknowledges failures, and keeps CSeq, Via and routes of dialogs.
 */
export class DrachtioTransactions implements EndpointTransactions, ClientExchangeLayer, ServerExchangeLayer {
  readonly #clients = new Map<string, ClientExchange>()
  /** INVITEs that may still get a CANCEL, a PRACK or an ACK, by the server and the server's transaction id. */
  readonly #servers = new Map<string, { readonly exchange: ServerExchange; readonly server: DrachtioServer }>()
  readonly #connections: PhoneConnections
  #user: TransactionUser | undefined

  constructor(private readonly options: DrachtioTransactionOptions) {
    this.#connections = new PhoneConnections(options.clock)
  }

  serve(user: TransactionUser): void {
    this.#user = user
  }

  get size(): number {
    return this.#clients.size + this.#servers.size
  }

  stop(): void {
    this.#clients.clear()
    this.#servers.clear()
  }

  /** INVITEs that nobody continues get 503 with Retry-After, because the next process can't answer them. */
  refuseOpen(): void {
    for (const { exchange } of [...this.#servers.values()])
      if (exchange.isOpen) exchange.respond(buildStatelessResponse(exchange.request, 503, comeBack))
  }

  // ---- sending for the endpoint

  request(request: SipRequest, target: Destination, listener: ClientTransactionListener): ClientTransaction {
    const isWithin = to(request.headers)?.tag !== undefined
    const goal = typeof target === 'string' ? undefined : target
    const exchange = new ClientExchange(request, isWithin, listener, this, isWithin ? undefined : goal)
    this.options.counters.request('out', request.method, goal?.transport ?? 'udp')
    if (!isWithin) exchange.start(this.#attempts(request, target))
    // A BYE must always go out. If it is too long, it goes without its Reason.
    else
      exchange.start(
        this.#attemptsWithin(request, target),
        request.method === 'BYE' ? this.#attemptsWithin(bareOf(request), target) : [],
      )
    return exchange
  }

  sendAck(ack: SipRequest, target: Destination): SentAck {
    this.options.counters.request('out', 'ACK', 'udp')
    this.#sendAck(this.#attemptsWithin(ack, target), this.#attemptsWithin(bareOf(ack), target))
    // The server repeats it when the 2xx is repeated.
    return { again: () => undefined }
  }

  /** An INVITE from before a restart: its caller is told to try again, if the server still knows it. */
  onRequest(request: SipRequest, _via: Via, source: Hop): void {
    const id = request.headers.first(transactionField)
    const server = this.options.fleet.server(source.listenPoint ?? 0)
    if (id === undefined || !server) return
    this.options.fleet.owe(server, refusing(id, request, 503, comeBack))
  }

  onResponse(): void {
    // Responses are found only by their transactions.
  }

  /** A command is a line `sip|TRANSACTION|DIALOG|PROXY`, whose parts may be empty, and then the message. */
  #attempts(request: SipRequest, target: Destination): readonly Attempt[] {
    const { fleet } = this.options
    const text = beginning(request)
    const server = fleet.choose(typeof target === 'string' ? undefined : target.listenPoint, contactOf(request))
    if (!server) return []
    return [{ server, text: `sip|||${proxyOf(request, target, server)}\r\n${text}`, peer: peerOf(request, target) }]
  }

  /** The server's id of a dialog contains the caller's tag. Which side called is not known here. */
  #attemptsWithin(request: SipRequest, target: Destination): readonly Attempt[] {
    const { headers } = request
    const callId = headers.first('Call-ID') ?? ''
    const text = within(request)
    const peer = peerOf(request, target)
    const tags = [from(headers)?.tag ?? '', to(headers)?.tag ?? '']
    // If we called, our tag is tried first.
    if (!isOurCallId(callId)) tags.reverse()
    return this.options.fleet
      .ofDialog(callId)
      .flatMap(server =>
        tags
          .filter(tag => isPlain(callId) && isPlain(tag))
          .map(tag => ({ server, text: `sip||${callId};from-tag=${tag}\r\n${text}`, peer })),
      )
  }

  // ---- services for exchanges

  send({ server, text, peer }: Attempt, told: Told): void {
    server.command(text, reply => {
      this.#sent(reply, peer)
      if (reply.unsent === 'lost' && /^sip\|\|[^\r]*\r\nBYE /.test(text)) this.#owe(server, text, peer)
      told(reply)
    })
  }

  began(exchange: ClientExchange, server: DrachtioServer, id: string): void {
    this.#clients.set(keyOf(server, id), exchange)
    this.options.fleet.remember(exchange.request.headers.first('Call-ID') ?? '', server)
  }

  cancel({ way, request }: ClientExchange, headers: readonly (readonly [string, string])[]): void {
    if (!way) return
    this.options.counters.request('out', 'CANCEL', 'udp')
    const cancel = (lines: string): string => `sip|${way.id}|\r\nCANCEL ${request.uri} SIP/2.0\r\n${lines}\r\n`
    const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')
    this.#owe(way.server, cancel(lines), way.peer, () => this.#owe(way.server, cancel(''), way.peer))
  }

  untaken({ request }: ClientExchange, reason: string): void {
    this.options.log.debug?.(`${request.method} ${request.uri} was not sent: ${reason}`, { event: 'sip.unsent' })
  }

  respond(exchange: ServerExchange, response: SipResponse, text: string, told: Told): void {
    const server = this.options.fleet.server(exchange.source.listenPoint ?? 0)
    if (!server) return
    const whole = `sip|${exchange.id}|\r\n${text}`
    if (!isTooLong(whole)) {
      this.options.counters.response('out', exchange.request.method, response.status)
      this.#connections.answered(exchange.request, response, exchange.source)
    }
    server.command(whole, reply => {
      this.#sent(reply, exchange.source)
      told(reply)
    })
  }

  forget(exchange: ServerExchange): void {
    const server = this.options.fleet.server(exchange.source.listenPoint ?? 0)
    if (server) this.#servers.delete(keyOf(server, exchange.id))
  }

  after(delay: Millis, run: () => void): Timer {
    return this.options.clock.after(delay, run)
  }

  trusts(source: Hop): boolean {
    return this.#user?.trusts?.(source) !== false
  }

  foreign(): void {
    this.options.counters.reject('foreignResponse')
  }

  /** Sends the ACK. If it is too long, it goes without its body, so that the peer at least stops repeating its 2xx. */
  #sendAck([first, ...others]: readonly Attempt[], bare: readonly Attempt[]): void {
    if (!first) return
    this.send(first, reply => {
      if (reply.unsent === 'tooLong') this.#sendAck(bare, [])
      else if (!reply.ok && reply.unsent === undefined) this.#sendAck(others, bare.slice(1))
    })
  }

  /** Sends a command now, or when the server is back. */
  #owe(server: DrachtioServer, text: string, peer: Hop, tooLong: () => void = () => undefined): void {
    this.options.fleet.owe(server, text, reply => {
      this.#sent(reply, peer)
      if (reply.unsent === 'tooLong') tooLong()
    })
  }

  /** Captures a sent message. The server reports its own address, so `peer` says where the message went. */
  #sent(reply: Reply, { host, port }: Hop): void {
    if (reply.ok && reply.bytes.length > 0)
      this.options.capture?.sent(reply.bytes, { transport: wayOf(reply.values).transport, host, port })
  }

  // ---- messages of a server

  /** Handles a SIP message of a server. If an internal error occurs, only this message is lost. */
  sip(server: DrachtioServer, frame: Extract<Frame, { kind: 'sip' }>): void {
    try {
      this.#received(server, frame)
    } catch (error) {
      this.options.counters.reject('ourBug')
      const stack = error instanceof Error ? error.stack : undefined
      this.options.log.error(`an internal error lost a message from ${frame.way.host}: ${String(error)}`, {
        ...{ event: 'sip.broken', stack },
      })
    }
  }

  /** The connection is lost, and so is the state of requests on it. What the server still does for them is ended when it is back. */
  down(server: DrachtioServer): void {
    const { fleet } = this.options
    for (const [key, exchange] of [...this.#clients]) {
      if (exchange.way?.server !== server) continue
      this.#clients.delete(key)
      if (exchange.request.method === 'INVITE' && !exchange.isOver) this.cancel(exchange, [])
      exchange.lost()
    }
    for (const [, { exchange, server: of }] of [...this.#servers]) {
      if (of !== server) continue
      if (exchange.isOpen) fleet.owe(server, refusing(exchange.id, exchange.request, 503, comeBack))
      exchange.lost()
    }
  }

  /** The server is connected. Requests in earlier dialogs do not reach us on this connection, so the user is told. */
  up(server: DrachtioServer): void {
    const { fleet } = this.options
    this.#user?.unheard?.(
      contact => fleet.wasAt(server, contact),
      contact => fleet.canAsk(contact),
    )
  }

  #received(server: DrachtioServer, { way, transaction, bytes }: Extract<Frame, { kind: 'sip' }>): void {
    const parsed = parseMessage(bytes, 'datagram')
    const source = hopOf(way, server.index, way.transport === 'udp' ? undefined : viaOf(parsed))
    // A message without a host was made by the server, so nobody sent it.
    const bySomebody = way.source === 'network' && way.host !== ''
    const arrived = { source, isServers: way.source === 'application', bytes, bySomebody }
    if (parsed.kind === 'message') {
      const { message } = parsed
      if (message.kind === 'request') return this.#requested(server, transaction, message, arrived)
      this.#keep(arrived, this.#clients.has(keyOf(server, transaction)))
      return this.#answered(server, transaction, message, source)
    }
    this.#keep(arrived, false)
    this.options.counters.reject('malformed')
    this.options.log.debug?.(`malformed from ${source.host}:${source.port}: ${parsed.what}`, { event: 'sip.malformed' })
    if (parsed.kind !== 'malformed' || this.#user?.admits?.(parsed.request, source, bytes.length) === false) return
    server.command(refusing(transaction, parsed.request, parsed.answer), () => undefined)
  }

  /** Captures a received message for ladders. `isLimited`: another limit applies to what its sender can send. */
  #keep({ bytes, source, bySomebody }: Arrived, isLimited: boolean): void {
    const { capture } = this.options
    if (!bySomebody) return
    if (isLimited) capture?.received(bytes, source)
    else capture?.receivedUncounted(bytes, source)
  }

  #answered(server: DrachtioServer, transaction: string, response: SipResponse, source: Hop): void {
    const key = keyOf(server, transaction)
    const exchange = this.#clients.get(key)
    if (!exchange) return this.options.counters.reject('strayResponse')
    this.options.counters.response('in', cseq(response.headers)?.method ?? '', response.status)
    withoutTimer(response.headers, 0)
    exchange.received(response, source)
    if (exchange.isOver) this.#clients.delete(key)
  }

  #requested(server: DrachtioServer, id: string, request: SipRequest, arrived: Arrived): void {
    const { counters } = this.options
    const { source, isServers } = arrived
    const via = topVia(request.headers)
    if (via) viaAsReceived(request, via, source)
    const { method } = request
    counters.request('in', method, source.transport)
    // A stranger's message is kept only if it is admitted. Otherwise strangers could displace the messages of all calls.
    if (this.trusts(source)) this.#keep(arrived, true)
    if (isServers) return this.#serversOwn(server, id, request, source)
    if (method === 'ACK' || method === 'CANCEL') return this.#followed(server, id, request, arrived)
    const exchange = this.#admitted(request, arrived, id)
    if (exchange) this.#serve(server, exchange)
  }

  /** An ACK or a CANCEL of an INVITE. */
  #followed(server: DrachtioServer, id: string, request: SipRequest, arrived: Arrived): void {
    const { source } = arrived
    if (!this.trusts(source)) this.#keep(arrived, false)
    if (request.method === 'ACK') this.#user?.onAck(request, source)
    else this.#servers.get(keyOf(server, id))?.exchange.cancelled(request)
  }

  /** The exchange for a new request. Undefined: the request is refused or ignored. */
  #admitted(request: SipRequest, arrived: Arrived, id: string): ServerExchange | undefined {
    const { source, bytes } = arrived
    if (this.#user?.admits?.(request, source, bytes.length) === false) return undefined
    const exchange = new ServerExchange(request, source, id, to(request.headers)?.tag !== undefined, this)
    const refusal = this.#refusalOf(request, source, bytes.length)
    if (refusal) {
      exchange.respond(buildStatelessResponse(request, refusal.status, refusal.headers))
      return undefined
    }
    if (!this.trusts(source)) this.#keep(arrived, true)
    return exchange
  }

  #serve(server: DrachtioServer, exchange: ServerExchange): void {
    const { request } = exchange
    withoutTimer(request.headers)
    if (request.method === 'PRACK') this.#numberAsOurs(request)
    if (request.method === 'INVITE') this.#invited(server, exchange)
    this.#user?.onRequest(exchange)
  }

  #refusalOf(request: SipRequest, source: Hop, size: number): StatelessRefusal | undefined {
    if (!this.options.hasBrowsers && isWebSocket(source.transport)) return { status: 403, headers: [] }
    if (this.#connections.isTaken(request, source)) {
      this.options.counters.reject('foreignContact')
      return { status: 403, headers: notYours }
    }
    if (hasLongNames(request)) return { status: 513, headers: [] }
    if (![request.headers.first('Call-ID'), from(request.headers)?.tag].every(isPlain)) {
      this.options.counters.reject('malformed')
      return { status: 400, headers: [] }
    }
    return this.#user?.refuses?.(request, source, size) ?? this.#refusalOfAnotherLeg(request)
  }

  /**
   * A server names a dialog by Call-ID and the caller's tag, so two servers may have dialogs of the same name. Then our requests of one call
   * could reach the other's peer. RFC 3261 §8.2.2.2 gives 482 for the same call on another way.
   */
  #refusalOfAnotherLeg({ method, headers }: SipRequest): StatelessRefusal | undefined {
    if (method !== 'INVITE' || to(headers)?.tag !== undefined || this.options.fleet.servers.length < 2) return undefined
    if (this.#user?.hasLeg?.(headers.first('Call-ID') ?? '', from(headers)?.tag ?? '') !== true) return undefined
    this.options.counters.reject('merged')
    return { status: 482, headers: [] }
  }

  #invited(server: DrachtioServer, exchange: ServerExchange): void {
    const { id, request } = exchange
    this.options.fleet.remember(request.headers.first('Call-ID') ?? '', server)
    request.headers.set(transactionField, id)
    this.#servers.set(keyOf(server, id), { exchange, server })
  }

  /** The server ended a dialog: no ACK came, or its session timer is over. */
  #serversOwn(server: DrachtioServer, id: string, request: SipRequest, source: Hop): void {
    if (request.method !== 'BYE') return
    const ended = new ServerExchange(this.#asOfPeer(request), source, `${server.index} ${id}`, true, {
      after: (delay, run) => this.after(delay, run),
      respond: () => undefined,
      forget: () => undefined,
    })
    this.#user?.onRequest(ended)
  }

  /** The BYE as if the peer had sent it. The server wrote it for us, so its From is our side. The highest CSeq number is never out of order. */
  #asOfPeer({ headers, ...request }: SipRequest): SipRequest {
    const turned = headers.clone()
    turned.set('From', headers.first('To') ?? '')
    turned.set('To', headers.first('From') ?? '')
    turned.set('CSeq', `${2 ** 31 - 1} BYE`)
    return { ...request, headers: turned }
  }

  /** The server numbers reliable provisional responses itself, and passes on only the PRACK for the latest. */
  #numberAsOurs({ headers }: SipRequest): void {
    const [callId, tag] = [headers.first('Call-ID'), from(headers)?.tag]
    for (const { exchange } of this.#servers.values()) {
      const { headers: of } = exchange.request
      if (exchange.rseq === undefined || of.first('Call-ID') !== callId || from(of)?.tag !== tag) continue
      headers.set('RAck', `${exchange.rseq} ${of.first('CSeq') ?? ''}`)
    }
  }
}

/**
 * Whether a Call-ID or tag may be used in the first line of a command. A peer chose it. With a bar, a semicolon or a space in it, the
 * server would send our requests in somebody else's dialog, or anywhere. RFC 3261 §25.1 does not allow these characters there.
 */
const isPlain = (name = ''): boolean => !/[|;,\s]/.test(name)

const notYours = [['Warning', '399 carillon "The contact may lead to somebody else"']] as const
const comeBack = [['Retry-After', '10']] as const

/** A refusal without a To, because a To may be of any length. The server adds it. `id`: the server's id of the request. */
const refusing = (id: string, request: SipRequest, status: number, headers: StatelessRefusal['headers'] = []): string =>
  `sip|${id}|\r\n${responding(buildStatelessResponse(request, status, headers), false)}`

const keyOf = (server: DrachtioServer, id: string): string => `${server.index} ${id}`

function contactOf({ headers }: SipRequest): string | undefined {
  const read = contacts(headers)
  const uri = read.ok ? read.value[0]?.uri : undefined
  const parsed = uri === undefined ? undefined : parseUri(uri)
  return parsed?.ok === true ? `${parsed.value.host}:${parsed.value.port ?? 5060}` : undefined
}
