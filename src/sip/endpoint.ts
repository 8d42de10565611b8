import type { Clock } from '../foundation/clock.js'
import type { Log } from '../foundation/log.js'
import { seconds, type Millis } from '../foundation/time.js'
import { ClientInvite, type ClientInviteListener, type InviteClientGround } from './dialog/invite-client.js'
import { ServerInvite, type InviteServerGround } from './dialog/invite-server.js'
import type { Body, ExtraHeader } from './dialog/dialog.js'
import type { Session } from './dialog/session.js'
import { buildRequest, buildResponse } from './message/build.js'
import { from, to } from './message/fields.js'
import type { SipRequest } from './message/message.js'
import { allowedMethods, refusalOf } from './screening.js'
import { TransactionLayer } from './transaction/layer.js'
import { Tokens, type RandomBytes } from './transaction/tokens.js'
import type { ServerTransaction, TransactionUser } from './transaction/user.js'
import { SipCounters } from './transport/counters.js'
import { TransportLayer } from './transport/layer.js'
import { StrangerLimit, TrustedPeers } from './transport/peers.js'
import type { Hop, ListenPoint, LocalAddress } from './transport/transport.js'

export interface EndpointOptions {
  readonly listen: readonly ListenPoint[]
  /** Host in Via and Contact; default: the local address that leads to the peer. */
  readonly advertise?: string
  /** IP addresses and CIDR blocks that may call. */
  readonly trustedPeers: readonly string[]
  readonly clock: Clock
  readonly log: Log
  readonly random: RandomBytes
}

export interface InviteParts {
  /** The Request-URI. */
  readonly uri: string
  /** A loose route to the next hop; its `lr` is added where it lacks. */
  readonly route?: string
  /** Whole values, without tags. */
  readonly from: string
  readonly to: string
  readonly maxForwards?: number
  readonly headers: readonly ExtraHeader[]
  readonly body?: Body
  /** Default 200 s: past the 180 s of timer C, so that a proxy on the way gives up first (§16.6). */
  readonly expires?: Millis
}

const software = 'Carillon'
const defaultExpires = seconds(200)

/** A SIP endpoint: transport, transactions and dialogs joined. Whatever has no owner gets its lawful answer here. */
export class SipEndpoint implements TransactionUser {
  readonly counters = new SipCounters()
  readonly #tokens: Tokens
  readonly #transport: TransportLayer
  readonly #transactions: TransactionLayer
  readonly #sessions = new Map<string, Session>()
  /** INVITEs of either direction that have no dialog yet, and still may come to one. */
  readonly #invites = new Set<object>()
  readonly #strangers: StrangerLimit
  #trusted: TrustedPeers
  #onInvite: ((invite: ServerInvite) => void) | undefined
  readonly #clientGround: InviteClientGround
  readonly #serverGround: Omit<InviteServerGround, 'closed' | 'keep'>
  readonly #ownHeaders: readonly ExtraHeader[] = [
    ['Allow', allowedMethods],
    ['User-Agent', software],
  ]

  constructor(private readonly options: EndpointOptions) {
    const { clock, log, listen, advertise } = options
    this.#tokens = new Tokens(options.random)
    this.#trusted = new TrustedPeers(options.trustedPeers)
    this.#strangers = new StrangerLimit(clock)
    const random = (): number => this.#tokens.number()
    this.#transport = new TransportLayer({
      listen,
      clock,
      log,
      counters: this.counters,
      random,
      ...(advertise !== undefined && { advertise }),
    })
    this.#transactions = new TransactionLayer({
      transport: this.#transport,
      clock,
      counters: this.counters,
      tokens: this.#tokens,
    })
    this.#transactions.serve(this)
    const sessions = {
      transactions: this.#transactions,
      ownHeaders: this.#ownHeaders,
      random,
      forget: (session: Session): void => void this.#sessions.delete(sessionKey(session)),
    }
    this.#clientGround = { ...sessions, clock, keep: this.#keep, closed: invite => void this.#invites.delete(invite) }
    const contactFor = ({ source }: ServerTransaction): string => contactOf(this.#transport.local(source))
    this.#serverGround = { ...sessions, contactFor, tag: () => this.#tokens.tag() }
  }

  start(): Promise<readonly string[]> {
    return this.#transport.start(this.#transactions)
  }

  async stop(): Promise<void> {
    await this.#transport.stop()
    this.#transactions.stop()
  }

  onInvite(handler: (invite: ServerInvite) => void): void {
    this.#onInvite = handler
  }

  trust(peers: readonly string[]): void {
    this.#trusted = new TrustedPeers(peers)
  }

  /** Dialogs, and INVITEs that may still come to one. */
  get openLegs(): number {
    return this.#sessions.size + this.#invites.size
  }

  /** Transactions that are not over. */
  get transactions(): number {
    return this.#transactions.size
  }

  /** Sends an INVITE with a Call-ID and From tag of its own. */
  invite(parts: InviteParts, listener: ClientInviteListener): ClientInvite {
    const { uri, route, body, maxForwards } = parts
    const target = route ?? uri
    const contact = contactOf(this.#transport.localTowards(target))
    const request = buildRequest({
      method: 'INVITE',
      uri,
      from: `${parts.from};tag=${this.#tokens.tag()}`,
      to: parts.to,
      callId: `${this.#tokens.tag()}${this.#tokens.tag()}`,
      cseq: 1,
      routes: route === undefined ? [] : [`<${looseRoute(route)}>`],
      contact,
      headers: [...this.#ownHeaders, ...parts.headers],
      ...(maxForwards !== undefined && { maxForwards }),
      ...(body && { body: body.text, contentType: body.type }),
    })
    const invite: ClientInvite = new ClientInvite(request, contact, listener, this.#clientGround)
    this.#invites.add(invite)
    invite.start(target, parts.expires ?? defaultExpires)
    return invite
  }

  // ---- TransactionUser

  /** Strangers are answered ten times at once and twice a second; past that, silence. */
  admits(_request: SipRequest, source: Hop): boolean {
    if (this.#trusted.includes(source.host) || this.#strangers.allows(source.host)) return true
    this.counters.reject('rateLimited')
    return false
  }

  onRequest(transaction: ServerTransaction): void {
    const { request } = transaction
    if (to(request.headers)?.tag !== undefined) {
      const session = this.#sessions.get(keyOf(request))
      if (session) session.onRequest(transaction)
      else this.#answer(transaction, 481)
      return
    }
    const { source } = transaction
    // Before anything else, so that no answer tells a stranger what there is (OPTIONS is answered to everyone alike).
    if (request.method !== 'OPTIONS' && !this.#trusted.includes(source.host)) return this.#refuseStranger(transaction)
    const refusal = refusalOf(request, via => this.#tokens.madeHere(via))
    if (refusal) {
      this.counters.reject(refusal.why)
      return this.#answer(transaction, refusal.status, refusal.headers)
    }
    if (request.method === 'OPTIONS') return this.#answer(transaction, 200, [...this.#ownHeaders, ['Accept', 'application/sdp']])
    this.#invited(transaction)
  }

  onAck(ack: SipRequest): void {
    this.#sessions.get(keyOf(ack))?.onAck(ack)
  }

  /** A 2xx whose transaction is long over: its sender gives up by itself. */
  onStrayResponse(): void {
    this.counters.reject('strayResponse')
  }

  // ---- inside

  #invited(transaction: ServerTransaction): void {
    if (!this.#onInvite) return this.#answer(transaction, 480)
    const ground: InviteServerGround = {
      ...this.#serverGround,
      closed: () => this.#invites.delete(invite),
      keep: session => this.#answered(invite, session),
    }
    const invite: ServerInvite = new ServerInvite(transaction, ground)
    this.#invites.add(invite)
    this.#onInvite(invite)
  }

  #answered(invite: object, session: Session): void {
    this.#invites.delete(invite)
    this.#keep(session)
  }

  #refuseStranger(transaction: ServerTransaction): void {
    const { host } = transaction.source
    this.counters.reject('untrusted')
    this.options.log.debug?.(`refused ${transaction.request.method} from ${host}, which is not among trustedPeers`, {
      event: 'sip.untrusted',
    })
    this.#answer(transaction, 403)
  }

  #answer(transaction: ServerTransaction, status: number, headers: readonly ExtraHeader[] = []): void {
    transaction.respond(buildResponse(transaction.request, status, { toTag: this.#tokens.tag(), headers }))
  }

  readonly #keep = (session: Session): void => {
    this.#sessions.set(sessionKey(session), session)
  }
}

/** By which a request in a dialog finds it: its To tag is ours. */
const keyOf = ({ headers }: SipRequest): string =>
  `${headers.first('Call-ID') ?? ''} ${to(headers)?.tag ?? ''} ${from(headers)?.tag ?? ''}`

const sessionKey = ({ dialog }: Session): string => `${dialog.callId} ${dialog.localTag} ${dialog.remoteTag}`

const contactOf = ({ host, port, transport }: LocalAddress): string =>
  `<sip:${host}:${port}${transport === 'tcp' ? ';transport=tcp' : ''}>`

const looseRoute = (uri: string): string => (/;lr(?:[;=]|$)/i.test(uri) ? uri : `${uri};lr`)
