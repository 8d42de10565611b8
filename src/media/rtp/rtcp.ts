import type { Instant } from '../../foundation/time.js'
import type { ReportBlock } from './receiver.js'

/** The content of our report (RFC 3550 §6.4). */
interface Report {
  readonly ssrc: number
  /** Our canonical name (RFC 7022): ASCII, up to 255 characters. */
  readonly cname: string
  /** Present if we have sent since the last report. Makes it a sender report. */
  readonly sent: Sent | undefined
  readonly block: ReportBlock | undefined
  /** The stream is over (RFC 3550 §6.6). */
  readonly bye: boolean
}

export interface Sent {
  readonly at: Instant
  /** The RTP timestamp of that moment. */
  readonly timestamp: number
  readonly packets: number
  /** Bytes of payload. */
  readonly octets: number
}

/** The packet types of RTCP (RFC 3550 §12.1). */
const senderReport = 200
const receiverReport = 201
const sourceDescription = 202
const goodbye = 203
const cnameItem = 1
/** Seconds from 1900, where NTP starts, to 1970. */
const ntpOffset = 2_208_988_800

/** One compound packet: report, canonical name, and a BYE at the end of the stream. */
export function writeRtcp({ ssrc, cname, sent, block, bye }: Report): Buffer {
  const blocks = block ? [reportBlock(block)] : []
  const report = packet(sent ? senderReport : receiverReport, blocks.length, [
    ssrcOf(ssrc),
    ...(sent ? [sender(sent)] : []),
    ...blocks,
  ])
  const parts = [report, packet(sourceDescription, 1, [ssrcOf(ssrc), named(cname)])]
  if (bye) parts.push(packet(goodbye, 1, [ssrcOf(ssrc)]))
  return Buffer.concat(parts)
}

/** The parts of a compound packet that we read. */
export interface HeardReport {
  /** The source of a sender report, and the middle 32 bits of its NTP time. */
  readonly sender: { readonly ssrc: number; readonly middle: number } | undefined
}

/** Reads a compound packet. Undefined: it is not RTCP (RFC 3550 A.2). */
export function readRtcp(bytes: Buffer): HeardReport | undefined {
  if (bytes.length < 8 || bytes.readUInt8(0) >> 6 !== 2) return undefined
  const type = bytes.readUInt8(1)
  const size = (bytes.readUInt16BE(2) + 1) * 4
  if ((type !== senderReport && type !== receiverReport) || size > bytes.length) return undefined
  if (type === receiverReport || size < 28) return { sender: undefined }
  return { sender: { ssrc: bytes.readUInt32BE(4), middle: bytes.readUInt32BE(10) } }
}

function packet(type: number, count: number, parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  const head = Buffer.alloc(4)
  head.writeUInt8(0x80 | count, 0)
  head.writeUInt8(type, 1)
  head.writeUInt16BE(body.length / 4, 2)
  return Buffer.concat([head, body])
}

function ssrcOf(ssrc: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(ssrc)
  return bytes
}

function sender({ at, timestamp, packets, octets }: Sent): Buffer {
  const bytes = Buffer.alloc(20)
  bytes.writeUInt32BE((Math.floor(at / 1000) + ntpOffset) >>> 0, 0)
  bytes.writeUInt32BE(Math.floor(((at % 1000) / 1000) * 2 ** 32), 4)
  bytes.writeUInt32BE(timestamp >>> 0, 8)
  bytes.writeUInt32BE(packets >>> 0, 12)
  bytes.writeUInt32BE(octets >>> 0, 16)
  return bytes
}

function reportBlock({ ssrc, fractionLost, lost, highest, jitter, lastReport, sinceLastReport }: ReportBlock): Buffer {
  const bytes = Buffer.alloc(24)
  bytes.writeUInt32BE(ssrc, 0)
  bytes.writeUInt8(fractionLost, 4)
  bytes.writeIntBE(lost, 5, 3)
  bytes.writeUInt32BE(highest, 8)
  bytes.writeUInt32BE(jitter, 12)
  bytes.writeUInt32BE(lastReport, 16)
  bytes.writeUInt32BE(sinceLastReport, 20)
  return bytes
}

/** The item, padded with one to four zeros to the next word (RFC 3550 §6.5). */
function named(cname: string): Buffer {
  const bytes = Buffer.alloc(Math.floor((2 + cname.length) / 4 + 1) * 4)
  bytes.writeUInt8(cnameItem, 0)
  bytes.writeUInt8(cname.length, 1)
  bytes.write(cname, 2, 'latin1')
  return bytes
}
