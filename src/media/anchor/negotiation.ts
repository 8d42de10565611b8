import { isIP } from 'node:net'
import { fault, ok, type Result } from '../../foundation/result.js'
import type { Body, Writer } from '../../legs/body.js'
import type { RelayedSound, ShownRecording } from '../port.js'
import type { Vouched, Vouching } from '../rtp/latch.js'
import {
  canonical,
  codecNames,
  defaultPtime,
  events,
  plainProtocol,
  readSdp,
  rtcpOf,
  unspecified,
  writeSdp,
  type Coding,
  type Endpoint,
  type MediaLine,
  type OwnLine,
  type Peer,
  type Timing,
} from '../sdp.js'
import { Versions } from '../versions.js'
import { common, hasAll, payloadTable, PayloadTypes } from './payload-types.js'

/** Our end for one side: the address and the port to which this side sends. */
interface OwnEnd {
  /** The address for our next description. */
  readonly address: () => string
  /** Undefined: no port is free. */
  readonly port: () => number | undefined
}

/** A session with one side. The caller's session outlives the sessions with the partners, so its numbers and lines stay. */
export class SideSession {
  readonly types = new PayloadTypes()
  readonly versions: Versions
  /** The m= lines so far. Their number and order never change (RFC 3264 §8). */
  shapes: readonly Shape[] = ['audio']

  /** `id`: the session id in o=, as digits. `version`: the number of the last description before a restart. */
  constructor(
    readonly end: OwnEnd,
    readonly id: string,
    version?: number,
  ) {
    this.versions = new Versions(id, version)
  }
}

interface NegotiationOptions extends Relayed {
  readonly caller: SideSession
  readonly partner: SideSession
  /** The evidence for an address in a description before a packet came from it. Called at each agreement. */
  readonly vouch: (place: Endpoint, writer: Writer) => Vouching
  /** The payload type of the sound that the caller hears from us now. The partner is offered this codec first. */
  readonly preferred: () => number | undefined
  /** What our descriptions say about the recording of the call. */
  readonly recording: () => ShownRecording | undefined
}

/** One side of the relay, as the media thread needs it. */
export interface RelayEnd {
  readonly peer: Peer
  readonly vouched: Vouched
  /** For each payload type of its packets: that of the other side, or `notRelayed`. */
  readonly table: Uint8Array
  /** The payload type of keys in its packets. */
  readonly keys: number | undefined
}

export interface RelayAgreement {
  readonly caller: RelayEnd
  readonly partner: RelayEnd
  /** All sound is G.711, so it can be mixed. */
  readonly isG711: boolean
}

/** Which descriptions can be relayed. */
interface Relayed {
  readonly family: 4 | 6
  readonly sound: RelayedSound
}

type SideName = 'caller' | 'partner'
type Shape = 'audio' | Extract<OwnLine, { kind: 'refused' }>

interface Audio {
  readonly codings: readonly Coding[]
  readonly ptime: number
  readonly direction: string
  readonly rtp: Endpoint
  readonly rtcp: Endpoint
  readonly unreachable: boolean
  readonly writer: Writer
}

interface Described {
  readonly audio: Audio
  readonly shapes: readonly Shape[]
  readonly timing: Timing
}

const always: Timing = { start: '0', stop: '0' }
/** The direction of a side that names an unspecified address: such a side wants no media (RFC 3264 §8.4, the old form of hold). */
const deafened: Readonly<Record<string, string>> = { sendrecv: 'sendonly', recvonly: 'inactive' }
const otherOf = (side: SideName): SideName => (side === 'caller' ? 'partner' : 'caller')

/** Why a relay can't carry this description. Undefined: it can. */
export function relayFault(body: Body, family: 4 | 6, sound: RelayedSound = 'any'): string | undefined {
  const read = described(body, { family, sound })
  return read.ok ? undefined : read.fault
}

/**
 * The offers and answers between a caller and one partner (RFC 3264), with our addresses in the place of theirs. Codecs pass unchanged.
 * Payload types are those of each side's own session. A description that can't be used or is never answered changes nothing.
 */
export class RelayNegotiation {
  /** Offers without an answer yet. Both sides have one while their offers cross, until one is refused. */
  readonly #open: { caller: Described | undefined; partner: Described | undefined } = { caller: undefined, partner: undefined }
  /** The latest descriptions on which both sides agree. */
  #agreed: Readonly<Record<SideName, Audio>> | undefined

  constructor(private readonly options: NegotiationOptions) {}

  get agreed(): RelayAgreement | undefined {
    const agreed = this.#agreed
    if (!agreed) return undefined
    const isG711 = common(agreed.partner.codings, agreed.caller.codings).every(isRecordable)
    return { caller: this.#end('caller', agreed), partner: this.#end('partner', agreed), isG711 }
  }

  /** The ports of both sides are gone, so both need new descriptions. */
  forget(): void {
    this.#agreed = undefined
  }

  /** Turns an offer of this side into ours to the other. */
  offered(by: SideName, offer: Body): Result<Body> {
    const read = described(offer, this.options)
    if (!read.ok) return read
    const { audio, timing, shapes } = read.value
    const codings = by === 'caller' ? this.#sorted(audio.codings) : audio.codings
    this.options[by].types.named(audio.codings)
    this.#open[by] = { audio: { ...audio, codings }, timing, shapes }
    const to = this.options[otherOf(by)]
    return this.#write(to, to.types.shown(codings), audio, to.shapes, always)
  }

  /** Turns the answer of this side into ours to the other, which made the offer. */
  answered(by: SideName, answer: Body): Result<Body> {
    const offerer = otherOf(by)
    const open = this.#open[offerer]
    if (!open) return fault('there is no offer')
    const read = described(answer, this.options, this.options[by].shapes)
    if (!read.ok) return read
    const codings = common(read.value.audio.codings, open.audio.codings)
    if (!codings.some(isSound)) return fault('no codec in common')
    const to = this.options[offerer]
    const written = this.#write(to, to.types.shown(codings), read.value.audio, open.shapes, open.timing)
    if (!written.ok) return written
    this.#open[offerer] = undefined
    to.shapes = open.shapes
    const audio = { ...read.value.audio, codings }
    this.#agreed = by === 'caller' ? { caller: audio, partner: open.audio } : { caller: open.audio, partner: audio }
    return written
  }

  /**
   * Answers an offer that changes nothing for the other side: it hears and sends as before, in the same codecs. Undefined: the other side has
   * to be asked.
   */
  settled(by: SideName, offer: Body): Body | undefined {
    const agreed = this.#agreed
    const read = described(offer, this.options)
    if (!agreed || !read.ok || this.#open[by] || this.#open[otherOf(by)]) return undefined
    const [before, other, next] = [agreed[by], agreed[otherOf(by)], read.value.audio]
    const [inUse, nextInUse] = [common(other.codings, before.codings), common(other.codings, next.codings)]
    if (next.direction !== before.direction || !hasAll(nextInUse, inUse)) return undefined
    const me = this.options[by]
    me.types.named(next.codings)
    const written = this.#write(me, me.types.shown(inUse), other, read.value.shapes, read.value.timing)
    if (!written.ok) return undefined
    me.shapes = read.value.shapes
    this.#agreed = { ...agreed, [by]: next }
    return written.value
  }

  #end(name: SideName, agreed: Readonly<Record<SideName, Audio>>): RelayEnd {
    const [own, other] = [agreed[name], agreed[otherOf(name)]]
    const { types } = this.options[name]
    const key = [...own.codings].find(({ name: coding, rate }) => coding === events && rate === 8000)
    return {
      peer: peerOf(own),
      vouched: { rtp: this.options.vouch(own.rtp, own.writer), rtcp: this.options.vouch(own.rtcp, own.writer) },
      table: payloadTable(own.codings, types, common(other.codings, own.codings)),
      keys: key && (types.of(key) ?? key.payloadType),
    }
  }

  /** The codec that the caller hears now comes first. If this partner accepts it, the caller needs no new description. */
  #sorted(codings: readonly Coding[]): readonly Coding[] {
    const preferred = this.options.preferred()
    const first = codings.filter(({ payloadType }) => payloadType === preferred)
    return [...first, ...codings.filter(coding => !first.includes(coding))]
  }

  #write(
    { end, versions }: SideSession,
    codings: readonly Coding[],
    { ptime, direction }: Pick<Audio, 'ptime' | 'direction'>,
    shapes: readonly Shape[],
    timing: Timing,
  ): Result<Body> {
    const port = end.port()
    if (port === undefined) return fault('no port free')
    const address = end.address()
    const record = this.options.recording()
    const audio: OwnLine = { kind: 'audio', port, codings, ptime, direction, ...(record && { record }) }
    const lines = shapes.map(shape => (shape === 'audio' ? audio : shape))
    const { family } = this.options
    return ok({ ...versions.next(origin => writeSdp({ origin, address, family, timing, lines })), ours: true })
  }
}

/** A side without G.711 hears no music of ours, so its law does not matter. */
function peerOf({ codings, ptime, direction, rtp, rtcp, unreachable }: Audio): Peer {
  const sound = codings.find(({ name, rate }) => codecNames[name] !== undefined && rate === 8000)
  const codec = (sound && codecNames[sound.name]) ?? 'pcmu'
  return {
    ...{ rtp, rtcp, codec, payloadType: sound?.payloadType ?? 0, ptime: framed(ptime), unreachable },
    events: codings.find(({ name, rate }) => name === events && rate === 8000)?.payloadType,
    hears: !unreachable && ['sendrecv', 'recvonly'].includes(direction),
    sends: ['sendrecv', 'sendonly'].includes(direction),
  }
}

/** Our own frames have 10 to 60 ms, in steps of 10. */
const framed = (ptime: number): number => Math.min(60, Math.max(10, Math.floor(ptime / 10) * 10))

const codecWords: Readonly<Record<RelayedSound, string>> = { any: 'no codec', g711: 'no G.711 (PCMU, PCMA)' }
const relayedOf = ({ relayed }: MediaLine, sound: RelayedSound): readonly Coding[] =>
  sound === 'any' ? relayed : relayed.filter(isRecordable)

/** Whether the codec may be used in a recorded call: recordings are G.711. */
const isRecordable = ({ name, rate }: Coding): boolean =>
  rate === 8000 && (codecNames[name] !== undefined || name === events || name === 'CN')

const isSound = ({ name }: Coding): boolean => name !== events && name !== 'CN'

/** The first audio line that can be relayed. In an answer: the line at the place of our audio line. */
function described(body: Body, relayed: Relayed, answering?: readonly Shape[]): Result<Described> {
  const read = readSdp(body)
  if (!read.ok) return read
  const { lines, timing } = read.value
  if (answering && answering.length !== lines.length) return fault('the answer has other lines than the offer')
  let because = 'no audio stream'
  for (const [index, line] of lines.entries()) {
    if (line.kind !== 'audio' || (answering && answering[index] !== 'audio')) continue
    const audio = audioOf(line, relayed, body)
    if (audio.ok) return ok({ audio: audio.value, shapes: shapesOf(lines, index), timing })
    because = audio.fault
  }
  return fault(because)
}

function audioOf(line: MediaLine, { family, sound }: Relayed, { source, proxied, ours }: Body): Result<Audio> {
  const { protocol, port, address, formats, ptime } = line
  const relayed = relayedOf(line, sound)
  if (protocol !== plainProtocol) return fault(`${protocol.slice(0, 60)} is not relayed, only ${plainProtocol}`)
  if (!(port > 0 && port < 65_536)) return fault('the audio stream is declined')
  if (!relayed.some(isSound)) return fault(`${codecWords[sound]} is named: ${formats.slice(0, 60)}`)
  const unreachable = unspecified.has(address)
  if (!unreachable && isIP(address) !== family) return fault(`'${address.slice(0, 60)}' is not an IPv${family} address`)
  const rtp = { address: unreachable ? address : canonical(address), port }
  return ok({
    ...{ rtp, rtcp: unreachable ? rtp : rtcpOf(line, family), unreachable, codings: relayed },
    writer: { source, proxied, ours },
    ptime: Number.isFinite(ptime) ? ptime : defaultPtime,
    direction: unreachable ? (deafened[line.direction] ?? line.direction) : line.direction,
  })
}

const shapesOf = (lines: readonly MediaLine[], audio: number): readonly Shape[] =>
  lines.map(({ kind, protocol, formats }, index) =>
    index === audio ? 'audio' : { kind: 'refused', media: kind, protocol, formats },
  )
