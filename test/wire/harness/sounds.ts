import { writeFile } from 'node:fs/promises'

/** Samples a second of all sounds here, as in G.711. */
export const rate = 8000

/** Noise that is unique to its seed, so that a recording is searched for it without errors, even if it is quiet. Below 3 kHz, so that G.711 carries it. */
export function noise(seed: number, seconds: number): Float32Array {
  const samples = new Float32Array(Math.round(seconds * rate))
  let state = seed >>> 0
  let smooth = 0
  for (let at = 0; at < samples.length; at += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    smooth += 0.5 * ((state / 2 ** 31 - 1) * 0.5 - smooth)
    samples[at] = smooth
  }
  return samples
}

/** A 16-bit mono WAV. */
export async function writeWav(file: string, samples: Float32Array): Promise<void> {
  const wav = Buffer.alloc(44 + samples.length * 2)
  wav.write('RIFF', 0)
  wav.writeUInt32LE(36 + samples.length * 2, 4)
  wav.write('WAVEfmt ', 8)
  wav.writeUInt32LE(16, 16)
  wav.writeUInt16LE(1, 20)
  wav.writeUInt16LE(1, 22)
  wav.writeUInt32LE(rate, 24)
  wav.writeUInt32LE(rate * 2, 28)
  wav.writeUInt16LE(2, 32)
  wav.writeUInt16LE(16, 34)
  wav.write('data', 36)
  wav.writeUInt32LE(samples.length * 2, 40)
  samples.forEach((sample, at) => wav.writeInt16LE(Math.round(sample * 32767), 44 + at * 2))
  await writeFile(file, wav)
}

export interface Found {
  /** Seconds from the start of the recording. */
  readonly at: number
  /** 1: the same sound at any volume. Different noise scores less than 0.2. */
  readonly likeness: number
}

/** The best match of `sound` in the recording: the maximum of the normalised correlation. */
export function find(sound: Float32Array, recording: Float32Array, from = 0): Found {
  const own = energyOf(sound, 0, sound.length)
  let best: Found = { at: NaN, likeness: 0 }
  let energy = energyOf(recording, from, sound.length)
  for (let at = from; at + sound.length <= recording.length; at += 1) {
    let product = 0
    for (let index = 0; index < sound.length; index += 1) product += (sound[index] ?? 0) * (recording[at + index] ?? 0)
    const likeness = energy > 1e-9 ? product / Math.sqrt(own * energy) : 0
    if (likeness > best.likeness) best = { at: at / rate, likeness }
    energy += (recording[at + sound.length] ?? 0) ** 2 - (recording[at] ?? 0) ** 2
  }
  return best
}

function energyOf(samples: Float32Array, from: number, length: number): number {
  let sum = 0
  for (let at = from; at < from + length; at += 1) sum += (samples[at] ?? 0) ** 2
  return sum
}
