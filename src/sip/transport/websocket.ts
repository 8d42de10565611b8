import { createServer, STATUS_CODES, type IncomingMessage, type Server } from 'node:http'
import { isIP } from 'node:net'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import { Pieces } from './pieces.js'
import { isLoopback } from './routes.js'

interface WebSocketDoorOptions {
  /**
   * Pages that may connect: origins such as `https://rgs.example.com`, or host names. A host name allows its pages with any
   * scheme and port. Without an origin in the list, pages of this machine may connect on this machine. With an origin, only the
   * listed origins may connect. The Host header is never trusted, because a page can have a name of its own that leads here (DNS
   * rebinding).
   */
  origins(): readonly string[] | undefined
  /** The largest SIP message, in bytes. */
  readonly messageBytes: number
  /** The largest head of a handshake, in bytes. */
  readonly headBytes: number
  /** A handshake was refused. `from`: the peer's address, if it is known. */
  refused(why: 'foreignOrigin' | 'handshake', what: string, from?: string): void
}

/** A WebSocket after its handshake. */
export type EnteredSocket = WebSocket

const subprotocol = 'sip'
/** The most fragments of a message. Browsers and SIP libraries send one frame, or a few for a long message. Each fragment costs an object. */
const mostFragments = 16
/** The most pieces of one frame as they came from the network. Each is an object: a message of 64 KiB in segments of 512 bytes. */
const mostChunks = 128

/** The handshake of RFC 7118 §4 on sockets that others accept. Decides who may open a WebSocket. */
export class WebSocketDoor {
  /** Reads HTTP but never listens itself. */
  readonly #http: Server
  readonly #webSockets: WebSocketServer
  readonly #waiting = new WeakMap<Duplex, (webSocket: WebSocket) => void>()
  readonly #pieces = new Pieces(() => this.options.refused('handshake', 'a handshake in too many pieces'))

  constructor(private readonly options: WebSocketDoorOptions) {
    this.#webSockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: options.messageBytes,
      maxFragments: mostFragments,
      maxBufferedChunks: mostChunks,
      handleProtocols: () => subprotocol,
    })
    this.#webSockets.on('error', ({ message }) => options.refused('handshake', message))
    // Node would answer a missing Host by itself, for each such request.
    this.#http = createServer({ maxHeaderSize: options.headBytes, requireHostHeader: false }, (request, response) => {
      // The connection ends with its first response. Data after the first request is ignored.
      this.#pieces.stop(request.socket)
      response.on('error', ({ message }) => options.refused('handshake', message))
      response.writeHead(426, { Connection: 'close', Upgrade: 'websocket', 'Content-Type': 'text/plain' })
      response.end('SIP over WebSocket (RFC 7118) is spoken here, nothing else.\n')
      options.refused('handshake', `${request.method ?? ''} without Upgrade`, request.socket.remoteAddress)
    })
    for (const event of ['checkContinue', 'checkExpectation']) {
      this.#http.on(event, ({ socket }: IncomingMessage) => {
        options.refused('handshake', 'an Expect header')
        socket.destroy()
      })
    }
    this.#http.on('error', ({ message }) => options.refused('handshake', message))
    this.#http.on('upgrade', (request, socket, head) => {
      this.#upgrade(request, socket, Buffer.concat([head, this.#pieces.take(socket)]))
    })
    this.#pieces.guard(this.#http)
  }

  /** `entered` is called with the WebSocket. A refused peer gets an HTTP response, and the socket ends. */
  greet(socket: Socket, entered: (webSocket: WebSocket) => void): void {
    this.#waiting.set(socket, entered)
    this.#http.emit('connection', socket)
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // The HTTP server no longer handles this socket. Its end is reported to the code that accepted it.
    socket.on('error', () => undefined)
    const entered = this.#waiting.get(socket)
    this.#waiting.delete(socket)
    const { origin, 'sec-websocket-protocol': offered = '' } = request.headers
    if (origin !== undefined && !this.#admits(origin, request.socket.remoteAddress)) {
      this.options.refused('foreignOrigin', `the origin ${origin}`, request.socket.remoteAddress)
      return answer(socket, 403, `Pages of ${origin} may not connect; sip.webSocket.origins names those that may.`)
    }
    // RFC 6455 §4.2.1.
    if (request.headers.host === undefined) {
      this.options.refused('handshake', 'no Host', request.socket.remoteAddress)
      return answer(socket, 400, 'The header Host is missing.')
    }
    if (!offered.split(',').some(name => name.trim() === subprotocol)) {
      this.options.refused('handshake', 'no subprotocol sip', request.socket.remoteAddress)
      return answer(socket, 400, 'The subprotocol sip must be offered (RFC 7118).')
    }
    this.#webSockets.handleUpgrade(request, socket, head, webSocket => entered?.(webSocket))
  }

  #admits(origin: string, from: string | undefined): boolean {
    const named = this.options.origins() ?? []
    if (named.includes(origin.toLowerCase())) return true
    const page = hostOf(origin)
    if (page === undefined || named.some(each => each.includes('://'))) return false
    return named.includes(page) || (isThisMachine(page) && isLoopback((from ?? '').replace(/^::ffff:/, '')))
  }
}

/** Without the port, because the console is served on another port. */
const hostOf = (url: string): string | undefined => (URL.canParse(url) ? new URL(url).hostname.replace(/[[\]]/g, '') : undefined)

const isThisMachine = (host: string): boolean => host === 'localhost' || (isIP(host) > 0 && isLoopback(host))

function answer(socket: Duplex, status: number, text: string): void {
  const body = `${text}\n`
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Connection: close',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}
