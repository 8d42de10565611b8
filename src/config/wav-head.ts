import { fault, ok, type Result } from '../foundation/result.js'

/** What a WAV header says about its sound, and the samples. */
export interface WavHead {
  readonly form: Form
  /** Samples per second. */
  readonly rate: number
  readonly channels: number
  readonly bits: number
  /** The samples of all channels as stored in the file, without an incomplete one at the end. */
  readonly content: Uint8Array
}

type Form = 'pcm' | 'float' | 'alaw' | 'mulaw'

/** The format codes of a WAV header, each with the allowed bits per sample. */
const formats: ReadonlyMap<number, { readonly form: Form; readonly bits: readonly number[] }> = new Map([
  [1, { form: 'pcm', bits: [8, 16, 24, 32] }],
  [3, { form: 'float', bits: [32, 64] }],
  [6, { form: 'alaw', bits: [8] }],
  [7, { form: 'mulaw', bits: [8] }],
])
const extensible = 0xfffe
/** In Hz. A rate outside this range comes from a broken header, and would cause minutes of work or of silence. */
const rates = { lowest: 2_000, highest: 768_000 }

/**
 * Reads a WAV header, for the config check and for media. It does not read the samples. The length of the last chunk may be wrong, because
 * programs that write to a pipe can't correct it.
 */
export function readWavHead(bytes: Uint8Array): Result<WavHead> {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (text(file, 0) !== 'RIFF' || text(file, 8) !== 'WAVE') return fault('it is not a WAV file')
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

/** The content of the first chunk with this name. If the file is cut off, the part that is there. */
export function chunk(file: Buffer, name: string): Buffer | undefined {
  let at = 12
  while (at + 8 <= file.length) {
    const size = file.readUInt32LE(at + 4)
    if (text(file, at) === name) return file.subarray(at + 8, at + 8 + size)
    at += 8 + size + (size % 2)
  }
  return undefined
}

const text = (file: Buffer, at: number): string => file.toString('latin1', at, at + 4)

/** In bytes: the head of a WAV file that has nothing but sound. */
export const pcmHeadSize = 44

/** A WAV file with these samples and nothing else: one channel, 16 bits. `rate`: samples per second. */
export function wavOfPcm(samples: Uint8Array, rate: number): Buffer {
  const file = Buffer.alloc(pcmHeadSize + samples.length)
  file.write('RIFF', 0, 'latin1')
  file.writeUInt32LE(pcmHeadSize - 8 + samples.length, 4)
  file.write('WAVEfmt ', 8, 'latin1')
  file.writeUInt32LE(16, 16)
  file.writeUInt16LE(1, 20)
  file.writeUInt16LE(1, 22)
  file.writeUInt32LE(rate, 24)
  file.writeUInt32LE(rate * 2, 28)
  file.writeUInt16LE(2, 32)
  file.writeUInt16LE(16, 34)
  file.write('data', 36, 'latin1')
  file.writeUInt32LE(samples.length, 40)
  file.set(samples, pcmHeadSize)
  return file
}
