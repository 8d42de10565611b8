import type { Body } from '../legs/body.js'

/** The only SDP lines that are kept, by their letter: those that media need … */
const needed = /^[vosctmbrkz]=/
/** … and the only attributes, by name. Others, such as tool, msid, label or cname, may reveal the person. */
const neededAttribute =
  /^a=(?:rtpmap|fmtp|ptime|maxptime|sendrecv|sendonly|recvonly|inactive|rtcp-mux|rtcp-fb|rtcp-rsize|candidate|end-of-candidates|ice-ufrag|ice-pwd|ice-options|ice-lite|fingerprint|setup|crypto|mid|group|extmap|silenceSupp|framerate|imageattr|content)(?::|$)/
/** RFC 3605: only the port is needed if the address is that of the media. */
const rtcp = /^(a=rtcp:\d+)\b.*$/
const lineEnd = /\r\n|\n|\r/

/**
 * An agent's SDP without the agent's name. Only lines and attributes that media need are kept, and from o= only the session's id and
 * version. The addresses of c= and of candidates stay, because media must flow there; a site that must hide them anchors its media. From a
 * multipart body only the SDP is kept, because the other parts may contain anything. Undefined: there is no SDP.
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

/** The SDP in a multipart body (RFC 2046 §5.1). */
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
