import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto'
import { keySizes, type MasterKey } from './srtp-keys.js'
import { recordHeader, recordHeaderSize, type DtlsRecord } from './records.js'

const masterSize = 48
const keySize = 16
/** The fixed part of the nonce (RFC 5288 §3). */
const saltSize = 4
const nonceSize = 8
const tagSize = 16
const verifySize = 12

/** The pseudorandom function of TLS 1.2 with SHA-256 (RFC 5246 §5). */
export function derive(secret: Buffer, label: string, seed: Buffer, size: number): Buffer {
  const labelled = Buffer.concat([Buffer.from(label, 'ascii'), seed])
  const hmac = (data: Buffer): Buffer => createHmac('sha256', secret).update(data).digest()
  const parts: Buffer[] = []
  for (let block = hmac(labelled), made = 0; made < size; block = hmac(block)) {
    const part = hmac(Buffer.concat([block, labelled]))
    parts.push(part)
    made += part.length
  }
  return Buffer.concat(parts).subarray(0, size)
}

/** The keys of a handshake, derived from the shared point and the hash of its messages (RFC 7627 §4). */
export class Secrets {
  readonly #master: Buffer
  readonly #client: Protection
  readonly #server: Protection

  constructor(
    shared: Buffer,
    said: Buffer,
    private readonly clientRandom: Buffer,
    private readonly serverRandom: Buffer,
  ) {
    this.#master = derive(shared, 'extended master secret', said, masterSize)
    const seed = Buffer.concat([serverRandom, clientRandom])
    const block = derive(this.#master, 'key expansion', seed, 2 * (keySize + saltSize))
    const salts = 2 * keySize
    this.#client = new Protection(block.subarray(0, keySize), block.subarray(salts, salts + saltSize))
    this.#server = new Protection(block.subarray(keySize, salts), block.subarray(salts + saltSize))
  }

  /** The content of a Finished message (RFC 5246 §7.4.9). */
  finished(side: 'client' | 'server', said: Buffer): Buffer {
    return derive(this.#master, `${side} finished`, said, verifySize)
  }

  /** Decrypts the client's record. Undefined: the client did not send it. */
  open(record: DtlsRecord): Buffer | undefined {
    return this.#client.open(record)
  }

  /** Encrypts our record, with its header. */
  seal(record: DtlsRecord): Buffer {
    return this.#server.seal(record)
  }

  /** The SRTP keys (RFC 5764 §4.2). */
  srtp(): { readonly ours: MasterKey; readonly theirs: MasterKey } {
    const { key, salt } = keySizes
    const seed = Buffer.concat([this.clientRandom, this.serverRandom])
    const bytes = derive(this.#master, 'EXTRACTOR-dtls_srtp', seed, 2 * (key + salt))
    const [salts, end] = [2 * key, 2 * key + salt]
    return {
      theirs: { key: bytes.subarray(0, key), salt: bytes.subarray(salts, end) },
      ours: { key: bytes.subarray(key, salts), salt: bytes.subarray(end) },
    }
  }
}

/** AES-128-GCM in one direction (RFC 5288, RFC 6347 §4.1.2). */
class Protection {
  constructor(
    private readonly key: Buffer,
    private readonly salt: Buffer,
  ) {}

  open({ type, epoch, sequence, body }: DtlsRecord): Buffer | undefined {
    const length = body.length - nonceSize - tagSize
    if (length < 0) return undefined
    const decipher = createDecipheriv('aes-128-gcm', this.key, Buffer.concat([this.salt, body.subarray(0, nonceSize)]))
    decipher.setAAD(additional(recordHeader(type, epoch, sequence, length)))
    decipher.setAuthTag(body.subarray(body.length - tagSize))
    const plain = decipher.update(body.subarray(nonceSize, body.length - tagSize))
    try {
      decipher.final()
      return plain
    } catch {
      // Node throws if the tag is wrong: somebody else sent the record.
      return undefined
    }
  }

  seal({ type, epoch, sequence, body }: DtlsRecord): Buffer {
    const head = recordHeader(type, epoch, sequence, nonceSize + body.length + tagSize)
    // Epoch and sequence number are never used twice together.
    const nonce = head.subarray(3, 3 + nonceSize)
    const cipher = createCipheriv('aes-128-gcm', this.key, Buffer.concat([this.salt, nonce]))
    cipher.setAAD(additional(recordHeader(type, epoch, sequence, body.length)))
    const sealed = Buffer.concat([cipher.update(body), cipher.final()])
    return Buffer.concat([head, nonce, sealed, cipher.getAuthTag()])
  }
}

/** The additional authenticated data starts with epoch and sequence number (RFC 6347 §4.1.2.1). */
const additional = (head: Buffer): Buffer =>
  Buffer.concat([head.subarray(3, 11), head.subarray(0, 3), head.subarray(11, recordHeaderSize)])
