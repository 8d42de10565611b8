/** The part of drachtio-srf that we use: framing and connections. The package has no types for it. */
declare module 'drachtio-srf/lib/wire-protocol.js' {
  import type { EventEmitter } from 'node:events'

  /** A socket of node:net or node:tls. The library listens to its errors. */
  export interface WireSocket {
    destroy(): unknown
    write(text: string, encoding: 'latin1'): unknown
  }

  interface ConnectOptions {
    readonly host: string
    readonly port: number
    readonly tls?: { readonly ca?: string; readonly servername?: string }
    readonly reconnect: { readonly maxAttempts: number }
  }

  /**
   * Emits `connect` (socket), `error` (error, socket) and `close` (socket).
   */
  class WireProtocol extends EventEmitter {
    constructor(options: Record<string, never>)
    connect(options: ConnectOptions): void
    /** Returns the id of the server's answer. */
    send(socket: WireSocket, text: string): string
    /** Reads bytes: the library calls it for each `data` of a socket. */
    protected _onData(socket: WireSocket, chunk: Buffer): void
    /** Closes the connection for good after everything is sent. */
    disconnect(socket: WireSocket): void
  }
  export default WireProtocol
}
