import { readWavHead } from './wav-head.js'

/** The largest prompt file, in bytes: about four minutes of 16-bit mono at 8 kHz fit. */
export const largestWav = 4 * 1_024 * 1_024

/** Why these bytes can't be a prompt. Undefined: they are a WAV with 8 or 16 bit PCM, A-law or µ-law, mono or stereo. */
export function objectionToWav(bytes: Buffer): string | undefined {
  if (bytes.length > largestWav) return 'the file is larger than 4 MB'
  const head = readWavHead(bytes)
  if (!head.ok) return head.fault
  const { form, bits } = head.value
  // Speech programs may also write these kinds, but prompt files may not have them.
  if (form === 'float') return 'its sound is floating-point numbers; expected PCM, A-law or µ-law'
  return form === 'pcm' && bits > 16 ? `it has ${bits} bits a sample; expected 8 or 16 for PCM` : undefined
}
