import { readWavHead } from './wav-head.js'

/** A prompt file may not be larger: 4 MB, some four minutes of 16-bit sound at 8 kHz in stereo. */
export const largestWav = 4 * 1_024 * 1_024

/** What stands against these bytes as a prompt; undefined: they are a WAV of 8 or 16 bit PCM, A-law or µ-law, mono or stereo. */
export function objectionToWav(bytes: Buffer): string | undefined {
  if (bytes.length > largestWav) return 'the file is larger than 4 MB'
  const head = readWavHead(bytes)
  if (!head.ok) return head.fault
  const { form, bits } = head.value
  // Programs that speak may write more kinds.
  if (form === 'float') return 'its sound is floating-point numbers; expected PCM, A-law or µ-law'
  return form === 'pcm' && bits > 16 ? `it has ${bits} bits a sample; expected 8 or 16 for PCM` : undefined
}
