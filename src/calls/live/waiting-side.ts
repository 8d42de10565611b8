import type { Body } from '../../legs/body.js'
import type { InboundRenegotiation } from '../../legs/renegotiation.js'
import type { Media } from '../../media/port.js'
import type { PromptId } from '../../routing/index.js'
import { inactive, withoutHold, writerOf } from '../shown-sdp.js'
import { OurSound } from './our-sound.js'
import type { Participant } from './participant.js'

/** Represents Carillon itself as the author of SDP without media. */
const ours = {}

/** Nobody needs to know what this side does while they wait: their keys, and whether they send media. */
const notHeard = { finished: () => undefined, digit: () => undefined, lost: () => undefined }

/**
 * The side that waits while the other side of the call talks to somebody else. They hear music. Without media of ours they are put on hold
 * (RFC 3264 §8.4).
 */
export class WaitingSide {
  readonly #sound: OurSound
  #isOver = false

  constructor(
    private readonly side: Participant,
    media: Media,
  ) {
    this.#sound = new OurSound(media, side.shown, notHeard)
  }

  /** `other`: the side that they talked to. `refused`: they keep the media that they have. */
  wait(music: PromptId | undefined, other: Participant, refused: (status: number) => void): void {
    const body = this.#offer(music) ?? silenceFrom(other, this.side)
    if (!body) return
    this.side.bring(body, {
      arrived: outcome => {
        outcome.acknowledge()
        if (this.#isOver) return
        if (outcome.body && this.#sound.isOpen) this.#sound.accept(outcome.body)
        if (music !== undefined) this.#sound.loop(music)
      },
      refused: status => {
        if (!this.#isOver) refused(status)
      },
      again: () => {
        if (!this.#isOver) this.wait(music, other, refused)
      },
    })
  }

  /** Answers their re-INVITE. They wait on. */
  answer(request: InboundRenegotiation): void {
    const answer = this.#sound.isOpen ? this.#sound.answer(request.body) : undefined
    // Without media of ours nobody can answer now, so they try again (RFC 3261 §14.1).
    if (!answer) return request.reject(491)
    if (request.body) this.side.describe(request.body)
    this.side.given(answer)
    request.accept(answer, late => {
      if (!late) return
      this.side.describe(late)
      this.#sound.accept(late)
    })
  }

  end(): void {
    this.#isOver = true
    this.#sound.close()
  }

  /** Our offer has the media sections of their own SDP, so the dialog keeps their number (RFC 3264 §8). */
  #offer(music: PromptId | undefined): Body | undefined {
    const { description, leg } = this.side
    if (music === undefined || !description) return undefined
    if (!this.#sound.isOpen && !this.#sound.open(withoutHold(description), writerOf(leg))) return undefined
    return this.#sound.offer()
  }
}

/** SDP for `to` that asks for no media, made from the SDP of `from`. Undefined: `from` gave none. */
export const silenceFrom = (from: Participant, to: Participant): Body | undefined =>
  from.description && to.shown.of(inactive(from.description), ours, from.hidden)
