import type { TlsSettings } from './transport/tls.js'
import type { LocalAddress, MessageReceiver, MessageTransport } from './transport/transport.js'

/** The network as the endpoint uses it: the transport layer, or a fake of it. */
export interface EndpointTransport extends MessageTransport {
  /** Resolves with the addresses it listens on. */
  start(receiver: MessageReceiver): Promise<readonly string[]>
  stop(): Promise<void>
  /** The address for a Contact towards that target, as far as it is known without asking DNS. */
  localTowards(target: string): LocalAddress
  /** Certificates for new connections. */
  secure?(settings: TlsSettings): void
  /** Of the pages that may connect by WebSocket. */
  allowOrigins?(origins: readonly string[] | undefined): void
}
