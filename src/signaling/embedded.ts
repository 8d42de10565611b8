import type { Clock } from '../foundation/clock.js'
import type { Log } from '../foundation/log.js'
import type { InboundCall } from '../legs/answering.js'
import type { Attachment, Body, ExtraHeader } from '../legs/body.js'
import type { Gateways } from '../legs/gateway.js'
import type { InviteLimits, InviteOptions, OutboundCall, OutboundCallListener, Target } from '../legs/invitation.js'
import type { Leg, LegState } from '../legs/leg.js'
import type { Party } from '../legs/party.js'
import type { Reason } from '../legs/reason.js'
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
  type Overload,
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

/** The addresses for SIP, and who may use them. */
interface SipPlaces {
  readonly listen: readonly ListenPoint[]
  /** Drachtio-servers that carry our SIP. They replace our own sockets. */
  readonly drachtio?: readonly ServerAddress[]
  /** The address to which phones in browsers connect. Without it, no browser can use the drachtio-servers. */
  readonly webSocketUrl?: string
  readonly advertise?: string
  readonly trustedPeers: readonly string[]
  /** Origins of the pages that may connect by WebSocket. Default: the host to which they connect. */
  readonly origins?: readonly string[]
  /** The certificates. Without them, TLS and secure WebSocket are not possible. */
  readonly tls?: TlsSettings
  /** Bytes of memory for the latest SIP messages. 0: none are kept. Default 0. */
  readonly captureBytes?: number
}

/** The phones of agents. */
interface PhoneOptions {
  /** The accounts whose phones may register. Default: none. */
  readonly registration?: AccountSettings
  /** Stores an agent's registered phones for the next process. Undefined removes them. Default: nothing is stored. */
  readonly keep?: (agent: string, state: string | undefined) => void
  /** The key that marks which password registered a stored phone. Default: a key of this process. */
  readonly markKey?: Uint8Array
  /** Gateways for browser legs. Default: browsers' media are passed through, so that only other browsers can answer. */
  readonly gateways?: Gateways
}

/** Which calls are accepted, and who is told about their legs. */
interface CallOptions {
  /** Why no further call is accepted now, also as the reason in a counter. Each new call gets 503. Undefined: calls are accepted. */
  readonly refused?: () => 'maxCalls' | 'memory' | undefined
  /** Refuses calls while messages wait for too long. Default: no call is refused for this. */
  readonly overload?: Overload
  /** The current limits for untrusted callers. Default: no limits. */
  readonly limits?: () => CallerLimits
  /** Called for each leg to an agent or a target. One invitation may have several. */
  readonly legNamed?: (call: string, sipCallId: string) => void
}

interface EmbeddedOptions {
  readonly sip: SipPlaces
  readonly phones?: PhoneOptions
  readonly calls?: CallOptions
  /** The limits on connections, by kind of peer. Default: `defaultRoomLimits`. */
  readonly limits?: RoomLimits
  /** Whether received messages wait unread. Early retransmissions are then left out: a response may be among them. Default: never. */
  readonly isBehind?: () => boolean
  readonly clock: Clock
  readonly log: Log
  /** Random bytes that nobody can guess: node:crypto's randomBytes. */
  readonly random: (size: number) => Uint8Array
}

const comeBack: readonly ExtraHeader[] = [['Retry-After', '30']]

/** The media type of each event package's documents. */
const documents: Readonly<Record<WatchEvent, string>> = {
  presence: 'application/pidf+xml',
  dialog: 'application/dialog-info+xml',
}

/** The signaling port over Carillon's own SIP engine. The engine's INVITEs and sessions already have the port's types. */
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
    const { sip, phones = {}, calls = {}, clock, log, random } = options
    const { registration = nobody, gateways, ...keeping } = phones
    const { captureBytes = 0, drachtio, webSocketUrl } = sip
    this.#trusted = new AddressList(sip.trustedPeers)
    this.#browsers = gateways && new BrowserLegs(gateways, uri => this.#registrar.payer(uri))
    const capture = captureBytes > 0 ? new Capture(captureBytes, clock) : undefined
    this.#messages = capture && new CallMessages(capture)
    this.#endpoint = new SipEndpoint({
      ...{
        clock,
        log,
        random,
        trustedPeers: sip.trustedPeers,
        calls: { refused: calls.refused, ...(calls.overload && { overload: calls.overload }) },
      },
      ...{ place: placeOf(sip), connections: connectionsOf(options) },
      network: {
        ...{ ...(capture && { capture }), ...(options.isBehind && { isBehind: options.isBehind }) },
        ...(drachtio && {
          carrier: parts =>
            (this.#drachtio = new DrachtioNetwork(drachtio, { ...parts, log, hasBrowsers: webSocketUrl !== undefined })),
        }),
      },
    })
    this.#registrar = new Registrar({
      settings: registration,
      clock,
      log,
      random,
      endpoint: {
        reject: why => this.#endpoint.counters.reject(why),
        hold: (flow, held) => this.#endpoint.hold(flow, held),
        proven: source => this.#endpoint.proven(source),
        trusts: source => this.#endpoint.trusts(source),
        listens: port => this.#endpoint.listens(port),
        byName: drachtio !== undefined,
      },
      ...keeping,
    })
    this.#registrar.listen(agent => this.#rings.changed(agent))
    this.#rings = new PhoneRings(phones => this.#registrar.bindings(phones), clock)
    this.#endpoint.guard(this.#registrar)
  }

  start(): Promise<readonly string[]> {
    return this.#endpoint.start()
  }

  /** The state of the drachtio-servers. Undefined: the engine is our own. */
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

  /** Counts an untrusted caller's call. False: the caller has too many calls, and this one was refused. */
  #hasShare(invite: ServerInvite): boolean {
    const { account: uri, replaces } = invite
    const limits = this.options.calls?.limits?.()
    if (!limits || uri === undefined) return true
    const caller = { account: this.#registrar.payer(uri).account, address: invite.origin.source }
    const refusal = replaces ? undefined : this.#shares.refusal(caller, limits)
    if (refusal === undefined) {
      this.#endpoint.whenOver(invite, this.#shares.take(caller))
      return true
    }
    this.#endpoint.counters.reject(refusal)
    invite.reject(refusal === 'keptForPeers' ? 503 : 486, { headers: comeBack })
    return false
  }

  /** A call from before a restart is counted and never refused. */
  #countAgain(leg: ServerInvite | Session, uri: string | undefined, address: string): void {
    if (uri !== undefined)
      this.#endpoint.whenOver(leg, this.#shares.take({ account: this.#registrar.payer(uri).account, address }))
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

  /** `listener` is called when the registered phones of an agent change or one of them refreshes its registration. */
  onRegistration(listener: (agent: string, bindings: readonly Binding[]) => void): void {
    this.#registrar.listen((agent, bindings) => {
      this.#rings.changed(agent)
      listener(agent, bindings)
    })
  }

  /** The number of registered contacts by the transport that reaches them. */
  registrations(): Readonly<Record<string, number>> {
    return this.#registrar.countByTransport()
  }

  /** All registered phones. */
  phones(): readonly PhoneNow[] {
    return this.#registrar.phones()
  }

  /** Restores an agent's phones as the previous process stored them. */
  restorePhones(agent: string, state: string): void {
    this.#registrar.restore(agent, state)
  }

  /** Issues credentials for a phone in a browser. Without an agent they are for a guest, who only calls. Undefined: too many are in use. */
  issuePhone(agent: string | undefined, holder: PhoneHolder): IssuedPhone | undefined {
    return this.#registrar.issue(agent, holder)
  }

  /** Revokes the credentials that their holder may no longer have: those of `holders`, or of all. Their registrations end too. */
  revokeLostPhones(mayHold: (holder: string, agent: string | undefined) => boolean, holders?: readonly string[]): void {
    this.#registrar.review(mayHold, holders)
  }

  /** Applies new accounts after a reload. */
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

  stopRinging(state: LegState, reason: Reason): void {
    this.#endpoint.stopRinging(state, reason)
  }

  belongs(sipCallId: string, call: string, tag?: string): void {
    this.#messages?.belongs(sipCallId, call, tag)
  }

  /** The SIP messages of a call, as far back as they are kept. Undefined: no messages are kept. */
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

  /** Whether this IP address belongs to a trusted peer. */
  trusts(address: string): boolean {
    return this.#trusted.includes(address)
  }

  /** Sets the certificates for new connections. */
  secure(settings: TlsSettings): void {
    this.#endpoint.secure(settings)
  }

  /** Sets the origins of pages that may connect by WebSocket, for new connections. */
  allowOrigins(origins: readonly string[] | undefined): void {
    this.#endpoint.allowOrigins(origins)
  }

  /** Accepts no new calls from now on. Peers that ask by OPTIONS get 503 with these header fields. */
  leave(headers: readonly ExtraHeader[]): void {
    this.#endpoint.leave(headers)
  }

  /**
   * Releases calls from now on: the next process answers the requests of their peers. New calls get 503 with these header fields, or
   * (`silent`) nothing, because the next process is about to answer them.
   */
  handOver(newCalls: readonly ExtraHeader[] | 'silent'): void {
    this.#endpoint.handOver(newCalls)
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
    // A browser's phone expects a body with only SDP.
    const toBrowser = (body: Body | undefined): Branch =>
      this.#toBinding(binding, aor, withBody({ ...options, attachments: [] }, body))
    return this.#browsers.outbound(options.body, toBrowser, this.options.clock)
  }

  /** A binding is removed when its phone can't be reached, or when its proxy says that the flow is gone (RFC 5626 §5.3.1). */
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
      this.options.calls?.legNamed?.(call, invite.sipCallId)
    }
    return invite
  }
}

const placeOf = ({ listen, advertise }: SipPlaces) => ({ listen, ...(advertise !== undefined && { advertise }) })

const connectionsOf = ({ sip: { origins, tls }, limits }: EmbeddedOptions) => ({
  ...{ ...(origins && { origins }), ...(tls && { tls }), ...(limits && { limits }) },
})

const nobody: AccountSettings = { domain: '', ourHosts: [], accounts: [] }

const withParts = (body: Body, attachments: readonly Attachment[]): Body =>
  attachments.length === 0 ? body : writeParts([body, ...attachments])

/** No phone is registered, and nobody else is responsible for the address. */
const nobodyAt = (clock: Clock, listener: OutboundCallListener): OutboundCall =>
  refusedLater(clock, listener, { status: 480, reasonPhrase: 'Temporarily Unavailable', unreachable: true })

const withBody = ({ body: _before, ...options }: InviteOptions, body: Body | undefined): InviteOptions =>
  body ? { body, ...options } : options

/** `way`: the route or connection to use. Empty: the URI says it. */
function partsOf(uri: string, options: InviteOptions, way: NonNullable<InviteParts['way']>): InviteParts {
  const { from, to, headers, body, attachments = none, limits = noLimits } = options
  const parts = { uri, headers, way, from: addressOf(from), to: addressOf(to ?? { uri }), limits }
  return body ? { body: withParts(body, attachments), ...parts } : parts
}

const none: readonly Attachment[] = []
const noLimits: InviteLimits = {}

const newsOf = ({ state, until, body }: Notification): WatchNews => ({
  until,
  pending: state === 'pending',
  ...(body && { document: decodeUtf8(body.text) }),
})

const addressOf = ({ uri, displayName }: Party): string =>
  formatNameAddr(displayName === undefined ? { uri } : { uri, displayName: encodeUtf8(displayName) })
