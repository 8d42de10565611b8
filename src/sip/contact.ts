import { protocols } from './transport/protocols.js'
import type { LocalAddress } from './transport/transport.js'

/** `sips`: the other side asked for TLS on each hop, so our Contact has the scheme sips (RFC 3261 §8.1.1.8, §12.1.1). */
export function contactOf({ host, port, transport }: LocalAddress, sips: boolean): string {
  if (!sips || !protocols[transport].secure) return `<sip:${host}:${port}${protocols[transport].inUri}>`
  return `<sips:${host}:${port}${transport === 'wss' ? protocols.wss.inUri : ''}>`
}

/** The URI in a Route value. */
export function uriOf(route: string): string {
  const close = route.indexOf('>')
  const open = close < 0 ? -1 : route.lastIndexOf('<', close)
  return open < 0 ? route : route.slice(open + 1, close)
}

/** The URI with the parameter `lr` (RFC 3261 §19.1.1). */
export const looseRoute = (uri: string): string => (/;lr(?:[;=]|$)/i.test(uri) ? uri : `${uri};lr`)
