import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { detached } from '../../foundation/detached.js'
import { isToken, quote, splitList, unquote } from './grammar.js'
import { parseParameters } from './parameters.js'
import type { HeaderTable } from './headers.js'
import { parseUri, unescapeUser } from './uri.js'

/** Digest authentication on the server's side: RFC 7616, RFC 8760, RFC 3261 §22. */

/** In order of preference (RFC 8760 §2.3). */
export const digestAlgorithms = ['SHA-256', 'MD5'] as const
export type DigestAlgorithm = (typeof digestAlgorithms)[number]

/** H(user:realm:password) in lower-case hex, for each algorithm. As good as the password, so it is never shown or logged. */
export type PasswordHashes = Readonly<Record<DigestAlgorithm, string>>

/** The content of an Authorization header field (RFC 7616 §3.4). Only qop=auth is supported, because we always ask for it. */
export interface Credentials {
  readonly username: string
  readonly realm: string
  readonly nonce: string
  /** The digest-uri exactly as written, because it is part of the hash. */
  readonly uri: string
  readonly algorithm: DigestAlgorithm
  readonly cnonce: string
  /** The nonce count, from 1. */
  readonly nc: number
  /** Exactly as written, because it is part of the hash. */
  readonly ncText: string
  /** Lower-case hex. */
  readonly response: string
}

const hashNames = { 'SHA-256': 'sha256', MD5: 'md5' } as const

function digestHash(algorithm: DigestAlgorithm, text: string): string {
  return createHash(hashNames[algorithm]).update(text, 'latin1').digest('hex')
}

/** `username`, `realm` and `password` are latin1 text of their bytes. */
export function passwordHashes(username: string, realm: string, password: string): PasswordHashes {
  const secret = `${username}:${realm}:${password}`
  return { 'SHA-256': digestHash('SHA-256', secret), MD5: digestHash('MD5', secret) }
}

/**
 * The credentials for this realm. `none`: no Authorization has the scheme Digest. `unreadable`: there are some, but none is for
 * this realm and has qop=auth and one of our algorithms.
 */
export function readCredentials(headers: HeaderTable, realm: string): Credentials | 'none' | 'unreadable' {
  const lines = headers.lines('Authorization').filter(line => /^digest\s/i.test(line))
  if (lines.length === 0) return 'none'
  for (const line of lines) {
    const read = readLine(line)
    if (read?.realm === realm) return read
  }
  return 'unreadable'
}

function readLine(line: string): Credentials | undefined {
  const fields = parseParameters(
    splitList(line.slice(6))
      .map(part => `;${part}`)
      .join(''),
  )
  if (!fields) return undefined
  const text = (name: string): string => plain(fields.get(name) ?? '')
  const algorithm = digestAlgorithms.find(each => each === (text('algorithm') || 'MD5').toUpperCase())
  const ncText = text('nc')
  const nc = /^[0-9a-f]{8}$/i.test(ncText) ? parseInt(ncText, 16) : 0
  const [username, cnonce, response] = [text('username'), text('cnonce'), text('response').toLowerCase()]
  if (!algorithm || nc === 0 || username === '' || cnonce === '' || text('qop').toLowerCase() !== 'auth') return undefined
  if (!/^[0-9a-f]+$/.test(response)) return undefined
  return { username, realm: text('realm'), nonce: text('nonce'), uri: text('uri'), algorithm, cnonce, nc, ncText, response }
}

const plain = (value: string): string => (value.startsWith('"') ? unquote(value) : value)

/** Whether the response was made with this password (RFC 7616 §3.4.1). The hashes are compared in constant time. */
export function isResponseTo(credentials: Credentials, method: string, hashes: PasswordHashes): boolean {
  const { algorithm, nonce, ncText, cnonce, uri, response } = credentials
  const asked = digestHash(algorithm, `${method}:${uri}`)
  const expected = digestHash(algorithm, `${hashes[algorithm]}:${nonce}:${ncText}:${cnonce}:auth:${asked}`)
  return sameText(expected, response)
}

/**
 * Whether the digest-uri means the Request-URI. A proxy may have changed port, parameters and escapes (RFC 3261 §22.4 item 5), so
 * only user and host are compared.
 */
export function meansUri(digestUri: string, requestUri: string): boolean {
  if (digestUri === requestUri) return true
  const [said, asked] = [parseUri(digestUri), parseUri(requestUri)]
  if (!said.ok || !asked.ok) return false
  return unescapeUser(said.value.user ?? '') === unescapeUser(asked.value.user ?? '') && said.value.host === asked.value.host
}

/** The value of a WWW-Authenticate header field. */
export function formatChallenge(challenge: {
  readonly realm: string
  readonly nonce: string
  readonly algorithm: DigestAlgorithm
  readonly stale: boolean
}): string {
  const { realm, nonce, algorithm, stale } = challenge
  return `Digest realm=${quote(realm)}, nonce="${nonce}", algorithm=${algorithm}, qop="auth"${stale ? ', stale=true' : ''}`
}

interface NonceOptions {
  /** Milliseconds that never go back. */
  readonly monotonic: () => number
  /** Random bytes that nobody can guess. */
  readonly random: (size: number) => Uint8Array
  /** How long a nonce may be used, in milliseconds. Default 5 min. */
  readonly livesFor?: number
  /** How many used nonces keep their counts. Beyond that, the oldest becomes stale. Default 20,000. */
  readonly remembered?: number
}

const usualLife = 300_000
const usualRemembered = 20_000
const seedBytes = 9
const seedText = 12
const signatureText = 22

/**
 * Nonces that need no memory until they are used. A nonce consists of its time of issue, random bytes and a signature (RFC 7616
 * §5.4). The signature uses a key of this process and also covers the address to which the nonce was sent. Only somebody who
 * receives what we send to an address has a nonce for it, so nobody can guess passwords under another address. After its first
 * use with the right password, the nonce's count is stored and must increase, so a replayed request is invalid (§5.5).
 */
export class Nonces {
  readonly #key: Uint8Array
  /** The last count and the time of issue, by nonce, in the order of first use. */
  readonly #uses = new Map<string, { count: number; readonly issued: number }>()
  /** Nonces issued at this time or before are stale whatever their age, because their counts may have been forgotten. */
  #forgottenUntil = -1

  constructor(private readonly options: NonceOptions) {
    this.#key = options.random(32)
  }

  /** `holder`: the address to which the nonce is sent. */
  issue(holder: string): string {
    const at = Math.floor(this.options.monotonic())
    const seed = Buffer.from(this.options.random(seedBytes)).toString('base64url')
    const text = `${at.toString(36)}.${seed}`
    return `${text}.${this.#signature(text, holder)}`
  }

  /** `unknown`: not made by this process, or not for this address. */
  look(nonce: string, holder: string): 'fresh' | 'stale' | 'unknown' {
    const issued = this.#issued(nonce, holder)
    if (issued === undefined) return 'unknown'
    return this.#isStale(issued) ? 'stale' : 'fresh'
  }

  /**
   * Uses this count of a fresh nonce. False if this or a higher count was already used. Call it only for requests with the right
   * password.
   */
  use(nonce: string, count: number): boolean {
    const last = this.#uses.get(nonce)
    if (last !== undefined && count <= last.count) return false
    if (last !== undefined) {
      last.count = count
      return true
    }
    this.#uses.set(detached(nonce), { count, issued: timeIn(nonce) })
    this.#forget()
    return true
  }

  #isStale(issued: number): boolean {
    return this.options.monotonic() - issued > (this.options.livesFor ?? usualLife) || issued <= this.#forgottenUntil
  }

  #forget(): void {
    const most = this.options.remembered ?? usualRemembered
    for (const [nonce, { issued }] of this.#uses) {
      const expired = this.#isStale(issued)
      if (!expired && this.#uses.size <= most) return
      if (!expired) this.#forgottenUntil = Math.max(this.#forgottenUntil, issued)
      this.#uses.delete(nonce)
    }
  }

  #issued(nonce: string, holder: string): number | undefined {
    const [at = '', seed = '', signature = '', ...others] = nonce.split('.')
    if (others.length > 0 || seed.length !== seedText || signature.length !== signatureText) return undefined
    if (!isToken(at) || !sameText(this.#signature(`${at}.${seed}`, holder), signature)) return undefined
    return timeIn(nonce)
  }

  #signature(text: string, holder: string): string {
    return createHmac('sha256', this.#key).update(`${text} ${holder}`).digest('base64url').slice(0, signatureText)
  }
}

const timeIn = (nonce: string): number => parseInt(nonce, 36)

function sameText(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one, 'latin1'), Buffer.from(other, 'latin1')]
  return a.length === b.length && timingSafeEqual(a, b)
}
