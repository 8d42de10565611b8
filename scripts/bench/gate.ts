import { randomBytes } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'

/**
 * A caller and the phones of all agents on one socket. The caller gives up when told to, and a ringing phone answers busy. Both are as small
 * as possible, because their cost is measured together with the server's.
 */
export class Prober {
  /** The time of the first 180 of a call, by its Call-ID. */
  readonly #waits = new Map<string, (at: number) => void>()
  readonly #begun = new Map<string, readonly string[]>()
  #rung: (agent: string, at: number) => void = () => undefined

  private constructor(private readonly socket: Socket) {
    socket.on('message', (bytes, { port }) => this.#heard(bytes.toString('latin1'), performance.now(), port))
  }

  static async open(): Promise<Prober> {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    return new Prober(socket)
  }

  get port(): number {
    return this.socket.address().port
  }

  /** Called with the name of each agent whose phone is rung. */
  onRung(rung: (agent: string, at: number) => void): void {
    this.#rung = rung
  }

  /** Dials a workflow. `waits`: the time when the caller got 180. */
  dial(server: number, workflow: string): { readonly waits: Promise<number>; readonly giveUp: () => void } {
    const id = randomBytes(6).toString('hex')
    const head = (method: string): string[] => [
      `${method} sip:${workflow}@example.com SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${this.port};branch=z9hG4bK${id}`,
      `From: <sip:caller@example.com>;tag=${id}`,
      `Call-ID: ${id}`,
      `CSeq: 1 ${method}`,
      'Max-Forwards: 70',
      'Content-Length: 0',
    ]
    this.#begun.set(id, head('ACK'))
    const to = `To: <sip:${workflow}@example.com>`
    const waits = new Promise<number>(resolve => this.#waits.set(id, resolve))
    this.#send([...head('INVITE'), to, `Contact: <sip:caller@127.0.0.1:${this.port}>`], server)
    return { waits, giveUp: () => this.#send([...head('CANCEL'), to], server) }
  }

  close(): void {
    this.socket.close()
  }

  #heard(text: string, at: number, server: number): void {
    const id = /^Call-ID: *(\S+)/im.exec(text)?.[1] ?? ''
    if (text.startsWith('INVITE')) {
      this.#rung(/^INVITE sip:([^@]+)/.exec(text)?.[1] ?? '', at)
      const kept = text.split('\r\n').filter(line => /^(Via|From|Call-ID|CSeq|To):/i.test(line))
      const answer = kept.map(line => (/^To:/i.test(line) ? `${line};tag=${randomBytes(4).toString('hex')}` : line))
      this.#send(['SIP/2.0 486 Busy Here', ...answer, 'Content-Length: 0'], server)
    } else if (text.startsWith('SIP/2.0 180')) this.#waits.get(id)?.(at)
    else if (/^SIP\/2\.0 [3-6]/.test(text))
      this.#send([...(this.#begun.get(id) ?? []), /^To:.*$/im.exec(text)?.[0] ?? ''], server)
  }

  #send(lines: readonly string[], port: number): void {
    this.socket.send([...lines, '', ''].join('\r\n'), port, '127.0.0.1')
  }
}
