import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import type { Endpoint } from '../sdp.js'

/** What comes to the two ports of a stream. */
export interface PortPairListener {
  rtp(bytes: Buffer, source: RemoteInfo): void
  rtcp(bytes: Buffer, source: RemoteInfo): void
}

/** An even port for RTP and the one above for RTCP (RFC 3550 §11). What comes before `listen` is dropped. */
export class PortPair {
  #listener: PortPairListener | undefined

  private constructor(
    private readonly rtp: Socket,
    private readonly rtcp: Socket,
  ) {
    rtp.on('message', (bytes, source) => this.#listener?.rtp(bytes, source))
    rtcp.on('message', (bytes, source) => this.#listener?.rtcp(bytes, source))
  }

  /** Both ports or none. `unsent` is told of a packet that the network refused. */
  static async bind(address: string, family: 4 | 6, port: number, unsent: () => void): Promise<PortPair> {
    const rtp = await bound(address, family, port)
    try {
      const rtcp = await bound(address, family, port + 1)
      for (const socket of [rtp, rtcp]) socket.on('error', unsent)
      return new PortPair(rtp, rtcp)
    } catch (error) {
      rtp.close()
      throw error
    }
  }

  listen(listener: PortPairListener): void {
    this.#listener = listener
  }

  /** False: dropped, as the network has not taken the last one yet. The bytes are the caller's again at once. */
  sendRtp(bytes: Buffer, { address, port }: Endpoint): boolean {
    if (this.rtp.getSendQueueCount() > 0) return false
    this.rtp.send(bytes, port, address)
    return true
  }

  sendRtcp(bytes: Buffer, { address, port }: Endpoint): void {
    this.rtcp.send(bytes, port, address)
  }

  close(closed: () => void): void {
    this.#listener = undefined
    this.rtp.close(() => this.rtcp.close(closed))
  }
}

function bound(address: string, family: 4 | 6, port: number): Promise<Socket> {
  const socket = createSocket({
    type: `udp${family}`,
    ipv6Only: family === 6,
    // All addresses are literal; the default asks the resolver's queue for each packet.
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
