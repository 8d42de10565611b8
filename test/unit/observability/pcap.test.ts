import assert from 'node:assert/strict'
import type { Ladder } from '../../../src/observability/ladder.js'
import { pcapOf, type OwnAddress } from '../../../src/observability/pcap.js'

const own: OwnAddress = { v4: '192.0.2.1', v6: '2001:db8::1', ports: new Map([['udp', 5070]]) }
type Message = Ladder['messages'][number]
const message = (address: string, more: Partial<Message> = {}): Message => ({
  ...{ at: '2026-12-01T00:00:01.250Z', peer: 0, direction: 'in', transport: 'udp', address, sipCallId: 'a', method: 'OPTIONS' },
  ...{ status: null, reasonPhrase: null, contentType: null, repeated: false, text: 'OPTIONS sip:é SIP/2.0', leftOutBefore: 0 },
  ...more,
})

/** The packets, as a reader of the format finds them. */
function packetsIn(file: Buffer): { readonly seconds: number; readonly isCut: boolean; readonly packet: Buffer }[] {
  assert.deepEqual([file.readUInt32LE(0), file.readUInt16LE(4), file.readUInt16LE(6)], [0xa1b2c3d4, 2, 4])
  assert.equal(file.readUInt32LE(20), 101)
  const packets = []
  for (let at = 24; at < file.length;) {
    const length = file.readUInt32LE(at + 8)
    assert(file.readUInt32LE(at + 12) >= length)
    packets.push({
      seconds: file.readUInt32LE(at) + file.readUInt32LE(at + 4) / 1e6,
      isCut: file.readUInt32LE(at + 12) > length,
      packet: file.subarray(at + 16, at + 16 + length),
    })
    at += 16 + length
  }
  return packets
}

/** The sum of all 16-bit words. With a right checksum in it, it is 0xffff (RFC 1071). */
function sumOf(bytes: Buffer): number {
  let sum = 0
  for (let at = 0; at < bytes.length; at += 2) sum += bytes.readUInt8(at) * 256 + (bytes[at + 1] ?? 0)
  while (sum > 0xffff) sum = (sum % 0x10000) + Math.floor(sum / 0x10000)
  return sum
}

describe('a capture file of a call', () => {
  it('has each message as a UDP datagram in IPv4, with times and right checksums', () => {
    const [first, second] = packetsIn(
      pcapOf({ complete: true, messages: [message('192.0.2.9:5062'), message('192.0.2.9:5062', { direction: 'out' })] }, own),
    )
    assert(first && second)
    assert.equal(first.seconds, Date.parse('2026-12-01T00:00:01.250Z') / 1_000)
    const { packet } = first
    assert.deepEqual([packet[0], packet.readUInt16BE(2), packet[9]], [0x45, packet.length, 17])
    assert.equal(sumOf(packet.subarray(0, 20)), 0xffff)
    assert.deepEqual([...packet.subarray(12, 20)], [192, 0, 2, 9, 192, 0, 2, 1])
    assert.deepEqual(
      [packet.readUInt16BE(20), packet.readUInt16BE(22), packet.readUInt16BE(24)],
      [5062, 5070, packet.length - 20],
    )
    assert.equal(packet.subarray(28).toString(), 'OPTIONS sip:é SIP/2.0')
    assert.deepEqual([...second.packet.subarray(12, 20)], [192, 0, 2, 1, 192, 0, 2, 9])
    assert.deepEqual([second.packet.readUInt16BE(20), second.packet.readUInt16BE(22)], [5070, 5062])
  })

  it('says where messages are missing, in packets of their own, and which messages are cut', () => {
    const messages = [
      message('192.0.2.9:5062', { text: 'INVITE…' }),
      message('192.0.2.9:5062', { leftOutBefore: 12, direction: 'out' }),
    ]
    const packets = packetsIn(pcapOf({ complete: false, messages }, own))
    assert.deepEqual(
      packets.map(({ isCut }) => isCut),
      [false, true, false, false],
    )
    const [earlier, cut, left] = packets.map(({ packet }) => packet)
    assert.match(
      earlier?.subarray(28).toString() ?? '',
      /^<134>1 2026-\S+Z - carillon - - - earlier messages of this call are no longer kept$/,
    )
    assert.deepEqual([earlier?.readUInt16BE(20), earlier?.readUInt16BE(22)], [514, 514])
    assert.equal(cut?.subarray(28).toString(), 'INVITE')
    assert.match(left?.subarray(28).toString() ?? '', /12 messages of this call are left out here$/)
  })

  it('has IPv6 with a checksum over the pseudo header, and the usual port for transports on which we do not listen', () => {
    const [only] = packetsIn(pcapOf({ complete: true, messages: [message('[2001:db8::5:9]:5062', { transport: 'tls' })] }, own))
    assert(only)
    const { packet } = only
    assert.deepEqual([packet[0], packet.readUInt16BE(4), packet[6]], [0x60, packet.length - 40, 17])
    assert.equal(packet.subarray(8, 24).toString('hex'), '20010db8000000000000000000050009')
    assert.equal(packet.subarray(24, 40).toString('hex'), '20010db8000000000000000000000001')
    assert.equal(packet.readUInt16BE(42), 5060)
    const length = packet.length - 40
    const pseudo = Buffer.concat([packet.subarray(8, 40), Buffer.from([0, 0, length >> 8, length & 0xff, 0, 0, 0, 17])])
    assert.equal(sumOf(Buffer.concat([pseudo, packet.subarray(40)])), 0xffff)
  })

  it('has our loopback address beside a peer on this machine, and 0.0.0.0 for a peer that is a name', () => {
    const packets = packetsIn(
      pcapOf(
        { complete: true, messages: [message('127.0.0.1:5080'), message('pbx.example.com:5060'), message('[::1]:5062')] },
        own,
      ),
    )
    assert.deepEqual([...(packets[0]?.packet.subarray(12, 20) ?? [])], [127, 0, 0, 1, 127, 0, 0, 1])
    assert.deepEqual([...(packets[1]?.packet.subarray(12, 16) ?? [])], [0, 0, 0, 0])
    assert.equal(packets[2]?.packet.subarray(24, 40).toString('hex'), `${'0'.repeat(31)}1`)
  })

  it('cuts a message that no datagram can carry', () => {
    const [only] = packetsIn(
      pcapOf({ complete: true, messages: [message('192.0.2.9:5062', { text: 'x'.repeat(100_000) })] }, own),
    )
    assert.equal(only?.packet.length, 65_535)
  })
})
