import type { Body } from '../signaling/port.js'

/** Session lines that name their owner (RFC 4566 §5.4 to §5.6), and the identity that WebRTC asserts (RFC 8827 §5). */
const telling = /^(?:[iuep]=|a=identity:)/
/** An endpoint's canonical name, often `user@host` (RFC 5576 §6.1). */
const canonicalName = /^(a=ssrc:\d+ cname:).*$/
const lineEnd = /\r\n|\n|\r/

/**
 * An agent's SDP without what names the agent: user name and host of o=, subject, information, URI, e-mail, phone and canonical names. Session
 * id and version stay. The addresses of c= and of candidates stay: media must flow there; a site that must hide them too anchors its media.
 * Of a body in several parts the SDP alone is left, as the others may say anything;
 * undefined when there is none.
 */
export function anonymise(body: Body): Body | undefined {
  const whole = isSdp(body) ? body.text : sdpPart(body)
  if (whole === undefined) return undefined
  const lines = whole.split(lineEnd).filter(line => !telling.test(line))
  const address = lines.find(line => line.startsWith('c='))?.slice(2) ?? 'IN IP4 0.0.0.0'
  return { type: 'application/sdp', text: lines.map(line => rewrite(line, address)).join('\r\n') }
}

export function isSdp({ type }: Body): boolean {
  return type.toLowerCase().startsWith('application/sdp')
}

function rewrite(line: string, address: string): string {
  if (line.startsWith('s=')) return 's=-'
  if (line.startsWith('a=ssrc:')) return line.replace(canonicalName, '$1anonymous')
  if (!line.startsWith('o=')) return line
  const [, id = '0', version = '0'] = line.split(' ')
  return `o=- ${id} ${version} ${address}`
}

/** The SDP within a multipart body (RFC 2046 §5.1). */
function sdpPart({ type, text }: Body): string | undefined {
  const [, quoted, plain = ''] = /;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(type) ?? []
  const boundary = quoted ?? plain
  if (boundary === '') return undefined
  for (const part of text.split(`--${boundary}`)) {
    const [fields = '', ...content] = part.replace(/^\r?\n/, '').split(/\r?\n\r?\n/)
    if (/^content-type\s*:\s*application\/sdp/im.test(fields)) return `${content.join('\r\n\r\n').trimEnd()}\r\n`
  }
  return undefined
}
