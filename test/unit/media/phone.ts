import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { Body } from '../../../src/legs/body.js'
import { body } from './descriptions.js'

/** A caller's media on loopback: two sockets, and the packets that arrived, in order. */
export class Phone {
  readonly heard: Buffer[] = []
  readonly reports: Buffer[] = []
  readonly #waiting = new Set<() => void>()

  private constructor(
    readonly host: string,
    readonly rtp: Socket,
    readonly rtcp: Socket,
  ) {
    rtp.on('message', bytes => this.#keep(this.heard, bytes))
    rtcp.on('message', bytes => this.#keep(this.reports, bytes))
  }

  static async open(host = '127.0.0.1'): Promise<Phone> {
    return new Phone(host, await bound(host), await bound(host))
  }

  /** SDP with these lines after the m= line. */
  describes(...lines: readonly string[]): Body {
    const address = this.host.includes(':') ? `IN IP6 ${this.host}` : `IN IP4 ${this.host}`
    const head = ['v=0', `o=- 1 1 ${address}`, 's=-', `c=${address}`, 't=0 0']
    const audio = [`m=audio ${this.rtp.address().port} RTP/AVP 0 8 101`, 'a=rtpmap:101 telephone-event/8000']
    return body([...head, ...audio, `a=rtcp:${this.rtcp.address().port}`, ...lines, ''].join('\r\n'))
  }

  /** Resolves with the first packets when this many have arrived. */
  async first(count: number, of: readonly Buffer[] = this.heard): Promise<readonly Buffer[]> {
    while (of.length < count) await new Promise<void>(resolve => this.#waiting.add(resolve))
    return of.slice(0, count)
  }

  /** Sends to the port in our SDP. */
  send(bytes: Buffer, to: Body): void {
    this.rtp.send(bytes, portOf(to), this.host)
  }

  /** Resolves when the packet is sent. */
  sends(bytes: Buffer, port: number, host: string): Promise<void> {
    return new Promise(resolve => this.rtp.send(bytes, port, host, () => resolve()))
  }

  close(): void {
    this.rtp.close()
    this.rtcp.close()
  }

  #keep(list: Buffer[], bytes: Buffer): void {
    list.push(bytes)
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }
}

export const portOf = ({ text }: Body): number => Number(/^m=audio (\d+)/m.exec(text)?.[1])

/** A port that the kernel chose. */
export async function bound(address: string): Promise<Socket> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4').unref()
  socket.bind({ address, port: 0 })
  await once(socket, 'listening')
  return socket
}

/** A range of ports with this many pairs, free a moment ago. The first is even. */
export async function freePorts(
  pairs: number,
  address = '127.0.0.1',
): Promise<{ readonly first: number; readonly last: number }> {
  const probe = await bound(address)
  const first = probe.address().port - (probe.address().port % 2)
  await new Promise<void>(resolve => probe.close(resolve))
  return { first, last: first + 2 * pairs - 1 }
}
