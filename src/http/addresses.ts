import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'

/** True for names and addresses that reach only this machine. */
export function isLoopbackName(name: string): boolean {
  const bare = name.replace(/^\[|\]$/g, '').toLowerCase()
  if (bare === 'localhost' || bare === '::1') return true
  return isIP(bare) === 4 && bare.startsWith('127.')
}

/** How many entries of X-Forwarded-For are looked at, from the last one. */
const mostHops = 32

/** An address in the forms that proxies write, also with a port or in brackets, in one normal form. Undefined: it is not an address. */
function plainAddress(text: string): string | undefined {
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
 * Normalises the addresses in X-Forwarded-For before the request's own address is read, because each port would make a different address.
 * An entry that is not an address hides all entries before it, so the request counts as coming from the proxy that wrote it. The header
 * stays even if it is empty, because it shows that there was a proxy.
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

/** A name or an address with its port. The underscore is not allowed in host names (RFC 1123 §2.1), but it is in use. */
const hostForm = /^(?:[\w.-]{1,255}|\[[\da-f:.]{2,45}\])(?::\d{1,5})?$/i

/**
 * Whether the request has a valid Host, or none if HTTP/1.0 does not require one (RFC 9112 §3.2). The host goes into headers and URLs, so
 * it must be valid.
 */
export function namesHost({ host, raw }: Pick<FastifyRequest, 'host' | 'raw'>): boolean {
  if (host === '') return raw.httpVersion === '1.0'
  return hostForm.test(host) && URL.canParse(`http://${host}`)
}

/** Headers that a proxy adds. A forwarded request may come from anywhere. */
const forwarding =
  /^(forwarded|x[-_]forwarded([-_].*)?|x-.*-?ip|(.*-)?client-?ip|x-azure-.*|x-remote-.*|x-arr-.*|x-varnish|x-amzn-.*|x-original-.*|x-envoy-.*|cf-.*|cdn-loop|via|max-forwards|proxy-connection)$/

/**
 * Why the request does not come from this machine. Undefined: it does. Its address and the requested host name must be loopback, because a
 * page of another site may have a host name that points here (DNS rebinding). No proxy may have forwarded it. A proxy that adds no header is
 * recognised by HTTP/1.0, or by one request for each connection. Forwarding of raw connections can't be recognised
 * (docs/decisions/050-open-mode-and-proxies.md).
 */
export function whyNotFromThisMachine({ ip, hostname, headers, raw }: FastifyRequest): string | undefined {
  if (!isLoopbackName(ip)) return `this request came from ${ip}`
  if (!isLoopbackName(hostname)) return `this request asked for '${hostname}', not for 127.0.0.1 or localhost`
  const by = Object.keys(headers).find(name => forwarding.test(name))
  if (by !== undefined) return `the header ${by} says that a proxy forwarded this request`
  if (raw.httpVersion === '1.0') return 'this request came by HTTP/1.0, as from a proxy'
  if (/(^|,)\s*close\s*(,|$)/i.test(headers.connection ?? '')) return 'this request has Connection: close, as from a proxy'
  return isFromOwnPage({ headers, raw }) ? undefined : 'a page of another site sent this request'
}

/**
 * Whether no page of another site sent the request, as far as the browser says. A link on another site may open the console, whose files
 * contain nothing about this server.
 */
function isFromOwnPage({ headers, raw }: Pick<FastifyRequest, 'headers' | 'raw'>): boolean {
  const { origin, referer, 'sec-fetch-site': site = 'none' } = headers
  const isClick = headers['sec-fetch-mode'] === 'navigate' && raw.method === 'GET' && raw.url?.startsWith('/api') !== true
  if (isClick && origin === undefined) return true
  if (site !== 'none' && site !== 'same-origin') return false
  return [origin, referer].every(page => page === undefined || (URL.canParse(page) && isLoopbackName(new URL(page).hostname)))
}
