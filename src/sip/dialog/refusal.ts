import type { Body } from '../../legs/body.js'

/**
 * The lawful answer to an SDP offer that nobody wants any more: every stream refused by port 0 (RFC 3264 §6). For the ACK of a 2xx that
 * crossed our CANCEL, when our INVITE held no offer of its own (RFC 3261 §13.2.1).
 */
export function refusalOf(offer: Body | undefined): Body | undefined {
  if (offer?.type.toLowerCase().startsWith('application/sdp') !== true) return undefined
  const media = offer.text.split(/\r?\n/).filter(line => line.startsWith('m='))
  const refused = media.map(line => line.replace(/^(m=\S+) \S+/, '$1 0'))
  const lines = ['v=0', 'o=- 0 0 IN IP4 0.0.0.0', 's=-', 'c=IN IP4 0.0.0.0', 't=0 0', ...refused]
  return { type: 'application/sdp', text: `${lines.join('\r\n')}\r\n` }
}
