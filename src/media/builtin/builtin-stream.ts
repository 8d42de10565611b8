import { TimerSet, type Clock } from '../../foundation/clock.js'
import { millis, type Millis } from '../../foundation/time.js'
import type { Body, Writer } from '../../legs/body.js'
import type { PromptId } from '../../routing/world/ids.js'
import type { KeptAnchorSide, MediaPlaces, Stream, StreamListener } from '../port.js'
import type { Endpoint, Peer } from '../sdp.js'
import type { StreamId, StreamMessage, ToThread } from './messages.js'
import type { Vouching } from '../rtp/latch.js'
import type { Negotiation } from './negotiation.js'
import { quietAfterMs } from '../rtp/incoming.js'
import type { Sound } from '../rtp/sound.js'

/** What a stream needs from the engine. */
interface Surroundings {
  readonly clock: Clock
  readonly sounds: { get(prompt: PromptId): Sound | undefined }
  /** Sends to the media thread. */
  readonly tell: (message: ToThread) => void
  /** Called once, at the end. */
  readonly closed: () => void
  /** The evidence for an address in a description before a packet came from it. */
  readonly vouch: (place: Endpoint, writer: Writer) => Vouching
  readonly lostAfter: Millis
}

/** The prompt that plays now. */
class Playing {
  readonly #timers: TimerSet<'finished'>
  /** Counts the requests to play. A reported end of an earlier one is ignored. */
  #turn = 0
  #prompt: PromptId | undefined

  constructor(clock: Clock) {
    this.#timers = new TimerSet(clock)
  }

  /** Replaces what plays. `prompt` undefined: music or silence, which has no end. Returns the number of this request. */
  begin(prompt: PromptId | undefined): number {
    this.#timers.stopAll()
    this.#prompt = prompt
    return (this.#turn += 1)
  }

  /** A prompt without sound ends at once, but not before `play` has returned. */
  endSoon(end: () => void): void {
    this.#timers.start('finished', millis(0), end)
  }

  /** The prompt of this request, which has ended. Undefined: another request has replaced it. */
  ended(turn: number): PromptId | undefined {
    if (turn !== this.#turn) return undefined
    const prompt = this.#prompt
    this.#prompt = undefined
    return prompt
  }

  stop(): void {
    this.#timers.stopAll()
  }
}

/** The main thread's half of a stream: what was agreed and what plays. */
export class BuiltinStream implements Stream {
  readonly #playing: Playing
  #closed = false
  #hearing = false
  /** When the caller's media last arrived, in ms of monotonic time. Undefined: never. */
  #heardAt: number | undefined

  constructor(
    private readonly id: StreamId,
    private readonly negotiation: Negotiation,
    private readonly listener: StreamListener,
    private readonly around: Surroundings,
    /** The writer of the caller's descriptions, unless a description names another. */
    private writer: Writer,
  ) {
    this.#playing = new Playing(around.clock)
  }

  accept(answer: Body): boolean {
    if (this.#closed || !this.negotiation.take(answer)) return false
    this.#wrote(answer)
    return this.agree()
  }

  renegotiate(offer: Body | undefined): Body | undefined {
    if (this.#closed) return undefined
    if (!offer) return this.negotiation.offer()
    const answer = this.negotiation.answer(offer)
    if (!answer.ok) return undefined
    this.#wrote(offer)
    this.agree()
    return answer.value
  }

  play(prompt: PromptId): void {
    const sound = this.#soundOf(prompt)
    const turn = this.#playing.begin(prompt)
    if (sound) this.#tell({ kind: 'play', id: this.id, turn, sound })
    else this.#playing.endSoon(() => this.heard({ kind: 'finished', id: this.id, turn }))
  }

  loop(music: PromptId): void {
    const sound = this.#soundOf(music)
    this.#playing.begin(undefined)
    if (sound) this.#tell({ kind: 'loop', id: this.id, music, sound })
  }

  silence(): void {
    this.#playing.begin(undefined)
    this.#tell({ kind: 'silence', id: this.id })
  }

  /** Its port pair in the media thread. */
  get end(): { readonly id: StreamId; readonly port: number } {
    return { id: this.id, port: this.negotiation.place.port }
  }

  /** The payload type of the sound that the caller hears. */
  get payloadType(): number | undefined {
    return this.negotiation.agreed?.payloadType
  }

  state(): KeptAnchorSide {
    return this.negotiation.state
  }

  heardAt(): number | undefined {
    return this.#hearing ? this.around.clock.monotonic() : this.#heardAt
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#playing.stop()
    this.around.tell({ kind: 'close', id: this.id })
    this.around.closed()
  }

  /** Tells the thread what the caller's description says. */
  agree(): true {
    const peer = this.negotiation.agreed
    if (peer) this.around.tell({ kind: 'agree', id: this.id, peer, vouched: this.#vouched(peer) })
    return true
  }

  heard(message: StreamMessage): void {
    if (this.#closed) return
    if (message.kind === 'digit') return this.listener.digit(message.digit)
    if (message.kind === 'lost')
      return this.listener.lost({ kind: 'silent', places: this.#places, heard: message.heard, after: this.around.lostAfter })
    if (message.kind === 'broken') return this.broke()
    if (message.kind === 'muted') return this.listener.muted?.(this.#places)
    if (message.kind === 'hearing') {
      this.#hearing = message.hearing
      this.#heardAt = this.around.clock.monotonic() - quietAfterMs
      return
    }
    const prompt = this.#playing.ended(message.turn)
    if (prompt !== undefined) this.listener.finished(prompt)
  }

  /** The engine, or the engine's part of this stream, ended while the stream was open. */
  broke(): void {
    if (!this.#closed) this.listener.lost({ kind: 'broken' })
  }

  #wrote({ source, proxied, ours }: Writer): void {
    if (source !== undefined || ours) this.writer = { source, proxied, ours }
  }

  #vouched({ rtp, rtcp }: Peer): { readonly rtp: Vouching; readonly rtcp: Vouching } {
    const { writer, around } = this
    return { rtp: around.vouch(rtp, writer), rtcp: around.vouch(rtcp, writer) }
  }

  get #places(): MediaPlaces {
    const { agreed, place } = this.negotiation
    return { theirs: agreed ? placeOf(agreed.rtp) : 'nowhere', ours: placeOf(place) }
  }

  /** The sound of this prompt or music. Without a sound, the thread plays nothing from now on. */
  #soundOf(prompt: PromptId): Sound | undefined {
    const sound = this.around.sounds.get(prompt)
    if (sound && sound.pcmu.length > 0) return sound
    this.#tell({ kind: 'silence', id: this.id })
    return undefined
  }

  #tell(message: ToThread): void {
    if (!this.#closed) this.around.tell(message)
  }
}

const placeOf = ({ address, port }: Endpoint): string => (address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`)
