import type { Clock } from '../foundation/clock.js'
import type { Log } from '../foundation/log.js'
import type { Millis } from '../foundation/time.js'
import type { EndpointNetwork, EndpointTransport, NetworkParts } from './endpoint-transport.js'
import type { TransactionOptions } from './transaction/layer.js'
import type { RandomBytes } from './transaction/tokens.js'
import type { Capture } from './transport/capture.js'
import type { MessageTransport } from './transport/transport.js'
import type { StreamLimits } from './transport/stream.js'
import type { TlsSettings } from './transport/tls.js'
import type { ListenPoint } from './transport/transport.js'

/** What a SIP endpoint is made with. */
export interface EndpointOptions extends Pick<TransactionOptions, 'isBehind'> {
  readonly listen: readonly ListenPoint[]
  /** Host in Via and Contact; default: the local address that leads to the peer. */
  readonly advertise?: string
  /** IP addresses and CIDR blocks that may call. */
  readonly trustedPeers: readonly string[]
  readonly clock: Clock
  readonly log: Log
  readonly random: RandomBytes
  /** Keeps what goes and comes. Default: nobody does. */
  readonly capture?: Capture
  /** Origins of the pages that may connect by WebSocket; default: those of our own hosts. */
  readonly origins?: readonly string[]
  /** Certificates; without one, no TLS and no secure WebSocket can be listened for. */
  readonly tls?: TlsSettings
  /** How long a session stands without a refresh (RFC 4028). At least 90 s, but in tests. Default 30 min. */
  readonly sessionExpires?: Millis
  /** Why no further call is taken now, in the word under which it is counted. Default: each is taken. */
  readonly refusesCalls?: () => string | undefined
  /** Of connections. Default: `defaultStreamLimits`. */
  readonly limits?: Partial<StreamLimits>
  /** Default: sockets at `listen`. */
  readonly transport?: EndpointTransport & MessageTransport
  /** Makes what carries our requests. Default: `transport` with transactions of our own. */
  readonly network?: (parts: NetworkParts) => EndpointNetwork
}
