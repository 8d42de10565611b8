import { chunk, readWavHead, type WavHead } from '../../config/wav-head.js'
import { alaw, mulaw } from '../rtp/laws.js'
import { WaveFile } from './wav-libraries.js'

/** One channel, from -1 to 1. */
export interface Recording {
  readonly rate: number
  readonly samples: Float32Array
}

/** All samples. Stereo is mixed to one channel. */
export function record(head: WavHead): Recording {
  const samples = decode(head)
  if (head.channels === 1) return { rate: head.rate, samples }
  const mixed = new Float32Array(samples.length / 2)
  for (let i = 0; i < mixed.length; i += 1) mixed[i] = ((samples[2 * i] ?? 0) + (samples[2 * i + 1] ?? 0)) / 2
  return { rate: head.rate, samples: mixed }
}

/** A mono WAV with 16 bit PCM. `comment` is stored as ICMT. */
export function writeWav(samples: Int16Array, rate: number, comment: string): Uint8Array {
  const file = new WaveFile()
  file.fromScratch(1, rate, '16', samples)
  file.setTag('ICMT', comment)
  return file.toBuffer()
}

/** Reads what `writeWav` wrote. Undefined for anything else. */
export function readOwnWav(
  bytes: Uint8Array,
  rate: number,
): { readonly samples: Int16Array; readonly comment: string } | undefined {
  const head = readWavHead(bytes)
  if (!head.ok || head.value.form !== 'pcm' || head.value.bits !== 16 || head.value.channels !== 1) return undefined
  if (head.value.rate !== rate) return undefined
  const info = chunk(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), 'LIST')
  // INFO, ICMT, its length, its text and a zero.
  const comment =
    info
      ?.subarray(12)
      .toString('latin1')
      .replace(/(?<!\0)\0+$/, '') ?? ''
  return { samples: Int16Array.from(raw(head.value)), comment }
}

function decode(head: WavHead): Float32Array {
  switch (head.form) {
    case 'alaw':
      return scaled(alaw.decode(head.content), 0, 32_768)
    case 'mulaw':
      return scaled(mulaw.decode(head.content), 0, 32_768)
    case 'float':
      return scaled(raw(head), 0, 1)
    case 'pcm':
      // 8-bit samples are unsigned, all others are signed.
      return scaled(raw(head), head.bits === 8 ? 128 : 0, 2 ** (head.bits - 1))
  }
}

/** Scales values to the range from -1 to 1. Values that are not finite become silence: a broken file may have them. */
function scaled(values: ArrayLike<number>, middle: number, full: number): Float32Array {
  return Float32Array.from(values, value => (Number.isFinite(value) ? (value - middle) / full : 0))
}

/**
 * The samples as stored in the file. The library gets a rebuilt file with two chunks, because it trusts all lengths that it
 * reads.
 */
function raw({ form, rate, channels, bits, content }: WavHead): Float64Array {
  const head = Buffer.alloc(44)
  head.write('RIFF', 0, 'latin1')
  head.writeUInt32LE(36 + content.length, 4)
  head.write('WAVEfmt ', 8, 'latin1')
  head.writeUInt32LE(16, 16)
  head.writeUInt16LE(form === 'float' ? 3 : 1, 20)
  head.writeUInt16LE(channels, 22)
  head.writeUInt32LE(rate, 24)
  head.writeUInt32LE((rate * channels * bits) / 8, 28)
  head.writeUInt16LE((channels * bits) / 8, 32)
  head.writeUInt16LE(bits, 34)
  head.write('data', 36, 'latin1')
  head.writeUInt32LE(content.length, 40)
  const file = new WaveFile(Buffer.concat([head, content]))
  // For an odd length the library also reads the padding byte, which is cut off here.
  return file.getSamples(true, Float64Array).subarray(0, (content.length * 8) / bits)
}
