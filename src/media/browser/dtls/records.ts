/** A DTLS record (RFC 6347 §4.1) with a header that we accept. */
export interface DtlsRecord {
  readonly type: ContentType
  /** 0: not encrypted. 1: encrypted with the keys of the handshake. Higher epochs do not occur, because we never renegotiate. */
  readonly epoch: number
  /** 48 bits. */
  readonly sequence: number
  readonly body: Buffer
}

export type ContentType = (typeof contentTypes)[keyof typeof contentTypes]

/** Application data is not included: media uses SRTP, and there are no data channels. */
export const contentTypes = { changeCipherSpec: 20, alert: 21, handshake: 22 } as const

/** In bytes (RFC 6347 §4.1). */
export const recordHeaderSize = 13
/** DTLS 1.2. A client's first records may say 1.0. */
export const version = 0xfefd
const firstVersion = 0xfeff
const mostEpoch = 1
/** Browsers send at most six in a datagram. */
const mostRecords = 16

interface Datagram {
  readonly records: readonly DtlsRecord[]
  /** False: part of the datagram is malformed. `records` has the records before it. */
  readonly isSound: boolean
}

/** Reads the records of a datagram. Never throws and copies nothing. */
export function readRecords(bytes: Buffer): Datagram {
  const records: DtlsRecord[] = []
  for (let at = 0; at < bytes.length;) {
    const record = records.length < mostRecords ? readRecord(bytes, at) : undefined
    if (!record) return { records, isSound: false }
    records.push(record)
    at += recordHeaderSize + record.body.length
  }
  return { records, isSound: records.length > 0 }
}

export function writeRecord(type: ContentType, epoch: number, sequence: number, body: Buffer): Buffer {
  return Buffer.concat([recordHeader(type, epoch, sequence, body.length), body])
}

export function recordHeader(type: ContentType, epoch: number, sequence: number, length: number): Buffer {
  const head = Buffer.alloc(recordHeaderSize)
  head.writeUInt8(type, 0)
  head.writeUInt16BE(version, 1)
  head.writeUInt16BE(epoch, 3)
  head.writeUIntBE(sequence, 5, 6)
  head.writeUInt16BE(length, 11)
  return head
}

function readRecord(bytes: Buffer, at: number): DtlsRecord | undefined {
  if (bytes.length - at < recordHeaderSize) return undefined
  const type = typeOf(bytes.readUInt8(at))
  const said = bytes.readUInt16BE(at + 1)
  const epoch = bytes.readUInt16BE(at + 3)
  const length = bytes.readUInt16BE(at + 11)
  if (type === undefined || (said !== version && said !== firstVersion) || epoch > mostEpoch) return undefined
  const begin = at + recordHeaderSize
  if (length === 0 || begin + length > bytes.length) return undefined
  return { type, epoch, sequence: bytes.readUIntBE(at + 5, 6), body: bytes.subarray(begin, begin + length) }
}

const typeOf = (byte: number): ContentType | undefined => Object.values(contentTypes).find(type => type === byte)
