import type { PromptId } from '../../routing/world/ids.js'
import type { Codec } from '../sdp.js'
import type { FrameSource } from './frame-source.js'
import type { Sound } from './sound.js'

/** What one frame is. */
type Frame =
  /** Filled with sound. */
  | 'sound'
  /** Nothing plays. */
  | 'nothing'
  /** The sound ended before this frame. Returned once. */
  | 'over'

/** A sound that is repeated. */
export interface Music {
  readonly id: PromptId
  readonly sound: Sound
}

interface Playing {
  readonly sound: Sound
  /** In samples, which are bytes. */
  position: number
}

/** Silence in both laws (G.711). */
const quiet: Readonly<Record<Codec, number>> = { pcmu: 0xff, pcma: 0xd5 }

/** Cuts the sound of one stream into frames. */
export class Player {
  #playing: (Playing & { readonly again: boolean }) | undefined
  /** Present while it takes the place of what plays. */
  #source: FrameSource | undefined
  /** The last music, which continues where it stopped. */
  #music: (Playing & Music) | undefined

  play(sound: Sound): void {
    this.silence()
    this.#playing = { sound, position: 0, again: false }
  }

  loop(id: PromptId, sound: Sound): void {
    this.silence()
    const position = this.#music?.id === id ? this.#music.position : 0
    this.#music = { id, sound, position }
    this.#playing = { sound, position, again: true }
  }

  silence(): void {
    if (this.#playing?.again && this.#music) this.#music.position = this.#playing.position
    this.#playing = undefined
  }

  /** From now on this sound is taken in place of what plays. Undefined: what plays goes on. */
  mix(source: FrameSource | undefined): void {
    this.#source = source
  }

  /**
   * Writes the next part of the sound into `frame`. If the sound ends within it, the rest is silence. The position advances even if the
   * frame is not sent. `slotMs`: the time of the frame.
   */
  next(codec: Codec, frame: Uint8Array, slotMs = 0): Frame {
    if (this.#source) return this.#source(codec, frame, slotMs) ? 'sound' : 'nothing'
    const playing = this.#playing
    if (!playing) return 'nothing'
    const bytes = playing.sound[codec]
    if (!playing.again && playing.position >= bytes.length) {
      this.#playing = undefined
      return 'over'
    }
    let filled = 0
    while (filled < frame.length && bytes.length > 0) {
      if (playing.position >= bytes.length) {
        if (!playing.again) break
        playing.position = 0
      }
      const piece = bytes.subarray(playing.position, playing.position + frame.length - filled)
      frame.set(piece, filled)
      playing.position += piece.length
      filled += piece.length
    }
    frame.fill(quiet[codec], filled)
    return 'sound'
  }
}
