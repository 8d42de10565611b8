import { isIP, SocketAddress } from 'node:net'
import { parse, write, type MediaDescription, type SessionDescription } from 'sdp-transform'
import { detached } from '../foundation/detached.js'
import { fault, ok, type Result } from '../foundation/result.js'
import type { Body } from '../legs/body.js'

/** G.711 in its two laws (RFC 3551 §4.5.14). */
export type Codec = 'pcmu' | 'pcma'

/** An IP address and a port. */
export interface Endpoint {
  readonly address: string
  readonly port: number
}

/** The peer's session description, with the parts that we need. */
export interface Description {
  /** The t= line, which an answer repeats (RFC 3264 §6). */
  readonly timing: Timing
  readonly lines: readonly MediaLine[]
}

export interface Timing {
  readonly start: string
  readonly stop: string
}

/** One m= section. */
export interface MediaLine {
  readonly kind: string
  /** 0: the stream is declined. */
  readonly port: number
  readonly protocol: string
  /** The payload types as the m= line lists them. */
  readonly formats: string
  /** The address of the section's own c= line, or else of the session's. */
  readonly address: string
  readonly direction: string
  /** The codings with one channel. */
  readonly codings: readonly Coding[]
  /** The codings with any number of channels, with their parameters. A relay carries them without reading them. */
  readonly relayed: readonly Coding[]
  /** Milliseconds of sound per packet: what the peer wants, and its maximum. */
  readonly ptime: number
  readonly maxptime: number
  readonly rtcp: { readonly port: number; readonly address: string } | undefined
  /** The browser's transport. Undefined: no browser wrote this section. */
  readonly web: Web | undefined
}

/** A browser's transport (RFC 8839, RFC 8122, RFC 8843). */
export interface Web extends Credentials {
  readonly fingerprint: Fingerprint
  /** Who starts the DTLS handshake: `actpass`, `active`, `passive`. */
  readonly setup: string
  readonly mid: string
}

/** The credentials of connectivity checks (RFC 8839 §5.4). */
export interface Credentials {
  /** The user fragment. */
  readonly ufrag: string
  readonly password: string
}

/** The hash of a certificate in DER (RFC 8122 §5). */
export interface Fingerprint {
  /** The name in SDP, such as `sha-256`. */
  readonly algorithm: string
  /** Upper case, bytes separated by colons. */
  readonly hash: string
}

/** The meaning of a payload type. */
export interface Coding {
  readonly payloadType: number
  /** Upper case, such as `PCMU` or `TELEPHONE-EVENT`. */
  readonly name: string
  readonly rate: number
  /** Absent: one. */
  readonly channels?: number
  /** The a=fmtp line without its payload type. */
  readonly parameters?: string
}

/** The peer's side of a usable audio line. */
export interface Peer {
  readonly rtp: Endpoint
  /** The next higher port, unless the description names another (RFC 3605). */
  readonly rtcp: Endpoint
  readonly codec: Codec
  readonly payloadType: number
  /** The payload type of telephone-event (RFC 4733). Undefined: no keys. */
  readonly events: number | undefined
  /** 10, 20 … 60 ms. */
  readonly ptime: number
  /** Whether they want to hear us. False on hold. */
  readonly hears: boolean
  /** Whether they intend to send. */
  readonly sends: boolean
  /** An unspecified address: neither RTP nor RTCP may go there (RFC 3264 §8.4). */
  readonly unreachable: boolean
}

/** Our own description. */
export interface OwnDescription {
  readonly origin: { readonly id: string; readonly version: number }
  readonly address: string
  readonly family: 4 | 6
  readonly timing: Timing
  readonly lines: readonly OwnLine[]
}

export type OwnLine =
  | { readonly kind: 'refused'; readonly media: string; readonly protocol: string; readonly formats: string }
  | {
      readonly kind: 'audio'
      readonly port: number
      readonly codings: readonly Coding[]
      readonly ptime: number
      readonly direction: string
      /** Where RTCP goes, if not to the next higher port. */
      readonly rtcpPort?: number
      /** Whether the session is recorded (a=record, RFC 7866 §6.2.2). Absent: nothing is said. */
      readonly record?: string
      /** Set if the line is for a browser. */
      readonly web?: OwnWeb
    }

/** Our transport towards a browser: we answer its checks (ICE lite, RFC 8445 §2.5). */
interface OwnWeb extends Web {
  /** Our addresses, the preferred one first. */
  readonly candidates: readonly string[]
  /** The SSRC of everything that we send. */
  readonly ssrc: number
  readonly cname: string
}

/** Milliseconds of sound per packet, unless the peer wants another value (RFC 3551 §4.2). */
export const defaultPtime = 20
const longestPtime = 60
const framing = 10
export const events = 'TELEPHONE-EVENT'
/** Names that their RFCs write in lower case. */
const lowerCase: ReadonlySet<string> = new Set([events, 'OPUS'])
const rate = 8000
export const codecNames: Readonly<Record<string, Codec>> = { PCMU: 'pcmu', PCMA: 'pcma' }
/** Static payload types (RFC 3551 §6). */
const fixed: Readonly<Record<number, Coding>> = {
  0: { payloadType: 0, name: 'PCMU', rate },
  3: { payloadType: 3, name: 'GSM', rate },
  8: { payloadType: 8, name: 'PCMA', rate },
  9: { payloadType: 9, name: 'G722', rate },
  13: { payloadType: 13, name: 'CN', rate },
  18: { payloadType: 18, name: 'G729', rate },
}
/** Most characters of an a=fmtp line that a relay passes on. */
const mostParameters = 256
export const unspecified: ReadonlySet<string> = new Set(['0.0.0.0', '::', '0:0:0:0:0:0:0:0'])
export const plainProtocol = 'RTP/AVP'
export const browserProtocol = 'UDP/TLS/RTP/SAVPF'
/** The priority of a host candidate, component 1, with the highest local preference (RFC 8445 §5.1.2.1). */
const hostPriority = 126 * 2 ** 24 + 65_535 * 256 + 255
/** The most lines that we read of a description. Descriptions with video have some hundred. */
const mostLines = 512
/** The most codings that we read of a line. Phones name 3 to 30, and each is compared with those of the other side. */
const mostFormats = 48
/** In characters, of a codec, a protocol or a kind of media, and of the payload types of a line: a session keeps them. */
const [longestName, longestFormats] = [64, 1_024]
const attributes = 'rtpmap|fmtp|ptime|maxptime|rtcp|sendrecv|sendonly|recvonly|inactive|fingerprint|ice-ufrag|ice-pwd|setup|mid'
const matters = new RegExp(`^(?:[vosctm]=|a=(?:${attributes})(?:[: ]|$))`)
/** How many characters of the peer's text a fault may quote. */
const quoted = 60

/** What we offer if the peer asks for an offer. */
export const ownCodings = (eventType: number): readonly Coding[] => [
  { payloadType: 0, name: 'PCMU', rate },
  { payloadType: 8, name: 'PCMA', rate },
  { payloadType: eventType, name: events, rate },
]

/** Reads a session description. Any other text gives a fault. */
export function readSdp(body: Body): Result<Description> {
  if (!/^application\/sdp\s*(;|$)/i.test(body.type)) return fault(`'${body.type.slice(0, quoted)}' is not application/sdp`)
  const lines = linesThatMatter(body.text)
  if (lines.length > mostLines) return fault(`the session description has more than ${mostLines} lines that matter`)
  const session = parsed(lines.join('\r\n'))
  if (!session) return fault('the session description cannot be read')
  if (session.media.length === 0) return fault('the session description has no m= line')
  const media: MediaLine[] = []
  for (const each of session.media) {
    const line = lineOf(each, session)
    if (!line) return fault('a malformed m= line')
    media.push(line)
  }
  return ok({ timing: { start: whole(session.timing?.start), stop: whole(session.timing?.stop) }, lines: media })
}

/** How we can use this line, or a fault with the reason why we can't. */
export function peerOf(line: MediaLine, family: 4 | 6): Result<Peer> {
  const unspoken = unspokenIn(line)
  if (unspoken !== undefined) return fault(unspoken)
  const coding = line.codings.find(({ name, rate: at }) => codecNames[name] !== undefined && at === rate)
  const codec = coding && codecNames[coding.name]
  if (!coding || !codec) return fault(`no codec in common: ${line.formats.slice(0, quoted)}`)
  const unreachable = unspecified.has(line.address)
  if (!unreachable && isIP(line.address) !== family)
    return fault(`'${line.address.slice(0, quoted)}' is not an IPv${family} address`)
  return ok({
    codec,
    payloadType: coding.payloadType,
    ptime: ptimeOf(line),
    rtp: { address: canonical(line.address), port: line.port },
    rtcp: rtcpOf(line, family),
    unreachable,
    events: line.codings.find(({ name, rate: at }) => name === events && at === rate)?.payloadType,
    hears: !unreachable && ['sendrecv', 'recvonly'].includes(line.direction),
    sends: ['sendrecv', 'sendonly'].includes(line.direction),
  })
}

function unspokenIn({ kind, protocol, port }: MediaLine): string | undefined {
  if (kind !== 'audio') return `${kind.slice(0, quoted)} is not audio`
  if (protocol !== plainProtocol) return `${protocol.slice(0, quoted)} is not spoken, only RTP/AVP`
  if (port === 0) return 'the audio stream is declined'
  return port > 65_535 ? 'a port out of range' : undefined
}

export function writeSdp({ origin, address, family, timing, lines }: OwnDescription): Body {
  const text = write({
    version: 0,
    origin: {
      username: 'carillon',
      sessionId: origin.id,
      sessionVersion: origin.version,
      netType: 'IN',
      ipVer: family,
      address,
    },
    name: '-',
    connection: { version: family, ip: address },
    timing: { start: timing.start, stop: timing.stop },
    ...sessionWeb(lines),
    media: lines.map(written),
  })
  return { type: 'application/sdp', text }
}

function written(line: OwnLine): MediaDescription {
  if (line.kind === 'refused') return { type: line.media, port: 0, protocol: line.protocol, payloads: line.formats }
  const { port, codings, ptime, direction, rtcpPort, web, record } = line
  const protocol = web ? browserProtocol : plainProtocol
  return {
    type: 'audio',
    port,
    protocol,
    payloads: codings.map(({ payloadType }) => payloadType).join(' '),
    rtp: codings.map(({ payloadType, name, rate: at, channels }) => ({
      payload: payloadType,
      codec: lowerCase.has(name) ? name.toLowerCase() : name,
      rate: at,
      ...(channels !== undefined && { encoding: channels }),
    })),
    fmtp: codings.flatMap(({ payloadType, name, parameters = name === events ? '0-15' : undefined }) =>
      parameters === undefined ? [] : [{ payload: payloadType, config: parameters }],
    ),
    ptime,
    direction,
    ...(rtcpPort !== undefined && { rtcp: { port: rtcpPort } }),
    ...(record !== undefined && { invalid: [{ value: `record:${record}` }] }),
    ...(web && lineWeb(web, port)),
  }
}

/** The only m= line of its bundle (RFC 8843): a browser leg has one audio line. */
function sessionWeb(lines: readonly OwnLine[]): Partial<SessionDescription> {
  const mids = lines.flatMap(line => (line.kind === 'audio' && line.web ? [line.web.mid] : []))
  return mids.length === 0 ? {} : { icelite: 'ice-lite', groups: [{ type: 'BUNDLE', mids: mids.join(' ') }] }
}

function lineWeb({ ufrag, password, fingerprint, setup, mid, candidates, ssrc, cname }: OwnWeb, port: number): MediaDescription {
  return {
    mid,
    rtcpMux: 'rtcp-mux',
    iceUfrag: ufrag,
    icePwd: password,
    setup,
    fingerprint: { type: fingerprint.algorithm, hash: fingerprint.hash },
    candidates: candidates.map((ip, index) => ({
      foundation: String(index + 1),
      component: 1,
      transport: 'udp',
      priority: hostPriority - index * 256,
      ip,
      port,
      type: 'host',
    })),
    endOfCandidates: 'end-of-candidates',
    ssrcs: [{ id: ssrc, attribute: 'cname', value: cname }],
  }
}

/** The lines that we use. The library tries some fifty patterns on an unknown line, and a stranger may send thousands of them. */
const linesThatMatter = (text: string): readonly string[] => text.split(/\r\n|\r|\n/).filter(line => matters.test(line))

/** The library may throw anything for a stranger's text. The text is then not SDP. */
function parsed(text: string): SessionDescription | undefined {
  try {
    return parse(text)
  } catch {
    return undefined
  }
}

/** The fields of an m= line. Undefined: one is missing or too long. */
function mediaFields(media: MediaDescription) {
  const [kind, port, protocol, formats] = [media.type, media.port, media.protocol, media.payloads].map(text)
  if (!kind || !port || !protocol || !formats) return undefined
  const isLong = kind.length > longestName || protocol.length > longestName || formats.length > longestFormats
  return isLong ? undefined : { kind, port, protocol, formats }
}

function lineOf(media: MediaDescription, session: SessionDescription): MediaLine | undefined {
  const fields = mediaFields(media)
  if (!fields) return undefined
  const { kind, port, protocol, formats } = fields
  const { rtcp } = media
  const relayed = codingsOf(media, kind, formats)
  return {
    kind,
    port: Number(port),
    protocol,
    formats,
    address: text((media.connection ?? session.connection)?.ip),
    direction: text(media.direction ?? session.direction ?? 'sendrecv'),
    // Two channels make it another coding (RFC 8866 §6.6).
    codings: relayed
      .filter(({ channels }) => channels === undefined)
      .map(({ payloadType, name, rate: at }) => ({ payloadType, name, rate: at })),
    relayed,
    ptime: Number(media.ptime ?? defaultPtime),
    maxptime: Number(media.maxptime ?? longestPtime),
    rtcp: rtcp && { port: Number(rtcp.port), address: text(rtcp.address) },
    web: webOf(media, session),
  }
}

/** Nobody reads the formats of other media than audio. */
const codingsOf = (media: MediaDescription, kind: string, formats: string): readonly Coding[] =>
  kind === 'audio' ? formats.split(/ +/, mostFormats).flatMap(format => codingOf(format, media)) : []

/** The browser's transport, from the line or else from the session. */
function webOf(media: MediaDescription, session: SessionDescription): Web | undefined {
  const { type, hash } = media.fingerprint ?? session.fingerprint ?? {}
  const web = {
    ufrag: text(media.iceUfrag ?? session.iceUfrag),
    password: text(media.icePwd ?? session.icePwd),
    fingerprint: { algorithm: text(type).toLowerCase(), hash: text(hash).toUpperCase() },
    setup: text(media.setup ?? session.setup ?? 'actpass'),
    mid: text(media.mid),
  }
  return web.ufrag === '' || web.password === '' || web.fingerprint.hash === '' ? undefined : web
}

function codingOf(format: string, { rtp = [], fmtp = [] }: MediaDescription): readonly Coding[] {
  const payloadType = /^\d{1,3}$/.test(format) ? Number(format) : 128
  if (payloadType > 127) return []
  const named = rtp.find(({ payload }) => payload === payloadType)
  const coding = named ? codingNamed(payloadType, named) : fixed[payloadType]
  if (!coding) return []
  const config = text(fmtp.find(({ payload }) => payload === payloadType)?.config)
  return [config === '' || config.length > mostParameters ? coding : { ...coding, parameters: config }]
}

type Rtpmap = NonNullable<MediaDescription['rtp']>[number]

/** Undefined: the number of channels can't be read. */
function codingNamed(payloadType: number, { codec, rate: at, encoding }: Rtpmap): Coding | undefined {
  const name = String(codec).toUpperCase()
  if (name.length > longestName) return undefined
  const coding = { payloadType, name: detached(name), rate: Number(at) }
  const channels = text(encoding ?? 1)
  if (channels === '1') return coding
  return /^[2-9]$/.test(channels) ? { ...coding, channels: Number(channels) } : undefined
}

/** Where the line wants RTCP. Its address must be a real one. */
export function rtcpOf({ address, port, rtcp }: MediaLine, family: 4 | 6): Endpoint {
  const named = rtcp && rtcp.port > 0 && rtcp.port < 65_536 ? rtcp : undefined
  if (!named) return { address: canonical(address), port: Math.min(port + 1, 65_535) }
  return { address: canonical(isIP(named.address) === family ? named.address : address), port: named.port }
}

/** The address in the form in which the kernel reports the source of a packet. */
export const canonical = (address: string): string =>
  new SocketAddress({ address, family: isIP(address) === 6 ? 'ipv6' : 'ipv4' }).address

/** The frame length that the peer asks for, rounded down to one that we support. */
function ptimeOf({ ptime, maxptime }: MediaLine): number {
  const wanted = Number.isFinite(ptime) ? ptime : defaultPtime
  const most = Number.isFinite(maxptime) ? maxptime : longestPtime
  const rounded = Math.floor(Math.min(wanted, most, longestPtime) / framing) * framing
  return Math.max(framing, rounded)
}

const whole = (value: string | number | undefined): string => (/^\d+$/.test(String(value)) ? String(value) : '0')
const text = (value: string | number | undefined): string => String(value ?? '').trim()
