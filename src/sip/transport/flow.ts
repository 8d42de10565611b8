import { contacts, recordRoutes, topVia } from '../message/fields.js'
import type { SipRequest } from '../message/message.js'
import { isSips, parseUri } from '../message/uri.js'
import { isWebSocket, protocols } from './protocols.js'
import { bare } from './received.js'
import { defaultPort } from './routes.js'
import type { Hop } from './transport.js'

/** Whether the request came directly, without a proxy. */
export const isDirect = ({ headers }: SipRequest): boolean => headers.values('Via').length === 1 && !headers.has('Path')

/** Where requests to the sender go first (RFC 3261 §12.1.1), as a URI. Empty if there is none. */
export function wayBack({ headers }: SipRequest): string {
  const [routes, contact] = [recordRoutes(headers), contacts(headers)]
  const [first] = routes.ok && routes.value.length > 0 ? routes.value : contact.ok ? contact.value : []
  return first?.uri ?? ''
}

/**
 * Where the sender of this request is reached: on its connection, or over UDP at its source (RFC 3581). Its Contact, Record-Route
 * and Vias are not used, because it may write any host there. A WebSocket client can only be reached on its own connection.
 * `believed`: the sender is a trusted peer, so its Contact and its routes are used. Undefined: the Contact and the routes say
 * where it is reached.
 */
export function flowOf(request: SipRequest, source: Hop, believed = false): Hop | undefined {
  // A sips URI must be reached over TLS, whatever transport the request used (RFC 3261 §26.2.2).
  if (!protocols[source.transport].secure && isSips(wayBack(request))) return believed ? undefined : byTls(request, source)
  if (isWebSocket(source.transport)) return { only: true, ...source }
  if (believed) return source.transport === 'tls' ? sameConnection(request, source) : undefined
  return source.transport === 'udp' ? source : { only: true, ...source }
}

/** The source of the request with the port of its URI. The host of the URI is not used, because it could be any. */
function byTls(request: SipRequest, { host }: Hop): Hop {
  const uri = parseUri(wayBack(request))
  return { transport: 'tls', host, port: (uri.ok ? uri.value.port : undefined) ?? protocols.tls.port }
}

/** Whether there is NAT on the path: the sender's address differs from the one in its Via (RFC 3581). */
export function isTranslated(request: SipRequest): boolean {
  const via = topVia(request.headers)
  if (!via) return false
  const isHostOther = via.received !== undefined && via.received !== via.host
  const isPortOther = typeof via.rport === 'number' && via.rport !== (via.port ?? defaultPort)
  return isHostOther || isPortOther
}

/**
 * A peer that names itself by its address is reached on the connection that it opened, while that is open (RFC 5923). Its
 * certificate seldom names the address, so a connection from us would fail.
 */
function sameConnection(request: SipRequest, source: Hop): Hop | undefined {
  const uri = parseUri(wayBack(request))
  if (!uri.ok || bare(uri.value.host) !== source.host) return undefined
  return { ...source, port: uri.value.port ?? protocols.tls.port }
}
