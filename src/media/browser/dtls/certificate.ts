import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'
import type { Fingerprint } from '../../sdp.js'

/** The certificate that we show to browsers, with its private key. */
export interface Certificate {
  /** The X.509 certificate in DER. */
  readonly raw: Buffer
  readonly key: KeyObject
  readonly fingerprint: Fingerprint
}

const dayMs = 86_400_000
/** Browsers check only the fingerprint, not the dates. Ten years fit into the two-digit year of UTCTime. */
const validForMs = 3650 * dayMs
const tags = { integer: 0x02, bits: 0x03, utf8: 0x0c, time: 0x17, sequence: 0x30, set: 0x31, version: 0xa0 }
/** The object ids of ecdsa-with-SHA256 (RFC 5758) and commonName. */
const [ecdsaWithSha256, commonName] = [Buffer.from('06082a8648ce3d040302', 'hex'), Buffer.from('0603550403', 'hex')]

/**
 * Makes a self-signed certificate on P-256 (RFC 8827 §6.5), valid from the day before `now` (milliseconds since the epoch). Each process
 * makes its own, because nobody stores the fingerprint.
 */
export function makeCertificate(now: number): Certificate {
  const { publicKey, privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const serial = randomBytes(8)
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40
  const algorithm = der(tags.sequence, ecdsaWithSha256)
  const name = der(tags.sequence, der(tags.set, der(tags.sequence, commonName, der(tags.utf8, Buffer.from('carillon')))))
  const signed = der(
    tags.sequence,
    // Version 3 is encoded as 2.
    der(tags.version, der(tags.integer, Buffer.from([2]))),
    der(tags.integer, serial),
    algorithm,
    name,
    der(tags.sequence, der(tags.time, timeOf(now - dayMs)), der(tags.time, timeOf(now + validForMs))),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
  )
  const signature = sign('sha256', signed, key)
  const raw = der(tags.sequence, signed, algorithm, der(tags.bits, Buffer.from([0]), signature))
  return { raw, key, fingerprint: { algorithm: 'sha-256', hash: hashOf(raw, 'sha-256') ?? '' } }
}

/** The hash as SDP writes it (RFC 8122 §5). Undefined for an algorithm that RFC 8122 does not have. */
export function hashOf(certificate: Buffer, algorithm: string): string | undefined {
  const name = /^sha-(1|224|256|384|512)$/.exec(algorithm)?.[1]
  if (name === undefined) return undefined
  return createHash(`sha${name}`)
    .update(certificate)
    .digest('hex')
    .toUpperCase()
    .replace(/..(?!$)/g, '$&:')
}

/** One DER value (X.690): its tag, its length and its parts. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([tag]), lengthOf(body.length), body])
}

/** The shortest form of the length. Nothing here reaches 64 kB. */
function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length])
  return length < 0x100 ? Buffer.from([0x81, length]) : Buffer.from([0x82, length >> 8, length & 0xff])
}

/** A UTCTime of X.690: YYMMDDhhmmssZ. `ms`: milliseconds since the epoch. */
const timeOf = (ms: number): Buffer => Buffer.from(`${new Date(ms).toISOString().replace(/\D/g, '').slice(2, 14)}Z`)
