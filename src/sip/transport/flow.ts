import { topVia } from '../message/fields.js'
import type { SipRequest } from '../message/message.js'
import { defaultPort } from './routes.js'
import { isWebSocket } from './protocols.js'
import type { Hop } from './transport.js'

/** No proxy stands between. */
export const isDirect = ({ headers }: SipRequest): boolean => headers.values('Via').length === 1 && !headers.has('Path')

/**
 * Where the phone that sent this is reached, when that is not what its Contact says: on its connection; over UDP where it came from, when
 * the Via shows that an address translation stands between (RFC 3581). Nobody listens behind a WebSocket: whatever comes by it is reached by it.
 */
export function flowOf(request: SipRequest, source: Hop): Hop | undefined {
  if (isWebSocket(source.transport)) return { ...source, only: true }
  if (!isDirect(request)) return undefined
  if (source.transport !== 'udp') return { ...source, only: true }
  const via = topVia(request.headers)
  if (!via) return undefined
  const isTranslated = via.received !== undefined && via.received !== via.host
  const isPortOther = typeof via.rport === 'number' && via.rport !== (via.port ?? defaultPort)
  return isTranslated || isPortOther ? source : undefined
}
