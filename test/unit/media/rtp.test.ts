import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Latch } from '../../../src/media/rtp/latch.js'
import { Receiver } from '../../../src/media/rtp/receiver.js'
import { readRtcp, writeRtcp } from '../../../src/media/rtp/rtcp.js'
import { ahead, readRtp } from '../../../src/media/rtp/rtp.js'
import { instant } from '../../../src/foundation/time.js'
import { read, rtp } from './packets.js'

describe('RTP packets', () => {
  it('are read as they were written', () => {
    const header = { marker: true, payloadType: 101, sequence: 65_535, timestamp: 4_294_967_295, ssrc: 4_000_000_000 }
    assert.deepEqual(readRtp(rtp({ ...header, payload: [1, 2] })), { ...header, from: 12, to: 14 })
  })

  it('are read without contributing sources, extension and padding', () => {
    const plain = rtp({ payload: [] })
    const bytes = Buffer.concat([plain, Buffer.alloc(4), Buffer.from([0, 0, 0, 1, 9, 9, 9, 9]), Buffer.from([7, 7, 0, 2])])
    bytes[0] = 0x80 | 0x20 | 0x10 | 1
    const packet = read(bytes)
    assert.deepEqual([packet.from, packet.to], [24, 26])
  })

  const broken: [string, Buffer][] = [
    ['empty', Buffer.alloc(0)],
    ['short', rtp().subarray(0, 11)],
    ['of another version', Buffer.concat([Buffer.from([0x40]), rtp().subarray(1)])],
    ['RTCP', Buffer.from('80c8000600000000000000000000', 'hex')],
    ['padded beyond its start', Buffer.concat([Buffer.from([0xa0]), rtp({ payload: [200] }).subarray(1)])],
    ['cut within its sources', Buffer.concat([Buffer.from([0x8f]), rtp({ payload: [1] }).subarray(1)])],
    ['cut within its extension', Buffer.concat([Buffer.from([0x90]), rtp({ payload: [1] }).subarray(1)])],
  ]
  for (const [name, bytes] of broken)
    it(`are not read from a packet that is ${name}`, () => assert.equal(readRtp(bytes), undefined))

  it('cause an exception when there are no bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), bytes => {
        const packet = readRtp(Buffer.from(bytes))
        readRtcp(Buffer.from(bytes))
        assert(!packet || (packet.from >= 12 && packet.from <= packet.to && packet.to <= bytes.length))
      }),
      { numRuns: 2000 },
    )
  })

  it('have timestamps that wrap around', () => {
    assert.equal(ahead(5, 0xfffffffb), 10)
    assert.equal(ahead(0xfffffffb, 5), -10)
  })
})

describe('the reception report to the sender (RFC 3550 A.3, A.8)', () => {
  const heard = (receiver: Receiver, sequences: readonly number[]): void => {
    for (const sequence of sequences) receiver.heard(read(rtp({ sequence })), 0, true)
  }

  it('is empty before the first packet', () => assert.equal(new Receiver().block(0), undefined))

  it('counts lost packets since the last report and in all', () => {
    const receiver = new Receiver()
    heard(receiver, [10, 11, 13, 14])
    const first = receiver.block(0)
    assert.deepEqual([first?.lost, first?.fractionLost, first?.highest], [1, Math.floor(256 / 5), 14])
    heard(receiver, [15, 16])
    const second = receiver.block(0)
    assert.deepEqual([second?.lost, second?.fractionLost], [1, 0])
  })

  it('continues across the wrap of the sequence number, and accepts late packets', () => {
    const receiver = new Receiver()
    heard(receiver, [65_534, 0, 65_535, 1])
    const block = receiver.block(0)
    assert.deepEqual([block?.lost, block?.highest], [0, 65_536 + 1])
  })

  it('starts again after a jump or with another source', () => {
    const receiver = new Receiver()
    heard(receiver, [10, 11, 30_000, 30_001])
    assert.deepEqual([receiver.block(0)?.lost, receiver.block(0)?.highest], [0, 30_001])
    receiver.heard(read(rtp({ ssrc: 8, sequence: 5 })), 0, true)
    assert.deepEqual([receiver.block(0)?.ssrc, receiver.block(0)?.highest], [8, 5])
  })

  it('has no jitter for regular packets, and adds a sixteenth of each difference', () => {
    const receiver = new Receiver()
    for (const n of [0, 1, 2, 3]) receiver.heard(read(rtp({ sequence: n, timestamp: n * 160 })), n * 20, false)
    assert.equal(receiver.block(0)?.jitter, 0)
    receiver.heard(read(rtp({ sequence: 4, timestamp: 640 })), 100, false)
    assert.equal(receiver.block(0)?.jitter, (20 * 8) / 16)
  })

  it("names the sender's last report and its age", () => {
    const receiver = new Receiver()
    heard(receiver, [1])
    receiver.reported(0xabcd, 1000)
    assert.deepEqual([receiver.block(3000)?.lastReport, receiver.block(3000)?.sinceLastReport], [0xabcd, 2 * 65_536])
  })
})

describe('RTCP', () => {
  const block = { ssrc: 8, fractionLost: 3, lost: -2, highest: 70_000, jitter: 12, lastReport: 5, sinceLastReport: 6 }

  it('has a sender report, a canonical name and a BYE (RFC 3550 §6.1, §6.4.1)', () => {
    const sent = { at: instant(1500), timestamp: 800, packets: 5, octets: 800 }
    const bytes = writeRtcp({ ssrc: 7, cname: 'abc', sent, block, bye: true })
    assert.equal(
      bytes.toString('hex'),
      [
        ...['81c8000c', '00000007', '83aa7e8180000000', '00000320', '00000005', '00000320'],
        ...['00000008', '03fffffe', '00011170', '0000000c', '00000005', '00000006'],
        ...['81ca0003', '00000007', '0103616263000000', '81cb0001', '00000007'],
      ].join(''),
    )
    assert.deepEqual(readRtcp(bytes), { sender: { ssrc: 7, middle: 0x7e818000 } })
  })

  it('has a receiver report when nothing was sent, and may be empty', () => {
    const bytes = writeRtcp({ ssrc: 7, cname: 'ab', sent: undefined, block: undefined, bye: false })
    assert.equal(bytes.toString('hex'), ['80c90001', '00000007', '81ca0003', '00000007', '0102616200000000'].join(''))
    assert.deepEqual(readRtcp(bytes), { sender: undefined })
  })

  it('is rejected when it only looks like RTCP', () => {
    const report = writeRtcp({ ssrc: 7, cname: 'ab', sent: undefined, block, bye: false })
    assert.equal(readRtcp(report.subarray(0, 20)), undefined)
    assert.equal(readRtcp(rtp()), undefined)
  })
})

describe('the target of our packets', () => {
  const [named, behind, stranger] = [
    { address: '192.0.2.9', port: 4000 },
    { address: '203.0.113.5', port: 50_123 },
    { address: '203.0.113.66', port: 4000 },
  ]

  it('is the negotiated address until a packet arrives', () => assert.deepEqual(new Latch(named).target, named))

  /** Whether each of these packets is accepted. */
  const sends = (latch: Latch, from: { address: string; port: number }, packets: number): boolean[] =>
    Array.from({ length: packets }, () => latch.admits(from))

  it('becomes the source of 25 packets, and no stranger changes that', () => {
    const latch = new Latch(named)
    assert.deepEqual(sends(latch, behind, 25), [...Array<boolean>(24).fill(false), true])
    assert.equal(sends(latch, stranger, 100).includes(true), false)
    assert.equal(latch.admits(behind), true)
    assert.deepEqual(latch.target, behind)
  })

  it('becomes at once another port of the named host or of the signalling host', () => {
    for (const address of [named.address, behind.address]) {
      const latch = new Latch(named, { known: false, signaling: behind.address })
      assert.equal(latch.admits({ address, port: 9 }), true)
      assert.deepEqual(latch.target, { address, port: 9 })
      assert.equal(sends(latch, stranger, 100).includes(true), false)
    }
  })

  it('never becomes a stranger if the description names the host of the SIP messages, except for a trusted peer', () => {
    const isFollowed = (trusted: boolean): boolean =>
      sends(new Latch(named, { known: false, signaling: named.address, trusted }), stranger, 100).includes(true)
    assert.deepEqual([isFollowed(false), isFollowed(true)], [false, true])
    const latch = new Latch(named, { known: false, signaling: named.address })
    sends(latch, stranger, 100)
    assert.equal(latch.admits({ ...named, port: 4100 }), true, 'another port of the host is')
  })

  it('becomes the negotiated address for good once a packet comes from there, even after a stranger', () => {
    const latch = new Latch(named)
    sends(latch, stranger, 100)
    assert.deepEqual(latch.target, stranger)
    assert.equal(latch.admits(named), true)
    assert.equal(sends(latch, stranger, 100).includes(true), false)
    assert.deepEqual(latch.target, named)
  })

  it('never becomes a stranger while the caller’s RTCP comes from the negotiated address', () => {
    const [latch, rtcp] = [new Latch(named), new Latch({ ...named, port: 4001 })]
    rtcp.admits({ ...named, port: 4001 })
    for (let packet = 0; packet < 100; packet += 1) assert.equal(latch.admits(stranger, rtcp), false)
    assert.deepEqual(latch.target, named)
  })

  it('is, for RTCP, the host to which RTP moved', () => {
    const [latch, rtcp] = [new Latch(named), new Latch({ ...named, port: 4001 })]
    sends(latch, behind, 25)
    assert.equal(rtcp.admits({ address: behind.address, port: 60_001 }, latch), true)
  })

  it('becomes the caller’s address even when many strangers send too', () => {
    const latch = new Latch(named)
    for (let round = 0; round < 25; round += 1)
      for (let port = 1; port < 16; port += 1) latch.admits(port === 1 ? behind : { ...stranger, port })
    assert.deepEqual(latch.target, behind)
  })
})
