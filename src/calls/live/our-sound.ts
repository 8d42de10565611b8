import type { Body, Writer } from '../../legs/body.js'
import type { Media, Stream, StreamListener } from '../../media/port.js'
import type { PromptId } from '../../routing/index.js'
import type { ShownSdp } from '../shown-sdp.js'

/** Stands for Carillon itself among those whose descriptions the caller is shown. */
const ours = {}

/** Carillon's own media for one caller, from the first sound until the caller is with a partner. */
export class OurSound {
  #stream: Stream | undefined
  #music: PromptId | undefined

  constructor(
    /** Undefined: nothing of ours reaches this caller, who hears ringback until a partner answers. */
    private readonly media: Media | undefined,
    private readonly shown: ShownSdp,
    private readonly listener: StreamListener,
  ) {}

  /** The caller can hear us. */
  get isOpen(): boolean {
    return this.#stream !== undefined
  }

  /** When the caller's media came last, by the clock's monotonic time. Undefined: never. */
  get heardAt(): number | undefined {
    return this.#stream?.heardAt()
  }

  /**
   * `offer`: the caller's. Absent: ours is for the caller to answer. Gives our description as the media has it, or undefined if the
   * caller can't hear us.
   */
  open(offer: Body | undefined, writer: Writer): Body | undefined {
    const opened = this.media?.open(offer, this.listener, writer)
    if (opened?.kind !== 'opened') return undefined
    this.#stream = opened.stream
    return opened.body
  }

  play(prompt: PromptId): void {
    this.#stream?.play(prompt)
  }

  /** Remembers what the caller hears while they wait. Undefined: silence. */
  choose(music: PromptId | undefined): void {
    this.#music = music
  }

  get music(): PromptId | undefined {
    return this.#music
  }

  loop(music: PromptId): void {
    this.#stream?.loop(music)
  }

  silence(): void {
    this.#stream?.silence()
  }

  /** Our offer for a re-INVITE that brings the caller back. */
  offer(): Body | undefined {
    const offer = this.#stream?.renegotiate(undefined)
    return offer && this.toCaller(offer)
  }

  /** Our answer to a re-INVITE of the caller, or our offer if they asked for one. Undefined: our media can't do that. */
  answer(offer: Body | undefined): Body | undefined {
    const answer = this.#stream?.renegotiate(offer)
    return answer && this.toCaller(answer)
  }

  /** False: our media can't speak with this answer. */
  accept(answer: Body): boolean {
    return this.#stream?.accept(answer) !== false
  }

  close(): void {
    this.#stream?.close()
    this.#stream = undefined
  }

  /** A description of ours as the caller gets it. To be called only for what is sent, because it counts the version. */
  toCaller(body: Body): Body {
    return this.shown.of(body, ours, false) ?? body
  }
}
