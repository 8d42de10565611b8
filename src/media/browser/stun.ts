import { createHmac, timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'
import { crc32 } from 'node:zlib'
import type { Endpoint } from '../sdp.js'

/** What we read of a connectivity check (RFC 8445 §7.2). */
export interface BindingRequest {
  /** `ours:theirs`, the two sides' user fragments. */
  readonly username: string
  /** The pair is to be used (RFC 8445 §7.1.1). */
  readonly nominates: boolean
  /** Twelve bytes that the response repeats. */
  readonly transaction: Buffer
  /** Whether it was made by somebody who knows our password. */
  isBy(password: string): boolean
}

const headerSize = 20
const cookie = 0x2112a442
const bindingRequest = 0x0001
const bindingSuccess = 0x0101
const attribute = { username: 0x0006, integrity: 0x0008, mappedAddress: 0x0020, useCandidate: 0x0025, fingerprint: 0x8028 }
const integritySize = 20
const fingerprintMask = 0x5354554e

/** Undefined: no binding request with a message integrity, or malformed (RFC 8489 §6.3). */
export function readBindingRequest(bytes: Buffer): BindingRequest | undefined {
  if (bytes.length < headerSize || bytes.readUInt16BE(0) !== bindingRequest || bytes.readUInt32BE(4) !== cookie) return undefined
  if (bytes.length !== headerSize + bytes.readUInt16BE(2)) return undefined
  let username: string | undefined
  let nominates = false
  for (let at = headerSize; at + 4 <= bytes.length;) {
    const [type, size] = [bytes.readUInt16BE(at), bytes.readUInt16BE(at + 2)]
    const value = bytes.subarray(at + 4, at + 4 + size)
    if (value.length !== size) return undefined
    if (type === attribute.username) username = value.toString('latin1')
    if (type === attribute.useCandidate) nominates = true
    // What follows the integrity is not protected by it.
    if (type === attribute.integrity) {
      if (username === undefined || size !== integritySize) return undefined
      const isBy = (password: string): boolean => timingSafeEqual(value, integrityOf(bytes.subarray(0, at), password))
      return { username, nominates, transaction: bytes.subarray(8, headerSize), isBy }
    }
    at += 4 + size + (-size & 3)
  }
  return undefined
}

/** Tells whoever asked where they were seen, proving that we know the password. */
export function writeBindingResponse(transaction: Buffer, source: Endpoint, password: string): Buffer {
  const head = Buffer.alloc(headerSize)
  head.writeUInt16BE(bindingSuccess, 0)
  head.writeUInt32BE(cookie, 4)
  transaction.copy(head, 8)
  const plain = Buffer.concat([head, attributeOf(attribute.mappedAddress, hidden(source, head))])
  const signed = Buffer.concat([plain, attributeOf(attribute.integrity, integrityOf(plain, password))])
  signed.writeUInt16BE(signed.length - headerSize + 8, 2)
  const check = Buffer.alloc(4)
  check.writeUInt32BE((crc32(signed) ^ fingerprintMask) >>> 0)
  return Buffer.concat([signed, attributeOf(attribute.fingerprint, check)])
}

/** Of a message up to the integrity attribute, with a length as if it ended behind it (RFC 8489 §14.5). */
function integrityOf(before: Buffer, password: string): Buffer {
  const head = Buffer.from(before.subarray(0, headerSize))
  head.writeUInt16BE(before.length - headerSize + 4 + integritySize, 2)
  return createHmac('sha1', password).update(head).update(before.subarray(headerSize)).digest()
}

/** XOR-MAPPED-ADDRESS (RFC 8489 §14.2): the address xored with the cookie and, for IPv6, the transaction. */
function hidden({ address, port }: Endpoint, head: Buffer): Buffer {
  const bytes = addressBytes(address)
  const value = Buffer.alloc(4)
  value.writeUInt8(bytes.length === 16 ? 2 : 1, 1)
  value.writeUInt16BE(port ^ (cookie >>> 16), 2)
  return Buffer.concat([value, bytes.map((byte, index) => byte ^ (head[4 + index] ?? 0))])
}

function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number))
  const [plain = ''] = address.split('%')
  const [before = '', after] = plain.split('::')
  const [left, right] = [before, after ?? ''].map(groupsOf)
  const zeros = Array<number>(Math.max(0, 8 - (left?.length ?? 0) - (right?.length ?? 0))).fill(0)
  const bytes = Buffer.alloc(16)
  for (const [index, group] of [...(left ?? []), ...zeros, ...(right ?? [])].slice(0, 8).entries())
    bytes.writeUInt16BE(group, 2 * index)
  return bytes
}

const groupsOf = (text: string): number[] => (text === '' ? [] : text.split(':').map(group => parseInt(group, 16)))

function attributeOf(type: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt16BE(type, 0)
  head.writeUInt16BE(value.length, 2)
  return Buffer.concat([head, value, Buffer.alloc(-value.length & 3)])
}
