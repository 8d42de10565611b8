/** The part of drachtio-srf that is used: framing and connections. The package has no types for it. */
declare module 'drachtio-srf/lib/wire-protocol.js' {
  import type { EventEmitter } from 'node:events'

  /** A socket of node:net or node:tls. The library listens to its errors. */
  export interface WireSocket {
    destroy(): unknown
  }

  interface ConnectOptions {
    readonly host: string
    readonly port: number
    readonly tls?: { readonly ca?: string; readonly servername?: string }
    readonly reconnect: { readonly maxAttempts: number }
  }

  /**
   * Emits `connect` (socket), `msg` (socket, text), `error` (error, socket) and `close` (socket). Text is Unicode.
   */
  class WireProtocol extends EventEmitter {
    constructor(options: Record<string, never>)
    connect(options: ConnectOptions): void
    /** Gives the id by which the server answers. */
    send(socket: WireSocket, text: string): string
    /** Ends the connection after everything written is out, for good. */
    disconnect(socket: WireSocket): void
  }
  export default WireProtocol
}
