import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WaveFile } from '../../../src/media/prompts/wav-libraries.js'

/** A folder for one test, deleted afterwards. */
export function temporaryFolder(): { readonly path: string } {
  const folder = { path: '' }
  beforeEach(async () => {
    folder.path = await mkdtemp(join(tmpdir(), 'carillon-prompts-'))
  })
  afterEach(() => rm(folder.path, { recursive: true, force: true }))
  return folder
}

/** This many samples of a tone. `level` is a share of full scale. */
export function tone(frequency: number, rate: number, count: number, level = 0.5): number[] {
  return Array.from({ length: count }, (_, i) => level * Math.sin((2 * Math.PI * frequency * i) / rate))
}

export const in16Bits = (samples: readonly number[]): number[] => samples.map(sample => Math.round(sample * 32_767))

/** A WAV file made by the library. Samples have the bit depth's range; one list, or one for each channel. */
export function wav(rate: number, depth: string, samples: readonly number[] | readonly (readonly number[])[]): Buffer {
  const file = new WaveFile()
  const [first] = samples
  file.fromScratch(typeof first === 'number' ? 1 : samples.length, rate, depth, samples)
  return Buffer.from(file.toBuffer())
}

/** Root mean square in dB of full scale. */
export function level(samples: ArrayLike<number>, full = 1): number {
  const sum = Array.from(samples).reduce((total, sample) => total + (sample / full) ** 2, 0)
  return 10 * Math.log10(sum / samples.length)
}

/** A socket that programs keep open while they live. */
export async function lifelines(
  path: string,
  count: number,
): Promise<{ path: string; begun: Promise<unknown>; ended: Promise<unknown> }> {
  const begun = promise()
  const ended = promise()
  let [came, left] = [0, 0]
  const server = createServer(socket => {
    if ((came += 1) === count) begun.resolve()
    socket
      .on('error', () => undefined)
      .on('close', () => {
        if ((left += 1) < count) return
        ended.resolve()
        server.close()
      })
    socket.resume()
  })
  await new Promise<void>(resolve => server.listen(path, resolve))
  return { path, begun: begun.promise, ended: ended.promise }
}

function promise(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined
  const promise = new Promise<void>(done => (resolve = done))
  return { promise, resolve: () => resolve() }
}
