import type { Draw } from './sip-mutations.js'

/** Numbers at the limits of fields of one, two, three and four bytes. */
const edges = [
  0, 1, 2, 3, 4, 7, 8, 12, 13, 15, 16, 20, 22, 31, 32, 63, 64, 127, 128, 200, 201, 254, 255, 256, 1280, 16_384, 16_385,
]
const large = [32_767, 32_768, 65_535, 65_536, 0xfefd, 0xfeff, 0x7fffff, 0xffffff, 0x7fffffff, 0x80000000, 0xffffffff]
const numbers = [...edges, ...large]
/** Node's longest datagram is just under 64 kB. A few kB test the same code. */
const longest = 3000

type Change = (bytes: Buffer, seeds: readonly Buffer[], draw: Draw) => Buffer

/** A copy with a number written at a random place. */
const written =
  (size: number): Change =>
  (bytes, _seeds, draw) => {
    if (bytes.length < size) return bytes
    const copy = Buffer.from(bytes)
    copy.writeUIntBE((numbers[draw(numbers.length)] ?? 0) % 256 ** size, draw(bytes.length - size + 1), size)
    return copy
  }

const changes: readonly Change[] = [
  (bytes, _seeds, draw) => {
    const copy = Buffer.from(bytes)
    const at = draw(Math.max(1, bytes.length))
    if (at < copy.length) copy[at] = (copy[at] ?? 0) ^ (1 << draw(8))
    return copy
  },
  written(1),
  written(2),
  written(3),
  written(4),
  (bytes, _seeds, draw) => bytes.subarray(0, draw(bytes.length + 1)),
  (bytes, _seeds, draw) => bytes.subarray(draw(bytes.length + 1)),
  (bytes, _seeds, draw) => Buffer.concat([bytes, Buffer.alloc(draw(40), draw(256))]),
  (bytes, seeds, draw) => Buffer.concat([bytes, seeds[draw(seeds.length)] ?? bytes]),
  (bytes, seeds, draw) => {
    const other = seeds[draw(seeds.length)] ?? bytes
    return Buffer.concat([bytes.subarray(0, draw(bytes.length + 1)), other.subarray(draw(other.length + 1))])
  },
  (bytes, _seeds, draw) => {
    const [from, size, at] = [draw(bytes.length + 1), draw(64), draw(bytes.length + 1)]
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(from, from + size), bytes.subarray(at)])
  },
]

/** One of the datagrams, with up to four changes. */
export function datagramMutation(seeds: readonly Buffer[], draw: Draw): Buffer {
  let bytes = seeds[draw(seeds.length)] ?? Buffer.alloc(0)
  for (let count = draw(5); count > 0; count -= 1) bytes = changes[draw(changes.length)]?.(bytes, seeds, draw) ?? bytes
  return Buffer.from(bytes.subarray(0, longest))
}
