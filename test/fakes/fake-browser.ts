import { createHmac, randomBytes, X509Certificate, type KeyObject } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { DtlsClient } from 'werift-dtls/lib/dtls/src/index.js'
import { makeCertificate, type Certificate } from '../../src/media/browser/dtls/certificate.js'
import { readBindingRequest, writeBindingResponse } from '../../src/media/browser/stun.js'
import { keySizes } from '../../src/media/browser/dtls/srtp-keys.js'
import { SrtpReceiver, SrtpSender } from '../../src/media/browser/srtp.js'
import type { Body } from '../../src/legs/body.js'
import { body } from '../unit/media/descriptions.js'

const signed = { hash: 4, signature: 3 } as const

/** A deliberate error. */
export interface Deceit {
  /** It shows this certificate but has the key of another. */
  readonly key?: KeyObject
}

/** A browser's transport without sockets: checks, a DTLS handshake by the client half of the library, and SRTP. */
export class FakeBrowser {
  readonly ufrag = 'them'
  readonly password = randomBytes(16).toString('hex')
  readonly #client: DtlsClient
  #keys: { readonly sender: SrtpSender; readonly receiver: SrtpReceiver } | undefined
  #secured: (() => void) | undefined
  /** Decrypted SRTP and SRTCP packets that arrived. */
  readonly heard: Buffer[] = []
  readonly reports: Buffer[] = []
  /** Responses to its connectivity checks. */
  readonly answers: Buffer[] = []
  /** The gateway's checks that arrived. */
  readonly questions: Buffer[] = []
  answersQuestions = true

  private constructor(
    readonly certificate: Certificate,
    private readonly send: (bytes: Buffer) => void,
    { key = certificate.key }: Deceit,
  ) {
    this.#client = new DtlsClient({
      ...{ cert: new X509Certificate(certificate.raw).toString(), key: String(key.export({ type: 'pkcs8', format: 'pem' })) },
      ...{ signatureHash: signed, srtpProfiles: [1], extendedMasterSecret: true },
      transport: {
        ...{ type: 'udp', address: { address: '', family: '', port: 0 }, closed: false, onData: () => undefined },
        send: bytes => {
          this.send(bytes)
          return Promise.resolve()
        },
        close: () => Promise.resolve(),
      },
    })
    this.#client.onError.subscribe(() => undefined)
    this.#client.onConnect.subscribe(() => {
      const { localKey, localSalt, remoteKey, remoteSalt } = this.#client.extractSessionKeys(keySizes.key, keySizes.salt) as Record<string, Buffer> // prettier-ignore
      const none: Buffer = Buffer.alloc(0)
      const master = (key = none, salt = none) => ({ key, salt })
      this.#keys = {
        sender: new SrtpSender(master(localKey, localSalt)),
        receiver: new SrtpReceiver(master(remoteKey, remoteSalt)),
      }
      this.#secured?.()
    })
  }

  static async make(send: (bytes: Buffer) => void, deceit: Deceit = {}): Promise<FakeBrowser> {
    return new FakeBrowser(makeCertificate(Date.now()), send, deceit)
  }

  get fingerprint(): string {
    return this.certificate.fingerprint.hash
  }

  /** Its offer, or its answer if `setup` says who begins the handshake. */
  describes(setup: 'actpass' | 'active' | 'passive' = 'actpass', ...lines: readonly string[]): Body {
    return body(
      [
        ...['v=0', 'o=- 8 2 IN IP4 127.0.0.1', 's=-', 't=0 0', 'a=group:BUNDLE 0'],
        ...['m=audio 9 UDP/TLS/RTP/SAVPF 111 0 8 126', 'c=IN IP4 0.0.0.0', 'a=mid:0', 'a=rtcp-mux'],
        ...['a=rtpmap:111 opus/48000/2', 'a=rtpmap:126 telephone-event/8000'],
        ...[`a=ice-ufrag:${this.ufrag}`, `a=ice-pwd:${this.password}`, `a=setup:${setup}`],
        `a=fingerprint:sha-256 ${this.fingerprint}`,
        ...lines,
        '',
      ].join('\r\n'),
    )
  }

  /** Sends a connectivity check with these credentials (RFC 8445 §7.2.4). */
  check(of: { readonly ufrag: string; readonly password: string }, nominates = true): void {
    this.send(checkOf(of, this.ufrag, nominates))
  }

  /** Performs the handshake. Resolves when it has keys. */
  async connect(): Promise<void> {
    const secured = new Promise<void>(resolve => (this.#secured = resolve))
    void this.#client.connect()
    await secured
  }

  say(packet: Buffer, index = packet.readUInt16BE(2)): void {
    const sealed = this.#keys?.sender.rtp(packet, 12, index)
    if (sealed) this.send(sealed)
  }

  /** Stops retrying the handshake, so that no timer stays. */
  close(): void {
    this.#client.dtls.flight = Infinity
  }

  #asked(bytes: Buffer): void {
    const request = readBindingRequest(bytes)
    if (!request?.username.startsWith(`${this.ufrag}:`) || !request.isBy(this.password)) return
    this.questions.push(bytes)
    if (this.answersQuestions) this.send(writeBindingResponse(request.transaction, seen, this.password))
  }

  /** Receives a datagram from the gateway. */
  receive(bytes: Buffer): void {
    const [first = 0, second = 0] = bytes
    if (first === 0) this.#asked(bytes)
    else if (first < 4) this.answers.push(bytes)
    else if (first < 64) this.#client.transport.socket.onData(bytes, ['', 0])
    else {
      const isReport = second >= 192 && second <= 223
      const opened = isReport ? this.#keys?.receiver.rtcp(bytes) : this.#keys?.receiver.rtp(bytes)
      if (opened) (isReport ? this.reports : this.heard).push(opened)
    }
  }
}

/** Its own address as the gateway saw it. */
const seen = { address: '192.0.2.1', port: 1 }

/** The ICE credentials in SDP. */
export function credentialsOf({ text }: Body): { readonly ufrag: string; readonly password: string } {
  return { ufrag: /^a=ice-ufrag:(.*)\r$/m.exec(text)?.[1] ?? '', password: /^a=ice-pwd:(.*)\r$/m.exec(text)?.[1] ?? '' }
}

function checkOf(of: { readonly ufrag: string; readonly password: string }, theirs: string, nominates: boolean): Buffer {
  const attribute = (type: number, value: Buffer): Buffer => {
    const head = Buffer.alloc(4)
    head.writeUInt16BE(type, 0)
    head.writeUInt16BE(value.length, 2)
    return Buffer.concat([head, value, Buffer.alloc(-value.length & 3)])
  }
  const head = Buffer.alloc(20)
  head.writeUInt16BE(1, 0)
  head.writeUInt32BE(0x2112a442, 4)
  randomBytes(12).copy(head, 8)
  const said = [attribute(6, Buffer.from(`${of.ufrag}:${theirs}`)), ...(nominates ? [attribute(0x25, Buffer.alloc(0))] : [])]
  const plain = Buffer.concat([head, ...said])
  plain.writeUInt16BE(plain.length - 20 + 24, 2)
  const whole = Buffer.concat([plain, attribute(8, createHmac('sha1', of.password).update(plain).digest())])
  whole.writeUInt16BE(whole.length - 20 + 8, 2)
  const check = Buffer.alloc(4)
  check.writeUInt32BE((crc32(whole) ^ 0x5354554e) >>> 0)
  return Buffer.concat([whole, attribute(0x8028, check)])
}
