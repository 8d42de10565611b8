import { createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { fault, ok, type Result } from '../foundation/result.js'

/**
 * The hashes that the config holds instead of passwords and that `carillon hash-password` prints. For phones: the two hashes that digest
 * authentication needs (`md5:HEX,sha-256:HEX`). For users of the console: a salted hash (`scrypt:N:r:p:SALT:HASH`, base64url).
 */

/**
 * H(user:realm:password) in lower-case hex (RFC 7616 §3.4.2). For that realm it is as good as the password, so the config file must be kept
 * secret.
 */
export interface PhonePassword {
  readonly MD5: string
  readonly 'SHA-256': string
}

const phoneForm = /^md5:([0-9a-f]{32}),sha-256:([0-9a-f]{64})$/i
const userForm = /^scrypt:(\d{1,8}):(\d{1,2}):(\d{1,2}):([\w-]{16,64}):([\w-]{43})$/
const cost = { N: 16_384, r: 8, p: 1 } as const
/**
 * In bytes. A hash with a higher cost is refused, because checking it would let a log-in take too much memory. Our own hashes need 16 MiB.
 */
const mostMemory = 64 * 1024 * 1024
const hashBytes = 32
const saltBytes = 16

export function hashPhonePassword(user: string, realm: string, password: string): string {
  const hash = (algorithm: string): string => createHash(algorithm).update(`${user}:${realm}:${password}`, 'utf8').digest('hex')
  return `md5:${hash('md5')},sha-256:${hash('sha256')}`
}

export function readPhonePassword(text: string): Result<PhonePassword> {
  const [, md5, sha256] = phoneForm.exec(text) ?? []
  if (md5 === undefined || sha256 === undefined)
    return fault(
      'expected what `carillon hash-password --user USER --realm DOMAIN` prints, md5:…,sha-256:…; never the password itself',
    )
  return ok({ MD5: md5.toLowerCase(), 'SHA-256': sha256.toLowerCase() })
}

/** The hash for users.yaml. */
export async function hashUserPassword(password: string): Promise<string> {
  const salt = randomBytes(saltBytes)
  const hash = await derived(password, salt, cost)
  return `scrypt:${cost.N}:${cost.r}:${cost.p}:${salt.toString('base64url')}:${hash.toString('base64url')}`
}

/** Whether the text has the form of `hashUserPassword` and a cost within our limits. */
export const isUserPasswordHash = (text: string): boolean => readUserHash(text) !== undefined

/**
 * Whether the password belongs to the hash. Takes the same time for a wrong password as for the right one. False if the text is not a hash.
 */
export async function isUserPassword(password: string, hash: string): Promise<boolean> {
  const read = readUserHash(hash)
  return read !== undefined && timingSafeEqual(await derived(password, read.salt, read.cost), read.hash)
}

interface Cost {
  readonly N: number
  readonly r: number
  readonly p: number
}

function readUserHash(text: string): { readonly cost: Cost; readonly salt: Buffer; readonly hash: Buffer } | undefined {
  const [, N = '', r = '', p = '', salt = '', hash = ''] = userForm.exec(text) ?? []
  const asked = { N: Number(N), r: Number(r), p: Number(p) }
  if (!isBearable(asked)) return undefined
  return { cost: asked, salt: Buffer.from(salt, 'base64url'), hash: Buffer.from(hash, 'base64url') }
}

/** Whether the cost is within our limits. scrypt takes 128·N·r bytes (RFC 7914 §2), and N is a power of two. */
const isBearable = ({ N, r, p }: Cost): boolean =>
  N > 1 && Number.isInteger(Math.log2(N)) && r >= 1 && p >= 1 && p <= 16 && 128 * N * r <= mostMemory

function derived(password: string, salt: Buffer, { N, r, p }: Cost): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFC'), salt, hashBytes, { N, r, p, maxmem: 2 * mostMemory }, (error, key) => {
      if (error) reject(error)
      else resolve(key)
    })
  })
}
