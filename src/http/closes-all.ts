import type { Server } from 'node:http'
import type { Server as SecureServer } from 'node:https'
import type { Socket } from 'node:net'

/**
 * Makes `closeAllConnections` close all connections. Node's own version knows only those with HTTP. A stranger who connects and begins no TLS
 * handshake would keep a server open until the time-out of the handshake, and a stop or a take-over would wait for it.
 */
export function closesAll<S extends Server | SecureServer>(server: S): S {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined) // The server handles it. A handshake that fails closes the connection.
    socket.once('close', () => sockets.delete(socket))
  })
  const closeThoseWithHttp = server.closeAllConnections.bind(server)
  server.closeAllConnections = () => {
    closeThoseWithHttp()
    for (const socket of sockets) socket.destroy()
  }
  return server
}
