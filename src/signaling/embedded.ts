import type { Clock } from '../foundation/clock.js'
import type { Log } from '../foundation/log.js'
import type { Millis } from '../foundation/time.js'
import { encodeUtf8, formatNameAddr, SipEndpoint } from '../sip/index.js'
import type {
  InboundCall,
  InviteOptions,
  OutboundCall,
  OutboundCallListener,
  Party,
  Signaling,
  SignalingStatistics,
  Target,
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

/** The signaling port over Carillon's own SIP engine, whose invites and sessions have the port's shape already. */
export class EmbeddedSignaling implements Signaling {
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

const addressOf = ({ uri, displayName }: Party): string =>
  formatNameAddr({ uri, ...(displayName !== undefined && { displayName: encodeUtf8(displayName) }) })
