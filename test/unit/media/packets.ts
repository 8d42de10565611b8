import { readRtp, writeRtpHeader, type RtpPacket } from '../../../src/media/rtp/rtp.js'

export interface Written {
  readonly payloadType?: number
  readonly sequence?: number
  readonly timestamp?: number
  readonly ssrc?: number
  readonly marker?: boolean
  readonly payload?: readonly number[]
}

/** An RTP packet as a caller would send it. Default: 20 ms of PCMU. */
export function rtp(written: Written = {}): Buffer {
  const { payloadType = 0, sequence = 1, timestamp = 0, ssrc = 9, marker = false, payload } = written
  const bytes = Buffer.alloc(12 + (payload?.length ?? 160), 0xff)
  writeRtpHeader(bytes, { payloadType, sequence, timestamp, ssrc, marker })
  if (payload) bytes.set(payload, 12)
  return bytes
}

/** A telephone-event (RFC 4733 §2.3) with payload type 101. */
export function key(event: number, written: Written & { readonly ended?: boolean; readonly duration?: number } = {}): Buffer {
  const { ended = false, duration = 160 } = written
  return rtp({ payloadType: 101, ...written, payload: [event, ended ? 0x8a : 0x0a, duration >> 8, duration & 0xff] })
}

export function read(bytes: Buffer): RtpPacket {
  const packet = readRtp(bytes)
  if (!packet) throw new Error('no RTP')
  return packet
}
