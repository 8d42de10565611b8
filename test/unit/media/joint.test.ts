import assert from 'node:assert/strict'
import { instant } from '../../../src/foundation/time.js'
import { notRelayed } from '../../../src/media/anchor/payload-types.js'
import { Joint } from '../../../src/media/builtin/joint.js'
import { relayed } from '../../../src/media/rtp/relay-budget.js'
import { RtpStream } from '../../../src/media/builtin/rtp-stream.js'
import { readRtcp } from '../../../src/media/rtp/rtcp.js'
import type { Peer } from '../../../src/media/sdp.js'
import type { PromptId } from '../../../src/routing/world/ids.js'
import { key, read, rtp } from './packets.js'
import { samples, sound } from './sounds.js'

const [callers, partners] = [
  { address: '192.0.2.9', port: 4000 },
  { address: '203.0.113.5', port: 5000 },
]
const stranger = { address: '198.51.100.66', port: 9 }
const peerAt = (rtpPlace: typeof callers, agreed: Partial<Peer> = {}): Peer => ({
  ...{ rtp: rtpPlace, rtcp: { ...rtpPlace, port: rtpPlace.port + 1 }, codec: 'pcmu', payloadType: 0, events: 101 },
  ...{ ptime: 20, hears: true, sends: true, unreachable: false, ...agreed },
})

function streamTo(place: typeof callers, agreed: Partial<Peer> = {}): RtpStream {
  const nothing = (): void => undefined
  const listener = { finished: nothing, digit: nothing, lost: nothing, muted: nothing, hearing: nothing }
  const stream = new RtpStream({ ssrc: 7, sequence: 65_534, timestamp: 1000, cname: 'c' }, 1, listener, () => 0.5)
  stream.agree(peerAt(place, agreed), 0, { rtp: { known: true }, rtcp: { known: true } })
  return stream
}

/** A table with these translations. */
function table(...pairs: readonly (readonly [number, number])[]): Uint8Array {
  const all = new Uint8Array(128).fill(notRelayed)
  for (const [from, to] of pairs) all[from] = to
  return all
}

function bench(agreed: Partial<Peer> = {}) {
  const [from, to] = [streamTo(partners), streamTo(callers, agreed)]
  const joint = new Joint({ to: 1, table: table([0, 0], [96, 101]), keys: 96 })
  const pass = (bytes: Buffer, now: number, source = partners): Buffer | undefined => joint.pass(bytes, source, now, { from, to })
  return { from, to, pass }
}

describe('a packet of one side of a call', () => {
  it('goes to the other side with the numbers of that side’s stream', () => {
    const { pass } = bench()
    const out = [rtp({ ssrc: 9, sequence: 500, timestamp: 8000 }), rtp({ ssrc: 9, sequence: 501, timestamp: 8160 })].map(
      (bytes, index) => read(pass(bytes, 20 * index) ?? assert.fail()),
    )
    assert.deepEqual(
      out.map(({ ssrc, sequence, timestamp, marker }) => [ssrc, sequence, timestamp, marker]),
      [
        [7, 65_534, 1000, true],
        [7, 65_535, 1160, false],
      ],
    )
  })

  it('has the other side’s payload type, and its payload unchanged', () => {
    const { pass } = bench()
    const out = pass(key(5, { payloadType: 96 }), 0) ?? assert.fail()
    assert.equal(read(out).payloadType, 101)
    assert.deepEqual([...out.subarray(12)], [5, 0x0a, 0, 160])
  })

  it('loses its contributing sources, its extension and its padding, which may name the sender', () => {
    const { pass } = bench()
    const secret = [0xde, 0xad, 0xbe, 0xef]
    const head = [0xb1, 0x00, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, ...secret, 0xbe, 0xde, 0, 1, ...secret]
    const out = pass(Buffer.from([...head, 1, 2, 3, 4, ...secret.slice(1), 4]), 0) ?? assert.fail()
    assert.deepEqual([out[0], out.length, [...out.subarray(12)]], [0x80, 16, [1, 2, 3, 4]])
  })

  for (const [what, bytes, source] of [
    ['of a payload type that was not agreed', rtp({ payloadType: 8 }), partners],
    ['of a stranger', rtp(), stranger],
    ['that is no RTP', Buffer.from('hello, this is no RTP'), partners],
    ['that is longer than 1,500 bytes', rtp({ payload: Array<number>(1500).fill(1) }), partners],
  ] as const)
    it(`is not passed on if it is one ${what}`, () => {
      assert.equal(bench().pass(bytes, 0, source), undefined)
    })

  it('is not passed on to a side that holds', () => {
    assert.equal(bench({ hears: false }).pass(rtp(), 0), undefined)
  })

  it('is not passed on once more than 400 came in a second', () => {
    const { pass } = bench()
    const passed = Array.from({ length: 5_000 }, (_, sequence) => pass(rtp({ sequence }), 0)).filter(out => out !== undefined)
    assert.equal(passed.length, relayed.atOnce)
    const later = Array.from({ length: 5_000 }, (_, sequence) => pass(rtp({ sequence: 5_000 + sequence }), 1_000)).filter(
      out => out,
    )
    assert.equal(later.length, relayed.perSecond)
  })

  it('is passed on while a stranger floods the port', () => {
    const { pass } = bench()
    let passed = 0
    for (let now = 0; now < 10_000; now += 1) {
      // Two packets each millisecond: one is no RTP, one has a known payload type.
      pass(Buffer.from([0]), now, stranger)
      pass(rtp({ sequence: now, ssrc: 666 }), now, stranger)
      if (now % 20 === 0 && pass(rtp({ sequence: now / 20 }), now)) passed += 1
    }
    assert.equal(passed, 500)
  })

  it('finds a side behind NAT while a stranger floods the port', () => {
    const { pass } = bench()
    const behindNat = { ...partners, port: 61_000 }
    let passed = 0
    for (let now = 0; now < 10_000; now += 1) {
      pass(Buffer.from([0]), now, stranger)
      if (now % 20 === 0 && pass(rtp({ sequence: now / 20 }), now, behindNat)) passed += 1
    }
    assert.ok(passed > 450, `${passed} of 500`)
  })
})

describe('the stream that a caller hears', () => {
  it('goes on without a break from music to one partner, to the next, and back to music', () => {
    const { to, pass } = bench()
    to.loop('music' as PromptId, sound(...samples(1000)))
    const heard: Buffer[] = []
    const hear = (bytes: Buffer | undefined): void => void heard.push(Buffer.from(bytes ?? assert.fail()))
    for (const tick of [1, 3, 5]) hear(to.packet(tick))
    to.silence()
    for (const index of [0, 1])
      hear(pass(rtp({ ssrc: 9, sequence: 40_000 + index, timestamp: 5 + 160 * index }), 70 + 20 * index))
    for (const index of [0, 1]) hear(pass(rtp({ ssrc: 10, sequence: 7 + index, timestamp: 9e8 + 160 * index }), 110 + 20 * index))
    to.loop('music' as PromptId, sound(...samples(1000)))
    for (const tick of [15, 17]) hear(to.packet(tick))
    const packets = heard.map(read)
    assert.deepEqual(new Set(packets.map(({ ssrc }) => ssrc)), new Set([7]))
    assert.deepEqual(
      packets.map(({ sequence }) => sequence),
      [65_534, 65_535, 0, 1, 2, 3, 4, 5, 6],
    )
    const steps = packets.slice(1).map(({ timestamp }, index) => timestamp - (packets[index]?.timestamp ?? 0))
    assert.deepEqual(steps, [160, 160, 160, 160, 160, 160, 160, 160])
    assert.deepEqual(
      packets.map(({ marker }) => marker),
      [true, false, false, true, false, true, false, true, false],
    )
  })

  it('has reports of our own, with the packets that we relayed', () => {
    const { to, pass } = bench()
    for (const sequence of [1, 2, 3]) pass(rtp({ sequence, timestamp: 160 * sequence }), 20 * sequence)
    const report = to.report(60, instant(0), false)
    assert.deepEqual(
      [report.readUInt8(1), report.readUInt32BE(4), report.readUInt32BE(20), report.readUInt32BE(24)],
      [200, 7, 3, 480],
    )
    assert.notEqual(readRtcp(report), undefined)
  })
})
