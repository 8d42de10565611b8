import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'

/** Far below `media.noMediaAfter`, after which Carillon treats a silent caller as gone. */
const everyMs = 1_000
/** An RTP packet with PCMU: 20 ms of silence. */
const packetType = 0
const silence = 0xff
const samples = 160

/** The callers' sound: received packets are ignored, and a packet of silence a second shows that the caller is still there. */
export class Sound {
  readonly #timers = new Set<NodeJS.Timeout>()

  private constructor(private readonly socket: Socket) {
    socket.on('message', () => undefined)
    // The server may have closed its port when a packet arrives there.
    socket.on('error', () => undefined)
  }

  static async open(): Promise<Sound> {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    return new Sound(socket)
  }

  get port(): number {
    return this.socket.address().port
  }

  /** Sends to the address in the SDP, until the returned function is called. */
  to(description: string): () => void {
    const host = /^c=IN IP4 (\S+)/m.exec(description)?.[1]
    const port = Number(/^m=audio (\d+)/m.exec(description)?.[1] ?? 0)
    if (host === undefined || port === 0) return () => undefined
    const packet = Buffer.alloc(12 + samples, silence)
    packet.fill(0, 0, 12)
    packet.writeUInt8(0x80, 0)
    packet.writeUInt8(packetType, 1)
    packet.writeUInt32BE(port, 8)
    let number = 0
    const timer = setInterval(() => {
      number += 1
      packet.writeUInt16BE(number & 0xffff, 2)
      packet.writeUInt32BE((number * 8_000) >>> 0, 4)
      this.socket.send(packet, port, host)
    }, everyMs)
    this.#timers.add(timer)
    return () => {
      clearInterval(timer)
      this.#timers.delete(timer)
    }
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer)
    this.socket.close()
  }
}
