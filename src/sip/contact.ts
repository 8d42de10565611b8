import { protocols } from './transport/protocols.js'
import type { LocalAddress } from './transport/transport.js'

/** `sips`: the other side asked for TLS on each hop, so our Contact has the scheme sips (RFC 3261 §8.1.1.8, §12.1.1). */
export function contactOf(local: LocalAddress, sips: boolean): string {
  const { transport } = local
  if (!sips || !protocols[transport].secure) return `<sip:${placeOf(local)}${protocols[transport].inUri}>`
  return `<sips:${placeOf(local)}${transport === 'wss' ? protocols.wss.inUri : ''}>`
}

/** A name with a port has no SRV records (RFC 3263 §4.2), and these lead to another node when this one is gone. */
function placeOf({ host, port, transport }: LocalAddress): string {
  const isName = /[a-z]/i.test(host) && !host.startsWith('[')
  return isName && port === protocols[transport].port ? host : `${host}:${port}`
}

/** The URI in a Route value. */
export function uriOf(route: string): string {
  const close = route.indexOf('>')
  const open = close < 0 ? -1 : route.lastIndexOf('<', close)
  return open < 0 ? route : route.slice(open + 1, close)
}

/** The URI with the parameter `lr` (RFC 3261 §19.1.1). */
export const looseRoute = (uri: string): string => (/;lr(?:[;=]|$)/i.test(uri) ? uri : `${uri};lr`)
