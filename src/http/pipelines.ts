import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Requests of one connection that wait for their answer. Browsers and proxies ask one at a time; HTTP/1.1 lets others send ahead. */
export const mostUnanswered = 8

/**
 * Node reads all requests of 64 kB of a connection before it stops reading, and queues their answers. So a connection with too many of them
 * ends here, before they cost anything, and answers that still wait when a connection ends are told so: Node tells the first one alone, and
 * whatever stands behind the others (a file, a query) would stay open for ever.
 */
export class Pipelines {
  readonly #connections = new WeakMap<Socket, Set<ServerResponse>>()

  /** Told of each connection that is ended here. */
  constructor(private readonly ended: (why: 'unanswered' | 'unread') => void) {}

  /** In place of the handler itself. */
  inTurn(handle: RequestListener): RequestListener {
    return (request: IncomingMessage, response: ServerResponse) => {
      const { socket } = request
      // Node goes on with what it had read.
      if (socket.destroyed) return
      const unanswered = this.#connections.get(socket) ?? this.#watched(socket)
      if (unanswered.size >= mostUnanswered) return this.#end(socket, 'unanswered')
      unanswered.add(response)
      response.once('close', () => unanswered.delete(response))
      handle(request, response)
    }
  }

  /** Ends connections whose answers nobody reads for `within` ms: what is not read stays in our memory. An answer that takes its time stays. */
  guard(server: Server, within: number): void {
    server.timeout = within
    // Also told of connections without a request, after the time that Node keeps them alive for.
    server.on('timeout', (socket: Socket) => {
      if (socket.writableLength > 0) this.#end(socket, 'unread')
      else if ((this.#connections.get(socket)?.size ?? 0) === 0) socket.destroy()
    })
  }

  #end(socket: Socket, why: 'unanswered' | 'unread'): void {
    this.ended(why)
    socket.destroy()
  }

  #watched(socket: Socket): Set<ServerResponse> {
    const unanswered = new Set<ServerResponse>()
    this.#connections.set(socket, unanswered)
    socket.once('close', () => {
      for (const response of unanswered) {
        // The first one has the socket, and hears of it from Node.
        if (response.socket !== null) continue
        response.destroy()
        response.emit('close')
      }
    })
    return unanswered
  }
}
