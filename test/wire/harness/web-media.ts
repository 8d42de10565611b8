import { createSocket, type Socket } from 'node:dgram'
import type { BodyAndContentType, SessionDescriptionHandler, SessionDescriptionHandlerOptions } from 'sip.js'
import { credentialsOf, FakeBrowser } from '../../fakes/fake-browser.js'

/** The kind of SDP that a phone offers. A server without a media engine connects browsers only to browsers, so phones offer plain RTP there. */
export type OfferedMedia = 'browser' | 'plain'

export interface WebMediaOptions extends SessionDescriptionHandlerOptions {
  /** Whether it puts the other side on hold. */
  readonly hold?: boolean
}

type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive'

/** The state of an offer without an answer (RFC 3264). */
type Turn = { readonly kind: 'nobody' } | { readonly kind: 'theirs' } | { readonly kind: 'ours'; readonly offer: string }

const nobody: Turn = { kind: 'nobody' }

/**
 * The media of one SIP.js session in Node. It answers a browser's SDP as a browser does, with connectivity checks and a DTLS
 * handshake on a socket of its own, and plain RTP with plain RTP. It sends no sound.
 */
export class WebMedia implements SessionDescriptionHandler {
  #turn = nobody
  #version = 0
  #isHolding = false
  #transport: Promise<BrowserTransport> | undefined
  #isClosed = false

  constructor(private readonly offers: OfferedMedia) {}

  async getDescription({ hold = false }: WebMediaOptions = {}): Promise<BodyAndContentType> {
    const turn = this.#turn
    this.#version += 1
    if (turn.kind === 'ours') {
      this.#turn = nobody
      return described(await this.#answer(turn.offer))
    }
    this.#turn = { kind: 'theirs' }
    this.#isHolding = hold
    const direction = hold ? 'sendonly' : 'sendrecv'
    if (this.offers === 'plain') return described(plain(direction, this.#version))
    return described((await this.#open()).describes('actpass', direction, this.#version))
  }

  async setDescription(sdp: string): Promise<void> {
    this.#turn = this.#turn.kind === 'theirs' ? nobody : { kind: 'ours', offer: sdp }
    if (isBrowsers(sdp)) (await this.#open()).reach(sdp)
  }

  async rollbackDescription(): Promise<void> {
    this.#turn = nobody
  }

  hasDescription(contentType: string): boolean {
    return contentType === 'application/sdp'
  }

  sendDtmf(): boolean {
    return false
  }

  close(): void {
    this.#isClosed = true
    void this.#transport?.then(transport => transport.close())
  }

  async #answer(offer: string): Promise<string> {
    const direction = answering(offer, this.#isHolding)
    if (!isBrowsers(offer)) return plain(direction, this.#version)
    return (await this.#open()).describes('active', direction, this.#version)
  }

  async #open(): Promise<BrowserTransport> {
    this.#transport ??= BrowserTransport.open()
    const transport = await this.#transport
    if (this.#isClosed) transport.close()
    return transport
  }
}

/** Browsers check consent to send every 5 s (RFC 7675 §5.1). */
const checkEveryMs = 5_000

/** A browser's checks, handshake and SRTP on a socket. */
class BrowserTransport {
  #target: { readonly host: string; readonly port: number } | undefined
  #credentials: ReturnType<typeof credentialsOf> | undefined
  #checks: NodeJS.Timeout | undefined
  #shakesHands = false
  #isClosed = false
  private constructor(
    private readonly socket: Socket,
    private readonly browser: FakeBrowser,
  ) {
    // The server may close its port before we know that the call is over.
    socket.on('error', () => undefined)
    socket.on('message', bytes => this.#came(bytes))
  }

  static async open(): Promise<BrowserTransport> {
    const socket = createSocket('udp4')
    const sending: { send: (bytes: Buffer) => void } = { send: () => undefined }
    const transport = new BrowserTransport(socket, await FakeBrowser.make(bytes => sending.send(bytes)))
    sending.send = bytes => transport.#send(bytes)
    return transport
  }

  describes(setup: 'actpass' | 'active', direction: Direction, version: number): string {
    const { text } = this.browser.describes(setup, `a=${direction}`)
    return text.replace(/^o=.*$/m, `o=- 8 ${version} IN IP4 127.0.0.1`)
  }

  /** Starts checks of the server's candidate, or continues with new credentials. */
  reach(description: string): void {
    const [, host, port] = /^a=candidate:\S+ 1 udp \d+ (\S+) (\d+) /im.exec(description) ?? []
    if (host === undefined || this.#isClosed) return
    this.#target = { host, port: Number(port) }
    this.#credentials = credentialsOf({ type: 'application/sdp', text: description })
    clearInterval(this.#checks)
    this.#checks = setInterval(() => this.#check(), checkEveryMs)
    this.#check()
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    clearInterval(this.#checks)
    this.browser.close()
    this.socket.close()
  }

  #check(): void {
    if (this.#credentials) this.browser.check(this.#credentials)
  }

  #came(bytes: Buffer): void {
    this.browser.receive(bytes)
    if (this.#shakesHands || this.browser.answers.length === 0) return
    this.#shakesHands = true
    void this.browser.connect()
  }

  #send(bytes: Buffer): void {
    if (this.#target && !this.#isClosed) this.socket.send(bytes, this.#target.port, this.#target.host)
  }
}

const isBrowsers = (sdp: string): boolean => sdp.includes('UDP/TLS/RTP/SAVPF')
const described = (body: string): BodyAndContentType => ({ body, contentType: 'application/sdp' })

/** A media line that accepts no packets: port 9 is the discard port. */
const plain = (direction: Direction, version: number): string =>
  [
    ...[
      'v=0',
      `o=- 8 ${version} IN IP4 127.0.0.1`,
      's=-',
      'c=IN IP4 127.0.0.1',
      't=0 0',
      'm=audio 9 RTP/AVP 0',
      `a=${direction}`,
    ],
    '',
  ].join('\r\n')

/** The direction of the answer (RFC 3264 §6.1). A phone that holds the other side does not receive its sound. */
function answering(offer: string, isHolding: boolean): Direction {
  const offered = /^a=(sendrecv|sendonly|recvonly|inactive)\r?$/m.exec(offer)?.[1] ?? 'sendrecv'
  const sends = offered === 'sendrecv' || offered === 'recvonly'
  const hears = (offered === 'sendrecv' || offered === 'sendonly') && !isHolding
  if (sends) return hears ? 'sendrecv' : 'sendonly'
  return hears ? 'recvonly' : 'inactive'
}
