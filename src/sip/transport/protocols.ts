/** Protocols that carry SIP. `ws` and `wss` are WebSocket (RFC 7118). */
export type TransportName = 'udp' | 'tcp' | 'tls' | 'ws' | 'wss'

interface Protocol {
  /** The name in a Via (RFC 3261 §20.42, RFC 7118 §5.2). */
  readonly inVia: string
  /** The transport parameter of a URI. UDP needs none. Both kinds of WebSocket use the same (RFC 7118 §5.3). */
  readonly inUri: string
  /** The port for a URI without one (RFC 3261 §19.1.2, RFC 7118 §5.3). */
  readonly port: number
  /** Whether it uses TLS. */
  readonly secure: boolean
}

export const protocols: Readonly<Record<TransportName, Protocol>> = {
  udp: { inVia: 'UDP', inUri: '', port: 5060, secure: false },
  tcp: { inVia: 'TCP', inUri: ';transport=tcp', port: 5060, secure: false },
  tls: { inVia: 'TLS', inUri: ';transport=tls', port: 5061, secure: true },
  ws: { inVia: 'WS', inUri: ';transport=ws', port: 80, secure: false },
  wss: { inVia: 'WSS', inUri: ';transport=ws', port: 443, secure: true },
}

/** Browsers and similar clients. They can only be reached on their own connection. */
export const isWebSocket = (transport: TransportName): boolean => transport === 'ws' || transport === 'wss'

interface Carried {
  readonly transport: TransportName
}

/**
 * Whether the known peer uses TLS and this source does not. Then the message may not be from the peer, because a source without
 * TLS is easily forged.
 */
export const isLessSecure = (source: Carried, known: Carried): boolean =>
  protocols[known.transport].secure && !protocols[source.transport].secure
