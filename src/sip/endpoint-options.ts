import type { Clock } from '../foundation/clock.js'
import type { Log } from '../foundation/log.js'
import type { Millis } from '../foundation/time.js'
import type { EndpointNetwork, EndpointTransport, NetworkParts } from './endpoint-transport.js'
import type { Overload } from './overload/overload.js'
import type { TransactionOptions } from './transaction/layer.js'
import type { RandomBytes } from './transaction/tokens.js'
import type { Capture } from './transport/capture.js'
import type { ConnectionOptions } from './transport/layer.js'
import type { MessageTransport, TransportPlace } from './transport/transport.js'

/** The options of a SIP endpoint. */
export interface EndpointOptions {
  readonly place: TransportPlace
  /** The IP addresses and CIDR blocks that may call. */
  readonly trustedPeers: readonly string[]
  readonly connections?: Omit<ConnectionOptions, 'guestAt'>
  readonly calls?: EndpointCalls
  readonly network?: EndpointNetworkOptions
  readonly clock: Clock
  readonly log: Log
  readonly random: RandomBytes
}

interface EndpointCalls {
  /** Returns the reason why no new call is accepted now, as it is counted. Default: every call is accepted. */
  readonly refused?: (() => string | undefined) | undefined
  /** Refuses calls while messages wait for too long. Default: no call is refused for overload. */
  readonly overload?: Overload
  /** How long a session lasts without a refresh (RFC 4028). At least 90 s, except in tests. Default 30 min. */
  readonly sessionExpires?: Millis
}

/** What carries and stores the messages. */
interface EndpointNetworkOptions extends Pick<TransactionOptions, 'isBehind'> {
  /** Stores sent and received messages. Default: nothing is stored. */
  readonly capture?: Capture
  /** Default: sockets at `place.listen`. */
  readonly transport?: EndpointTransport & MessageTransport
  /** Makes the network that carries our requests. Default: `transport` with our own transactions. */
  readonly carrier?: (parts: NetworkParts) => EndpointNetwork
}
