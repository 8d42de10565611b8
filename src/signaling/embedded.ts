import type { Clock } from '../foundation/clock.js'
import type { Log } from '../foundation/log.js'
import type { Millis } from '../foundation/time.js'
import type { InboundCall } from '../legs/answering.js'
import type { Attachment, Body, ExtraHeader } from '../legs/body.js'
import type { Gateways } from '../legs/gateway.js'
import type { InviteOptions, OutboundCall, OutboundCallListener, Target } from '../legs/invitation.js'
import type { Leg, LegState } from '../legs/leg.js'
import type { Party } from '../legs/party.js'
import {
  AddressList,
  Capture,
  decodeUtf8,
  DrachtioNetwork,
  encodeUtf8,
  formatNameAddr,
  Registrar,
  SipEndpoint,
  writeParts,
  type AccountSettings,
  type Binding,
  type PhoneNow,
  type ClientInvite,
  type DrachtioStatus,
  type InviteParts,
  type IssuedPhone,
  type ListenPoint,
  type Notification,
  type PhoneHolder,
  type RoomLimits,
  type ServerAddress,
  type ServerInvite,
  type Session,
  type TlsSettings,
} from '../sip/index.js'
import { BrowserLegs } from './browser-legs.js'
import { CallerShares, type CallerLimits } from './caller-shares.js'
import { CallMessages } from './call-messages.js'
import { refusedLater, withinBreadth, type Branch, type Way } from './forked-call.js'
import { goneLegOf } from './gone-leg.js'
import { PhoneRings } from './phone-rings.js'
import type {
  CallMessage,
  PresenceSignaling,
  PublicationTaker,
  Signaling,
  SignalingStatistics,
  SubscribeOptions,
  Subscription,
  WatchEvent,
  WatchListener,
  WatchNews,
} from './port.js'

export interface EmbeddedOptions {
  readonly listen: readonly ListenPoint[]
  /** Drachtio-servers that carry our SIP instead of sockets of our own. */
  readonly drachtio?: readonly ServerAddress[]
  readonly advertise?: string
  readonly trustedPeers: readonly string[]
  /** Origins of the pages that may connect by WebSocket; default: those of the host that they connect to. */
  readonly origins?: readonly string[]
  /** How many connections there may be, and of whom. Default: `defaultRoomLimits`. */
  readonly limits?: RoomLimits
  /** Certificates; without one, no TLS and no secure WebSocket can be listened for. */
  readonly tls?: TlsSettings
  /** Whose phones may register here. Default: nobody's. */
  readonly registration?: AccountSettings
  /** Keeps for the next process where the phones of an agent are; undefined: nowhere. Default: nothing is kept. */
  readonly keepPhones?: (agent: string, state: string | undefined) => void
  /** By which it is marked whose password registered them; default: one of this process. */
  readonly markKey?: Uint8Array
  /** For the legs of phones in browsers. Default: their media go through as they are, which other browsers alone can answer. */
  readonly gateways?: Gateways
  /** Bytes of memory for the latest SIP messages; 0: none is kept. Default 0. */
  readonly captureBytes?: number
  /** Told of each leg to an agent or a target: one invitation may have several. */
  readonly legNamed?: (call: string, sipCallId: string) => void
  /** Why no further call is taken now, as the word under which it is counted: each gets 503. Undefined: calls are taken. */
  readonly refusesCalls?: () => 'maxCalls' | 'memory' | undefined
  /** For callers who are no trusted peers, now. Default: none. */
  readonly callerLimits?: () => CallerLimits
  /** Whether what came waits unread, so that nothing is sent again in haste. Default: never. */
  readonly isBehind?: () => boolean
  readonly clock: Clock
  readonly log: Log
  /** Bytes that nobody can guess: node:crypto's randomBytes. */
  readonly random: (size: number) => Uint8Array
  /** How long a session stands without a refresh (RFC 4028). At least 90 s, but in tests. Default 30 min. */
  readonly sessionExpires?: Millis
}

const comeBack: readonly ExtraHeader[] = [['Retry-After', '30']]

/** The media type of each package's documents. */
const documents: Readonly<Record<WatchEvent, string>> = {
  presence: 'application/pidf+xml',
  dialog: 'application/dialog-info+xml',
}

/** The signaling port over Carillon's own SIP engine, whose invites and sessions have the port's shape already. */
export class EmbeddedSignaling implements Signaling, PresenceSignaling {
  readonly #endpoint: SipEndpoint
  readonly #registrar: Registrar
  readonly #browsers: BrowserLegs | undefined
  readonly #messages: CallMessages | undefined
  readonly #shares = new CallerShares()
  readonly #rings: PhoneRings
  #drachtio: DrachtioNetwork | undefined
  #trusted: AddressList

  constructor(private readonly options: EmbeddedOptions) {
    const { registration = nobody, gateways, captureBytes = 0, clock, log, random, keepPhones } = options
    this.#trusted = new AddressList(options.trustedPeers)
    this.#browsers = gateways && new BrowserLegs(gateways, uri => this.#registrar.payerOf(uri))
    const capture = captureBytes > 0 ? new Capture(captureBytes, clock) : undefined
    this.#messages = capture && new CallMessages(capture)
    const { drachtio } = options
    this.#endpoint = new SipEndpoint({
      ...{ ...options, ...(capture && { capture }) },
      ...(drachtio && { network: parts => (this.#drachtio = new DrachtioNetwork(drachtio, { ...parts, log })) }),
    })
    this.#registrar = new Registrar({
      settings: registration,
      clock,
      log,
      random,
      reject: why => this.#endpoint.counters.reject(why),
      hold: (flow, held) => this.#endpoint.hold(flow, held),
      proven: source => this.#endpoint.proven(source),
      trusts: source => this.#endpoint.trusts(source),
      listens: port => this.#endpoint.listens(port),
      ...(keepPhones && { keep: keepPhones }),
      ...(options.markKey && { markKey: options.markKey }),
    })
    this.#registrar.listen(agent => this.#rings.changed(agent))
    this.#rings = new PhoneRings(phones => this.#registrar.bindings(phones), clock)
    this.#endpoint.guard(this.#registrar)
  }

  start(): Promise<readonly string[]> {
    return this.#endpoint.start()
  }

  /** How the drachtio-servers are. Undefined: the engine is our own. */
  drachtioServers(): readonly DrachtioStatus[] | undefined {
    return this.#drachtio?.status
  }

  onInvite(handler: (call: InboundCall) => void): void {
    this.#endpoint.onInvite(invite => {
      if (!this.#hasShare(invite)) return
      const call = this.#browsers ? this.#browsers.inbound(invite, invite.origin.source) : invite
      if (call) handler(call)
    })
  }

  /** Counts the calls of those who are no trusted peers; false: this one is too many, and is refused already. */
  #hasShare(invite: ServerInvite): boolean {
    const { account: uri, replaces } = invite
    const limits = this.options.callerLimits?.()
    if (!limits || uri === undefined) return true
    const caller = { account: this.#registrar.payerOf(uri).account, address: invite.origin.source }
    const refusal = replaces ? undefined : this.#shares.refusal(caller, limits)
    if (refusal === undefined) {
      this.#endpoint.whenOver(invite, this.#shares.take(caller))
      return true
    }
    this.#endpoint.counters.reject(refusal)
    invite.reject(refusal === 'keptForPeers' ? 503 : 486, { headers: comeBack })
    return false
  }

  /** A call of before a restart is not refused, whatever the limits: it counts for those that come. */
  #countAgain(leg: ServerInvite | Session, uri: string | undefined, address: string): void {
    if (uri !== undefined)
      this.#endpoint.whenOver(leg, this.#shares.take({ account: this.#registrar.payerOf(uri).account, address }))
  }

  invite(target: Target, options: InviteOptions, listener: OutboundCallListener): OutboundCall {
    const { uri, route, phones } = target
    const others: Way[] = []
    const isRegistered = phones !== undefined && this.#registrar.bindings(phones).length > 0
    if (phones !== uri || (!isRegistered && (route !== undefined || !this.#registrar.serves(uri))))
      others.push(options => told => this.#send(partsOf(uri, options, route === undefined ? {} : { route }), options, told))
    if (phones === undefined) return withinBreadth(others, options)[0]?.(listener) ?? nobodyAt(this.options.clock, listener)
    const wayTo =
      (binding: Binding): Way =>
      options =>
        this.#toPhone(binding, phones, options)
    return this.#rings.invite({ phones, wayTo, others }, options, listener) ?? nobodyAt(this.options.clock, listener)
  }

  /** Who is told of the phones of an agent: when they are others, or stay longer. */
  onRegistration(listener: (agent: string, bindings: readonly Binding[]) => void): void {
    this.#registrar.listen((agent, bindings) => {
      this.#rings.changed(agent)
      listener(agent, bindings)
    })
  }

  /** How many contacts of phones are registered, by the transport that reaches them. */
  registrations(): Readonly<Record<string, number>> {
    return this.#registrar.countByTransport()
  }

  /** Every phone that is registered now. */
  phones(): readonly PhoneNow[] {
    return this.#registrar.phones()
  }

  /** What the process before kept of an agent's phones. */
  restorePhones(agent: string, state: string): void {
    this.#registrar.restore(agent, state)
  }

  /** Credentials for a phone in a browser; without an agent, for a guest who only calls. Undefined: too many hold in all. */
  issuePhone(agent: string | undefined, holder: PhoneHolder): IssuedPhone | undefined {
    return this.#registrar.issue(agent, holder)
  }

  /** Credentials that may not be held any more, of these holders or of all, end with the phones that registered by them. */
  reviewPhones(mayHold: (holder: string, agent: string | undefined) => boolean, holders?: readonly string[]): void {
    this.#registrar.review(mayHold, holders)
  }

  /** After a reload. */
  replaceAccounts(settings: AccountSettings): void {
    this.#registrar.replaceSettings(settings)
  }

  subscribe(target: Target, event: WatchEvent, { from, expires }: SubscribeOptions, listener: WatchListener): Subscription {
    return this.#endpoint.subscribe(
      {
        uri: target.uri,
        from: addressOf(from),
        to: addressOf({ uri: target.uri }),
        event,
        accept: [documents[event]],
        ...(target.route !== undefined && { route: target.route }),
      },
      Math.round(expires / 1000),
      {
        begun: () => listener.begun(),
        notified: notification => listener.notified(newsOf(notification)),
        denied: () => listener.denied(),
      },
    )
  }

  onPublish(taker: PublicationTaker): void {
    this.#endpoint.takePublications(new Map(Object.entries(documents)), {
      knows: entity => taker.knows(entity),
      published: ({ event, document, ...rest }) =>
        taker.published({ ...rest, event: event === 'dialog' ? 'dialog' : 'presence', document: decodeUtf8(document) }),
      refreshed: (key, until) => taker.refreshed(key, until),
      withdrawn: key => taker.withdrawn(key),
    })
  }

  restoreLeg(state: LegState): Leg | undefined {
    const gone = goneLegOf(state)
    if (gone) return gone
    const session = this.#endpoint.restoreSession(state)
    if (session?.dialog.peer.calls === true) this.#countAgain(session, session.account, session.source ?? '')
    return session
  }

  restoreCall(state: LegState, taken: (call: InboundCall) => void): void {
    this.#endpoint.restoreInvite(state, invite => {
      this.#countAgain(invite, invite.account, invite.origin.source)
      taken(invite)
    })
  }

  belongs(sipCallId: string, call: string): void {
    this.#messages?.belongs(sipCallId, call)
  }

  /** The SIP messages of a call, as far back as they are kept. Undefined: none are. */
  async messagesOf(call: string): Promise<readonly CallMessage[] | undefined> {
    return this.#messages?.of(call)
  }

  openLegs(): number {
    return this.#endpoint.openLegs
  }

  statistics(): SignalingStatistics {
    return this.#endpoint.counters
  }

  trust(peers: readonly string[]): void {
    this.#trusted = new AddressList(peers)
    this.#endpoint.trust(peers)
  }

  /** Whether this IP address is a trusted peer's. */
  trusts(address: string): boolean {
    return this.#trusted.includes(address)
  }

  /** Certificates for new connections. */
  secure(settings: TlsSettings): void {
    this.#endpoint.secure(settings)
  }

  /** Of the pages that may connect by WebSocket, from the next connection on. */
  allowOrigins(origins: readonly string[] | undefined): void {
    this.#endpoint.allowOrigins(origins)
  }

  /** No new call is taken from now on: peers that ask by OPTIONS are told so, with these header fields. */
  leave(headers: readonly ExtraHeader[]): void {
    this.#endpoint.leave(headers)
  }

  /** Calls are let go from now on: the next process answers the requests of their peers. New ones get 503 with these header fields. */
  handOver(headers: readonly ExtraHeader[]): void {
    this.#endpoint.handOver(headers)
  }

  stop(): Promise<void> {
    this.#registrar.stop()
    return this.#endpoint.stop()
  }

  #toPhone(binding: Binding, aor: string, options: InviteOptions): Branch {
    const { flow } = binding
    const bare = (body: Body | undefined): Branch => this.#toBinding(binding, aor, withBody(options, body))
    const isBrowsers = flow?.transport === 'ws' || flow?.transport === 'wss'
    if (!this.#browsers || !isBrowsers) return bare(options.body)
    // A browser's phone reads one description.
    const toBrowser = (body: Body | undefined): Branch =>
      this.#toBinding(binding, aor, withBody({ ...options, attachments: [] }, body))
    return this.#browsers.outbound(options.body, toBrowser, this.options.clock)
  }

  /** A binding whose phone can't be reached, or whose proxy says that its flow is gone (RFC 5626 §5.3.1), is none any more. */
  #toBinding(binding: Binding, aor: string, options: InviteOptions): Branch {
    const { uri, path, flow } = binding
    const parts = partsOf(uri, { to: { uri: aor }, ...options }, { path, account: aor, ...(flow && { flow }) })
    return told =>
      this.#send(parts, options, {
        ringing: status => told.ringing?.(status),
        answered: leg => told.answered(leg),
        refused: failure => {
          if (failure.unreachable || failure.status === 430) this.#registrar.unreachable(aor, binding)
          told.refused(failure)
        },
      })
  }

  #send(parts: InviteParts, { call }: InviteOptions, listener: OutboundCallListener): ClientInvite {
    const invite = this.#endpoint.invite(parts, listener)
    if (call !== undefined) {
      this.belongs(invite.sipCallId, call)
      this.options.legNamed?.(call, invite.sipCallId)
    }
    return invite
  }
}

const nobody: AccountSettings = { domain: '', ourHosts: [], accounts: [] }

const withParts = (body: Body, attachments: readonly Attachment[]): Body =>
  attachments.length === 0 ? body : writeParts([body, ...attachments])

/** No phone is registered, and nobody else serves the address. */
const nobodyAt = (clock: Clock, listener: OutboundCallListener): OutboundCall =>
  refusedLater(clock, listener, { status: 480, reasonPhrase: 'Temporarily Unavailable', unreachable: true })

const withBody = ({ body: _before, ...options }: InviteOptions, body: Body | undefined): InviteOptions =>
  body ? { body, ...options } : options

/** `way`: how to get there, other than as the URI says. */
function partsOf(
  uri: string,
  options: InviteOptions,
  way: Pick<InviteParts, 'route' | 'path' | 'flow' | 'account'>,
): InviteParts {
  const { from, to, headers, body, attachments = [], maxForwards, expires, heardWithin } = options
  return {
    uri,
    headers,
    from: addressOf(from),
    to: addressOf(to ?? { uri }),
    ...way,
    ...(body && { body: withParts(body, attachments) }),
    ...(maxForwards !== undefined && { maxForwards }),
    ...(expires !== undefined && { expires }),
    ...(heardWithin !== undefined && { heardWithin }),
  }
}

const newsOf = ({ state, until, body }: Notification): WatchNews => ({
  until,
  pending: state === 'pending',
  ...(body && { document: decodeUtf8(body.text) }),
})

const addressOf = ({ uri, displayName }: Party): string =>
  formatNameAddr({ uri, ...(displayName !== undefined && { displayName: encodeUtf8(displayName) }) })
