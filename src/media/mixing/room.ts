import type { HeardBy } from '../port.js'
import type { FrameSource } from '../rtp/frame-source.js'
import type { RtpPacket } from '../rtp/rtp.js'
import type { Codec } from '../sdp.js'
import { lawOfType, toByte, toSample } from './linear.js'
import { patience, samplesPerMs, Voice } from './voice.js'

/** Names a stream of the media thread. */
type Id = number

export interface RoomSupervisor {
  readonly id: Id
  readonly heardBy: HeardBy
}

/** In samples. Where a listener reads may differ from the time by 40 ms before it jumps. */
const mostDrift = 320
/** In ms. A side to which nothing was relayed for this long hears the supervisors without the other side. */
const gap = 100

/** One of the two who talk, as a listener. */
interface Ear {
  /** Where the next relayed packet continues. Undefined: none came so far. */
  next: number | undefined
  /** When a packet was last relayed to them. */
  relayedAt: number
}

/** A talk of two with supervisors, who hear both. Times are milliseconds of the media thread. */
export class Room {
  readonly #voices = new Map<Id, Voice>()
  readonly #ears = new Map<Id, Ear>()
  #supervisors: readonly RoomSupervisor[] = []

  constructor(
    private readonly caller: Id,
    private readonly partner: Id,
  ) {
    for (const id of [caller, partner]) {
      this.#voices.set(id, new Voice())
      this.#ears.set(id, { next: undefined, relayedAt: -Infinity })
    }
  }

  get members(): readonly Id[] {
    return [this.caller, this.partner, ...this.#supervisors.map(({ id }) => id)]
  }

  /** Whether these two talk in this room. */
  isOf(caller: Id, partner: Id): boolean {
    return this.caller === caller && this.partner === partner
  }

  isPartner(id: Id): boolean {
    return id === this.partner
  }

  admit(supervisors: readonly RoomSupervisor[]): void {
    for (const { id } of this.#supervisors) if (!supervisors.some(each => each.id === id)) this.#voices.delete(id)
    for (const { id } of supervisors) if (!this.#voices.has(id)) this.#voices.set(id, new Voice())
    this.#supervisors = supervisors
  }

  /** Somebody in the room speaks. */
  hear(from: Id, packet: RtpPacket, bytes: Uint8Array, now: number): void {
    this.#voices.get(from)?.hear(packet, bytes, now)
  }

  /**
   * Adds the supervisors to a packet that is relayed to one of the two. A side that gets another codec than G.711 hears none, because such packets
   * can't be mixed.
   */
  addTo(to: Id, packet: RtpPacket, bytes: Uint8Array, now: number): void {
    const ear = this.#ears.get(to)
    const law = lawOfType(packet.payloadType)
    if (!ear || !law) return
    ear.relayedAt = now
    const size = packet.to - packet.from
    const from = placeFor(ear, now)
    ear.next = from + size
    const voices = this.#heardBy(to).filter(voice => voice.speaks(from, size))
    if (voices.length === 0) return
    for (let index = 0; index < size; index += 1) {
      const at = packet.from + index
      bytes[at] = toByte(law, toSample(law, bytes[at] ?? 0) + sumAt(voices, from + index))
    }
  }

  /** What a member hears besides relayed packets. */
  sourceFor(id: Id): FrameSource {
    const ear = this.#ears.get(id)
    if (!ear) return (codec, frame, slotMs) => this.#fill(codec, frame, slotMs, this.#othersThan(id))
    return (codec, frame, slotMs) => {
      const isAlone = slotMs - ear.relayedAt > gap
      const voices = isAlone ? this.#heardBy(id).filter(voice => voice.speaks(placeAt(slotMs), frame.length)) : []
      return voices.length > 0 && this.#fill(codec, frame, slotMs, voices)
    }
  }

  #fill(codec: Codec, frame: Uint8Array, slotMs: number, voices: readonly Voice[]): boolean {
    const from = placeAt(slotMs)
    for (let index = 0; index < frame.length; index += 1) frame[index] = toByte(codec, sumAt(voices, from + index))
    return true
  }

  /** The supervisors that one of the two hears. */
  #heardBy(to: Id): Voice[] {
    const words: readonly HeardBy[] = to === this.caller ? ['both'] : ['partner', 'both']
    return this.#voicesOf(this.#supervisors.filter(({ heardBy }) => words.includes(heardBy)))
  }

  /** What a supervisor hears: the two, and the supervisors that both hear. */
  #othersThan(id: Id): Voice[] {
    const loud = this.#supervisors.filter(other => other.id !== id && other.heardBy === 'both')
    return this.#voicesOf([{ id: this.caller }, { id: this.partner }, ...loud])
  }

  #voicesOf(speakers: readonly { readonly id: Id }[]): Voice[] {
    return speakers.flatMap(({ id }) => this.#voices.get(id) ?? [])
  }
}

const placeAt = (now: number): number => Math.round(now * samplesPerMs) - patience

/** Where a relayed packet reads: where the last one ended, unless that is too far from the time. */
function placeFor({ next }: Ear, now: number): number {
  const at = placeAt(now)
  return next !== undefined && Math.abs(next - at) <= mostDrift ? next : at
}

function sumAt(voices: readonly Voice[], place: number): number {
  let sum = 0
  for (const voice of voices) sum += voice.at(place)
  return sum
}
