import { isIPv4, isIPv6 } from 'node:net'
import type { Ladder } from './ladder.js'

/** Where Carillon itself is in the file. The messages name only the peers. */
export interface OwnAddress {
  /** An IPv4 and an IPv6 address. */
  readonly v4: string
  readonly v6: string
  /** The port that we listen on, by transport, such as `udp`. */
  readonly ports: ReadonlyMap<string, number>
}

/** pcap with microseconds, version 2.4 (draft-ietf-opsawg-pcap §4), and packets that begin with the IP header (LINKTYPE_RAW). */
const [magic, major, minor, longestPacket, rawIp] = [0xa1b2c3d4, 2, 4, 262_144, 101]
const usualPort = 5060
const syslogPort = 514
/** At the end of a message whose rest is not kept. */
const cutMark = '…'
type Message = Ladder['messages'][number]
/** In bytes: a UDP datagram in an IPv4 packet takes no more (RFC 768, RFC 791). */
const longestPayload = 65_507
const [udp, hops] = [17, 64]

/**
 * The SIP messages of a call as a capture file for Wireshark and sngrep. Each message is one UDP datagram, also if it came over TCP, TLS or
 * WebSocket, because only the messages are kept and not their segments. Digests are hidden, as in the ladder.
 */
export function pcapOf({ complete, messages }: Pick<Ladder, 'complete' | 'messages'>, own: OwnAddress): Buffer {
  const head = Buffer.alloc(24)
  head.writeUInt32LE(magic, 0)
  head.writeUInt16LE(major, 4)
  head.writeUInt16LE(minor, 6)
  head.writeUInt32LE(longestPacket, 16)
  head.writeUInt32LE(rawIp, 20)
  const [first] = messages
  const begin = first && !complete ? noteOf('earlier messages of this call are no longer kept', first, own) : []
  return Buffer.concat([head, ...begin, ...messages.flatMap(message => packetsOf(message, own))])
}

function packetsOf(message: Message, own: OwnAddress): Buffer[] {
  const { leftOutBefore, text } = message
  const left = leftOutBefore > 0 ? noteOf(`${leftOutBefore} messages of this call are left out here`, message, own) : []
  const isCut = text.endsWith(cutMark)
  const content = Buffer.from(isCut ? text.slice(0, -cutMark.length) : text)
  return [...left, ...packetOf(message, own, { content, isCut })]
}

/** A line of syslog (RFC 5424) to the port of syslog (RFC 5426), because the format has no comments and programs for SIP show it apart. */
function noteOf(words: string, message: Message, own: OwnAddress): Buffer[] {
  const content = Buffer.from(`<134>1 ${message.at} - carillon - - - ${words}`)
  return packetOf({ ...message, direction: 'out' }, own, { content, isCut: false, port: syslogPort })
}

interface Payload {
  readonly content: Buffer
  /** The rest of the message is not kept. */
  readonly isCut: boolean
  /** The port of both sides, if it is not that of the message. */
  readonly port?: number
}

function packetOf({ at, direction, transport, address }: Message, own: OwnAddress, { content, isCut, port }: Payload): Buffer[] {
  const named = placeOf(address)
  const peer = { ...named, port: port ?? named.port }
  const us = {
    host: isIPv6(peer.host) ? ourSide(peer.host, '::1', own.v6) : ourSide(peer.host, '127.', own.v4),
    port: port ?? own.ports.get(transport) ?? usualPort,
  }
  const [from, to] = direction === 'in' ? [peer, us] : [us, peer]
  const packet = inIp(from.host, to.host, datagram(from, to, content.subarray(0, longestPayload)))
  const head = Buffer.alloc(16)
  const time = Date.parse(at)
  head.writeUInt32LE(Math.floor(time / 1_000), 0)
  head.writeUInt32LE((time % 1_000) * 1_000, 4)
  head.writeUInt32LE(packet.length, 8)
  // Programs say that a packet is cut if it was longer than what is here.
  head.writeUInt32LE(packet.length + Number(isCut), 12)
  return [head, packet]
}

/** A peer on our own machine talks to the loopback address. */
const ourSide = (peer: string, loopback: string, own: string): string =>
  peer.startsWith(loopback) ? (isIPv6(peer) ? '::1' : '127.0.0.1') : own

interface Place {
  readonly host: string
  readonly port: number
}

/** `192.0.2.1:5060` or `[2001:db8::1]:5060`. A peer that is not an address, such as a name, becomes 0.0.0.0. */
function placeOf(address: string): Place {
  const [, host = '', port = '0'] = /^\[?(.*?)\]?:(\d+)$/.exec(address) ?? []
  return { host: isIPv4(host) || isIPv6(host) ? host : '0.0.0.0', port: Number(port) & 0xffff }
}

function datagram(from: Place, to: Place, payload: Buffer): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt16BE(from.port, 0)
  head.writeUInt16BE(to.port, 2)
  head.writeUInt16BE(8 + payload.length, 4)
  const whole = Buffer.concat([head, payload])
  // RFC 768: a sum of 0 means that there is none, which IPv4 allows. IPv6 does not (RFC 8200 §8.1).
  if (isIPv6(from.host)) whole.writeUInt16BE(checksum(pseudoHeader(from.host, to.host, whole.length), whole) || 0xffff, 6)
  return whole
}

function inIp(from: string, to: string, content: Buffer): Buffer {
  if (isIPv6(from)) {
    const head = Buffer.alloc(8)
    head.writeUInt8(0x60, 0)
    head.writeUInt16BE(content.length, 4)
    head.writeUInt8(udp, 6)
    head.writeUInt8(hops, 7)
    return Buffer.concat([head, bytesOf(from), bytesOf(to), content])
  }
  const head = Buffer.alloc(20)
  head.writeUInt8(0x45, 0)
  head.writeUInt16BE(head.length + content.length, 2)
  head.writeUInt8(hops, 8)
  head.writeUInt8(udp, 9)
  bytesOf(from).copy(head, 12)
  bytesOf(to).copy(head, 16)
  head.writeUInt16BE(checksum(head), 10)
  return Buffer.concat([head, content])
}

const pseudoHeader = (from: string, to: string, length: number): Buffer =>
  Buffer.concat([bytesOf(from), bytesOf(to), Buffer.from([0, 0, length >> 8, length & 0xff, 0, 0, 0, udp])])

/** The ones' complement of the ones' complement sum of 16-bit words (RFC 1071). */
function checksum(...parts: readonly Buffer[]): number {
  let sum = 0
  for (const part of parts)
    for (let at = 0; at < part.length; at += 2)
      sum += (part.readUInt8(at) << 8) + (at + 1 < part.length ? part.readUInt8(at + 1) : 0)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}

/** The bytes of an address in network order. */
function bytesOf(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number))
  const [head = '', tail] = address.split('%', 1)[0]?.split('::') ?? []
  const groups = (text: string): number[] => (text === '' ? [] : text.split(':').flatMap(groupOf))
  const [before, after] = [groups(head), tail === undefined ? [] : groups(tail)]
  const all = tail === undefined ? before : [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after]
  return Buffer.from(all.flatMap(group => [group >> 8, group & 0xff]))
}

/** The last group of an address may be an IPv4 address. */
function groupOf(text: string): number[] {
  if (!text.includes('.')) return [parseInt(text, 16)]
  const [a = 0, b = 0, c = 0, d = 0] = text.split('.').map(Number)
  return [(a << 8) + b, (c << 8) + d]
}
