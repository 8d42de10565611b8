import { createCipheriv, createECDH, createHash, randomBytes, sign } from 'node:crypto'
import { readFragments, writeMessage } from '../../src/media/browser/dtls/assembly.js'
import { makeCertificate, type Certificate } from '../../src/media/browser/dtls/certificate.js'
import { contentTypes, readRecords, recordHeader, writeRecord } from '../../src/media/browser/dtls/records.js'
import { derive } from '../../src/media/browser/dtls/secrets.js'

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')
const vector = (size: number, body: Buffer): Buffer => {
  const length = Buffer.alloc(size)
  length.writeUIntBE(body.length, 0, size)
  return Buffer.concat([length, body])
}

/** Extensions: groups, point formats, signatures, SRTP, extended master secret, renegotiation. */
const extensions = hex(
  '000a 0004 0002 0017  000b 0002 0100  000d 0004 0002 0403  000e 0005 0002 0001 00  0017 0000  ff01 0001 00',
)
const hashed = (said: readonly Buffer[]): Buffer => createHash('sha256').update(Buffer.concat(said)).digest()

/** A browser's response to the server's flight: the messages, each in its own record, and a function that encrypts further records. */
export interface ClientFlight {
  readonly records: readonly Buffer[]
  readonly seal: (plain: Buffer, type?: 21 | 22) => Buffer
}

/** The browser's half of a handshake, step by step without waiting, so that a mutation can start at any step. */
export class StepClient {
  readonly certificate: Certificate = makeCertificate(1_800_000_000_000)
  readonly #random = randomBytes(32)
  readonly #hello = writeMessage({ type: 1, sequence: 0, body: this.#helloBody() })
  #sealed = 0

  hello(): Buffer {
    return writeRecord(contentTypes.handshake, 0, 0, this.#hello)
  }

  answer(flight: Buffer): ClientFlight {
    const theirs = readRecords(flight).records.flatMap(({ body }) => readFragments(body, () => true) ?? [])
    const bodyOf = (type: number): Buffer => theirs.find(each => each.type === type)?.body ?? Buffer.alloc(0)
    const serverRandom = bodyOf(2).subarray(2, 34)
    const point = bodyOf(12).subarray(4, 69)
    const said = [this.#hello, ...theirs.map(writeMessage)]
    const ecdh = createECDH('prime256v1')
    const own = ecdh.generateKeys()
    const say = (type: number, sequence: number, body: Buffer): Buffer => {
      const message = writeMessage({ type, sequence, body })
      said.push(message)
      return message
    }
    const certificate = say(11, 1, vector(3, vector(3, this.certificate.raw)))
    const keyExchange = say(16, 2, vector(1, own))
    const master = derive(ecdh.computeSecret(point), 'extended master secret', hashed(said), 48)
    const proof = Buffer.concat([hex('0403'), vector(2, sign('sha256', Buffer.concat(said), this.certificate.key))])
    const verify = say(15, 3, proof)
    const finished = writeMessage({ type: 20, sequence: 4, body: derive(master, 'client finished', hashed(said), 12) })
    const block = derive(master, 'key expansion', Buffer.concat([serverRandom, this.#random]), 40)
    const seal = (plain: Buffer, type: 21 | 22 = 22): Buffer => this.#seal(block, plain, type)
    const plain = [certificate, keyExchange, verify].map((message, at) => writeRecord(22, 0, at + 1, message))
    return { records: [...plain, writeRecord(20, 0, 4, Buffer.from([1])), seal(finished)], seal }
  }

  #helloBody(): Buffer {
    const noSessionNoCookie = hex('0000')
    return Buffer.concat([hex('fefd'), this.#random, noSessionNoCookie, hex('0002 c02b 0100'), vector(2, extensions)])
  }

  #seal(block: Buffer, plain: Buffer, type: 21 | 22): Buffer {
    const sequence = this.#sealed
    this.#sealed += 1
    const head = recordHeader(type, 1, sequence, plain.length + 24)
    const nonce = head.subarray(3, 11)
    const cipher = createCipheriv('aes-128-gcm', block.subarray(0, 16), Buffer.concat([block.subarray(32, 36), nonce]))
    const short = recordHeader(type, 1, sequence, plain.length)
    cipher.setAAD(Buffer.concat([nonce, short.subarray(0, 3), short.subarray(11)]))
    return Buffer.concat([head, nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
  }
}
