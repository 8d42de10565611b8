import type { SipRequest, SipResponse } from '../message/message.js'
import type { Hop } from '../transport/transport.js'

/**
 * In bytes. A longer request should not be sent over UDP (RFC 3261 §18.1.1), because its datagram may be split, and some networks drop the
 * fragments.
 */
export const largestDatagram = 1_300
/**
 * In bytes. The longest message that a phone gets, over any transport. Some phones close their connection when a longer one comes,
 * and so lose their registration.
 */
export const longestForPhones = 8 * 1024
/** In bytes, over UDP and on connections. Usual INVITEs are shorter. */
const [longOverUdp, longOnStreams] = [4 * 1024, 8 * 1024]

/**
 * Whether a request may be lost in a network that drops fragments, or may be more than a phone reads. The calling party decides
 * the length of an INVITE, so silence after it says nothing about the phone (docs/decisions/097).
 */
export const isLong = (bytes: number, { transport }: Hop): boolean => bytes > (transport === 'udp' ? longOverUdp : longOnStreams)

/** The Via, which is added later, and the start line have about this many bytes. */
const addedBytes = 150

/** In bytes: about how long the message is when it is sent. */
export const lengthOf = ({ headers, body }: SipRequest | SipResponse): number =>
  headers.bytes + Buffer.byteLength(body) + addedBytes

/** In bytes. Above the first, limits of networks and phones are far from each other. Below it, usual INVITEs differ by less than `step`. */
const [lastStep, step] = [2_560, 256]

/** The class of lengths to which this one belongs, as the length that all others of the class exceed. */
export function lengthClass(bytes: number): number {
  const wide = [longOverUdp, lastStep].find(length => bytes > length)
  return wide ?? Math.max(largestDatagram, (Math.ceil(bytes / step) - 1) * step)
}
