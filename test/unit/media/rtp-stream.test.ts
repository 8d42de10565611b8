import assert from 'node:assert/strict'
import fc from 'fast-check'
import { instant } from '../../../src/foundation/time.js'
import { FirstSeconds } from '../../../src/media/rtp/first-seconds.js'
import { RtpStream } from '../../../src/media/builtin/rtp-stream.js'
import { readRtcp } from '../../../src/media/rtp/rtcp.js'
import type { Peer } from '../../../src/media/sdp.js'
import type { PromptId } from '../../../src/routing/world/ids.js'
import { key, read, rtp } from './packets.js'
import { samples, sound } from './sounds.js'

const music = 'music' as PromptId
const source = { address: '192.0.2.9', port: 4000 }
const rtcpSource = { address: '192.0.2.9', port: 4001 }
const peer: Peer = {
  ...{ rtp: source, rtcp: rtcpSource, codec: 'pcmu', payloadType: 0, events: 101 },
  ...{ ptime: 20, hears: true, sends: true, unreachable: false },
}

function open(agreed: Partial<Peer> = {}, known = false): { stream: RtpStream; told: string[]; heard: boolean[] } {
  const told: string[] = []
  const heard: boolean[] = []
  const listener = {
    finished: (turn: number) => told.push(`finished ${turn}`),
    digit: (digit: string) => told.push(digit),
    lost: () => told.push('lost'),
    muted: () => told.push('muted'),
    hearing: (hearing: boolean) => heard.push(hearing),
  }
  const beginning = { ssrc: 7, sequence: 65_535, timestamp: 0xffffff00, cname: 'c' }
  const stream = new RtpStream(beginning, 1, listener, () => 0.5)
  stream.agree({ ...peer, ...agreed }, 0, { rtp: { known }, rtcp: { known } })
  return { stream, told, heard }
}

/** The packets of these ticks: sequence number, timestamp since the start, marker, size. */
function sent(stream: RtpStream, ...ticks: readonly number[]): (readonly [number, number, boolean, number])[] {
  return ticks.flatMap(tick => {
    const bytes = stream.packet(tick)
    if (!bytes) return []
    const { sequence, timestamp, marker, from, to } = read(bytes)
    return [[sequence, (timestamp - 0xffffff00) >>> 0, marker, to - from] as const]
  })
}

describe('a stream that plays', () => {
  it('sends every 20 ms, with numbers that wrap and a marker on the first packet', () => {
    const { stream } = open()
    stream.loop(music, sound(...samples(1000)))
    assert.deepEqual(sent(stream, 1, 2, 3, 4, 5), [
      [65_535, 80, true, 160],
      [0, 240, false, 160],
      [1, 400, false, 160],
    ])
  })

  for (const ptime of [10, 30, 60])
    it(`sends every ${ptime} ms when the caller asks for it`, () => {
      const { stream } = open({ ptime })
      stream.loop(music, sound(...samples(1000)))
      const packets = sent(stream, ...Array.from({ length: 13 }, (_, tick) => tick))
      assert.equal(packets.length, Math.ceil(12 / (ptime / 10)))
      assert.deepEqual(packets[1], [0, 80 + ptime * 8, false, ptime * 8])
    })

  it('leaves out packets that are late, and sends the next at its right time with a marker', () => {
    const { stream } = open()
    stream.loop(music, sound(...samples(1000)))
    assert.deepEqual(
      sent(stream, 1, 4, 5, 12, 13).map(([sequence, timestamp, marker]) => [sequence, timestamp, marker]),
      [
        [65_535, 80, true],
        [0, 240, false],
        [1, 400, false],
        [2, 80 + 160 * 5, true],
        [3, 80 + 160 * 6, false],
      ],
    )
  })

  it('reports the end of a prompt once, in the frame after the last', () => {
    const { stream, told } = open()
    stream.play(sound(...samples(200)), 3)
    assert.equal(sent(stream, 1, 3).length, 2)
    assert.deepEqual(told, [])
    assert.equal(sent(stream, 5, 7).length, 0)
    assert.deepEqual(told, ['finished 3'])
  })

  it('sends nothing until the caller’s address is known, and the prompt waits', () => {
    const stream = new RtpStream({ ssrc: 7, sequence: 0, timestamp: 0, cname: 'c' }, 1, silent, () => 0.5)
    stream.play(sound(...samples(160)), 1)
    assert.equal(stream.packet(1), undefined)
    assert.equal(stream.rtpTarget, undefined)
    stream.agree(peer, 10)
    assert.deepEqual([...(stream.packet(3) ?? Buffer.alloc(12)).subarray(12)], samples(160))
  })

  it('sends nothing on hold, and the prompt still reaches its end', () => {
    const { stream, told } = open({ hears: false })
    stream.play(sound(...samples(160)), 1)
    assert.equal(sent(stream, 1, 3).length, 0)
    assert.deepEqual(told, ['finished 1'])
    stream.loop(music, sound(...samples(1000)))
    stream.agree(peer, 100)
    assert.deepEqual(sent(stream, 11), [[65_535, 80 + 160 * 5, true, 160]])
  })

  it('continues with another codec and packet time when they change', () => {
    const { stream } = open()
    stream.loop(music, { pcmu: sound(...samples(1000)).pcmu, pcma: sound(...samples(1000).map(each => each ^ 0x55)).pcma })
    stream.packet(1)
    stream.agree({ ...peer, codec: 'pcma', payloadType: 8, ptime: 30 }, 20)
    const bytes = stream.packet(3) ?? Buffer.alloc(12)
    assert.equal(read(bytes).payloadType, 8)
    assert.deepEqual(
      [...bytes.subarray(12)],
      samples(400)
        .slice(160)
        .map(each => each ^ 0x55),
    )
  })
})

describe('a stream that listens', () => {
  it('reports each key once, and only from the caller', () => {
    const { stream, told } = open()
    stream.rtp(rtp(), source, 0)
    for (const [sequence, ended] of [false, true, true].entries())
      stream.rtp(key(5, { sequence, timestamp: 800, ended }), source, 20)
    stream.rtp(key(6, { timestamp: 1600 }), { address: '198.51.100.66', port: 9 }, 40)
    assert.deepEqual(told, ['5'])
  })

  it('reports at most 20 keys at once, and 20 more a second', () => {
    const { stream, told } = open()
    const press = (from: number, to: number, now: number): void => {
      for (let press = from; press < to; press += 1)
        stream.rtp(key(press % 10, { sequence: press, timestamp: press * 800 }), source, now)
    }
    press(0, 100, 1_000)
    assert.equal(told.length, 20)
    press(100, 200, 2_000)
    assert.equal(told.length, 40)
    press(200, 201, 2_050)
    assert.equal(told.length, 41)
  })

  it('reports keys with another payload type than agreed, as phones behind a PBX send them', () => {
    const { stream, told } = open()
    for (const [sequence, ended] of [false, true, true].entries())
      stream.rtp(key(5, { sequence, timestamp: 800, ended, payloadType: 121 }), source, 20)
    // These are no events: an unknown one, the reserved bit, another length.
    for (const payload of [
      [17, 0x0a, 0, 160],
      [6, 0x4a, 0, 160],
      [6, 0x0a, 0, 160, 0],
    ])
      stream.rtp(rtp({ sequence: 9, timestamp: 9_000, payloadType: 121, payload }), source, 20)
    assert.deepEqual(told, ['5'])
    const deaf = open({ events: undefined })
    deaf.stream.rtp(key(5, { payloadType: 121 }), source, 20)
    assert.deepEqual(deaf.told, [])
  })

  it('follows the caller to the source of their packets, until another address is agreed', () => {
    const { stream } = open()
    const behind = { address: '203.0.113.5', port: 50_000 }
    for (let packet = 0; packet < 24; packet += 1) stream.rtp(rtp(), behind, 0)
    assert.deepEqual(stream.rtpTarget, source)
    stream.rtp(rtp(), behind, 0)
    assert.deepEqual(stream.rtpTarget, behind)
    stream.agree({ ...peer, ptime: 30 }, 10)
    assert.deepEqual(stream.rtpTarget, behind)
    stream.agree({ ...peer, rtp: { address: '192.0.2.9', port: 4444 } }, 20)
    assert.deepEqual(stream.rtpTarget, { address: '192.0.2.9', port: 4444 })
  })

  it('does not follow packets that are not of this call', () => {
    const { stream } = open()
    stream.rtp(rtp({ payloadType: 96 }), { address: '203.0.113.5', port: 50_000 }, 0)
    stream.rtp(Buffer.from('hello, this is no RTP'), { address: '203.0.113.5', port: 50_000 }, 0)
    assert.deepEqual(stream.rtpTarget, source)
  })

  it('reports by RTCP, first after 2.5 s, then every 5 s', () => {
    const { stream } = open()
    stream.rtp(rtp({ ssrc: 99 }), source, 0)
    const reports = Array.from({ length: 13 }, (_, second) => stream.check(second * 1000, instant(0)))
    assert.deepEqual(
      reports.flatMap((report, second) => (report ? [second] : [])),
      [3, 8],
    )
    // A receiver report with one block, about the caller's source.
    assert.equal(reports[3]?.subarray(0, 12).toString('hex'), '81c900070000000700000063')
  })

  it('sends a sender report when it has sent', () => {
    const { stream } = open()
    stream.loop(music, sound(...samples(160)))
    sent(stream, 1, 3)
    const report = stream.check(3000, instant(0)) ?? Buffer.alloc(0)
    assert(readRtcp(report)?.sender)
    // The current timestamp, packets and octets.
    assert.deepEqual(
      [report.readUInt32BE(16), report.readUInt32BE(20), report.readUInt32BE(24)],
      [(0xffffff00 + 3000 * 8) >>> 0, 2, 320],
    )
    const next = stream.check(8000, instant(0)) ?? Buffer.alloc(0)
    assert.equal(next.readUInt8(1), 201)
  })

  it('survives any bytes', () => {
    const { stream } = open()
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.boolean(), (bytes, isRtcp) => {
        if (isRtcp) stream.rtcp(Buffer.from(bytes), rtcpSource, 0)
        else stream.rtp(Buffer.from(bytes), source, 0)
        stream.report(0, instant(0), false)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('a lost caller', () => {
  const at = (stream: RtpStream, now: number): void => void stream.check(now, instant(0))

  it('is reported once, 30 s after the answer when nothing ever came', () => {
    const { stream, told } = open({}, true)
    at(stream, 29_999)
    assert.deepEqual(told, [])
    at(stream, 30_000)
    at(stream, 31_000)
    assert.deepEqual(told, ['lost'])
  })

  it('counts as quiet 3 s after the last RTP or RTCP, and as heard when a packet comes again', () => {
    const { stream, heard } = open()
    at(stream, 10_000)
    assert.deepEqual(heard, [])
    stream.rtp(rtp(), source, 10_500)
    stream.rtp(rtp(), source, 11_000)
    at(stream, 13_999)
    assert.deepEqual(heard, [true])
    at(stream, 14_000)
    at(stream, 15_000)
    assert.deepEqual(heard, [true, false])
    stream.rtcp(Buffer.from('80c9000100000009', 'hex'), rtcpSource, 16_000)
    assert.deepEqual(heard, [true, false, true])
  })

  it('stays heard while only RTCP comes, as from a muted phone, and is quiet again when that ends', () => {
    const { stream, heard } = open()
    stream.rtp(rtp(), source, 1_000)
    for (let now = 2_000; now <= 60_000; now += 1_000) {
      if (now % 5_000 === 0) stream.rtcp(Buffer.from('80c9000100000009', 'hex'), rtcpSource, now)
      at(stream, now)
    }
    assert.deepEqual(heard, [true, false, true])
    at(stream, 68_000)
    assert.deepEqual(heard, [true, false, true, false])
    stream.rtp(rtp(), source, 70_000)
    at(stream, 73_000)
    assert.deepEqual(heard.slice(4), [true, false])
  })

  it('is not a caller who sends RTP or RTCP', () => {
    const { stream, told } = open({}, true)
    stream.rtp(rtp(), source, 20_000)
    at(stream, 49_999)
    stream.rtcp(Buffer.from('80c9000100000009', 'hex'), rtcpSource, 45_000)
    at(stream, 74_999)
    assert.deepEqual(told, [])
    at(stream, 75_000)
    assert.deepEqual(told, ['lost'])
  })

  const quiet: [string, Partial<Peer>][] = [
    ['who only listens', { sends: false }],
    ['who holds us', { hears: false }],
    ['who holds us and sends nothing', { hears: false, sends: false }],
  ]
  for (const [name, agreed] of quiet)
    it(`is not a caller ${name}`, () => {
      const { stream, told } = open(agreed, true)
      at(stream, 100_000)
      assert.deepEqual(told, [])
      stream.agree(peer, 100_000)
      at(stream, 129_999)
      assert.deepEqual(told, [])
      at(stream, 130_000)
      assert.deepEqual(told, ['lost'])
    })
})

describe('a stream to an address that has sent nothing', () => {
  const at = (stream: RtpStream, now: number): Buffer | undefined => stream.check(now, instant(0))
  /** The number of RTP and RTCP packets in the minute after the first 5 s. */
  function sentLater(stream: RtpStream): number {
    let count = 0
    for (let tick = 500; tick < 6500; tick += 1) {
      if (tick % 100 === 0 && at(stream, tick * 10) && stream.rtcpTarget) count += 1
      if (stream.packet(tick) && stream.rtpTarget) count += 1
    }
    return count
  }

  const directions: [string, Partial<Peer>][] = [
    ['sendrecv', {}],
    ['recvonly', { sends: false }],
    ['sendonly', { hears: false }],
    ['inactive', { hears: false, sends: false }],
  ]
  for (const [direction, agreed] of directions)
    it(`sends no sound and no report after 5 s (${direction})`, () => {
      const { stream, told } = open(agreed)
      stream.loop(music, sound(...samples(1000)))
      assert.equal(sent(stream, 1, 3, 5).length, agreed.hears === false ? 0 : 3)
      at(stream, 4_999)
      assert.deepEqual(told, [])
      at(stream, 5_000)
      assert.deepEqual(told, agreed.hears === false ? [] : ['muted'])
      assert.equal(sentLater(stream), 0)
    })

  it('continues at the first RTP or RTCP from there, and stays on', () => {
    for (const come of ['rtp', 'rtcp'] as const) {
      const { stream, told } = open({ sends: false })
      stream.loop(music, sound(...samples(1000)))
      at(stream, 6_000)
      assert.equal(stream.packet(601), undefined)
      if (come === 'rtp') stream.rtp(rtp(), source, 7_000)
      else stream.rtcp(Buffer.from('80c9000100000009', 'hex'), rtcpSource, 7_000)
      assert.deepEqual(stream.rtpTarget, source)
      at(stream, 100_000)
      assert(stream.packet(10_001))
      assert.deepEqual(told, ['muted'])
    }
  })

  it('continues when the address is known for another reason', () => {
    const { stream, told } = open()
    const elsewhere = { address: '192.0.2.10', port: 4000 }
    const known = { known: true }
    stream.agree({ ...peer, sends: false, rtp: elsewhere, rtcp: { ...elsewhere, port: 4001 } }, 0, { rtp: known, rtcp: known })
    stream.loop(music, sound(...samples(1000)))
    at(stream, 100_000)
    assert(stream.packet(10_001))
    assert.deepEqual(told, [])
  })

  it('gets 5 s at a new address only when the previous one was proven, at most four times', () => {
    const move = (stream: RtpStream, octet: number, now: number): void => {
      const rtpPlace = { address: `192.0.2.${octet}`, port: 4000 }
      stream.agree({ ...peer, sends: false, rtp: rtpPlace, rtcp: { ...rtpPlace, port: 4001 } }, now)
    }
    const { stream } = open({ sends: false })
    move(stream, 20, 4_000)
    at(stream, 5_000)
    assert.equal(stream.rtpTarget, undefined)
    const heard: boolean[] = []
    for (let octet = 21; octet < 26; octet += 1) {
      const now = octet * 10_000
      stream.rtp(rtp(), { address: `192.0.2.${octet - 1}`, port: 4000 }, now)
      move(stream, octet, now)
      heard.push(stream.rtpTarget !== undefined)
      at(stream, now + 5_000)
      assert.equal(stream.rtpTarget, undefined)
    }
    assert.deepEqual(heard, [true, true, true, false, false])
  })

  it('is silent from the start when four unproven streams go to that host, and sends after its first packet', () => {
    const firstSeconds = new FirstSeconds()
    const told: string[] = []
    const callers = Array.from({ length: 5 }, (_, caller) => {
      const listener = { ...silent, muted: () => told.push(`muted ${caller}`) }
      const beginning = { ssrc: caller, sequence: 0, timestamp: 0, cname: 'c' }
      const stream = new RtpStream(beginning, 1, listener, () => 0.5, { lostAfterMs: 30_000, firstSeconds })
      stream.agree({ ...peer, rtp: { ...source, port: 5000 + 2 * caller } }, 0)
      stream.loop(music, sound(...samples(1000)))
      return stream
    })
    assert.deepEqual(callers.map(stream => stream.packet(1) !== undefined), [true, true, true, true, false]) // prettier-ignore
    assert.deepEqual(told, ['muted 4'])
    callers[4]?.rtp(rtp(), { ...source, port: 5008 }, 20)
    assert(callers[4]?.packet(3))
  })

  it('does not move, in its first seconds, to a host that already has four streams', () => {
    const firstSeconds = new FirstSeconds()
    for (let taken = 0; taken < 4; taken += 1) firstSeconds.take({ host: '198.51.100.7', source: undefined }, 0)
    const terms = { lostAfterMs: 30_000, firstSeconds }
    const stream = new RtpStream({ ssrc: 1, sequence: 0, timestamp: 0, cname: 'c' }, 1, silent, () => 0.5, terms)
    stream.agree(peer, 0)
    stream.loop(music, sound(...samples(1000)))
    assert(stream.packet(1))
    stream.agree({ ...peer, rtp: { address: '198.51.100.7', port: 4000 } }, 20)
    assert.equal(stream.packet(3), undefined)
  })

  it('sends reports to a host other than the sound’s only when that host sends something', () => {
    const { stream } = open()
    const victim = { address: '198.51.100.7', port: 53 }
    stream.agree({ ...peer, rtcp: victim }, 0)
    stream.rtp(rtp(), source, 1_000)
    at(stream, 6_000)
    assert.deepEqual(stream.rtpTarget, source)
    assert.equal(stream.rtcpTarget, undefined)
  })
})

const silent = {
  finished: () => undefined,
  digit: () => undefined,
  lost: () => undefined,
  muted: () => undefined,
  hearing: () => undefined,
}
