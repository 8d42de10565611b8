import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'

interface Packet {
  /** Monotonic milliseconds. */
  readonly at: number
  readonly ssrc: number
}

/** A caller's RTP port that records when packets come. It sends nothing, so the peer knows its address only from SDP. */
export class Ear {
  readonly #packets: Packet[] = []

  private constructor(
    private readonly socket: Socket,
    readonly port: number,
  ) {
    socket.on('message', packet => {
      if (packet.length >= 12) this.#packets.push({ at: performance.now(), ssrc: packet.readUInt32BE(8) })
    })
  }

  static async open(host = '127.0.0.1'): Promise<Ear> {
    const socket = createSocket('udp4')
    socket.bind(0, host)
    await once(socket, 'listening')
    return new Ear(socket, socket.address().port)
  }

  /** The senders, in the order of their first packets. */
  get sources(): readonly number[] {
    return [...new Set(this.#packets.map(({ ssrc }) => ssrc))]
  }

  /** Milliseconds from the last packet of one source to the first of another. Negative if they overlap. */
  gap(from: number, to: number): number {
    const last = this.#packets.findLast(({ ssrc }) => ssrc === from)
    const first = this.#packets.find(({ ssrc }) => ssrc === to)
    if (!last || !first) throw new Error('one of them sent nothing')
    return first.at - last.at
  }

  /** The number of packets of all sources. */
  get packets(): number {
    return this.#packets.length
  }

  count(source: number): number {
    return this.#packets.filter(({ ssrc }) => ssrc === source).length
  }

  close(): void {
    this.socket.close()
  }
}
