/** The part of drachtio-srf that is used: framing and connections. The package has no types for it. */
declare module 'drachtio-srf/lib/wire-protocol.js' {
  import type { EventEmitter } from 'node:events'
  import type { Socket } from 'node:net'

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
    send(socket: Socket, text: string): string
    /** Ends the connection after everything written is out, for good. */
    disconnect(socket: Socket): void
  }
  export default WireProtocol
}
