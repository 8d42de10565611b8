import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import type { Endpoint } from '../sdp.js'

/** Receives packets at the two ports. */
interface PortPairListener {
  lower(bytes: Buffer, source: RemoteInfo): void
  upper(bytes: Buffer, source: RemoteInfo): void
}

/**
 * An even port and the next higher one, for a stream's RTP and RTCP (RFC 3550 §11). Packets before `listen` are dropped, and so are
 * packets whose source port is 0: nobody can be answered there.
 */
export class PortPair {
  #listener: PortPairListener | undefined

  private constructor(
    private readonly low: Socket,
    private readonly high: Socket,
  ) {
    low.on('message', (bytes, source) => source.port > 0 && this.#listener?.lower(bytes, source))
    high.on('message', (bytes, source) => source.port > 0 && this.#listener?.upper(bytes, source))
  }

  /** Binds both ports or neither. `unsent` is called for a packet that the network refused. */
  static async bind(address: string, family: 4 | 6, port: number, unsent: () => void): Promise<PortPair> {
    const low = await bound(address, family, port)
    low.on('error', unsent)
    try {
      const high = await bound(address, family, port + 1)
      high.on('error', unsent)
      return new PortPair(low, high)
    } catch (error) {
      low.close()
      throw error
    }
  }

  listen(listener: PortPairListener): void {
    this.#listener = listener
  }

  /**
   * False: dropped, because the network has not taken the previous packet or the target is impossible. The caller may reuse the
   * bytes at once.
   */
  sendLower(bytes: Buffer, target: Endpoint): boolean {
    return sent(this.low, bytes, target)
  }

  sendUpper(bytes: Buffer, target: Endpoint): boolean {
    return sent(this.high, bytes, target)
  }

  close(closed: () => void): void {
    this.#listener = undefined
    this.low.close(() => this.high.close(closed))
  }
}

function sent(socket: Socket, bytes: Buffer, { address, port }: Endpoint): boolean {
  if (socket.getSendQueueCount() > 0) return false
  // Node throws for this port, and a description may name it.
  if (port === 0) return false
  socket.send(bytes, port, address)
  return true
}

function bound(address: string, family: 4 | 6, port: number): Promise<Socket> {
  const socket = createSocket({
    type: `udp${family}`,
    ipv6Only: family === 6,
    // All addresses are literal. The default lookup would use the resolver's queue for each packet.
    lookup: (literal, _options, found) => found(null, literal, family),
  })
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => {
      socket.close()
      reject(error)
    }
    socket.once('error', failed)
    socket.once('listening', () => {
      socket.off('error', failed)
      resolve(socket)
    })
    socket.bind({ address, port, exclusive: true })
  })
}
