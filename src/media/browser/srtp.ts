import { createCipheriv, createHmac, timingSafeEqual } from 'node:crypto'
import { payloadStart } from '../rtp/rtp.js'
import { keySizes, type MasterKey } from './dtls/srtp-keys.js'

const authKeySize = 20
const tagSize = 10
const indexSize = 4
const rtcpHeaderSize = 8
const wheel = 2 ** 16
/** The E bit beside the SRTCP index: the packet is encrypted (RFC 3711 §3.4). */
const encrypted = 0x80000000
const windowSize = 128
/** The most sources (SSRCs) under one key. Each side has one, and another one after it restarts. */
const mostSources = 8
/** The most reports under one key (RFC 3711 §9.2). */
const mostReports = 0x7fffffff

/** The keys of one direction for RTP or for RTCP (RFC 3711 §4.3.1), and the operations with them. */
class SessionKeys {
  readonly #cipher: Buffer
  readonly #auth: Buffer
  readonly #salt: Buffer

  constructor({ key, salt }: MasterKey, firstLabel: number) {
    const derive = (label: number, size: number): Buffer => {
      const start = Buffer.concat([salt, Buffer.alloc(2)])
      start[7] = (start[7] ?? 0) ^ (firstLabel + label)
      return createCipheriv('aes-128-ctr', key, start).update(Buffer.alloc(size))
    }
    this.#cipher = derive(0, keySizes.key)
    this.#auth = derive(1, authKeySize)
    this.#salt = derive(2, keySizes.salt)
  }

  /** Encrypts and decrypts alike. `index` has 48 bits. */
  crypt(bytes: Buffer, ssrc: number, index: number): Buffer {
    const start = Buffer.alloc(16)
    start.writeUInt32BE(ssrc, 4)
    start.writeUIntBE(index, 8, 6)
    for (const [at, byte] of this.#salt.entries()) start[at] = (start[at] ?? 0) ^ byte
    return createCipheriv('aes-128-ctr', this.#cipher, start).update(bytes)
  }

  tag(bytes: Buffer, rollovers?: number): Buffer {
    const hmac = createHmac('sha1', this.#auth).update(bytes)
    if (rollovers !== undefined) {
      const word = Buffer.alloc(4)
      word.writeUInt32BE(rollovers)
      hmac.update(word)
    }
    return hmac.digest().subarray(0, tagSize)
  }
}

/**
 * Protects what we send (RFC 3711 §3.3, §3.4). A packet's index selects its keystream. Two packets with the same index would
 * reveal the difference of their contents to every listener. So each index of a source is used once (RFC 3711 §9.1).
 */
export class SrtpSender {
  readonly #rtp: SessionKeys
  readonly #rtcp: SessionKeys
  readonly #sources = new Map<number, ReplayWindow>()
  #reports = 0

  constructor(master: MasterKey) {
    this.#rtp = new SessionKeys(master, 0)
    this.#rtcp = new SessionKeys(master, 3)
  }

  /**
   * Protects a packet whose payload starts at `from`. `index` is its sequence number extended over rollovers. Undefined: the
   * index was already used, or is too old to know (128 behind the highest).
   */
  rtp(packet: Buffer, from: number, index: number): Buffer | undefined {
    const ssrc = packet.readUInt32BE(8)
    const known = this.#sources.get(ssrc)
    if (!known && this.#sources.size >= mostSources) return undefined
    const window = known ?? new ReplayWindow()
    if (window.has(index)) return undefined
    window.add(index)
    this.#sources.set(ssrc, window)
    const payload = this.#rtp.crypt(packet.subarray(from), ssrc, index)
    const plain = Buffer.concat([packet.subarray(0, from), payload])
    return Buffer.concat([plain, this.#rtp.tag(plain, Math.floor(index / wheel))])
  }

  /** All sources share one count of reports. Undefined: the limit for one key is reached. */
  rtcp(packet: Buffer): Buffer | undefined {
    if (this.#reports >= mostReports) return undefined
    this.#reports += 1
    const body = this.#rtcp.crypt(packet.subarray(rtcpHeaderSize), packet.readUInt32BE(4), this.#reports)
    const index = Buffer.alloc(indexSize)
    index.writeUInt32BE((encrypted | this.#reports) >>> 0)
    const plain = Buffer.concat([packet.subarray(0, rtcpHeaderSize), body, index])
    return Buffer.concat([plain, this.#rtcp.tag(plain)])
  }
}

/** Decrypts received packets. Returns undefined for forged, malformed and repeated ones. */
export class SrtpReceiver {
  readonly #rtp: SessionKeys
  readonly #rtcp: SessionKeys
  readonly #sources = new Map<number, ReplayWindow>()
  #lastReport = 0

  constructor(master: MasterKey) {
    this.#rtp = new SessionKeys(master, 0)
    this.#rtcp = new SessionKeys(master, 3)
  }

  rtp(bytes: Buffer): Buffer | undefined {
    const plain = bytes.subarray(0, bytes.length - tagSize)
    const start = payloadStart(plain)
    if (start === undefined) return undefined
    const ssrc = plain.readUInt32BE(8)
    const known = this.#sources.get(ssrc)
    if (!known && this.#sources.size >= mostSources) return undefined
    const window = known ?? new ReplayWindow()
    const index = window.indexOf(plain.readUInt16BE(2))
    if (index < 0 || window.has(index) || !sameTag(this.#rtp.tag(plain, Math.floor(index / wheel)), bytes)) return undefined
    window.add(index)
    this.#sources.set(ssrc, window)
    return Buffer.concat([plain.subarray(0, start), this.#rtp.crypt(plain.subarray(start), ssrc, index)])
  }

  rtcp(bytes: Buffer): Buffer | undefined {
    const plain = bytes.subarray(0, bytes.length - tagSize)
    const end = plain.length - indexSize
    if (end < rtcpHeaderSize || !sameTag(this.#rtcp.tag(plain), bytes)) return undefined
    const word = plain.readUInt32BE(end)
    const index = word & 0x7fffffff
    if (index <= this.#lastReport) return undefined
    this.#lastReport = index
    if ((word & encrypted) === 0) return plain.subarray(0, end)
    const body = this.#rtcp.crypt(plain.subarray(rtcpHeaderSize, end), plain.readUInt32BE(4), index)
    return Buffer.concat([plain.subarray(0, rtcpHeaderSize), body])
  }
}

/**
 * Which packets of one source were received or sent, and which rollover a sequence number belongs to (RFC 3711 §3.3.1, §3.3.2).
 */
class ReplayWindow {
  readonly #seen = new Float64Array(windowSize).fill(-1)
  #highest = -1

  /** The index nearest to the highest so far. Negative: before the first packet. */
  indexOf(sequence: number): number {
    if (this.#highest < 0) return sequence
    const turns = Math.floor(this.#highest / wheel) * wheel
    const near = turns + sequence
    if (near - this.#highest > wheel / 2) return near - wheel
    return this.#highest - near > wheel / 2 ? near + wheel : near
  }

  has(index: number): boolean {
    return index <= this.#highest - windowSize || this.#seen[index % windowSize] === index
  }

  add(index: number): void {
    this.#seen[index % windowSize] = index
    if (index > this.#highest) this.#highest = index
  }
}

const sameTag = (tag: Buffer, bytes: Buffer): boolean => timingSafeEqual(tag, bytes.subarray(bytes.length - tagSize))
