import { isIP } from 'node:net'
import type { SipRequest } from '../message/message.js'
import { formatVia, lineWithSource, type Via } from '../message/via.js'
import { defaultPort } from './routes.js'
import type { Hop } from './transport.js'

/**
 * Writes the real source of a request into its top Via: `received` if the sent-by differs (RFC 3261 §18.2.1), and `received` and
 * the port if `rport` asks for the port (RFC 3581 §4). Returns the resulting Via.
 */
export function viaAsReceived(request: SipRequest, via: Via, source: Hop): Via {
  const asksPort = via.parameters.has('rport')
  if (!asksPort && via.host === source.host) return via
  const seen: Via = { ...via, received: source.host, ...(asksPort && { rport: source.port }) }
  const { headers } = request
  const line = lineWithSource(headers.first('Via') ?? '', via, source)
  headers.setFirstValue('Via', line ?? formatVia(seen), seen)
  return seen
}

/**
 * Where the responses to a request go (§18.2.2, RFC 3581 §4): on its connection, or to its source. `obeysMaddr`: or to its maddr.
 * Only for trusted peers, because a maddr could lead anywhere.
 */
export function responseHop(via: Via, source: Hop, obeysMaddr = false): Hop {
  const port = via.port ?? defaultPort
  if (source.transport !== 'udp') return { ...source, port }
  // A name would need DNS for each response, so such a maddr is ignored.
  if (obeysMaddr && via.maddr !== undefined && isIP(via.maddr) > 0) return { ...source, host: via.maddr, port }
  return { ...source, port: typeof via.rport === 'number' ? via.rport : port }
}

/** A host without IPv6 brackets, and without the dot that only says that a name is complete (RFC 1034 §3.1). */
export function bare(host: string): string {
  if (host.startsWith('[')) return host.slice(1, -1)
  return host.length > 1 && host.endsWith('.') ? host.slice(0, -1) : host
}
