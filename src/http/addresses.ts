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

/** Headers that a proxy adds: what it forwards may come from anywhere. */
const forwarding = /^(forwarded|x-forwarded(-.*)?|x-.*-ip|.*-client-ip|x-original-.*|x-envoy-.*|cf-.*|via)$/

/**
 * By its address, by the name that it was asked by (a page elsewhere may have a name of its own that points here: DNS rebinding), and by
 * nobody having forwarded it. A proxy that adds no header is known by what it speaks: HTTP/1.0, or one request for each connection. What
 * forwards connections as they are can't be known (docs/decisions/050-open-mode-and-proxies.md).
 */
export function isFromThisMachine({ ip, hostname, headers, raw }: FastifyRequest): boolean {
  if (!isLoopbackName(ip) || !isLoopbackName(hostname) || Object.keys(headers).some(name => forwarding.test(name))) return false
  if (raw.httpVersion === '1.0' || /(^|,)\s*close\s*(,|$)/i.test(headers.connection ?? '')) return false
  return isFromOwnPage({ headers, raw })
}

/**
 * No page of another site has sent it, as far as the browser says. A click on a link elsewhere may show the console, whose files say
 * nothing of this server.
 */
function isFromOwnPage({ headers, raw }: Pick<FastifyRequest, 'headers' | 'raw'>): boolean {
  const { origin, referer, 'sec-fetch-site': site = 'none' } = headers
  const isClick = headers['sec-fetch-mode'] === 'navigate' && raw.method === 'GET' && raw.url?.startsWith('/api') !== true
  if (isClick && origin === undefined) return true
  if (site !== 'none' && site !== 'same-origin') return false
  return [origin, referer].every(page => page === undefined || (URL.canParse(page) && isLoopbackName(new URL(page).hostname)))
}
