import { randomBytes } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { digestOf, nonceIn } from '../../fakes/digest.js'
import { eventually } from './eventually.js'

export interface Answer {
  readonly status: number
  readonly text: string
  readonly nonce: string
}

/** A phone at the level of bytes, for what no phone does: it guesses, repeats and forges. Over UDP. */
export class BarePhone {
  #cseq = 0
  readonly #answers: string[] = []
  readonly #callId = randomBytes(8).toString('hex')

  private constructor(
    private readonly socket: Socket,
    private readonly server: { readonly host: string; readonly port: number },
  ) {
    socket.on('message', bytes => this.#answers.push(bytes.toString('latin1')))
  }

  static async open(server: string, host = '127.0.0.1'): Promise<BarePhone> {
    const socket = createSocket('udp4')
    socket.bind(0, host)
    await once(socket, 'listening')
    const [name = '', port = ''] = server.split(':')
    return new BarePhone(socket, { host: name, port: Number(port) })
  }

  close(): void {
    this.socket.close()
  }

  /** A REGISTER with these header fields; a value that is empty is left out. */
  async register(user: string, authorization = '', contact = `<sip:${user}@127.0.0.1:9>`): Promise<Answer> {
    this.#cseq += 1
    const { port } = this.socket.address()
    const cseq = `${this.#cseq} REGISTER`
    const lines = [
      'REGISTER sip:example.com SIP/2.0',
      `Via: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bK${randomBytes(8).toString('hex')}`,
      `From: <sip:${user}@example.com>;tag=1`,
      `To: <sip:${user}@example.com>`,
      `Call-ID: ${this.#callId}`,
      `CSeq: ${cseq}`,
      `Contact: ${contact}`,
      ...(authorization === '' ? [] : [`Authorization: ${authorization}`]),
      'Content-Length: 0',
    ]
    this.socket.send([...lines, '', ''].join('\r\n'), this.server.port, this.server.host)
    const text = await eventually(`an answer to ${cseq}`, () =>
      this.#answers.find(answer => answer.includes(`CSeq: ${cseq}\r\n`)),
    )
    const [, status = ''] = /^SIP\/2\.0 (\d+)/.exec(text) ?? []
    return { status: Number(status), text, nonce: nonceIn(text) }
  }

  /** By the algorithm that is asked for first. */
  credentials(user: string, password: string, nonce: string, nc = 1): string {
    return digestOf({ user, password, nonce, nc, method: 'REGISTER', uri: 'sip:example.com' })
  }
}
