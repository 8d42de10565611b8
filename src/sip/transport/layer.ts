import { whyNotBound } from '../../foundation/errors.js'
import { isIPv6 } from 'node:net'
import type { Clock } from '../../foundation/clock.js'
import type { Log } from '../../foundation/log.js'
import { buildStatelessResponse } from '../message/build.js'
import { topVia } from '../message/fields.js'
import { budgetOf, lean } from '../message/lean.js'
import type { SipMessage, SipRequest, SipResponse } from '../message/message.js'
import { parseMessage, type Framing, type ParseOutcome } from '../message/parse.js'
import { serialize } from '../message/serialize.js'
import type { Via } from '../message/via.js'
import type { Capture } from './capture.js'
import type { SipCounters } from './counters.js'
import { hasLongHead, type FramingFault } from './framing.js'
import { ListenPoints } from './listen-points.js'
import { Locator } from './locate.js'
import { isWebSocket, type TransportName } from './protocols.js'
import { PortQuestions } from './port-questions.js'
import { responseHop, viaAsReceived } from './received.js'
import { systemResolver, type Resolver } from './resolver.js'
import type { Guest } from './rooms.js'
import { inUri } from './routes.js'
import { Streams, defaultStreamLimits, type StreamLimits } from './stream.js'
import type { TlsSettings } from './tls.js'
import type {
  Hop,
  ListenPoint,
  LocalAddress,
  Location,
  MessageReceiver,
  MessageTransport,
  SendFailed,
  TransportPlace,
} from './transport.js'
import { UdpPoint } from './udp.js'

export interface TransportOptions {
  readonly place: TransportPlace
  readonly clock: Clock
  readonly log: Log
  readonly counters: SipCounters
  /** Stores sent and received messages. Default: nothing is stored. */
  readonly capture?: Capture
  /** Returns a whole number with 32 random bits. */
  readonly random: () => number
  /** Default: the machine's resolver. */
  readonly resolver?: Resolver
  readonly connections?: ConnectionOptions
}

/** Which connections may be opened: TCP, TLS and WebSocket. */
export interface ConnectionOptions {
  /** Default: `defaultStreamLimits`. */
  readonly limits?: Partial<StreamLimits>
  /** Origins of the pages that may connect by WebSocket. Default: only pages of this machine, on this machine. */
  readonly origins?: readonly string[]
  /** Whose connections come from this source. Default: a stranger's. */
  readonly guestAt?: (source: Hop) => Guest
  /** Without a certificate we can't listen for TLS and secure WebSocket. */
  readonly tls?: TlsSettings
}

/** In bytes. Line breaks and zeros keep a NAT open. No message is this short. */
const longestKeepAlive = 4

/** The transport layer of RFC 3261 §18. It owns the sockets, reads messages, and knows how each hop is reached. */
export class TransportLayer implements MessageTransport {
  readonly #streams: Streams
  readonly #points: ListenPoints
  readonly #locator: Locator
  readonly #questions: PortQuestions
  readonly #headBytes: number
  #receiver: MessageReceiver | undefined
  #origins: readonly string[] | undefined
  /**
   * A stranger's message while it is handled. Neither it nor its response is stored until it is admitted, because it would
   * displace messages of calls.
   */
  #unkept: { readonly bytes: Buffer; readonly source: Hop } | undefined

  constructor(private readonly options: TransportOptions) {
    const { clock, log, counters, random, connections = {} } = options
    const { listen } = options.place
    this.#points = new ListenPoints(options.place, clock)
    this.#locator = new Locator({
      resolver: options.resolver ?? systemResolver,
      clock,
      log,
      random,
      families: ([4, 6] as const).filter(family => listen.some(({ host }) => isIPv6(host) === (family === 6))),
    })
    counters.caches.push(this.#locator.cache)
    this.#origins = connections.origins
    const limits = { ...defaultStreamLimits, ...connections.limits }
    this.#headBytes = limits.headBytes
    this.#questions = new PortQuestions(clock)
    this.#streams = new Streams({
      clock,
      log,
      origins: () => this.#origins,
      tls: connections.tls ?? {},
      limits,
      guestAt: connections.guestAt ?? (() => 'stranger'),
      listener: {
        message: (bytes, source) => this.#receive(bytes, source),
        unreadable: (fault, source) => void this.#receive(fault, source),
        rejected: why => counters.reject(why),
        closed: (source, stood) => this.#receiver?.onClosed?.(source, stood),
      },
    })
  }

  /**
   * Resolves with the addresses on which it listens, such as `udp://127.0.0.1:5060`. Rejects with the address that failed, and
   * then listens on none.
   */
  async start(receiver: MessageReceiver): Promise<readonly string[]> {
    this.#receiver = receiver
    try {
      for (const [index, point] of this.options.place.listen.entries()) await this.#open(index, point)
    } catch (error) {
      await this.stop()
      throw error
    }
    this.#points.ready()
    return this.#points.bound.map(pointText)
  }

  async stop(): Promise<void> {
    this.#receiver = undefined
    this.#questions.stop()
    await Promise.all([this.#streams.close(), this.#points.close()])
  }

  locate(target: string, found: (location: Location) => void): void {
    this.#locator.locate(target, found)
  }

  local(hop: Hop): LocalAddress {
    return this.#points.routes.towards(hop.transport, hop.host).local
  }

  /**
   * The address for a Contact towards this target, as far as it is known without waiting for DNS. For a name that is not resolved
   * yet: the address of the first matching listen point.
   */
  localTowards(target: string): LocalAddress {
    let hop: Hop | undefined
    this.#locator.locate(target, ({ hops }) => (hop ??= hops[0]))
    const wanted = this.#locator.transportOf(target)
    const { bound } = this.#points
    const first = bound.find(({ transport }) => transport === wanted) ?? bound[0]
    return this.local(hop ?? { transport: first?.transport ?? 'udp', host: first?.host ?? '127.0.0.1', port: 0 })
  }

  send(bytes: Buffer, hop: Hop, failed?: SendFailed): void {
    if (!this.#unkept) this.options.capture?.sent(bytes, hop)
    this.#pass(bytes, hop, failed)
  }

  #pass(bytes: Buffer, hop: Hop, failed?: SendFailed): void {
    if (hop.transport !== 'udp') return this.#streams.send(bytes, hop, failed)
    const point = this.#points.udp(hop.listenPoint ?? this.#points.routes.towards('udp', hop.host).listenPoint)
    if (point) point.send(bytes, hop.host, hop.port, failed)
    else if (failed) queueMicrotask(() => failed())
  }

  /** Only if we also listen on TCP, because the peer may answer on a connection of its own. */
  streamTo({ host, port }: Hop): Hop | undefined {
    const hop: Hop = { transport: 'tcp', host, port }
    if (this.#points.routes.towards('tcp', host).listenPoint === undefined) return undefined
    return this.#locator.avoids(hop) ? undefined : hop
  }

  ask(hop: Hop, closed: () => void): void {
    this.#questions.ask(hop, closed)
  }

  admitted(): void {
    const unkept = this.#unkept
    this.#unkept = undefined
    if (unkept) this.options.capture?.received(unkept.bytes, unkept.source)
  }

  hold(hop: Hop, held: boolean): void {
    this.#streams.hold(hop, held)
  }

  proven(hop: Hop): void {
    this.#streams.proven(hop)
  }

  avoid(hop: Hop): void {
    this.#locator.avoid(hop)
  }

  /** Applies to new connections. */
  allowOrigins(origins: readonly string[] | undefined): void {
    this.#origins = origins
  }

  /** Sets the certificates for new connections. */
  secure(settings: TlsSettings): void {
    this.#streams.secure(settings)
  }

  /** In ms: how long datagrams wait until we read them. Undefined: not known. Each call sends a probe for the next one. */
  queueDelay(): number | undefined {
    return this.#points.queueDelay()
  }

  /** The number of open connections, for gauges. */
  get connections(): number {
    return this.#streams.size
  }

  /** The number of open connections of strangers. */
  get strangers(): number {
    return this.#streams.strangers
  }

  async #open(index: number, point: ListenPoint): Promise<void> {
    try {
      if (point.transport === 'udp') {
        const receive = (bytes: Buffer, source: Hop): boolean => this.#receive(bytes, source)
        const { clock, log, random } = this.options
        this.#points.addUdp(index, await UdpPoint.open(index, point, receive, { clock, log, random }))
      } else this.#points.add(await this.#streams.listen(point))
    } catch (error) {
      throw new Error(`can't listen on ${pointText(point)} (sip.listen): ${whyNotBound(error)}`, {
        cause: error,
      })
    }
  }

  /**
   * Handles one message, or the reason why a stream can't be read further. An internal error costs only this message
   * (docs/style.md, errors).
   */
  #receive(bytes: Buffer | FramingFault, source: Hop): boolean {
    try {
      if (Buffer.isBuffer(bytes)) return this.#read(bytes, source)
      this.#unreadable(bytes, source)
    } catch (error) {
      this.options.counters.reject('ourBug')
      const stack = error instanceof Error ? error.stack : undefined
      this.options.log.error(`an internal error lost a message from ${source.host}: ${String(error)}`, {
        event: 'sip.broken',
        stack,
      })
    } finally {
      this.#unkept = undefined
    }
    return false
  }

  /** Returns whether it was a SIP message. */
  #read(bytes: Buffer, source: Hop): boolean {
    if (bytes.length <= longestKeepAlive) return false
    const framing = framingOf(source.transport)
    if (framing !== 'stream' && hasLongHead(bytes, this.#headBytes)) {
      this.options.counters.reject('tooLarge')
      return false
    }
    const glance = this.#receiver?.glance?.(bytes, source)
    if (glance) {
      if (glance.kind === 'refused') this.#pass(glance.bytes, glance.hop)
      return true
    }
    const parsed = parseMessage(bytes, framing)
    this.#keep(bytes, source, parsed)
    switch (parsed.kind) {
      case 'message':
        this.#deliver(parsed.message, source, bytes.length)
        return true
      case 'malformed':
        this.#reject(parsed.what, source)
        this.#answerStatelessly(parsed.request, parsed.answer, source, bytes.length)
        return false
      case 'silence':
        this.#reject(parsed.what, source)
        return false
    }
  }

  /** For ladders. A stranger's message is kept when it is admitted. */
  #keep(bytes: Buffer, source: Hop, parsed: ParseOutcome): void {
    const { capture, connections } = this.options
    if (!capture) return
    const guest = connections?.guestAt?.(source)
    const isResponse = parsed.kind === 'message' && parsed.message.kind === 'response'
    if (guest === 'stranger') this.#unkept = { bytes, source }
    else if (parsed.kind === 'silence' || (isResponse && guest === 'known')) capture.receivedUncounted(bytes, source)
    else capture.received(bytes, source)
  }

  #deliver(message: SipMessage, source: Hop, size: number): void {
    const via = topVia(message.headers)
    if (!via) return this.#reject('no Via that can be read', source)
    if (message.kind === 'response') return this.#deliverResponse(message, via, source)
    this.#receiver?.onRequest(message, viaAsReceived(message, via, source), source, size)
  }

  /** A response with a second Via was not meant for us (§8.1.3.3). */
  #deliverResponse(response: SipResponse, via: Via, source: Hop): void {
    if (response.headers.hasSeveral('Via')) return this.#reject('a response with several Vias', source)
    this.#receiver?.onResponse(response, via, source)
  }

  #reject(what: string, source: Hop): void {
    this.options.counters.reject('malformed')
    this.options.log.debug?.(`malformed from ${source.host}:${source.port}: ${what}`, { event: 'sip.malformed' })
  }

  /** Answers a request for which no transaction can be made (§8.2.7). An ACK is never answered. The limits for strangers apply. */
  #answerStatelessly(request: SipRequest, status: number, source: Hop, size: number): void {
    if (request.method === 'ACK' || this.#receiver?.admits?.(request, source, size) === false) return
    const via = topVia(request.headers)
    const hop = via ? responseHop(viaAsReceived(request, via, source), source) : source
    const response = buildStatelessResponse(request, status)
    // Over UDP no response may be longer, not even to a trusted peer.
    const budget = source.transport === 'udp' ? budgetOf(size) : undefined
    const bytes = budget === undefined ? serialize(response) : lean(response, budget)
    if (!bytes) return
    this.options.counters.response('out', request.method, status)
    this.send(bytes, hop)
  }

  /**
   * The next message of a stream can't be found. If the head of its request is known, the request is answered. The connection
   * then closes.
   */
  #unreadable(fault: FramingFault, source: Hop): void {
    const { what } = fault
    this.options.counters.reject(what === 'otherProtocol' ? what : what.endsWith('TooLarge') ? 'tooLarge' : 'malformed')
    if (!fault.head) return
    const parsed = parseMessage(fault.head, 'datagram')
    const request =
      parsed.kind === 'malformed'
        ? parsed.request
        : parsed.kind === 'message' && parsed.message.kind === 'request'
          ? parsed.message
          : undefined
    if (request) this.#answerStatelessly(request, fault.what === 'badLength' ? 400 : 513, source, fault.head.length)
  }
}

/** A WebSocket message is exactly one SIP message (RFC 7118 §4.2), like a datagram but with nothing after it. */
const framingOf = (transport: TransportName): Framing =>
  transport === 'udp' ? 'datagram' : isWebSocket(transport) ? 'frame' : 'stream'

const pointText = ({ transport, host, port }: ListenPoint): string => `${transport}://${inUri(host)}:${port}`
