import { createHash, verify, X509Certificate } from 'node:crypto'
// The package's `main` names a file that it does not hold.
import {
  CipherContext,
  DtlsServer,
  HashAlgorithm,
  NamedCurveAlgorithm,
  SignatureAlgorithm,
} from 'werift-dtls/lib/dtls/src/index.js'
import type { Fingerprint } from '../sdp.js'
import { keySizes, type MasterKey } from './srtp.js'

/** Who we are to browsers, with the key that proves it: PEM texts. */
export interface Certificate {
  readonly certificate: string
  readonly key: string
  readonly fingerprint: Fingerprint
}

export interface HandshakeListener {
  send(bytes: Buffer): void
  /** The browser is who its description says, and these are the keys. */
  secured(ours: MasterKey, theirs: MasterKey): void
  /** There will be none: a failed handshake, somebody else's certificate, or an alert. Not told after `secured`: calls end by SIP. */
  failed(why: string): void
}

const signed = { hash: HashAlgorithm.sha256_4, signature: SignatureAlgorithm.ecdsa_3 }
const aes128CmSha1_80 = 1
const certificateVerify = 15

/** A certificate of our own making (RFC 8827 §6.5: ECDSA on P-256); made anew at each start, as nobody keeps its fingerprint. */
export async function makeCertificate(): Promise<Certificate> {
  const made = await CipherContext.createSelfSignedCertificateWithKey(signed, NamedCurveAlgorithm.secp256r1_23)
  const { raw } = new X509Certificate(made.certPem)
  return {
    certificate: made.certPem,
    key: made.keyPem,
    fingerprint: { algorithm: 'sha-256', hash: hashOf(raw, 'sha-256') ?? '' },
  }
}

/** One DTLS handshake, of which we are the server (RFC 5763 §5: browsers are active where they may choose). */
export class Handshake {
  readonly #server: DtlsServer
  #secured = false
  #over = false

  constructor(
    { certificate, key }: Certificate,
    private readonly expected: Fingerprint,
    private readonly listener: HandshakeListener,
  ) {
    this.#server = new DtlsServer({
      cert: certificate,
      key,
      signatureHash: signed,
      srtpProfiles: [aes128CmSha1_80],
      certificateRequest: true,
      extendedMasterSecret: true,
      transport: {
        type: 'udp',
        address: { address: '', family: '', port: 0 },
        closed: false,
        onData: () => undefined,
        send: bytes => {
          if (!this.#over) this.listener.send(bytes)
          return Promise.resolve()
        },
        close: () => Promise.resolve(),
      },
    })
    this.#server.onConnect.subscribe(() => this.#connected())
    this.#server.onError.subscribe(error => this.#fail(error.message))
    this.#server.onClose.subscribe(() => this.#fail('alert'))
  }

  /** A datagram of the browser's. */
  receive(bytes: Buffer): void {
    if (!this.#over) this.#server.transport.socket.onData(bytes, ['', 0])
  }

  close(): void {
    this.#over = true
  }

  #connected(): void {
    const because = this.#server.srtp.srtpProfile === undefined ? 'no SRTP' : stranger(this.#server, this.expected)
    if (because !== undefined) return this.#fail(because)
    const keys: Readonly<Record<string, unknown>> = this.#server.extractSessionKeys(keySizes.key, keySizes.salt)
    const [ours, theirs] = [masterOf(keys.localKey, keys.localSalt), masterOf(keys.remoteKey, keys.remoteSalt)]
    if (!ours || !theirs) return this.#fail('no keys')
    this.#secured = true
    this.listener.secured(ours, theirs)
  }

  #fail(why: string): void {
    if (this.#over || this.#secured) return
    this.#over = true
    this.listener.failed(why)
  }
}

/**
 * What stands against it that whoever shook hands is the one with the expected certificate. The library asks for the certificate and its
 * proof and looks at neither: the proof is a signature of all that was said until then (RFC 5246 §7.4.8).
 */
function stranger(server: DtlsServer, expected: Fingerprint): string | undefined {
  const raw = server.remoteCertificate
  if (!raw) return 'no certificate'
  if (hashOf(raw, expected.algorithm) !== expected.hash) return 'another certificate than described'
  const said = server.dtls.sortedHandshakeCache
  const at = said.findIndex(({ msg_type: kind }) => kind === certificateVerify)
  const proof = said[at]?.fragment
  if (!proof || proof.length < 4 || proof.readUInt8(0) !== signed.hash) return 'no proof of the certificate'
  const before = Buffer.concat(said.slice(0, at).map(message => message.serialize()))
  const signature = proof.subarray(4, 4 + proof.readUInt16BE(2))
  const isTheirs = verify('sha256', before, new X509Certificate(raw).publicKey, signature)
  return isTheirs ? undefined : 'a false proof of the certificate'
}

/** Undefined: by an algorithm that RFC 8122 does not know. */
function hashOf(certificate: Buffer, algorithm: string): string | undefined {
  const name = /^sha-(1|224|256|384|512)$/.exec(algorithm)?.[1]
  if (name === undefined) return undefined
  return createHash(`sha${name}`)
    .update(certificate)
    .digest('hex')
    .toUpperCase()
    .replace(/..(?!$)/g, '$&:')
}

const masterOf = (key: unknown, salt: unknown): MasterKey | undefined =>
  Buffer.isBuffer(key) && Buffer.isBuffer(salt) ? { key, salt } : undefined
