import type { Clock } from '../foundation/clock.js'
import type { Log } from '../foundation/log.js'
import type { Millis } from '../foundation/time.js'
import { decodeUtf8, encodeUtf8, formatNameAddr, SipEndpoint, type Notification } from '../sip/index.js'
import type {
  InboundCall,
  InviteOptions,
  OutboundCall,
  OutboundCallListener,
  Party,
  PresenceSignaling,
  PublicationTaker,
  Signaling,
  SignalingStatistics,
  SubscribeOptions,
  Subscription,
  Target,
  WatchEvent,
  WatchListener,
  WatchNews,
} from './port.js'

export interface EmbeddedOptions {
  readonly listen: readonly { readonly transport: 'udp' | 'tcp'; readonly host: string; readonly port: number }[]
  readonly advertise?: string
  readonly trustedPeers: readonly string[]
  readonly clock: Clock
  readonly log: Log
  /** Bytes that nobody can guess: node:crypto's randomBytes. */
  readonly random: (size: number) => Uint8Array
  /** How long a session stands without a refresh (RFC 4028). At least 90 s, but in tests. Default 30 min. */
  readonly sessionExpires?: Millis
}

/** The media type of each package's documents. */
const documents: Readonly<Record<WatchEvent, string>> = {
  presence: 'application/pidf+xml',
  dialog: 'application/dialog-info+xml',
}

/** The signaling port over Carillon's own SIP engine, whose invites and sessions have the port's shape already. */
export class EmbeddedSignaling implements Signaling, PresenceSignaling {
  readonly #endpoint: SipEndpoint

  constructor(options: EmbeddedOptions) {
    this.#endpoint = new SipEndpoint(options)
  }

  start(): Promise<readonly string[]> {
    return this.#endpoint.start()
  }

  onInvite(handler: (call: InboundCall) => void): void {
    this.#endpoint.onInvite(handler)
  }

  invite(target: Target, options: InviteOptions, listener: OutboundCallListener): OutboundCall {
    const { from, to, headers, body, maxForwards, expires } = options
    return this.#endpoint.invite(
      {
        uri: target.uri,
        from: addressOf(from),
        to: addressOf(to ?? { uri: target.uri }),
        headers,
        ...(target.route !== undefined && { route: target.route }),
        ...(body && { body }),
        ...(maxForwards !== undefined && { maxForwards }),
        ...(expires !== undefined && { expires }),
      },
      listener,
    )
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

  openLegs(): number {
    return this.#endpoint.openLegs
  }

  statistics(): SignalingStatistics {
    return this.#endpoint.counters
  }

  trust(peers: readonly string[]): void {
    this.#endpoint.trust(peers)
  }

  stop(): Promise<void> {
    return this.#endpoint.stop()
  }
}

const newsOf = ({ state, until, body }: Notification): WatchNews => ({
  until,
  pending: state === 'pending',
  ...(body && { document: decodeUtf8(body.text) }),
})

const addressOf = ({ uri, displayName }: Party): string =>
  formatNameAddr({ uri, ...(displayName !== undefined && { displayName: encodeUtf8(displayName) }) })
