import type { Clock } from '../foundation/clock.js'
import type { MessageReceiver, MessageTransport, LocalAddress } from './transport/transport.js'
import type { TlsSettings } from './transport/tls.js'
import type { TransactionUser, Transactions } from './transaction/user.js'
import type { Capture } from './transport/capture.js'
import type { SipCounters } from './transport/counters.js'

/** The network, from the view of the endpoint. */
export interface EndpointTransport extends Pick<MessageTransport, 'local' | 'admitted' | 'hold' | 'proven'> {
  /** Resolves with the addresses on which it listens. */
  start(receiver: MessageReceiver): Promise<readonly string[]>
  stop(): Promise<void>
  /** The address for a Contact towards that target, as far as it is known without asking DNS. */
  localTowards(target: string): LocalAddress
  /** In ms: how long datagrams wait until we read them. Undefined: not known. Each call sends a probe for the next one. */
  queueDelay?(): number | undefined
  /** Sets the certificates for new connections. */
  secure?(settings: TlsSettings): void
  /** Sets the origins of pages that may connect by WebSocket. */
  allowOrigins?(origins: readonly string[] | undefined): void
}

/** The transactions, from the view of the endpoint. */
export interface EndpointTransactions extends Transactions, MessageReceiver {
  /** Sets the user. Call it before the transport starts. */
  serve(user: TransactionUser): void
  /** Drops all transactions without notifying anybody. */
  stop(): void
}

/** Carries the endpoint's requests: sockets with our transaction layer, or a server that has both. */
export interface EndpointNetwork {
  readonly transport: EndpointTransport
  readonly transactions: EndpointTransactions
}

/** The inputs for making a network. */
export interface NetworkParts {
  readonly clock: Clock
  readonly counters: SipCounters
  /** From 0 to 1. */
  readonly chance: () => number
  readonly capture?: Capture
}
