import { isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'

/** True for names and addresses by which only this machine is reached. */
export function isLoopbackName(name: string): boolean {
  const bare = name.replace(/^\[|\]$/g, '').toLowerCase()
  if (bare === 'localhost' || bare === '::1') return true
  return isIP(bare) === 4 && bare.startsWith('127.')
}

/** A name or an address with its port. The underscore is no host name's (RFC 1123 §2.1), but in use. */
const hostForm = /^(?:[\w.-]{1,255}|\[[\da-f:.]{2,45}\])(?::\d{1,5})?$/i

/**
 * Whether the request names its host, or none where HTTP/1.0 does not have to (RFC 9112 §3.2). What it names goes into headers and URLs, so it must
 * be one.
 */
export function namesHost({ host, raw }: Pick<FastifyRequest, 'host' | 'raw'>): boolean {
  if (host === '') return raw.httpVersion === '1.0'
  return hostForm.test(host) && URL.canParse(`http://${host}`)
}
