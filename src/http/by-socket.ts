import type { Socket } from 'node:net'
import type { Connection } from './crowd.js'

/**
 * Finds a connection by its socket, or by both ends for TLS, whose socket object differs from the accepted one. Our end counts,
 * because two connections may have the same remote address and port at two addresses of ours.
 */
export class BySocket {
  readonly #ofSocket = new WeakMap<Socket, Connection>()
  readonly #byEnds = new Map<string, Connection>()

  /** Returns what to call when the connection has closed. */
  add(connection: Connection): () => void {
    const ends = endsOf(connection.socket)
    this.#ofSocket.set(connection.socket, connection)
    this.#byEnds.set(ends, connection)
    return () => {
      // The next connection with the same ends may have come before this close was reported.
      if (this.#byEnds.get(ends) === connection) this.#byEnds.delete(ends)
    }
  }

  find(socket: Socket): Connection | undefined {
    const known = this.#ofSocket.get(socket) ?? this.#byEnds.get(endsOf(socket))
    if (known) this.#ofSocket.set(socket, known)
    return known
  }
}

/** Both addresses and ports: no two open connections share all four. */
const endsOf = ({ remoteAddress, remotePort, localAddress, localPort }: Socket): string =>
  [remoteAddress, remotePort, localAddress, localPort].join(' ')
