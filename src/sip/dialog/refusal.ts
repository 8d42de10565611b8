import type { Body } from '../../legs/body.js'

/**
 * A valid answer to an SDP offer that is no longer wanted: every stream is refused by port 0 (RFC 3264 §6). Used in the ACK of a 2xx that
 * crossed our CANCEL, if our INVITE had no offer (RFC 3261 §13.2.1).
 */
export function refusalOf(offer: Body | undefined): Body | undefined {
  if (offer?.type.toLowerCase().startsWith('application/sdp') !== true) return undefined
  const media = offer.text.split(/\r?\n/).filter(line => line.startsWith('m='))
  const refused = media.map(line => line.replace(/^(m=\S+) \S+/, '$1 0'))
  const lines = ['v=0', 'o=- 0 0 IN IP4 0.0.0.0', 's=-', 'c=IN IP4 0.0.0.0', 't=0 0', ...refused]
  return { type: 'application/sdp', text: `${lines.join('\r\n')}\r\n` }
}
