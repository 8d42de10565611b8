import { createHash } from 'node:crypto'

export interface DigestWords {
  readonly user: string
  readonly password: string
  readonly nonce: string
  readonly method: string
  /** The digest-uri. */
  readonly uri: string
  /** Default example.com. */
  readonly realm?: string
  /** Default SHA-256. */
  readonly algorithm?: 'SHA-256' | 'MD5'
  /** The nonce count. Default 1. */
  readonly nc?: number
}

/** A phone's proof of its password (RFC 7616 §3.4.1): the value of an Authorization header field. */
export function digestOf({ user, password, nonce, method, uri, ...more }: DigestWords): string {
  const { realm = 'example.com', algorithm = 'SHA-256', nc = 1 } = more
  const hash = (text: string): string =>
    createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
      .update(text)
      .digest('hex')
  const count = nc.toString(16).padStart(8, '0')
  const response = hash(`${hash(`${user}:${realm}:${password}`)}:${nonce}:${count}:c:auth:${hash(`${method}:${uri}`)}`)
  return (
    `Digest username="${user}", realm="${realm}", nonce="${nonce}", uri="${uri}", algorithm=${algorithm}, ` +
    `qop=auth, nc=${count}, cnonce="c", response="${response}"`
  )
}

/** The nonce of a challenge, or an empty string. */
export const nonceIn = (text: string): string => /nonce="([^"]+)"/.exec(text)?.[1] ?? ''
