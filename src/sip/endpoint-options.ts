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

/** The options of a SIP endpoint. */
export interface EndpointOptions extends Pick<TransactionOptions, 'isBehind'> {
  readonly listen: readonly ListenPoint[]
  /** The host in Via and Contact. Default: the local address that leads to the peer. */
  readonly advertise?: string
  /** The IP addresses and CIDR blocks that may call. */
  readonly trustedPeers: readonly string[]
  readonly clock: Clock
  readonly log: Log
  readonly random: RandomBytes
  /** Stores sent and received messages. Default: nothing is stored. */
  readonly capture?: Capture
  /** Origins of the pages that may connect by WebSocket. Default: our own hosts. */
  readonly origins?: readonly string[]
  /** The certificates. Without them, TLS and secure WebSocket are not possible. */
  readonly tls?: TlsSettings
  /** How long a session lasts without a refresh (RFC 4028). At least 90 s, except in tests. Default 30 min. */
  readonly sessionExpires?: Millis
  /** Why no further call is accepted now, as counted. Default: each is accepted. */
  readonly refusesCalls?: () => string | undefined
  /** The limits of connections. Default: `defaultStreamLimits`. */
  readonly limits?: Partial<StreamLimits>
  /** Default: sockets at `listen`. */
  readonly transport?: EndpointTransport & MessageTransport
  /** Makes the network that carries our requests. Default: `transport` with our own transactions. */
  readonly network?: (parts: NetworkParts) => EndpointNetwork
}
