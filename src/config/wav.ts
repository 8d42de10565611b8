/** A prompt file may not be larger: 4 MB, some four minutes of 16-bit sound at 8 kHz in stereo. */
export const largestWav = 4 * 1_024 * 1_024

const pcm = 1
const extensible = 0xfffe
/** Format codes of the WAV header, with the bits of a sample that each may have. */
const formats: ReadonlyMap<number, { readonly name: string; readonly bits: readonly number[] }> = new Map([
  [pcm, { name: 'PCM', bits: [8, 16] }],
  [6, { name: 'A-law', bits: [8] }],
  [7, { name: 'µ-law', bits: [8] }],
])

/** What stands against these bytes as a prompt; undefined: they are a WAV of 8 or 16 bit PCM, A-law or µ-law, mono or stereo. */
export function objectionToWav(bytes: Buffer): string | undefined {
  if (bytes.length > largestWav) return 'the file is larger than 4 MB'
  if (text(bytes, 0) !== 'RIFF' || text(bytes, 8) !== 'WAVE') return 'the file is no WAV'
  const head = chunk(bytes, 'fmt ')
  return head && head.length >= 16 && chunk(bytes, 'data') ? objectionToFormat(head) : 'the WAV file is cut short'
}

function objectionToFormat(head: Buffer): string | undefined {
  const [code, channels, bits] = [head.readUInt16LE(0), head.readUInt16LE(2), head.readUInt16LE(14)]
  const format = formats.get(code === extensible && head.length >= 26 ? head.readUInt16LE(24) : code)
  if (!format) return `its sound is compressed (format ${code}); expected PCM, A-law or µ-law`
  if (!format.bits.includes(bits)) return `it has ${bits} bits a sample; expected ${format.bits.join(' or ')} for ${format.name}`
  return channels === 1 || channels === 2 ? undefined : `it has ${channels} channels; expected mono or stereo`
}

/** The content of the first chunk of this name; what a cut file still has of it. */
function chunk(bytes: Buffer, name: string): Buffer | undefined {
  let at = 12
  while (at + 8 <= bytes.length) {
    const size = bytes.readUInt32LE(at + 4)
    if (text(bytes, at) === name) return bytes.subarray(at + 8, at + 8 + size)
    at += 8 + size + (size % 2)
  }
  return undefined
}

const text = (bytes: Buffer, at: number): string => bytes.toString('latin1', at, at + 4)
