import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { instant } from '../../src/foundation/time.js'
import { budget, Handshake } from '../../src/media/browser/dtls/handshake.js'
import { makeCertificate } from '../../src/media/browser/dtls/certificate.js'
import { Relay } from '../../src/media/browser/relay.js'
import type { MasterKey } from '../../src/media/browser/dtls/srtp-keys.js'
import { SrtpReceiver, SrtpSender } from '../../src/media/browser/srtp.js'
import { readBindingRequest, readBindingResponse, writeBindingResponse } from '../../src/media/browser/stun.js'
import { DigitDetector } from '../../src/media/rtp/dtmf.js'
import { readRtcp, writeRtcp } from '../../src/media/rtp/rtcp.js'
import { readRtp } from '../../src/media/rtp/rtp.js'
import { RtpStream } from '../../src/media/builtin/rtp-stream.js'
import { StepClient } from './dtls-client.js'
import type { Draw } from './sip-mutations.js'

/** A reader of a protocol at a media port. It throws when a rule is broken. */
export interface MediaTarget {
  readonly name: string
  /** Makes a new reader for some datagrams in a row. `draw` decides how far it has progressed before. */
  readonly open: (draw: Draw) => Session
}

export interface Session {
  /** The datagrams to mutate. */
  readonly seeds: readonly Buffer[]
  /** Returns whether the datagram was understood. */
  take(bytes: Buffer, draw: Draw): boolean
}

const credentials = { ufrag: 'ours', password: 'our-password-of-22-chars' }
const theirs = { ufrag: 'them', password: 'their-password-22-chars' }
const browser = { address: '192.0.2.7', port: 7000 }
const phone = { address: '192.0.2.9', port: 4000 }
const stranger = { address: '192.0.2.66', port: 6666 }
const at = instant(1_800_000_000_000)
const own = makeCertificate(at)
const master: MasterKey = { key: Buffer.alloc(16, 7), salt: Buffer.alloc(14, 9) }
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')

function attribute(type: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt16BE(type, 0)
  head.writeUInt16BE(value.length, 2)
  return Buffer.concat([head, value, Buffer.alloc(-value.length & 3)])
}

/** A connectivity check signed with our password. */
function check(...more: readonly Buffer[]): Buffer {
  const head = Buffer.concat([hex('0001 0000 2112a442'), Buffer.alloc(12, 5)])
  const plain = Buffer.concat([head, attribute(6, Buffer.from(`${credentials.ufrag}:them`)), ...more])
  plain.writeUInt16BE(plain.length - 20 + 24, 2)
  const whole = Buffer.concat([plain, attribute(8, createHmac('sha1', credentials.password).update(plain).digest())])
  whole.writeUInt16BE(whole.length - 20 + 8, 2)
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE((crc32(whole) ^ 0x5354554e) >>> 0)
  return Buffer.concat([whole, attribute(0x8028, sum)])
}

const checks = [
  check(),
  check(attribute(0x25, Buffer.alloc(0))),
  check(attribute(0x24, Buffer.alloc(4, 1)), attribute(0x802a, Buffer.alloc(8))),
]
const answer = writeBindingResponse(Buffer.alloc(12, 5), phone, theirs.password)
const rtpPackets = [
  Buffer.concat([hex('8000 0001 00000000 00000009'), Buffer.alloc(160, 0xff)]),
  Buffer.concat([hex('80e5 0002 000000a0 00000009'), hex('050a 00a0')]),
  Buffer.concat([hex('9208 ffff ffffff60 00000009 0000000a 0000000b bede 0001 10ff0000'), Buffer.alloc(80, 0xd5)]),
  Buffer.concat([hex('a000 7fff 80000000 0000000c'), Buffer.alloc(20), hex('0000 0004')]),
]
const rtcpPackets = [
  writeRtcp({ ssrc: 9, cname: 'them', sent: { at, timestamp: 5, packets: 3, octets: 480 }, block: undefined, bye: false }),
  writeRtcp({ ssrc: 9, cname: 'x'.repeat(200), sent: undefined, block: undefined, bye: true }),
  hex('81c9 0007 00000009 00000007 05ffffff 00010064 00000020 12345678 00010000'),
]

const stun: MediaTarget = {
  name: 'STUN',
  open: () => ({
    seeds: [...checks, answer],
    take(bytes) {
      if (readBindingResponse(bytes)?.isBy(theirs.password)) return true
      const request = readBindingRequest(bytes)
      if (!request?.isBy(credentials.password)) return request !== undefined
      assert(writeBindingResponse(request.transaction, browser, credentials.password).length < 100)
      return true
    },
  }),
}

/** The keys of a client that took part, so that encrypted content can be mutated before it is encrypted. */
const dtls: MediaTarget = {
  name: 'DTLS',
  open(draw) {
    const client = new StepClient()
    const sent: Buffer[] = []
    let [ended, secured, given, sentBytes] = [0, 0, 0, 0]
    const handshake = new Handshake(own, client.certificate.fingerprint, {
      send: bytes => {
        sent.push(bytes)
        sentBytes += bytes.length
      },
      secured: () => (secured += 1),
      failed: () => (ended += 1),
    })
    const stage = draw(7)
    let seeds: readonly Buffer[] = [client.hello()]
    let seal = (plain: Buffer, _type: 21 | 22): Buffer => plain
    if (stage > 0) {
      handshake.receive(client.hello(), 0)
      const flight = client.answer(sent[0] ?? Buffer.alloc(0))
      for (const record of flight.records.slice(0, stage - 1)) handshake.receive(record, 0)
      seeds = [client.hello(), ...flight.records, Buffer.concat(flight.records)]
      seal = flight.seal
    }
    if (stage === 6) assert.equal(secured, 1)
    return {
      seeds,
      take(bytes, next) {
        const before = ended + secured
        const isSealed = stage > 3 && next(2) === 0
        given += 1
        handshake.receive(isSealed ? seal(bytes.subarray(13), next(4) === 0 ? 21 : 22) : bytes, given * 10)
        if (next(10) === 0) handshake.look(given * 10)
        assert(ended <= 1 && secured <= 1 && ended + secured <= 1, 'the handshake ends once')
        assert(sentBytes <= 2000 * (2 + given), 'the handshake sends far more than it gets')
        assert(given < budget.datagrams || ended + secured > 0, 'the handshake never ends')
        return ended + secured > before || !isSealed
      },
    }
  },
}

function srtp(
  name: string,
  seeds: readonly Buffer[],
  read: (receiver: SrtpReceiver, bytes: Buffer) => Buffer | undefined,
): MediaTarget {
  return {
    name,
    open() {
      const receiver = new SrtpReceiver(master)
      return {
        seeds,
        take(bytes) {
          const plain = read(receiver, bytes)
          assert(plain === undefined || plain.length < bytes.length)
          return plain !== undefined
        },
      }
    },
  }
}

const sender = new SrtpSender(master)
const protectedRtp = rtpPackets.flatMap((packet, turn) =>
  [12, 12].flatMap((from, more) => sender.rtp(packet, from, 10 * turn + more) ?? []),
)
const protectedRtcp = rtcpPackets.flatMap(packet => sender.rtcp(packet) ?? [])

/** A caller's stream with its keys and reports, as in the media thread. */
function stream(): RtpStream {
  const ignore = (): undefined => undefined
  const made = new RtpStream({ ssrc: 1, sequence: 65_530, timestamp: 4_294_967_200, cname: 'us' }, 0, { finished: ignore, digit: ignore, lost: ignore, muted: ignore, hearing: ignore }, () => 0.5) // prettier-ignore
  const rtcp = { ...phone, port: phone.port + 1 }
  made.agree({ rtp: phone, rtcp, codec: 'pcmu', payloadType: 0, events: 101, ptime: 20, hears: true, sends: true, unreachable: false }, 0) // prettier-ignore
  return made
}

const rtp: MediaTarget = {
  name: 'RTP',
  open() {
    const [made, digits] = [stream(), new DigitDetector()]
    let now = 0
    return {
      seeds: rtpPackets,
      take(bytes, draw) {
        now += draw(100)
        const packet = readRtp(bytes)
        if (packet) {
          assert(packet.from >= 12 && packet.from <= packet.to && packet.to <= bytes.length)
          digits.heard(packet, bytes)
        }
        made.rtp(bytes, draw(4) === 0 ? stranger : phone, now)
        if (draw(8) === 0) assert(made.report(now, at, false).length < 400)
        return packet !== undefined
      },
    }
  },
}

const rtcp: MediaTarget = {
  name: 'RTCP',
  open() {
    const made = stream()
    let now = 0
    return {
      seeds: rtcpPackets,
      take(bytes, draw) {
        now += draw(1000)
        made.rtcp(bytes, draw(4) === 0 ? stranger : phone, now)
        made.check(now, at)
        if (draw(8) === 0) assert(made.report(now, at, false).length < 400)
        return readRtcp(bytes) !== undefined
      },
    }
  },
}

/** All packets to the two ports of a browser's leg, before and after its handshake. */
const leg: MediaTarget = {
  name: 'leg',
  open(draw) {
    const client = new StepClient()
    const sent: Buffer[] = []
    let lost = 0
    const relay = new Relay({ ssrc: 7, sequence: 100, timestamp: 5000, cname: 'us' }, own, {
      toBrowser(bytes, { address }) {
        sent.push(Buffer.from(bytes))
        // Nobody answers our checks, so all sound and reports go to the address of the handshake.
        assert((bytes[0] ?? 0) < 128 || address === browser.address, 'sound goes to a stranger')
      },
      toPlain: () => undefined,
      refused: () => undefined,
      muted: () => undefined,
      lost: () => (lost += 1),
    })
    const { fingerprint } = client.certificate
    relay.agree(
      {
        credentials,
        theirs,
        fingerprint,
        browserHears: true,
        plain: { rtp: phone, rtcp: phone, hears: true, vouched: { rtp: { known: true }, rtcp: { known: true } } },
      },
      undefined,
      0,
    )
    const [first = Buffer.alloc(0)] = checks
    const seeds = [...checks, answer, client.hello(), ...protectedRtp, ...protectedRtcp, ...rtpPackets, ...rtcpPackets]
    if (draw(2) === 0) {
      relay.fromBrowser(first, browser, 0)
      relay.fromBrowser(client.hello(), browser, 0)
      const { records } = client.answer(sent.at(-1) ?? Buffer.alloc(0))
      for (const record of records) relay.fromBrowser(record, browser, 0)
      seeds.push(...records)
    }
    let now = 0
    return {
      seeds,
      take(bytes, next) {
        now += next(200)
        sent.length = 0
        if (next(4) === 0) relay.fromPlain(bytes, next(2) === 0 ? phone : stranger, now)
        else relay.fromBrowser(bytes, next(3) === 0 ? stranger : browser, now)
        if (next(16) === 0) relay.look(now, at)
        assert(lost <= 1, 'the handshake ends once')
        // A check causes an answer and a check of ours. A look repeats a handshake flight or sends a report.
        assert(sent.length <= 3, `${sent.length} datagrams for one: ${sent.map(each => each.toString('hex', 0, 2)).join(' ')}`)
        return sent.length > 0
      },
    }
  },
}

export const mediaTargets: readonly MediaTarget[] = [
  stun,
  dtls,
  srtp('SRTP', protectedRtp, (receiver, bytes) => receiver.rtp(bytes)),
  srtp('SRTCP', protectedRtcp, (receiver, bytes) => receiver.rtcp(bytes)),
  rtp,
  rtcp,
  leg,
]

/** The number of datagrams for one reader. */
export const perSession = 32
