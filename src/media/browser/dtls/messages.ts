import { fault, ok, type Result } from '../../../foundation/result.js'
import { version } from './records.js'

/** The handshake messages that we need: ECDHE on P-256, ECDSA, and SRTP (RFC 8422, RFC 5764). */
export const messageTypes = {
  clientHello: 1,
  serverHello: 2,
  certificate: 11,
  serverKeyExchange: 12,
  certificateRequest: 13,
  serverHelloDone: 14,
  certificateVerify: 15,
  clientKeyExchange: 16,
  finished: 20,
} as const

const { clientHello, certificate, certificateVerify, clientKeyExchange, finished } = messageTypes
const clients: ReadonlySet<number> = new Set([clientHello, certificate, certificateVerify, clientKeyExchange, finished])
/** Whether a client may send this type. */
export const isClients = (type: number): boolean => clients.has(type)

/** In bytes: the random value of a hello. */
export const randomSize = 32
/** TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, which every browser supports (RFC 8827 §6.5). */
const cipherSuite = 0xc02b
/** TLS_EMPTY_RENEGOTIATION_INFO_SCSV, which means the same as the renegotiation extension (RFC 5746 §3.3). */
const renegotiationSuite = 0x00ff
const secp256r1 = 23
/** SRTP_AES128_CM_HMAC_SHA1_80 (RFC 5764 §4.1.2). */
const srtpProfile = 0x0001
const ecdsaSha256 = 0x0403
const rsaSha256 = 0x0401
const extensions = { groups: 10, points: 11, signatures: 13, srtp: 14, extendedMasterSecret: 23, renegotiation: 0xff01 }
const uncompressedPoint = 4
const pointSize = 65
const namedCurve = 3
/** Certificate types of RFC 5246 §7.4.4 and RFC 8422 §5.5. */
const [rsaSign, ecdsaSign] = [1, 64]

export interface ClientHello {
  readonly random: Buffer
  /** Extensions that we must answer because the client sent them. */
  readonly points: boolean
  readonly renegotiation: boolean
}

export interface CertificateVerify {
  readonly algorithm: 'ecdsa' | 'rsa'
  readonly signature: Buffer
}

/** Reads from the front. Returns undefined as soon as too few bytes are left. */
class Reader {
  #at = 0

  constructor(private readonly bytes: Buffer) {}

  get isEmpty(): boolean {
    return this.#at >= this.bytes.length
  }

  take(size: number): Buffer | undefined {
    const from = this.#at
    if (from + size > this.bytes.length) return undefined
    this.#at += size
    return this.bytes.subarray(from, from + size)
  }

  number(size: number): number | undefined {
    return this.take(size)?.readUIntBE(0, size)
  }

  /** A field with a length prefix of `size` bytes. */
  vector(size: number): Buffer | undefined {
    const length = this.number(size)
    return length === undefined ? undefined : this.take(length)
  }
}

/** The random value of a hello. A fragment with the beginning of the hello is enough. */
export const randomOf = (hello: Buffer): Buffer | undefined =>
  hello.length < 2 + randomSize ? undefined : hello.subarray(2, 2 + randomSize)

export function readClientHello(body: Buffer): Result<ClientHello> {
  const reader = new Reader(body)
  const said = reader.number(2)
  const random = reader.take(randomSize)
  const hasSessionAndCookie = reader.vector(1) !== undefined && reader.vector(1) !== undefined
  const suites = reader.vector(2)
  const compressions = reader.vector(1)
  const found = readExtensions(reader.vector(2))
  if (said === undefined || !random || !hasSessionAndCookie || !suites || !compressions || !found)
    return fault('a malformed hello')
  const missing = missingIn(said, suites, compressions, found)
  if (missing !== undefined) return fault(missing)
  const renegotiation = found.has(extensions.renegotiation) || holds(suites, renegotiationSuite)
  return ok({ random, points: found.has(extensions.points), renegotiation })
}

/** What we require and the hello does not offer. Undefined: nothing is missing. */
function missingIn(said: number, suites: Buffer, compressions: Buffer, found: ReadonlyMap<number, Buffer>): string | undefined {
  // DTLS version numbers count downwards.
  if (said > version) return 'no DTLS 1.2'
  if (!holds(suites, cipherSuite)) return 'no cipher suite in common'
  if (!compressions.includes(0)) return 'only compressed'
  if (!holdsWithin(found.get(extensions.groups), secp256r1)) return 'no P-256'
  if (!holdsWithin(found.get(extensions.signatures), ecdsaSha256)) return 'no ECDSA with SHA-256'
  if (!holdsWithin(found.get(extensions.srtp), srtpProfile)) return 'no SRTP'
  // Without the extension of RFC 7627, an attacker can link two handshakes.
  return found.has(extensions.extendedMasterSecret) ? undefined : 'no extended master secret'
}

function readExtensions(bytes: Buffer | undefined): ReadonlyMap<number, Buffer> | undefined {
  if (!bytes) return undefined
  const found = new Map<number, Buffer>()
  for (const reader = new Reader(bytes); !reader.isEmpty;) {
    const type = reader.number(2)
    const body = reader.vector(2)
    if (type === undefined || !body || found.has(type)) return undefined
    found.set(type, body)
  }
  return found
}

/** Whether a list of 16-bit numbers contains this one. */
function holds(list: Buffer, number: number): boolean {
  for (let at = 0; at + 2 <= list.length; at += 2) if (list.readUInt16BE(at) === number) return true
  return false
}

/** The list has a length prefix. Bytes after it are ignored. */
function holdsWithin(bytes: Buffer | undefined, number: number): boolean {
  const list = bytes && new Reader(bytes).vector(2)
  return list !== undefined && holds(list, number)
}

/** The client's own certificate in DER. Undefined if absent or malformed. */
export function readCertificate(body: Buffer): Buffer | undefined {
  const list = new Reader(body).vector(3)
  return list && new Reader(list).vector(3)
}

/** The client's point on P-256. Undefined if malformed. */
export function readKeyExchange(body: Buffer): Buffer | undefined {
  const point = new Reader(body).vector(1)
  return point?.length === pointSize && point[0] === uncompressedPoint ? point : undefined
}

export function readCertificateVerify(body: Buffer): CertificateVerify | undefined {
  const reader = new Reader(body)
  const algorithm = reader.number(2)
  const signature = reader.vector(2)
  if (!signature || (algorithm !== ecdsaSha256 && algorithm !== rsaSha256)) return undefined
  return { algorithm: algorithm === ecdsaSha256 ? 'ecdsa' : 'rsa', signature }
}

export function writeServerHello(random: Buffer, { points, renegotiation }: ClientHello): Buffer {
  const answered = [
    extension(extensions.extendedMasterSecret, Buffer.alloc(0)),
    // One profile, and no master key identifier.
    extension(extensions.srtp, Buffer.concat([vector(2, word(srtpProfile)), vector(1, Buffer.alloc(0))])),
    ...(points ? [extension(extensions.points, vector(1, Buffer.from([0])))] : []),
    ...(renegotiation ? [extension(extensions.renegotiation, vector(1, Buffer.alloc(0)))] : []),
  ]
  const noSession = vector(1, Buffer.alloc(0))
  const noCompression = Buffer.from([0])
  return Buffer.concat([word(version), random, noSession, word(cipherSuite), noCompression, vector(2, Buffer.concat(answered))])
}

export const writeCertificate = (certificate: Buffer): Buffer => vector(3, vector(3, certificate))

/** Our point in the form that is signed (RFC 8422 §5.4). */
export const writeKeyParameters = (point: Buffer): Buffer =>
  Buffer.concat([Buffer.from([namedCurve]), word(secp256r1), vector(1, point)])

export const writeKeyExchange = (parameters: Buffer, signature: Buffer): Buffer =>
  Buffer.concat([parameters, word(ecdsaSha256), vector(2, signature)])

export const writeCertificateRequest = (): Buffer =>
  Buffer.concat([
    vector(1, Buffer.from([ecdsaSign, rsaSign])),
    vector(2, Buffer.concat([word(ecdsaSha256), word(rsaSha256)])),
    vector(2, Buffer.alloc(0)),
  ])

function word(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(value)
  return bytes
}

function vector(size: number, body: Buffer): Buffer {
  const length = Buffer.alloc(size)
  length.writeUIntBE(body.length, 0, size)
  return Buffer.concat([length, body])
}

const extension = (type: number, body: Buffer): Buffer => Buffer.concat([word(type), vector(2, body)])
