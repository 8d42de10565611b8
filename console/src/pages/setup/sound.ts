/** Sounds as telephones carry them: mono, 8,000 samples of 16 bits a second. Pure functions. */

export const telephoneRate = 8_000
/** In seconds, as the server allows. */
export const longestSound = 180
/** In bytes. A browser that decodes a larger file may need a gigabyte of memory. */
export const largestFile = 40 * 1024 * 1024

/** How loud a sound is, in decibels below the loudest possible (dBFS). Silence has -100. */
export interface Levels {
  readonly peak: number
  /** The average over the parts that are not silent. */
  readonly average: number
}

type Loudness = 'silent' | 'quiet' | 'good' | 'loud'

const silence = -100
/** dBFS. Parts of 20 ms below this are pauses. */
const pauseBelow = -50
const partLength = telephoneRate / 50

export function levelsOf(samples: Float32Array): Levels {
  let peak = 0
  let [sum, count] = [0, 0]
  for (let at = 0; at < samples.length; at += partLength) {
    let part = 0
    const end = Math.min(at + partLength, samples.length)
    for (let i = at; i < end; i += 1) {
      const value = samples[i] ?? 0
      peak = Math.max(peak, Math.abs(value))
      part += value * value
    }
    if (decibels(Math.sqrt(part / (end - at))) < pauseBelow) continue
    sum += part
    count += end - at
  }
  return { peak: decibels(peak), average: count === 0 ? silence : decibels(Math.sqrt(sum / count)) }
}

const decibels = (value: number): number => Math.max(silence, 20 * Math.log10(Math.max(value, 1e-5)))

/** dBFS: the average that speech on a telephone should have, and the highest peak. */
const wanted = { average: -20, peak: -1 }
/** In decibels. More would make the noise of a bad microphone loud. */
const mostGain = 24

export function loudnessOf({ peak, average }: Levels): Loudness {
  if (average <= pauseBelow) return 'silent'
  if (average < -32) return 'quiet'
  return peak > -0.2 && average > -10 ? 'loud' : 'good'
}

/** The sound with the volume that callers expect. */
export function evened(samples: Float32Array): Float32Array {
  const { peak, average } = levelsOf(samples)
  if (average <= silence) return samples
  const gain = Math.min(wanted.average - average, wanted.peak - peak, mostGain)
  const factor = 10 ** (gain / 20)
  return samples.map(value => value * factor)
}

/** A WAV file. Samples go from -1 to 1. */
export function wavOf(samples: Float32Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(44 + 2 * samples.length)
  const view = new DataView(bytes.buffer)
  const write = (at: number, text: string): void => {
    for (let i = 0; i < text.length; i += 1) bytes[at + i] = text.charCodeAt(i)
  }
  write(0, 'RIFF')
  view.setUint32(4, 36 + 2 * samples.length, true)
  write(8, 'WAVEfmt ')
  view.setUint32(16, 16, true)
  view.setUint16(20, 1, true)
  view.setUint16(22, 1, true)
  view.setUint32(24, telephoneRate, true)
  view.setUint32(28, 2 * telephoneRate, true)
  view.setUint16(32, 2, true)
  view.setUint16(34, 16, true)
  write(36, 'data')
  view.setUint32(40, 2 * samples.length, true)
  samples.forEach((value, index) => view.setInt16(44 + 2 * index, Math.round(Math.max(-1, Math.min(1, value)) * 32_767), true))
  return bytes
}
