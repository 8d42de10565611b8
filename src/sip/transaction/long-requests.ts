import type { Hop } from '../transport/transport.js'

/**
 * In bytes. A longer request should not be sent over UDP (RFC 3261 §18.1.1), because its datagram may be split, and some networks drop the
 * fragments.
 */
export const largestDatagram = 1_300
/**
 * In bytes. The longest INVITE that a phone gets, over any transport. Some phones close their connection when a longer one comes,
 * and so lose their registration.
 */
export const longestForPhones = 16 * 1024
/** In bytes, over UDP and on connections. Usual INVITEs are shorter. */
const [longOverUdp, longOnStreams] = [4 * 1024, 8 * 1024]

/**
 * Whether a request may be lost in a network that drops fragments, or may be more than a phone reads. The calling party decides
 * the length of an INVITE, so silence after it says nothing about the phone (docs/decisions/097).
 */
export const isLong = (bytes: number, { transport }: Hop): boolean => bytes > (transport === 'udp' ? longOverUdp : longOnStreams)
