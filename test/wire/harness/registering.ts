import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import { defaultFramingLimits, Framer } from '../../../src/sip/transport/framing.js'
import { digestOf, nonceIn } from '../../fakes/digest.js'
import { eventually } from './eventually.js'

export interface Answer {
  readonly status: number
  readonly text: string
  readonly nonce: string
}

export interface BarePhoneOptions {
  readonly transport?: 'udp' | 'tcp'
  /** Its address. Default 127.0.0.1. */
  readonly host?: string
  /** The address that it writes in Via and Contact, as behind NAT. Default: its real address. */
  readonly behind?: string
  /** Host and port of its Contact, if different. */
  readonly contact?: string
  /** The user of its Contact, if different. */
  readonly contactUser?: string
  /** How it handles a call. Default: it rings. */
  readonly calls?: 'ring' | 'answer'
}

interface Line {
  send(text: string): void
  close(): void
  readonly port: number
}

/** A phone at the level of bytes, for rare behaviour: it guesses passwords, repeats requests, and does not know its own address. */
export class BarePhone {
  /** The requests that it received, as text. */
  readonly requests: string[] = []
  #cseq = 0
  readonly #answers: string[] = []
  readonly #callId = randomBytes(8).toString('hex')
  readonly #tag = randomBytes(4).toString('hex')
  #line: Line | undefined

  private constructor(private readonly options: BarePhoneOptions) {}

  static async open(server: string, options: BarePhoneOptions = {}): Promise<BarePhone> {
    const phone = new BarePhone(options)
    const [host = '', port = ''] = server.split(':')
    const open = options.transport === 'tcp' ? openTcp : openUdp
    phone.#line = await open({ host, port: Number(port) }, options.host ?? '127.0.0.1', text => phone.#got(text))
    return phone
  }

  close(): void {
    this.#line?.close()
  }

  /** Sends a REGISTER with these header fields. An empty Authorization is left out. */
  async register(user: string, authorization = '', more: readonly string[] = []): Promise<Answer> {
    this.#cseq += 1
    const cseq = `${this.#cseq} REGISTER`
    const { transport = 'udp' } = this.options
    const lines = [
      'REGISTER sip:example.com SIP/2.0',
      `Via: SIP/2.0/${transport.toUpperCase()} ${this.address};rport;branch=z9hG4bK${randomBytes(8).toString('hex')}`,
      `From: <sip:${user}@example.com>;tag=1`,
      `To: <sip:${user}@example.com>`,
      `Call-ID: ${this.#callId}`,
      `CSeq: ${cseq}`,
      `Contact: ${this.#contact(user)}`,
      ...(authorization === '' ? [] : [`Authorization: ${authorization}`]),
      ...more,
    ]
    this.#send(lines)
    const text = await eventually(`an answer to ${cseq}`, () =>
      this.#answers.find(answer => answer.includes(`CSeq: ${cseq}\r\n`)),
    )
    const [, status = ''] = /^SIP\/2\.0 (\d+)/.exec(text) ?? []
    return { status: Number(status), text, nonce: nonceIn(text) }
  }

  /** Registers with the password, as phones do. */
  async registered(user: string, password: string, more: readonly string[] = []): Promise<void> {
    const { nonce } = await this.register(user, '', more)
    const { status } = await this.register(user, this.credentials(user, password, nonce), more)
    if (status !== 200) throw new Error(`${user} can't register: ${status}`)
  }

  /** Removes its registration. */
  async leaves(user: string, password: string): Promise<void> {
    await this.registered(user, password, ['Expires: 0'])
  }

  /** Uses the algorithm of the first challenge. */
  credentials(user: string, password: string, nonce: string, nc = 1): string {
    return digestOf({ user, password, nonce, nc, method: 'REGISTER', uri: 'sip:example.com' })
  }

  /** The first request with that method. */
  async heard(method: string): Promise<string> {
    return eventually(`the phone hears ${method}`, () => this.requests.find(text => text.startsWith(`${method} `)))
  }

  /** The address that it writes in Via and Contact. */
  get address(): string {
    const { host = '127.0.0.1', behind = `${host}:${this.#line?.port ?? 0}` } = this.options
    return behind
  }

  #contact(user: string): string {
    return `<sip:${this.options.contactUser ?? user}@${this.options.contact ?? this.address}${this.options.transport === 'tcp' ? ';transport=tcp' : ''}>`
  }

  #got(text: string): void {
    if (text.startsWith('SIP/2.0 ')) {
      this.#answers.push(text)
      return
    }
    // An empty line asks whether anybody is there, and is no request (RFC 5626 §3.5.1).
    if (text.trim() === '') return
    this.requests.push(text)
    const [method = ''] = text.split(' ', 1)
    if (method === 'ACK') return
    if (method !== 'INVITE') this.#reply(text, '200 OK')
    if (method === 'CANCEL')
      for (const invite of this.requests) if (invite.startsWith('INVITE ')) this.#reply(invite, '487 Cancelled')
    if (method !== 'INVITE') return
    this.#reply(text, '180 Ringing')
    if (this.options.calls === 'answer') this.#reply(text, '200 OK', sdp)
  }

  #reply(request: string, status: string, body = ''): void {
    const copied = request.split('\r\n').filter(line => /^(?:Via|From|Call-ID|CSeq|Record-Route):/.test(line))
    const to = /^To: (.*)$/m.exec(request)?.[1] ?? ''
    const lines = [`SIP/2.0 ${status}`, ...copied, `To: ${to}${to.includes(';tag=') ? '' : `;tag=${this.#tag}`}`]
    const type = body === '' ? [] : ['Content-Type: application/sdp']
    this.#send([...lines, `Contact: ${this.#contact('phone')}`, ...type], body)
  }

  #send(lines: readonly string[], body = ''): void {
    this.#line?.send([...lines, `Content-Length: ${body.length}`, '', body].join('\r\n'))
  }
}

interface Server {
  readonly host: string
  readonly port: number
}

async function openUdp(server: Server, host: string, got: (text: string) => void): Promise<Line> {
  const socket = createSocket('udp4')
  socket.on('message', bytes => got(bytes.toString('latin1')))
  socket.bind(0, host)
  await once(socket, 'listening')
  return {
    send: text => socket.send(text, server.port, server.host),
    close: () => socket.close(),
    port: socket.address().port,
  }
}

async function openTcp(server: Server, localAddress: string, got: (text: string) => void): Promise<Line> {
  const socket = connect({ ...server, localAddress })
  const framer = new Framer(defaultFramingLimits, { message: bytes => got(bytes.toString('latin1')), ping: () => undefined })
  socket.on('data', chunk => void framer.push(chunk))
  socket.on('error', () => undefined) // The code that waits for a response reports this.
  await once(socket, 'connect')
  return { send: text => void socket.write(text), close: () => socket.destroy(), port: socket.localPort ?? 0 }
}

const sdp = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n'
