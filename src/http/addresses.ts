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

/** Whether the request names a host, or none, as HTTP/1.0 does; else what it names must not go into a header or a URL (RFC 9112 §3.2). */
export const namesHost = ({ host }: Pick<FastifyRequest, 'host'>): boolean =>
  host === '' || (hostForm.test(host) && URL.canParse(`http://${host}`))
