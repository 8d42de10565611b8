/** One SIP message as text, parsed as far as a peer needs it. */
export class SipText {
  readonly startLine: string
  readonly body: string
  readonly #fields: readonly (readonly [name: string, value: string])[]

  constructor(readonly text: string) {
    const end = text.indexOf('\r\n\r\n')
    const [startLine = '', ...lines] = (end < 0 ? text : text.slice(0, end)).split('\r\n')
    this.startLine = startLine
    this.body = end < 0 ? '' : text.slice(end + 4)
    this.#fields = lines.map(line => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()]
    })
  }

  /** The method of the request, or of the request that a response answers. */
  get method(): string {
    return this.status > 0 ? (this.field('CSeq').split(' ')[1] ?? '') : this.startLine.slice(0, this.startLine.indexOf(' '))
  }

  /** 0 for a request. */
  get status(): number {
    return Number(/^SIP\/2\.0 (\d+)/.exec(this.startLine)?.[1] ?? 0)
  }

  get callId(): string {
    return this.field('Call-ID')
  }

  get sequence(): number {
    return Number.parseInt(this.field('CSeq'), 10)
  }

  get branch(): string {
    return /;branch=([^;,\s]+)/.exec(this.field('Via'))?.[1] ?? ''
  }

  /** The user part of the Request-URI. */
  get user(): string {
    return /^\w+ sips?:([^@\s]+)@/.exec(this.startLine)?.[1] ?? ''
  }

  /** A request in a dialog has the tag of the other side. */
  get isWithin(): boolean {
    return this.field('To').includes(';tag=')
  }

  /** The first value of that name, or ''. */
  field(name: string): string {
    return this.#fields.find(([known]) => known === name.toLowerCase())?.[1] ?? ''
  }

  all(name: string): string[] {
    return this.#fields.filter(([known]) => known === name.toLowerCase()).map(([, value]) => value)
  }
}

/** The URI of a From, To or Contact value. */
export const uriOf = (value: string): string => /<([^>]+)>/.exec(value)?.[1] ?? value.replace(/;.*$/, '')

export const tagOf = (value: string): string => /;tag=([^;\s]+)/.exec(value)?.[1] ?? ''

/** Makes a whole message from its lines. */
export function written(lines: readonly string[], body = ''): string {
  return [...lines, `Content-Length: ${Buffer.byteLength(body)}`, '', body].join('\r\n')
}

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive'

/** G.711 audio at that port. Each SDP of a peer has a version of its own. */
export const audio = (port: number, direction: Direction, version: number): string =>
  [
    'v=0',
    `o=- 4711 ${version} IN IP4 127.0.0.1`,
    's=-',
    'c=IN IP4 127.0.0.1',
    't=0 0',
    `m=audio ${port} RTP/AVP 0 8 101`,
    'a=rtpmap:0 PCMU/8000',
    'a=rtpmap:8 PCMA/8000',
    'a=rtpmap:101 telephone-event/8000',
    `a=${direction}`,
    '',
  ].join('\r\n')

/** The direction that answers an offer (RFC 3264 §6.1). */
export function answering(offer: string, wanted: Direction = 'sendrecv'): Direction {
  if (/^a=inactive/m.test(offer)) return 'inactive'
  if (/^a=sendonly/m.test(offer)) return 'recvonly'
  if (/^a=recvonly/m.test(offer)) return 'sendonly'
  return wanted
}
