import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { addressBytes } from '../addresses.js'
import type { Endpoint } from '../sdp.js'

interface Message {
  readonly username: string | undefined
  /** USE-CANDIDATE: the browser nominates this pair (RFC 8445 §7.1.2). */
  readonly nominates: boolean
  /** Twelve bytes that the response repeats. */
  readonly transaction: Buffer
  /** Whether the sender knows this password. */
  isBy(password: string): boolean
}

/** What we read of a connectivity check (RFC 8445 §7.2). */
interface BindingRequest extends Message {
  /** `ours:theirs`, the user fragments of both sides. */
  readonly username: string
}

export type BindingResponse = Pick<Message, 'transaction' | 'isBy'>

interface OwnCheck {
  /** Twelve bytes that nobody can guess. */
  readonly transaction: Buffer
  /** `theirs:ours`, the user fragments of both sides. */
  readonly username: string
  readonly password: string
}

const headerSize = 20
const cookie = 0x2112a442
const bindingRequest = 0x0001
const bindingSuccess = 0x0101
const attribute = {
  username: 0x0006,
  integrity: 0x0008,
  mappedAddress: 0x0020,
  priority: 0x0024,
  useCandidate: 0x0025,
  fingerprint: 0x8028,
  iceControlled: 0x8029,
}
/** The priority of a candidate found by a check (RFC 8445 §5.1.2). */
const peerReflexive = 110 * 2 ** 24 + 65_535 * 2 ** 8 + 255
const integritySize = 20
const fingerprintMask = 0x5354554e

/** Reads a connectivity check. Undefined: not a binding request with a message integrity, or malformed (RFC 8489 §6.3). */
export function readBindingRequest(bytes: Buffer): BindingRequest | undefined {
  const read = readMessage(bytes, bindingRequest)
  return read?.username === undefined ? undefined : { ...read, username: read.username }
}

/** The answer to our own check. Undefined: not a success response with a message integrity, or malformed. */
export function readBindingResponse(bytes: Buffer): BindingResponse | undefined {
  return readMessage(bytes, bindingSuccess)
}

function readMessage(bytes: Buffer, expected: number): Message | undefined {
  if (bytes.length < headerSize || bytes.readUInt16BE(0) !== expected || bytes.readUInt32BE(4) !== cookie) return undefined
  if (bytes.length !== headerSize + bytes.readUInt16BE(2)) return undefined
  let username: string | undefined
  let nominates = false
  for (let at = headerSize; at + 4 <= bytes.length;) {
    const [type, size] = [bytes.readUInt16BE(at), bytes.readUInt16BE(at + 2)]
    const value = bytes.subarray(at + 4, at + 4 + size)
    if (value.length !== size) return undefined
    if (type === attribute.username) username = value.toString('latin1')
    if (type === attribute.useCandidate) nominates = true
    // The integrity does not protect what follows it.
    if (type === attribute.integrity) {
      if (size !== integritySize) return undefined
      const isBy = (password: string): boolean => timingSafeEqual(value, integrityOf(bytes.subarray(0, at), password))
      return { username, nominates, transaction: bytes.subarray(8, headerSize), isBy }
    }
    at += 4 + size + (-size & 3)
  }
  return undefined
}

/** Our own check, in the controlled role (RFC 8445 §7.2.2). `password` is the browser's. */
export function writeBindingRequest({ transaction, username, password }: OwnCheck): Buffer {
  const priority = Buffer.alloc(4)
  priority.writeUInt32BE(peerReflexive)
  return signed(headOf(bindingRequest, transaction), password, [
    attributeOf(attribute.username, Buffer.from(username, 'latin1')),
    attributeOf(attribute.priority, priority),
    attributeOf(attribute.iceControlled, randomBytes(8)),
  ])
}

/** Tells the browser from which address its check came, and proves that we know the password. */
export function writeBindingResponse(transaction: Buffer, source: Endpoint, password: string): Buffer {
  const head = headOf(bindingSuccess, transaction)
  return signed(head, password, [attributeOf(attribute.mappedAddress, hidden(source, head))])
}

function headOf(type: number, transaction: Buffer): Buffer {
  const head = Buffer.alloc(headerSize)
  head.writeUInt16BE(type, 0)
  head.writeUInt32BE(cookie, 4)
  transaction.copy(head, 8)
  return head
}

/** Adds integrity and fingerprint after the attributes. */
function signed(head: Buffer, password: string, attributes: readonly Buffer[]): Buffer {
  const plain = Buffer.concat([head, ...attributes])
  const whole = Buffer.concat([plain, attributeOf(attribute.integrity, integrityOf(plain, password))])
  whole.writeUInt16BE(whole.length - headerSize + 8, 2)
  const check = Buffer.alloc(4)
  check.writeUInt32BE((crc32(whole) ^ fingerprintMask) >>> 0)
  return Buffer.concat([whole, attributeOf(attribute.fingerprint, check)])
}

/** The integrity of a message up to this attribute. The header's length is set as if the message ended with it (RFC 8489 §14.5). */
function integrityOf(before: Buffer, password: string): Buffer {
  const head = Buffer.from(before.subarray(0, headerSize))
  head.writeUInt16BE(before.length - headerSize + 4 + integritySize, 2)
  return createHmac('sha1', password).update(head).update(before.subarray(headerSize)).digest()
}

/** XOR-MAPPED-ADDRESS (RFC 8489 §14.2): the address, XORed with the cookie and for IPv6 also with the transaction. */
function hidden({ address, port }: Endpoint, head: Buffer): Buffer {
  const bytes = addressBytes(address)
  const value = Buffer.alloc(4)
  value.writeUInt8(bytes.length === 16 ? 2 : 1, 1)
  value.writeUInt16BE(port ^ (cookie >>> 16), 2)
  return Buffer.concat([value, bytes.map((byte, index) => byte ^ (head[4 + index] ?? 0))])
}

function attributeOf(type: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt16BE(type, 0)
  head.writeUInt16BE(value.length, 2)
  return Buffer.concat([head, value, Buffer.alloc(-value.length & 3)])
}
