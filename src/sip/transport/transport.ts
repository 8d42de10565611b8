/** Protocols that are built. TLS, WS and WSS have their place here. */
export type TransportName = 'udp' | 'tcp'

/** One address to send to, or that something came from. */
export interface Hop {
  readonly transport: TransportName
  /** An IPv4 or IPv6 address, without brackets. */
  readonly host: string
  readonly port: number
  /** The connection it came on, for streams: answers go back on it while it stands (RFC 3261 §18.2.2). */
  readonly connection?: number
}

/** What a transport hands up: the bytes of one message, framed, and whence. */
export type MessageSink = (bytes: Buffer, source: Hop) => void
