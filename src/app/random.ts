import { randomBytes } from 'node:crypto'

/** How many random bytes are drawn at a time. */
const poolBytes = 8192
let pool: Buffer = Buffer.alloc(0)

/**
 * Random bytes that nobody can guess. They are drawn by the thousand, because each draw is a system call. No byte is used twice.
 */
export function pooledRandom(size: number): Uint8Array {
  if (size > poolBytes / 2) return randomBytes(size)
  if (pool.length < size) pool = randomBytes(poolBytes)
  const given = pool.subarray(0, size)
  pool = pool.subarray(size)
  return given
}
