import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { WebSocket, type ClientOptions } from 'ws'
import { eventually } from './eventually.js'

export interface WebSocketPhoneOptions {
  /** Such as `ws://127.0.0.1:8081`. */
  readonly url: string
  readonly user: string
  readonly password: string
  readonly client?: ClientOptions
}

const domain = 'example.com'
const sdp = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n'
const token = (): string => randomBytes(8).toString('hex')

/** A phone as browsers have it, at the level of messages: it has no address, so that only its WebSocket leads to it (RFC 7118 §5). */
export class WebSocketPhone {
  /** Messages that came, oldest first. */
  readonly heard: string[] = []
  closed = false
  readonly #host = `${token()}.invalid`
  readonly #callId = token()
  #cseq = 0

  private constructor(
    private readonly socket: WebSocket,
    private readonly options: WebSocketPhoneOptions,
  ) {
    socket.on('message', (bytes: Buffer) => this.#told(bytes.toString()))
    socket.on('close', () => (this.closed = true))
    socket.on('error', () => undefined) // told by 'close'
  }

  static async open(options: WebSocketPhoneOptions): Promise<WebSocketPhone> {
    const socket = new WebSocket(options.url, 'sip', options.client)
    await once(socket, 'open')
    return new WebSocketPhone(socket, options)
  }

  /** Shows its password when asked; gives the final answer. */
  register(): Promise<string> {
    return this.#ask('REGISTER', `sip:${domain}`, `sip:${this.options.user}@${domain}`, [
      'Supported: path, outbound',
      `Contact: ${this.#contact};reg-id=1;+sip.instance="<urn:uuid:${this.#callId}>";expires=120`,
    ])
  }

  /** Calls, acknowledges the answer and gives it. */
  async call(uri: string): Promise<string> {
    const headers = [`Contact: ${this.#contact}`, 'Content-Type: application/sdp']
    const answer = await this.#ask('INVITE', uri, uri, headers, sdp)
    this.#send('ACK', fieldOf(answer, 'Contact').replace(/[<>]/g, ''), [`To: ${fieldOf(answer, 'To')}`])
    return answer
  }

  /** Calls, and is content when it is told that it rings or waits. */
  async dial(uri: string): Promise<void> {
    const headers = [`Contact: ${this.#contact}`, 'Content-Type: application/sdp']
    const first = await this.#answered(this.#send('INVITE', uri, [`To: <${uri}>`, ...headers], sdp))
    this.#send('ACK', uri, [`To: ${fieldOf(first, 'To')}`])
    const [, nonce = ''] = /nonce="([^"]+)"/.exec(first) ?? []
    const authorization = `Authorization: ${this.#credentials('INVITE', uri, nonce)}`
    this.#send('INVITE', uri, [`To: <${uri}>`, authorization, ...headers], sdp)
    await this.received(/^SIP\/2\.0 18/)
  }

  /** As when its browser is killed: the connection breaks without a word. */
  kill(): void {
    this.socket.terminate()
  }

  /** Ends the call of that answer; gives the answer to the BYE. */
  hangUp(answer: string): Promise<string> {
    return this.#answered(this.#send('BYE', fieldOf(answer, 'Contact').replace(/[<>]/g, ''), [`To: ${fieldOf(answer, 'To')}`]))
  }

  /** Waits for a message that looks like this. */
  received(pattern: RegExp): Promise<string> {
    return eventually(`${this.options.user} hears ${String(pattern)}`, () => this.heard.find(text => pattern.test(text)))
  }

  /** As when a tab is closed. */
  async close(): Promise<void> {
    if (this.closed) return
    this.socket.close()
    await once(this.socket, 'close')
  }

  get #contact(): string {
    return `<sip:${this.options.user}@${this.#host};transport=ws>`
  }

  async #ask(method: string, uri: string, to: string, headers: readonly string[], body = ''): Promise<string> {
    const first = await this.#answered(this.#send(method, uri, [`To: <${to}>`, ...headers], body))
    if (!/^SIP\/2\.0 401/.test(first)) return first
    if (method === 'INVITE') this.#send('ACK', uri, [`To: ${fieldOf(first, 'To')}`])
    const [, nonce = ''] = /nonce="([^"]+)"/.exec(first) ?? []
    const authorization = `Authorization: ${this.#credentials(method, uri, nonce)}`
    return this.#answered(this.#send(method, uri, [`To: <${to}>`, authorization, ...headers], body))
  }

  #credentials(method: string, uri: string, nonce: string): string {
    const { user, password } = this.options
    const hash = (text: string): string => createHash('md5').update(text).digest('hex')
    const proof = hash(`${hash(`${user}:${domain}:${password}`)}:${nonce}:00000001:c:auth:${hash(`${method}:${uri}`)}`)
    const named = `username="${user}", realm="${domain}", nonce="${nonce}", uri="${uri}"`
    return `Digest ${named}, algorithm=MD5, qop=auth, nc=00000001, cnonce="c", response="${proof}"`
  }

  /** Gives its CSeq; an ACK has that of its INVITE. */
  #send(method: string, uri: string, headers: readonly string[], body = ''): string {
    if (method !== 'ACK') this.#cseq += 1
    const cseq = `${this.#cseq} ${method}`
    const lines = [
      `${method} ${uri} SIP/2.0`,
      `Via: SIP/2.0/WS ${this.#host};branch=z9hG4bK${token()}`,
      'Max-Forwards: 70',
      `From: <sip:${this.options.user}@${domain}>;tag=${this.#callId}`,
      `Call-ID: ${this.#callId}`,
      `CSeq: ${cseq}`,
      ...headers,
      `Content-Length: ${Buffer.byteLength(body)}`,
    ]
    this.socket.send([...lines, '', body].join('\r\n'))
    return cseq
  }

  #answered(cseq: string): Promise<string> {
    return eventually(`${this.options.user} has a final answer to ${cseq}`, () =>
      this.heard.find(text => /^SIP\/2\.0 [2-6]/.test(text) && fieldOf(text, 'CSeq') === cseq),
    )
  }

  /** Takes each call at once, and whatever follows in it. */
  #told(text: string): void {
    this.heard.push(text)
    const [, method = ''] = /^([A-Z]+) \S+ SIP\/2\.0/.exec(text) ?? []
    if (method === 'INVITE') {
      this.#answer(text, '180 Ringing')
      this.#answer(text, '200 OK', sdp)
    } else if (method !== '' && method !== 'ACK') this.#answer(text, '200 OK')
  }

  #answer(request: string, status: string, body = ''): void {
    const copied = ['Via', 'From', 'Call-ID', 'CSeq'].map(name => `${name}: ${fieldOf(request, name)}`)
    const to = fieldOf(request, 'To')
    const lines = [
      `SIP/2.0 ${status}`,
      ...copied,
      `To: ${to.includes(';tag=') ? to : `${to};tag=${this.#callId}`}`,
      `Contact: ${this.#contact}`,
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${Buffer.byteLength(body)}`,
    ]
    this.socket.send([...lines, '', body].join('\r\n'))
  }
}

const fieldOf = (text: string, name: string): string => new RegExp(`^${name}: (.*?)\\r?$`, 'im').exec(text)?.[1] ?? ''
