import { createSocket, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import type { Log } from '../../foundation/log.js'
import type { ListenPoint, MessageSink } from './transport.js'

/** Asked of the kernel, which grants at most net.core.rmem_max and wmem_max: room for a burst while we are busy. */
const kernelBufferBytes = 4 * 1024 * 1024

type LookupCallback = (error: NodeJS.ErrnoException | null, address: string, family: number) => void

/** Node looks up each destination before sending. Ours are addresses already, so the answer is given at once. */
export function noLookup(host: string, _options: unknown, callback: LookupCallback): void {
  callback(null, host, host.includes(':') ? 6 : 4)
}

function openSocket(host: string): Socket {
  return createSocket({
    type: isIPv6(host) ? 'udp6' : 'udp4',
    // Only where it means something: bind fails with it on an IPv4 socket.
    ...(isIPv6(host) && { ipv6Only: true }),
    recvBufferSize: kernelBufferBytes,
    sendBufferSize: kernelBufferBytes,
    lookup: noLookup,
  })
}

/** One UDP listen point (RFC 3261 §18.1, §18.2). */
export class UdpPoint {
  private constructor(
    readonly index: number,
    /** As bound, with the port that the kernel chose. */
    readonly bound: ListenPoint,
    private readonly socket: Socket,
  ) {}

  /** Rejects when the address can't be bound. */
  static open(index: number, at: ListenPoint, sink: MessageSink, log: Log): Promise<UdpPoint> {
    return new Promise((resolve, reject) => {
      const socket = openSocket(at.host)
      socket.once('error', reject)
      socket.bind(at.port, at.host, () => {
        socket.off('error', reject)
        socket.on('error', error => log.warn(`UDP socket at ${at.host}: ${error.message}; it goes on`))
        socket.on('message', (bytes, { address, port }) =>
          sink(bytes, { transport: 'udp', host: address, port, listenPoint: index }),
        )
        resolve(new UdpPoint(index, { ...at, port: socket.address().port }, socket))
      })
    })
  }

  /** Without `failed` the kernel's answer is not looked at: a datagram is never known to arrive anyway. */
  send(bytes: Buffer, host: string, port: number, failed?: () => void): void {
    try {
      if (failed) this.socket.send(bytes, port, host, error => error && failed())
      else this.socket.send(bytes, port, host)
    } catch {
      // Node refuses by throwing what can be no address, such as port 0; for whoever sends it is a datagram that did not arrive.
      if (failed) queueMicrotask(failed)
    }
  }

  close(): Promise<void> {
    return new Promise(resolve => this.socket.close(() => resolve()))
  }
}

/**
 * The local address that the kernel's routing picks towards a destination; undefined when there is no way to it.
 * Connecting a UDP socket sends nothing: it only asks the routing table.
 */
export function addressTowards(host: string): string | undefined {
  const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4', lookup: noLookup })
  try {
    socket.on('error', () => undefined) // told by the missing address
    socket.connect(anyPort, host)
    return socket.address().address
  } catch {
    return undefined // not connected: no route
  } finally {
    socket.close()
  }
}

/** Discard (RFC 863): a port must be named to ask for a route. */
const anyPort = 9
