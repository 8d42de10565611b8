import type { Body } from '../signaling/port.js'

/** Session lines that name their owner (RFC 4566 §5.4 to §5.6): they are left out. */
const telling = /^[iuep]=/

/**
 * An agent's SDP without what names the agent: user name and host of o=, subject, information, URI, e-mail and phone. Session id and version
 * stay, so that later offers are understood. The addresses of c= stay: media must flow there; a site that must hide them too anchors its media.
 */
export function anonymise(body: Body | undefined): Body | undefined {
  if (body?.type.toLowerCase().startsWith('application/sdp') !== true) return body
  const lines = body.text.split('\r\n').filter(line => !telling.test(line))
  const address = lines.find(line => line.startsWith('c='))?.slice(2) ?? 'IN IP4 0.0.0.0'
  const text = lines.map(line => rewrite(line, address)).join('\r\n')
  return { type: body.type, text }
}

function rewrite(line: string, address: string): string {
  if (line.startsWith('s=')) return 's=-'
  const [, id = '0', version = '0'] = line.startsWith('o=') ? line.split(' ') : []
  return line.startsWith('o=') ? `o=- ${id} ${version} ${address}` : line
}
