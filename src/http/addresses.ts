import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'

/** True for names and addresses by which only this machine is reached. */
export function isLoopbackName(name: string): boolean {
  const bare = name.replace(/^\[|\]$/g, '').toLowerCase()
  if (bare === 'localhost' || bare === '::1') return true
  return isIP(bare) === 4 && bare.startsWith('127.')
}

/** Hops that are looked at. */
const mostHops = 32

/** An address as proxies write it, with a port or in brackets too, in one form for all its spellings; undefined: it is none. */
export function plainAddress(text: string): string | undefined {
  const [, bracketed, ported] = /^(?:\[([\da-f:.]+)\](?::\d{1,5})?|([\d.]+):\d{1,5})$/i.exec(text) ?? []
  const bare = bracketed ?? ported ?? text
  if (isIP(bare) === 4) return bare
  const url = `http://[${bare}]`
  if (isIP(bare) !== 6 || !URL.canParse(url)) return undefined
  const canonical = new URL(url).hostname.slice(1, -1)
  const [, high, low] = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/.exec(canonical) ?? []
  if (high === undefined || low === undefined) return canonical
  return [high, low].flatMap(half => [parseInt(half, 16) >> 8, parseInt(half, 16) & 0xff]).join('.')
}

/**
 * Writes the addresses in X-Forwarded-For plainly, before anybody asks for the request's own: with a port each would be another one. What is no
 * address hides all before it, so the request counts as of the proxy that wrote it. The header stays, if empty: it says that there was a proxy.
 */
export function writePlainly(headers: IncomingHttpHeaders): void {
  const said = headers['x-forwarded-for']
  if (typeof said !== 'string') return
  const plain: string[] = []
  for (const each of said.split(',').slice(-mostHops).reverse()) {
    const address = plainAddress(each.trim())
    if (address === undefined) break
    plain.unshift(address)
  }
  headers['x-forwarded-for'] = plain.join(', ')
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
const forwarding =
  /^(forwarded|x[-_]forwarded([-_].*)?|x-.*-?ip|(.*-)?client-?ip|x-azure-.*|x-remote-.*|x-arr-.*|x-varnish|x-amzn-.*|x-original-.*|x-envoy-.*|cf-.*|cdn-loop|via|max-forwards|proxy-connection)$/

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
