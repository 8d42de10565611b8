import type { Body } from '../legs/body.js'

/** What media need, and nothing else passes: lines by their letter … */
const needed = /^[vosctmbrkz]=/
/** … and attributes by their name; all others, such as tool, msid, label or cname, may say who is there. */
const neededAttribute =
  /^a=(?:rtpmap|fmtp|ptime|maxptime|sendrecv|sendonly|recvonly|inactive|rtcp-mux|rtcp-fb|rtcp-rsize|candidate|end-of-candidates|ice-ufrag|ice-pwd|ice-options|ice-lite|fingerprint|setup|crypto|mid|group|extmap|silenceSupp|framerate|imageattr|content)(?::|$)/
/** RFC 3605: the port alone is needed, where the address is that of the media. */
const rtcp = /^(a=rtcp:\d+)\b.*$/
const lineEnd = /\r\n|\n|\r/

/**
 * An agent's SDP without what names the agent: of its lines and attributes those remain that media need, of o= the session's id and version.
 * The addresses of c= and of candidates stay: media must flow there; a site that must hide them too anchors its media.
 * Of a body in several parts the SDP alone is left, as the others may say anything;
 * undefined when there is none.
 */
export function anonymise(body: Body): Body | undefined {
  const whole = isSdp(body) ? body.text : sdpPart(body)
  if (whole === undefined) return undefined
  const lines = whole.split(lineEnd).flatMap(kept)
  const address = lines.find(line => line.startsWith('c='))?.slice(2) ?? 'IN IP4 0.0.0.0'
  return { type: 'application/sdp', text: lines.map(line => rewrite(line, address)).join('\r\n') }
}

function kept(line: string): string[] {
  if (line === '' || needed.test(line) || neededAttribute.test(line)) return [line]
  const [, port] = rtcp.exec(line) ?? []
  return port === undefined ? [] : [port]
}

export function isSdp({ type }: Body): boolean {
  return type.toLowerCase().startsWith('application/sdp')
}

function rewrite(line: string, address: string): string {
  if (line.startsWith('s=')) return 's=-'
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
