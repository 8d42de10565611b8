import { messageOf } from '../../foundation/errors.js'
import { readFile, stat } from 'node:fs/promises'
import { fault, type Result } from '../../foundation/result.js'
import type { Sound } from '../rtp/sound.js'
import { resample, telephoneRate } from './wav-resample.js'
import { readWavHead, type WavHead } from '../../config/wav-head.js'
import { record, type Recording } from './wav.js'
import { alaw, mulaw } from '../rtp/laws.js'

/** The largest playable file, in bytes: 4 MB. */
const largest = 4 * 1_024 * 1_024

/** A WAV file's head and content, or why it can't be played. */
export async function openWav(file: string): Promise<Result<WavHead>> {
  try {
    // Checked before reading, because reading a pipe or a device might never end.
    const stats = await stat(file)
    if (!stats.isFile()) return fault('it is not a file')
    if (stats.size > largest) return fault('it is larger than 4 MB')
    return readWavHead(await readFile(file))
  } catch (error) {
    return fault(messageOf(error))
  }
}

/** The sound of a WAV as callers hear it. A file that is already G.711 is used unchanged for its own law. */
export function soundOfWav(head: WavHead): Sound {
  const sound = encode(linear(record(head)))
  if (head.rate !== telephoneRate || head.channels !== 1) return sound
  if (head.form === 'mulaw') return { ...sound, pcmu: shared(head.content) }
  return head.form === 'alaw' ? { ...sound, pcma: shared(head.content) } : sound
}

/** The samples as 16 bits at 8,000 samples per second. A sound that would clip is made softer as a whole. */
export function linear(recording: Recording): Int16Array {
  const samples = resample(recording.samples, recording.rate)
  let peak = 1
  for (const sample of samples) peak = Math.max(peak, Math.abs(sample))
  return Int16Array.from(samples, sample => Math.round((sample / peak) * 32_767))
}

/** Encodes in both laws, into memory that all threads share. */
export function encode(samples: Int16Array): Sound {
  return { pcmu: shared(mulaw.encode(samples)), pcma: shared(alaw.encode(samples)) }
}

function shared(bytes: Uint8Array): Uint8Array<SharedArrayBuffer> {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length))
  copy.set(bytes)
  return copy
}
