import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { find, noise, rate, writeWav } from './sounds.js'
import type { Wire } from './wire.js'

/** Noises that a program can tell apart. */
const sounds = {
  welcome: noise(11, 1.5),
  question: noise(12, 3),
  music: noise(13, 4),
  closed: noise(14, 1.5),
  caller: noise(21, 30),
  alice: noise(22, 30),
} as const

export type Sound = keyof typeof sounds

/** Writes all of them into the config folder. */
export async function writeSounds(wire: Wire): Promise<void> {
  await mkdir(wire.configFolder, { recursive: true })
  for (const [name, samples] of Object.entries(sounds)) await writeWav(wavOf(wire, name), samples)
}

export const wavOf = (wire: Wire, name: string): string => join(wire.configFolder, `${name}.wav`)

/** A quarter of a second of a sound from this second on. Long enough to be found, even if the rest was cut off. */
const piece = (sound: Sound, from = 0.4): Float32Array => sounds[sound].subarray(from * rate, (from + 0.25) * rate)

/** Returns the second at which it was heard. */
export function assertHeard(recording: Float32Array, sound: Sound, from?: number): number {
  const { at, likeness } = find(piece(sound, from), recording)
  assert(likeness > 0.8, `${sound} was not heard: likeness ${likeness.toFixed(2)} at ${at.toFixed(2)} s`)
  return at
}

export function assertNotHeard(recording: Float32Array, sound: Sound, from?: number): void {
  const { at, likeness } = find(piece(sound, from), recording)
  assert(likeness < 0.4, `${sound} was heard: likeness ${likeness.toFixed(2)} at ${at.toFixed(2)} s`)
}
