import { fault, ok, type Result } from '../../foundation/result.js'
import { alaw, mulaw, WaveFile } from './wav-libraries.js'

/** What a WAV says of its sound before any sample is read. */
export interface WavHead {
  readonly form: Form
  /** Samples a second. */
  readonly rate: number
  readonly channels: number
  readonly bits: number
  /** Whole samples of all channels, as they stand in the file. */
  readonly content: Uint8Array
}

type Form = 'pcm' | 'float' | 'alaw' | 'mulaw'

/** One channel, from -1 to 1. */
export interface Recording {
  readonly rate: number
  readonly samples: Float32Array
}

/** Format codes of a WAV's header, with the bits of a sample that each may have. */
const formats: ReadonlyMap<number, { readonly form: Form; readonly bits: readonly number[] }> = new Map([
  [1, { form: 'pcm', bits: [8, 16, 24, 32] }],
  [3, { form: 'float', bits: [32, 64] }],
  [6, { form: 'alaw', bits: [8] }],
  [7, { form: 'mulaw', bits: [8] }],
])
const extensible = 0xfffe
/** In Hz; what lies outside is a broken header, and would be minutes of work or of silence. */
const rates = { lowest: 2_000, highest: 768_000 }

/** Reads what comes before the samples. The length of the last chunk may be wrong, as programs leave it that write to a pipe. */
export function readWavHead(bytes: Uint8Array): Result<WavHead> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (text(file, 0) !== 'RIFF' || text(file, 8) !== 'WAVE') return fault('it is no WAV')
  const format = chunk(file, 'fmt ')
  const content = chunk(file, 'data')
  if (!format || format.length < 16 || !content) return fault('the WAV is cut short')
  const form = formOf(format)
  if (!form.ok) return form
  const [channels, rate, bits] = [format.readUInt16LE(2), format.readUInt32LE(4), format.readUInt16LE(14)]
  if (channels !== 1 && channels !== 2) return fault(`it has ${channels} channels; expected mono or stereo`)
  if (rate < rates.lowest || rate > rates.highest)
    return fault(`it has ${rate} samples a second; expected ${rates.lowest} to ${rates.highest}`)
  const whole = content.length - (content.length % ((channels * bits) / 8))
  if (whole === 0) return fault('there is no sound in it')
  return ok({ form: form.value, rate, channels, bits, content: content.subarray(0, whole) })
}

function formOf(format: Buffer): Result<Form> {
  const code = format.readUInt16LE(0)
  const bits = format.readUInt16LE(14)
  const known = formats.get(code === extensible && format.length >= 26 ? format.readUInt16LE(24) : code)
  if (!known) return fault(`its sound is compressed (format ${code}); expected PCM, A-law or µ-law`)
  return known.bits.includes(bits) ? ok(known.form) : fault(`it has ${bits} bits a sample; expected ${known.bits.join(' or ')}`)
}

/** All samples, both channels of stereo mixed to one. */
export function record(head: WavHead): Recording {
  const samples = decode(head)
  if (head.channels === 1) return { rate: head.rate, samples }
  const mixed = new Float32Array(samples.length / 2)
  for (let i = 0; i < mixed.length; i += 1) mixed[i] = ((samples[2 * i] ?? 0) + (samples[2 * i + 1] ?? 0)) / 2
  return { rate: head.rate, samples: mixed }
}

/** A WAV of 16 bit PCM, mono; `comment` stands in it as ICMT. */
export function writeWav(samples: Int16Array, rate: number, comment: string): Uint8Array {
  const file = new WaveFile()
  file.fromScratch(1, rate, '16', samples)
  file.setTag('ICMT', comment)
  return file.toBuffer()
}

/** What `writeWav` wrote, or undefined: these bytes are something else. */
export function readOwnWav(
  bytes: Uint8Array,
  rate: number,
): { readonly samples: Int16Array; readonly comment: string } | undefined {
  const head = readWavHead(bytes)
  if (!head.ok || head.value.form !== 'pcm' || head.value.bits !== 16 || head.value.channels !== 1) return undefined
  if (head.value.rate !== rate) return undefined
  const info = chunk(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), 'LIST')
  // INFO, ICMT, its length, its text and a zero.
  const comment = info?.subarray(12).toString('latin1').replace(/\0+$/, '') ?? ''
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
      // 8 bits are unsigned, all others have a sign.
      return scaled(raw(head), head.bits === 8 ? 128 : 0, 2 ** (head.bits - 1))
  }
}

/** A number that is none, as broken floats may be, is silence. */
function scaled(values: ArrayLike<number>, middle: number, full: number): Float32Array {
  return Float32Array.from(values, value => (Number.isFinite(value) ? (value - middle) / full : 0))
}

/** The samples as the file has them. The library is given a file of two chunks: it trusts the lengths of all that it sees. */
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
  // An odd length is read with the byte that fills it up.
  return file.getSamples(true, Float64Array).subarray(0, (content.length * 8) / bits)
}

/** The content of the first chunk of this name; what a cut file still has of it. */
function chunk(file: Buffer, name: string): Buffer | undefined {
  let at = 12
  while (at + 8 <= file.length) {
    const size = file.readUInt32LE(at + 4)
    if (text(file, at) === name) return file.subarray(at + 8, at + 8 + size)
    at += 8 + size + (size % 2)
  }
  return undefined
}

const text = (file: Buffer, at: number): string => file.toString('latin1', at, at + 4)
