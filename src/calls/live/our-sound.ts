import type { Body, Writer } from '../../legs/body.js'
import type { Anchor, Media, Stream, StreamListener } from '../../media/port.js'
import type { PromptId } from '../../routing/index.js'
import type { ShownSdp } from '../shown-sdp.js'

/** Represents Carillon itself among the authors of SDP that the caller is shown. */
const ours = {}

/** Carillon's own media for one caller, from the first sound until the caller is with a partner. */
export class OurSound {
  #stream: Stream | undefined
  #music: PromptId | undefined
  /** The relay of the call has the stream now, and closes it. */
  #isAdopted = false

  constructor(
    /** Undefined: nothing of ours reaches this caller, who hears ringback until a partner answers. */
    private readonly media: Media | undefined,
    private readonly shown: ShownSdp,
    private readonly listener: StreamListener,
    /** The relay of an anchored call. */
    private readonly anchor?: Pick<Anchor, 'adopt'>,
  ) {}

  /** Whether the caller can hear us. */
  get isOpen(): boolean {
    return this.#stream !== undefined
  }

  /** The time of the caller's last media, in ms of the clock's monotonic time. Undefined: never. */
  get heardAt(): number | undefined {
    return this.#stream?.heardAt()
  }

  /**
   * `offer`: the caller's. Absent: we make an offer for the caller to answer. Returns our SDP from the media engine, or undefined if the caller
   * can't hear us.
   */
  open(offer: Body | undefined, writer: Writer): Body | undefined {
    const opened = this.media?.open(offer, this.listener, writer)
    if (opened?.kind !== 'opened') return undefined
    this.#stream = opened.stream
    this.#isAdopted = this.anchor?.adopt(opened.stream) === true
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
    if (this.#isAdopted) this.#stream?.silence()
    else this.#stream?.close()
    this.#stream = undefined
  }

  /** Our SDP for the caller. Call it only for what is sent, because it counts the version. */
  toCaller(body: Body): Body {
    return this.shown.of(body, ours, false) ?? body
  }
}
