import { createSocket, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { Clock } from '../../foundation/clock.js'
import type { Log } from '../../foundation/log.js'
import { probeBytes, QueueProbe } from './queue-probe.js'
import type { ListenPoint, MessageSink } from './transport.js'

/** Requested from the kernel, which grants at most net.core.rmem_max and wmem_max. Holds a burst while we are busy. */
const kernelBufferBytes = 4 * 1024 * 1024

type LookupCallback = (error: NodeJS.ErrnoException | null, address: string, family: number) => void

/** Node looks up each destination before sending. Ours are always addresses, so this answers at once. */
export function noLookup(host: string, _options: unknown, callback: LookupCallback): void {
  callback(null, host, host.includes(':') ? 6 : 4)
}

function openSocket(host: string): Socket {
  return createSocket({
    type: isIPv6(host) ? 'udp6' : 'udp4',
    // Only for IPv6: with this option, bind fails on an IPv4 socket.
    ...(isIPv6(host) && { ipv6Only: true }),
    recvBufferSize: kernelBufferBytes,
    sendBufferSize: kernelBufferBytes,
    lookup: noLookup,
  })
}

/** What a UDP listen point needs from outside. */
interface UdpParts {
  readonly clock: Pick<Clock, 'monotonic'>
  readonly log: Log
  /** 32 random bits. */
  readonly random: () => number
  /** Whether this machine has that address now. */
  readonly hasAddress?: (host: string) => boolean
}

/** Where we reach a socket that is bound to all addresses. */
const ourselves: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' }

/** One UDP listen point (RFC 3261 §18.1, §18.2). */
export class UdpPoint {
  readonly #probe: QueueProbe

  private constructor(
    readonly index: number,
    /** The bound address, with the port that the kernel chose. */
    readonly bound: ListenPoint,
    private readonly socket: Socket,
    private readonly parts: UdpParts,
  ) {
    const host = ourselves[bound.host] ?? bound.host
    this.#probe = new QueueProbe(parts.random, bytes => this.send(bytes, host, bound.port))
  }

  /** Rejects if the address can't be bound. */
  static open(index: number, at: ListenPoint, sink: MessageSink, parts: UdpParts): Promise<UdpPoint> {
    return new Promise((resolve, reject) => {
      const socket = openSocket(at.host)
      socket.once('error', reject)
      socket.bind(at.port, at.host, () => {
        socket.off('error', reject)
        socket.on('error', error =>
          parts.log.warn(`UDP socket at ${at.host}: ${error.message}; it stays open`, { event: 'sip.socket' }),
        )
        const point = new UdpPoint(index, { ...at, port: socket.address().port }, socket, parts)
        socket.on('message', (bytes, { address, port }) => {
          if (bytes.length === probeBytes && point.#probe.heard(bytes, parts.clock.monotonic())) return
          // Nobody can be answered at port 0.
          if (port > 0) sink(bytes, { transport: 'udp', host: address, port, listenPoint: index })
        })
        resolve(point)
      })
    })
  }

  /** Without `failed`, the kernel's result is ignored: a datagram may get lost anyway. */
  send(bytes: Buffer, host: string, port: number, failed?: () => void): void {
    try {
      if (failed) this.socket.send(bytes, port, host, error => error && !this.#isOurTrouble(error) && failed())
      else this.socket.send(bytes, port, host)
    } catch {
      // Node throws for an impossible address, such as port 0. The sender treats it as a lost datagram.
      if (failed) queueMicrotask(failed)
    }
  }

  /**
   * Whether the error says nothing of the destination, so that the datagram is one that was lost on the way. EINVAL: our address has moved to
   * another node, which has the calls, or the destination can't be reached from it.
   */
  #isOurTrouble({ code = '' }: NodeJS.ErrnoException): boolean {
    const { hasAddress = isHere } = this.parts
    return machineErrors.has(code) || (code === 'EINVAL' && !hasAddress(this.bound.host))
  }

  /** In ms: how long datagrams wait in its buffer. Undefined: not known. */
  queueDelay(): number | undefined {
    return this.#probe.ask(this.parts.clock.monotonic())
  }

  close(): Promise<void> {
    return new Promise(resolve => this.socket.close(() => resolve()))
  }
}

/** The network card is down, or there is no memory for the datagram now. */
const machineErrors: ReadonlySet<string> = new Set(['ENETDOWN', 'ENOBUFS', 'ENOMEM', 'EAGAIN'])

function isHere(host: string): boolean {
  if (host in ourselves || host.startsWith('127.')) return true
  return Object.values(networkInterfaces()).some(each => each?.some(({ address }) => address === host))
}

/**
 * The local address that the kernel uses towards a destination. Undefined if there is no route. Connecting a UDP socket sends
 * nothing; it only reads the routing table.
 */
export function addressTowards(host: string): string | undefined {
  const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4', lookup: noLookup })
  try {
    socket.on('error', () => undefined) // The missing address shows the error.
    socket.connect(anyPort, host)
    return socket.address().address
  } catch {
    return undefined // Not connected: there is no route.
  } finally {
    socket.close()
  }
}

/** Discard (RFC 863). Asking for a route needs some port. */
const anyPort = 9
