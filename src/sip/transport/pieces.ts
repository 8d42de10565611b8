import { createServer, type Server } from 'node:http'
import type { Socket } from 'node:net'
import { Server as TlsServer } from 'node:tls'
import { Duplex } from 'node:stream'
import { OurBug } from '../../foundation/result.js'

/** In bytes. The shortest request has 18, so at most 15 begin or end in a piece. */
const pieceBytes = 256
/** The most reads of one request, because each is an object: a head of 16 KiB and a body of 64 KiB in segments of 320 bytes. */
const mostReads = 256

interface Reading {
  /** Reads since a request's head was complete. */
  reads: number
  /** Nothing more of this connection is read. */
  stopped: boolean
  /** Bytes that were read, but not given to the parser yet. */
  rest: Buffer
  readonly read: (bytes: Buffer) => void
}

const nothing = Buffer.alloc(0)

/**
 * Gives Node's HTTP parser the data of a connection in small pieces, and nothing after the connection has ended. Node itself
 * would pass on all 64 kB of a read at once. They can contain 3,600 requests or 10,000 chunks of a body, each an object, and Node
 * makes all of them whatever the handler of the first one decides: `destroy` frees nothing before the next turn of the event
 * loop.
 *
 * Node reads a socket without JavaScript until somebody else listens for its data. From then on Node has a listener for data on
 * the socket, like any other reader. This class takes it off and calls it.
 */
export class Pieces {
  readonly #readings = new WeakMap<Duplex, Reading>()

  /** `ended`: called for each connection that brings a request in too many reads. The connection is then destroyed. */
  constructor(private readonly ended: (socket: Socket) => void) {
    checkThatNodeListens()
  }

  guard(server: Server): void {
    const event = server instanceof TlsServer ? 'secureConnection' : 'connection'
    server.on(event, (socket: Socket) => this.#attach(socket))
  }

  /** A request's head is complete. False: it did not come through here, so it must not be answered. */
  requested(socket: Duplex): boolean {
    const reading = this.#readings.get(socket)
    if (!reading || reading.reads === 0) return false
    reading.reads = 1
    return true
  }

  /** Further data of this connection is dropped, because its last response is on the way. */
  stop(socket: Duplex): void {
    const reading = this.#readings.get(socket)
    if (!reading) return
    reading.stopped = true
    reading.rest = nothing
  }

  /** Another protocol begins: its reader gets the socket and the bytes that were read. */
  take(socket: Duplex): Buffer {
    const reading = this.#readings.get(socket)
    if (!reading) return nothing
    socket.off('data', reading.read)
    this.#readings.delete(socket)
    const { rest } = reading
    reading.stopped = true
    reading.rest = nothing
    return rest
  }

  #attach(socket: Socket): void {
    const parsers = socket.listeners('data')
    const read = (bytes: Buffer): void => this.#read(socket, bytes, parsers)
    this.#readings.set(socket, { reads: 0, stopped: false, rest: nothing, read })
    socket.on('data', read)
    for (const parse of parsers) socket.off('data', parse as (bytes: Buffer) => void)
  }

  #read(socket: Socket, bytes: Buffer, parsers: readonly unknown[]): void {
    const reading = this.#readings.get(socket)
    if (!reading) return
    reading.reads += 1
    if (reading.reads > mostReads && !socket.destroyed) {
      this.ended(socket)
      socket.destroy()
    }
    for (let at = 0; at < bytes.length && !socket.destroyed && !reading.stopped; at += pieceBytes) {
      reading.rest = bytes.subarray(at + pieceBytes)
      for (const parse of parsers)
        if (typeof parse === 'function') Reflect.apply(parse, socket, [bytes.subarray(at, at + pieceBytes)])
      // Node accepts nothing while the peer does not read its responses.
      if (!socket.isPaused()) continue
      if (reading.rest.length > 0) socket.unshift(reading.rest)
      return
    }
  }
}

/** Runs at the start, because no request could be answered if Node read HTTP in another way. */
function checkThatNodeListens(): void {
  const probe = new Duplex({ read: () => undefined, write: (_bytes, _encoding, done) => done() })
  const reader = createServer()
  reader.on('error', error => probe.destroy(error))
  reader.emit('connection', probe)
  const found = probe.listenerCount('data')
  probe.destroy()
  if (found !== 1)
    throw new OurBug(`this version of Node reads HTTP in another way (${found} listeners for data), so it can't be limited`)
}
