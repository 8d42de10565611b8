import { contacts, recordRoutes, topVia } from '../message/fields.js'
import type { SipRequest } from '../message/message.js'
import { isSips, parseUri } from '../message/uri.js'
import { isWebSocket, protocols } from './protocols.js'
import { bare } from './received.js'
import { defaultPort } from './routes.js'
import type { Hop } from './transport.js'

/** No proxy stands between. */
export const isDirect = ({ headers }: SipRequest): boolean => headers.values('Via').length === 1 && !headers.has('Path')

/** Where requests to its sender go first (RFC 3261 §12.1.1): a URI, empty when there is none. */
export function wayBack({ headers }: SipRequest): string {
  const [routes, contact] = [recordRoutes(headers), contacts(headers)]
  const [first] = routes.ok && routes.value.length > 0 ? routes.value : contact.ok ? contact.value : []
  return first?.uri ?? ''
}

/**
 * Where the phone that sent this is reached, whatever its Contact says: on its connection; over UDP where it came from (RFC 3581), because
 * a Contact may name anybody. Nobody listens behind a WebSocket: whatever comes by it is reached by it.
 * `believed`: its Contact is, since it is a trusted peer.
 */
export function flowOf(request: SipRequest, source: Hop, believed = false): Hop | undefined {
  // A sips URI is reached by TLS or not at all, by whatever it came (RFC 3261 §26.2.2).
  if (!protocols[source.transport].secure && isSips(wayBack(request))) return undefined
  if (isWebSocket(source.transport)) return { only: true, ...source }
  if (believed) return source.transport === 'tls' ? sameConnection(request, source) : undefined
  if (!isDirect(request)) return undefined
  return source.transport === 'udp' ? source : { only: true, ...source }
}

/** Whether an address translation stands between: its sender is not where it takes itself to be (RFC 3581). */
export function isTranslated(request: SipRequest): boolean {
  const via = topVia(request.headers)
  if (!via) return false
  const isHostOther = via.received !== undefined && via.received !== via.host
  const isPortOther = typeof via.rport === 'number' && via.rport !== (via.port ?? defaultPort)
  return isHostOther || isPortOther
}

/**
 * A peer that names itself by its address is reached on the connection that it opened while that stands (RFC 5923): its certificate seldom
 * names the address, so one that we open would be in vain.
 */
function sameConnection(request: SipRequest, source: Hop): Hop | undefined {
  const uri = parseUri(wayBack(request))
  if (!uri.ok || bare(uri.value.host) !== source.host) return undefined
  return { ...source, port: uri.value.port ?? protocols.tls.port }
}
