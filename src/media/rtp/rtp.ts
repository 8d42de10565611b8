/** The parts of an RTP packet that we read (RFC 3550 §5.1). */
export interface RtpPacket {
  readonly marker: boolean
  readonly payloadType: number
  readonly sequence: number
  readonly timestamp: number
  readonly ssrc: number
  /** `from`: the first byte of the payload. `to`: the byte after its last. */
  readonly from: number
  readonly to: number
}

interface RtpHeader {
  readonly marker: boolean
  readonly payloadType: number
  readonly sequence: number
  readonly timestamp: number
  readonly ssrc: number
}

/** In bytes: the fixed header (RFC 3550 §5.1). */
export const headerSize = 12
const version = 2

/** Reads a packet. Undefined: it is not RTP, or it is cut short. */
export function readRtp(bytes: Buffer): RtpPacket | undefined {
  const from = payloadStart(bytes)
  if (from === undefined) return undefined
  const to = bytes.length - ((bytes.readUInt8(0) & 0x20) === 0 ? 0 : bytes.readUInt8(bytes.length - 1))
  if (from > to) return undefined
  const second = bytes.readUInt8(1)
  return {
    marker: second >= 0x80,
    payloadType: second & 0x7f,
    sequence: bytes.readUInt16BE(2),
    timestamp: bytes.readUInt32BE(4),
    ssrc: bytes.readUInt32BE(8),
    from,
    to,
  }
}

/** Where the payload starts: after the contributing sources and the extension. Undefined: not RTP, or cut short. */
export function payloadStart(bytes: Buffer): number | undefined {
  if (bytes.length < headerSize) return undefined
  const first = bytes.readUInt8(0)
  if (first >> 6 !== version || isRtcp(bytes)) return undefined
  const extension = headerSize + (first & 0x0f) * 4
  const isExtended = (first & 0x10) !== 0
  if (isExtended && extension + 4 > bytes.length) return undefined
  const from = isExtended ? extension + 4 + bytes.readUInt16BE(extension + 2) * 4 : extension
  return from > bytes.length ? undefined : from
}

/** Writes the twelve header bytes before a payload. */
export function writeRtpHeader(into: Buffer, { marker, payloadType, sequence, timestamp, ssrc }: RtpHeader): void {
  into.writeUInt8(version << 6, 0)
  into.writeUInt8(marker ? payloadType | 0x80 : payloadType, 1)
  into.writeUInt16BE(sequence, 2)
  into.writeUInt32BE(timestamp, 4)
  into.writeUInt32BE(ssrc, 8)
}

/** Whether it is RTCP. Its packet types are values that no RTP packet may have there (RFC 5761 §4). */
export function isRtcp(bytes: Buffer): boolean {
  const second = bytes.length < 2 ? 0 : bytes.readUInt8(1)
  return second >= 192 && second <= 223
}

/** How far `to` is ahead of `from` modulo 2^32. Negative if behind. */
export const ahead = (to: number, from: number): number => (to - from) | 0
