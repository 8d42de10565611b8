import { after } from '../clock.js'
import { ringer, soundOn } from './devices.js'

/** The partials of a small bell, which are not harmonic. `fades` is in seconds. */
const partials = [
  { ratio: 0.5, loud: 0.25, fades: 1.6 },
  { ratio: 1, loud: 0.4, fades: 1.3 },
  { ratio: 1.2, loud: 0.25, fades: 1 },
  { ratio: 1.5, loud: 0.18, fades: 0.8 },
  { ratio: 2, loud: 0.2, fades: 0.6 },
  { ratio: 2.74, loud: 0.08, fades: 0.35 },
] as const
/** The fundamental frequencies of the four bells, in hertz. */
const notes = [659.26, 523.25, 587.33, 392] as const
/** Seconds between two notes. */
const noteEvery = 0.32
/** Milliseconds between the starts of two peals. */
const pealEvery = 3_000

/** The ringtone: four bells, repeated until it is stopped. It is synthesized, so that the browser needs no sound file. */
export class Ring {
  #context: (AudioContext & { setSinkId?: (id: string) => Promise<void> }) | undefined
  #next: (() => void) | undefined
  #rings: 'call' | 'test' | undefined

  start(): void {
    if (this.#rings === 'call') return
    this.stop()
    this.#open('call')
  }

  stop(): void {
    this.#next?.()
    this.#next = undefined
    this.#rings = undefined
    void this.#context?.close()
    this.#context = undefined
  }

  /** Rings once, so that the person hears which speaker is used. Does nothing while it rings, because that ring must go on. */
  test(): void {
    if (this.#rings === undefined) this.#open('test')
  }

  #open(why: 'call' | 'test'): void {
    this.#rings = why
    this.#context = new AudioContext()
    void soundOn(this.#context, ringer.state)
    this.#peal(this.#context)
  }

  #peal(context: AudioContext): void {
    for (const [place, pitch] of notes.entries()) strike(context, pitch, context.currentTime + place * noteEvery)
    this.#next = after(pealEvery, () => (this.#rings === 'test' ? this.stop() : this.#peal(context)))
  }
}

function strike(context: AudioContext, pitch: number, at: number): void {
  for (const { ratio, loud, fades } of partials) {
    const tone = context.createOscillator()
    const volume = context.createGain()
    tone.frequency.value = pitch * ratio
    volume.gain.setValueAtTime(0, at)
    volume.gain.linearRampToValueAtTime(loud * 0.5, at + 0.006)
    volume.gain.exponentialRampToValueAtTime(0.0005, at + fades)
    tone.connect(volume).connect(context.destination)
    tone.start(at)
    tone.stop(at + fades)
  }
}
