import type { Names } from './names.js'

/** Attributes whose values say how media flow, and nothing about people (RFC 8866, RFC 8839, RFC 4585). */
const openAttributes = new Set(
  (
    'rtpmap fmtp ptime maxptime sendrecv sendonly recvonly inactive setup mid group rtcp-mux rtcp-rsize rtcp-fb extmap bundle-only ' +
    'ice-lite ice-options end-of-candidates connection silenceSupp'
  ).split(' '),
)
const openLines = new Set(['v', 't', 'm', 'b'])

/** A session description without names, keys and addresses of the site. Lines of unknown kinds keep only their kind. */
export function sdpWithout(text: string, names: Names): string {
  return text
    .split(/\r?\n/)
    .map(line => {
      const [, kind = '', value = ''] = /^([a-z])=(.*)$/.exec(line) ?? []
      if (kind === '') return line === '' ? '' : '…'
      return `${kind}=${valueOf(kind, value, names)}`
    })
    .join('\r\n')
}

function valueOf(kind: string, value: string, names: Names): string {
  if (openLines.has(kind)) return names.words(value)
  const [first = '', ...rest] = value.split(' ')
  if (kind === 'o' && rest.length === 5) {
    const [id = '', version = '', net = '', type = '', host = ''] = rest
    return [names.user(first), id, version, net, type, names.host(host)].join(' ')
  }
  if (kind === 'c') return [first, ...rest].map((part, place) => (place === 2 ? hostOf(part, names) : part)).join(' ')
  return kind === 'a' ? attribute(value, names) : '…'
}

/** A multicast address may have a TTL after it. */
const hostOf = (part: string, names: Names): string => part.replace(/^[^/]*/, host => names.host(host))

function attribute(value: string, names: Names): string {
  const [, name = '', rest = ''] = /^([\w-]*)(?::(.*))?$/.exec(value) ?? []
  if (openAttributes.has(name)) return names.words(value)
  if (name === 'rtcp')
    return `rtcp:${rest
      .split(' ')
      .map((part, place) => (place === 3 ? names.host(part) : part))
      .join(' ')}`
  if (name === 'candidate') return `candidate:${candidate(rest.split(' '), names)}`
  if (name === 'ssrc') return `ssrc:${/^\d*/.exec(rest)?.[0] ?? ''} …`
  return name === '' ? '…' : `${names.words(name)}:…`
}

/** RFC 8839 §5.1: foundation, component, transport, priority, address, port, `typ`, type, and pairs of a name and a value. */
function candidate(parts: readonly string[], names: Names): string {
  return parts
    .map((part, place) => {
      if (place === 4 || parts[place - 1] === 'raddr') return names.host(part)
      return place > 7 && parts[place - 1] === 'ufrag' ? '…' : names.words(part)
    })
    .join(' ')
}
