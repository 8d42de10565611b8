import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Requests of one connection that wait for their answer. Browsers and proxies ask one at a time; HTTP/1.1 lets others send ahead. */
export const mostUnanswered = 8

/** Header fields of a request. Browsers and proxies send some thirty. */
const mostHeaders = 100

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { connection: 'close' })
  response.end()
}

/**
 * Node reads all requests of 64 kB of a connection before it stops reading, and queues their answers. So a connection with too many of them
 * ends here, before they cost anything, and answers that still wait when a connection ends are told so: Node tells the first one alone, and
 * whatever stands behind the others (a file, a query) would stay open for ever.
 */
export class Pipelines {
  readonly #connections = new WeakMap<Socket, Set<ServerResponse>>()

  /** Told of each connection that is ended here. */
  constructor(private readonly ended: (why: 'unanswered' | 'unread', socket: Socket) => void) {}

  /**
   * Gives each request of a server to `handle` in turn, also those that Node would answer by itself: past this class they would have no limit.
   * The server must not require the header Host itself (`requireHostHeader`), for the same reason.
   */
  serve(server: Server, handle: RequestListener): void {
    const bounded: RequestListener = (request, response) => {
      if (request.rawHeaders.length > 2 * mostHeaders) refuse(response, 431)
      else handle(request, response)
    }
    // Node drops header fields past its limit, and with them what a proxy wrote behind those of its client.
    server.maxHeadersCount = 0
    server.on('request', this.inTurn(bounded))
    server.on(
      'checkContinue',
      this.inTurn((request, response) => {
        response.writeContinue()
        bounded(request, response)
      }),
    )
    server.on(
      'checkExpectation',
      this.inTurn((_request, response) => refuse(response, 417)),
    )
  }

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

  /**
   * Ends connections whose answers nobody reads for half of `within` ms to all of it: what is not read stays in our memory. An answer that
   * takes its time stays.
   */
  guard(server: Server, within: number): void {
    // Node's timer runs once more when some of what was written has gone since it began.
    server.timeout = within / 2
    // Also told of connections without a request, after the time that Node keeps them alive for.
    server.on('timeout', (socket: Socket) => {
      if (socket.writableLength > 0) this.#end(socket, 'unread')
      else if ((this.#connections.get(socket)?.size ?? 0) === 0) socket.destroy()
    })
  }

  #end(socket: Socket, why: 'unanswered' | 'unread'): void {
    this.ended(why, socket)
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
