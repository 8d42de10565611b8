import { mkdir } from 'node:fs/promises'
import { wavOf } from './noises.js'
import { rate, writeWav } from './sounds.js'
import type { Wire } from './wire.js'

/** Writes a tone of 30 s for each phone into the config folder. `tones`: in Hz. */
export async function writeTones(wire: Wire, tones: Readonly<Record<string, number>>): Promise<void> {
  await mkdir(wire.configFolder, { recursive: true })
  for (const [name, hertz] of Object.entries(tones))
    await writeWav(
      wavOf(wire, name),
      Float32Array.from({ length: 30 * rate }, (_, at) => 0.3 * Math.sin((2 * Math.PI * hertz * at) / rate)),
    )
}

/** The share of the energy of a stretch of sound at this tone, from 0 to about 1 (Goertzel's algorithm). */
export function shareOfTone(hertz: number, sound: Float32Array, second: number, seconds = 0.5): number {
  const samples = sound.subarray(Math.round(second * rate), Math.round((second + seconds) * rate))
  const turn = 2 * Math.cos((2 * Math.PI * hertz) / rate)
  let [one, two, energy] = [0, 0, 1e-9]
  for (const sample of samples) {
    ;[one, two] = [sample + turn * one - two, one]
    energy += sample ** 2
  }
  return (2 * (one ** 2 + two ** 2 - turn * one * two)) / (energy * samples.length)
}

/** For how many seconds this tone is in the sound, alone or with others. */
export const secondsOfTone = (hertz: number, sound: Float32Array): number =>
  secondsWith(sound, at => shareOfTone(hertz, sound, at, piece))

/** For how many seconds something else than this tone is in the sound. */
export const secondsBeside = (hertz: number, sound: Float32Array): number =>
  secondsWith(sound, at => 1 - shareOfTone(hertz, sound, at, piece))

const piece = 0.1

function secondsWith(sound: Float32Array, share: (second: number) => number): number {
  let seconds = 0
  for (let at = 0; (at + piece) * rate <= sound.length; at += piece)
    if (Math.sqrt(Math.max(0, share(at)) * powerOf(sound, at, piece)) > 0.05) seconds += piece
  return seconds
}

function powerOf(sound: Float32Array, second: number, seconds: number): number {
  const samples = sound.subarray(Math.round(second * rate), Math.round((second + seconds) * rate))
  return samples.reduce((sum, sample) => sum + sample ** 2, 0) / samples.length
}
