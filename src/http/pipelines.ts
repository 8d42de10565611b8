import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Pieces } from '../sip/index.js'
import { Problem, safeHeaders } from './problem.js'
import { requestIdHeader, requestIdOf } from './request-id.js'
import { whenOver } from './when-over.js'

/** How many requests of one connection may wait for their response. Browsers and proxies send one at a time; HTTP/1.1 allows more. */
export const mostUnanswered = 8

/** Why a connection is closed. `pieces`: a request came in too many reads, or its data did not pass `Pieces`. */
export type Ended = 'unanswered' | 'unread' | 'pieces'

/** The most header fields of a request. Browsers and proxies send about thirty. */
const mostHeaders = 100

function refuse(response: ServerResponse, status: number, why: string): void {
  const id = requestIdOf(response.req)
  const named = { 'content-type': 'application/problem+json', [requestIdHeader]: id }
  response.writeHead(status, { ...safeHeaders, ...named, connection: 'close' })
  response.end(JSON.stringify(new Problem(status, why).document(id)))
}

/** In characters. The longest URL that is needed is the one by which an OpenID provider sends a browser back. */
const longestUrl = 8 * 1024
/** The most names of a query. Each takes a microsecond or more before any of our limits knows the sender. */
const mostNames = 64

/** Why a request is refused by its head alone. Undefined: it is not refused. */
function unfit({ rawHeaders, headers, url = '' }: IncomingMessage): readonly [number, string] | undefined {
  if (url.length > longestUrl) return [414, `a URL has ${longestUrl} characters at most`]
  if (url.split('&').length > mostNames) return [414, `a query has ${mostNames} names at most`]
  if (rawHeaders.length > 2 * mostHeaders) return [431, `a request has ${mostHeaders} header fields at most`]
  // Node uses the first one. A proxy may have used another (RFC 9112 §3.2).
  if (rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host').length > 1)
    return [400, 'there are several Host headers']
  // Each chunk is an object and may carry one byte. Browsers send no chunked bodies, and neither do our pages.
  if (headers['transfer-encoding'] !== undefined)
    return [411, 'a request says how long its body is (Content-Length); Transfer-Encoding is not taken']
  return undefined
}

/**
 * Closes a connection with too many waiting requests before they cost anything: Node gets its data in pieces, and nothing after the end.
 * When a connection ends, each waiting response gets the event `close`. Node emits it only for the first one, and what the others hold (a
 * file, a query) would stay open forever.
 */
export class Pipelines {
  readonly #connections = new WeakMap<Socket, Set<ServerResponse>>()
  readonly #pieces: Pieces

  /** `ended` is called for each connection that is closed here, `failed` for each error while a request is handled. */
  constructor(
    private readonly ended: (why: Ended, socket: Socket) => void,
    private readonly failed: (error: unknown) => void,
  ) {
    this.#pieces = new Pieces(socket => ended('pieces', socket))
  }

  /**
   * Passes each request of a server to `handle` in turn, also those that Node would answer by itself, which would bypass the limits here. For
   * the same reason the server must not require the header Host itself (`requireHostHeader`).
   */
  serve(server: Server, handle: RequestListener): void {
    this.#pieces.guard(server)
    // Node drops header fields beyond its limit, including those that a proxy added after its client's.
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
      this.#inTurn((_request, response) => refuse(response, 417, 'the only supported expectation is 100-continue')),
    )
  }

  /** The listener that Node calls instead of `handle`. */
  #inTurn(handle: RequestListener): RequestListener {
    return (request: IncomingMessage, response: ServerResponse) => {
      const { socket } = request
      if (socket.destroyed) return
      // The client has reset a TLS connection that was never asked for its address. Nobody would know who sent the request.
      if (socket.remoteAddress === undefined) return void socket.destroy()
      if (!this.#pieces.requested(socket)) return this.#end(socket, 'pieces')
      const unanswered = this.#connections.get(socket) ?? this.#watched(socket)
      if (unanswered.size >= mostUnanswered) return this.#end(socket, 'unanswered')
      unanswered.add(response)
      whenOver(response, () => unanswered.delete(response))
      const why = unfit(request)
      if (!why) return this.#handle(handle, request, response)
      this.#pieces.stop(socket)
      refuse(response, ...why)
    }
  }

  /** An error here would otherwise end the process, and with it all calls. */
  #handle(handle: RequestListener, request: IncomingMessage, response: ServerResponse): void {
    try {
      handle(request, response)
    } catch (error) {
      this.failed(error)
      request.socket.destroy()
    }
  }

  /**
   * Closes connections whose responses stay unread for between half of `within` ms and all of it, because unread data stays in our memory. A
   * response that takes long to make is not affected.
   */
  guard(server: Server, within: number): void {
    // Node's timer runs once more if some of the written data was sent since it started.
    server.timeout = within / 2
    // Also called for connections without a request, when Node's keep-alive time is over.
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
        // The first response owns the socket, and Node closes it.
        if (response.socket !== null) continue
        response.destroy()
        // As Node notes it for the first one. `stream.finished` asks for it, and otherwise waits for the event, which would be over.
        ;(response as ServerResponse & { _closed?: boolean })._closed = true
        response.emit('close')
      }
    })
    return unanswered
  }
}
