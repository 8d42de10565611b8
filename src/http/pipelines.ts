import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Pieces } from '../sip/index.js'
import { Problem, safeHeaders } from './problem.js'
import { requestIdHeader, requestIdOf } from './request-id.js'

/** Requests of one connection that wait for their answer. Browsers and proxies ask one at a time; HTTP/1.1 lets others send ahead. */
export const mostUnanswered = 8

/** Why a connection is ended. `pieces`: a request came in too many reads, or past what counts them. */
export type Ended = 'unanswered' | 'unread' | 'pieces'

/** Header fields of a request. Browsers and proxies send some thirty. */
const mostHeaders = 100

function refuse(response: ServerResponse, status: number, why: string): void {
  const id = requestIdOf(response.req)
  const named = { 'content-type': 'application/problem+json', [requestIdHeader]: id }
  response.writeHead(status, { ...safeHeaders, ...named, connection: 'close' })
  response.end(JSON.stringify(new Problem(status, why).document(id)))
}

/** Why a request is refused by its head alone; undefined: it is not. */
function unfit({ rawHeaders, headers }: IncomingMessage): readonly [number, string] | undefined {
  if (rawHeaders.length > 2 * mostHeaders) return [431, `a request has ${mostHeaders} header fields at most`]
  // Node takes the first one. A proxy may have gone by another (RFC 9112 §3.2).
  if (rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host').length > 1)
    return [400, 'there are several Host headers']
  // Each chunk is an object, and may bring one byte. No browser sends a body in chunks, and no page of ours.
  if (headers['transfer-encoding'] !== undefined)
    return [411, 'a request says how long its body is (Content-Length); Transfer-Encoding is not taken']
  return undefined
}

/**
 * A connection with too many requests that wait ends here, before they cost anything: Node gets what it brings piece by piece, and nothing once
 * it has ended. Answers that still wait when a connection ends are told so: Node tells the first one alone, and whatever stands behind the others (a
 * file, a query) would stay open for ever.
 */
export class Pipelines {
  readonly #connections = new WeakMap<Socket, Set<ServerResponse>>()
  readonly #pieces: Pieces

  /** Told of each connection that is ended here. */
  constructor(private readonly ended: (why: Ended, socket: Socket) => void) {
    this.#pieces = new Pieces(socket => ended('pieces', socket))
  }

  /**
   * Gives each request of a server to `handle` in turn, also those that Node would answer by itself: past this class they would have no limit.
   * The server must not require the header Host itself (`requireHostHeader`), for the same reason.
   */
  serve(server: Server, handle: RequestListener): void {
    this.#pieces.guard(server)
    // Node drops header fields past its limit, and with them what a proxy wrote behind those of its client.
    server.maxHeadersCount = 0
    server.on('request', this.#inTurn(handle))
    server.on(
      'checkContinue',
      this.#inTurn((request, response) => {
        response.writeContinue()
        handle(request, response)
      }),
    )
    server.on(
      'checkExpectation',
      this.#inTurn((_request, response) => refuse(response, 417, 'nothing can be expected but 100-continue')),
    )
  }

  /** In place of the handler itself. */
  #inTurn(handle: RequestListener): RequestListener {
    return (request: IncomingMessage, response: ServerResponse) => {
      const { socket } = request
      if (socket.destroyed) return
      if (!this.#pieces.requested(socket)) return this.#end(socket, 'pieces')
      const unanswered = this.#connections.get(socket) ?? this.#watched(socket)
      if (unanswered.size >= mostUnanswered) return this.#end(socket, 'unanswered')
      unanswered.add(response)
      response.once('close', () => unanswered.delete(response))
      const why = unfit(request)
      if (!why) return handle(request, response)
      this.#pieces.stop(socket)
      refuse(response, ...why)
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

  #end(socket: Socket, why: Ended): void {
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
