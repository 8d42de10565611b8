import type { Draw } from './sip-mutations.js'

/**
 * Seeded mutations of datagrams, for the fuzz test of the media port and for `npm run fuzz`. The seeds are valid datagrams of one protocol:
 * STUN, DTLS, RTP or RTCP. These protocols have binary fields, so the mutations write numbers where messages of SIP get words.
 */

/** Numbers at the limits of lengths, types and counters of one or two bytes. */
const small = [
  0, 1, 2, 3, 4, 7, 8, 12, 13, 15, 16, 20, 22, 31, 32, 63, 64, 127, 128, 200, 201, 254, 255, 256, 1280, 16_384, 16_385,
]
/** The same for fields of two to four bytes: sequence numbers, DTLS versions, lengths of fragments, sources. */
const large = [32_767, 32_768, 65_535, 65_536, 0xfefd, 0xfeff, 0x7fffff, 0xffffff, 0x7fffffff, 0x80000000, 0xffffffff]
const numbers = [...small, ...large]
/** The longest mutated datagram, in bytes. Node accepts just under 64 kB, but 3 kB reach the same code. */
const longest = 3000

/** Makes one change. `seeds`: other datagrams, of which a change may take a part. */
type Change = (bytes: Buffer, seeds: readonly Buffer[], draw: Draw) => Buffer

const one = (seeds: readonly Buffer[], draw: Draw): Buffer => seeds[draw(seeds.length)] ?? Buffer.alloc(0)

const flipBit: Change = (bytes, _seeds, draw) => {
  const copy = Buffer.from(bytes)
  const at = draw(Math.max(1, bytes.length))
  if (at < copy.length) copy[at] = (copy[at] ?? 0) ^ (1 << draw(8))
  return copy
}

/** Writes one of the numbers over a field of `size` bytes at a random place. */
const writeNumber =
  (size: number): Change =>
  (bytes, _seeds, draw) => {
    if (bytes.length < size) return bytes
    const copy = Buffer.from(bytes)
    copy.writeUIntBE((numbers[draw(numbers.length)] ?? 0) % 256 ** size, draw(bytes.length - size + 1), size)
    return copy
  }

const cutEnd: Change = (bytes, _seeds, draw) => bytes.subarray(0, draw(bytes.length + 1))
const cutStart: Change = (bytes, _seeds, draw) => bytes.subarray(draw(bytes.length + 1))
const addFilling: Change = (bytes, _seeds, draw) => Buffer.concat([bytes, Buffer.alloc(draw(40), draw(256))])
const addDatagram: Change = (bytes, seeds, draw) => Buffer.concat([bytes, one(seeds, draw)])

/** The start of this datagram and the end of another one. */
const splice: Change = (bytes, seeds, draw) => {
  const other = one(seeds, draw)
  return Buffer.concat([bytes.subarray(0, draw(bytes.length + 1)), other.subarray(draw(other.length + 1))])
}

/** Inserts a copy of a part of the datagram at another place. */
const repeatPart: Change = (bytes, _seeds, draw) => {
  const [from, size, at] = [draw(bytes.length + 1), draw(64), draw(bytes.length + 1)]
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(from, from + size), bytes.subarray(at)])
}

const changes: readonly Change[] = [
  flipBit,
  ...[1, 2, 3, 4].map(writeNumber),
  cutEnd,
  cutStart,
  addFilling,
  addDatagram,
  splice,
  repeatPart,
]

/** A random seed with up to four random changes. */
export function datagramMutation(seeds: readonly Buffer[], draw: Draw): Buffer {
  let bytes = one(seeds, draw)
  for (let count = draw(5); count > 0; count -= 1) bytes = changes[draw(changes.length)]?.(bytes, seeds, draw) ?? bytes
  return Buffer.from(bytes.subarray(0, longest))
}
