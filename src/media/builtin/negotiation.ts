import { fault, ok, type Result } from '../../foundation/result.js'
import type { Body } from '../../legs/body.js'
import {
  defaultPtime,
  ownCodings,
  peerOf,
  readSdp,
  writeSdp,
  type Coding,
  type Description,
  type Endpoint,
  type OwnDescription,
  type OwnLine,
  type Peer,
} from '../sdp.js'
import { NamedAddress } from '../addresses.js'
import { Versions } from '../versions.js'

/** What all our descriptions of one stream have in common. */
interface Own {
  /** The addresses by which others reach us now, at least one, the likeliest first. Asked for each description. */
  readonly reachable: () => readonly string[]
  readonly family: 4 | 6
  readonly port: number
  /** The session id in o=, as digits. */
  readonly id: string
}

/** The payload type that we offer for telephone-event until the caller names one (RFC 4733 §2.1: dynamic). */
const eventType = 101
const always = { start: '0', stop: '0' }

/** Why an offer has no audio stream that we can answer. Undefined: it has one. */
export function offerFault(offer: Body, family: 4 | 6): string | undefined {
  const read = readSdp(offer)
  const audio = read.ok ? audioOf(read.value, family, -1) : read
  return audio.ok ? undefined : audio.fault
}

/** The offers and answers of one stream (RFC 3264). A description that can't be used changes nothing. */
export class Negotiation {
  #agreed: Peer | undefined
  /** The m= lines of the session so far. Their number and order never change (RFC 3264 §8). */
  #lines: readonly OwnLine[] = []
  #awaitsAnswer = false
  readonly #versions: Versions
  readonly #address: NamedAddress

  constructor(private readonly own: Own) {
    this.#versions = new Versions(own.id)
    this.#address = new NamedAddress(own.reachable)
  }

  /** The session id in o=, and the version of our last description. */
  get state(): { readonly id: string; readonly version: number } {
    return { id: this.own.id, version: this.#versions.version }
  }

  /** The caller's side, as last agreed. */
  get agreed(): Peer | undefined {
    return this.#agreed
  }

  /** The address in our last description. */
  get place(): Endpoint {
    return { address: this.#address.current, port: this.own.port }
  }

  /** Our answer to the caller's offer, or a fault that says why there is none. */
  answer(offer: Body): Result<Body> {
    const read = readSdp(offer)
    if (!read.ok) return read
    const chosen = audioOf(read.value, this.own.family, this.#audioIndex)
    if (!chosen.ok) return chosen
    const { index, peer } = chosen.value
    this.#agreed = peer
    this.#awaitsAnswer = false
    this.#lines = read.value.lines.map(({ kind, protocol, formats }, at) =>
      at === index ? this.#audio(peer) : { kind: 'refused', media: kind, protocol, formats },
    )
    return ok(this.#write(read.value.timing))
  }

  /** Our offer: the lines of the session so far, with the audio line open for all our codecs. */
  offer(): Body {
    const codings = ownCodings(this.#agreed?.events ?? eventType)
    const audio: OwnLine = { kind: 'audio', port: this.own.port, codings, ptime: defaultPtime, direction: 'sendrecv' }
    this.#lines = this.#lines.length === 0 ? [audio] : this.#lines.map(line => (line.kind === 'audio' ? audio : line))
    this.#awaitsAnswer = true
    return this.#write(always)
  }

  /** Takes the answer to our offer. False: it can't be used. */
  take(answer: Body): boolean {
    const read = readSdp(answer)
    if (!this.#awaitsAnswer || !read.ok || read.value.lines.length !== this.#lines.length) return false
    const line = read.value.lines[this.#audioIndex]
    const peer = line && peerOf(line, this.own.family)
    if (!peer?.ok) return false
    // The caller sends keys with the payload type of our offer, whatever the answer says (RFC 3264 §5.1).
    const events = peer.value.events === undefined ? undefined : (this.#agreed?.events ?? eventType)
    this.#agreed = { ...peer.value, events }
    this.#awaitsAnswer = false
    return true
  }

  get #audioIndex(): number {
    return this.#lines.findIndex(({ kind }) => kind === 'audio')
  }

  #audio({ codec, payloadType, events, ptime, hears, sends }: Peer): OwnLine {
    const codings: Coding[] = [{ payloadType, name: codec.toUpperCase(), rate: 8000 }]
    if (events !== undefined) codings.push({ payloadType: events, name: 'TELEPHONE-EVENT', rate: 8000 })
    return { kind: 'audio', port: this.own.port, codings, ptime, direction: directionOf(hears, sends) }
  }

  #write(timing: OwnDescription['timing']): Body {
    const { family } = this.own
    const address = this.#address.next()
    return this.#versions.next(origin => writeSdp({ origin, address, family, timing, lines: this.#lines }))
  }
}

function directionOf(send: boolean, receive: boolean): string {
  if (send) return receive ? 'sendrecv' : 'sendonly'
  return receive ? 'recvonly' : 'inactive'
}

/** The audio line to use: the one in use if it is still usable, otherwise the first usable one. */
function audioOf({ lines }: Description, family: 4 | 6, inUse: number): Result<{ readonly index: number; readonly peer: Peer }> {
  let because = 'no audio stream'
  for (const index of [inUse, ...lines.keys()]) {
    const line = lines[index]
    const peer = line && peerOf(line, family)
    if (peer?.ok) return ok({ index, peer: peer.value })
    if (line?.kind === 'audio' && peer) because = peer.fault
  }
  return fault(because)
}
