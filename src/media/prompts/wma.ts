import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { readWavHead } from '../../config/wav-head.js'
import { isWma } from '../../config/wma.js'
import type { Clock } from '../../foundation/clock.js'
import { fault, ok, type Result } from '../../foundation/result.js'
import { seconds } from '../../foundation/time.js'
import { runProgram } from './speech-program.js'
import { linear } from './wav-sound.js'
import { telephoneRate } from './wav-resample.js'
import { record } from './wav.js'

interface WmaFile {
  readonly bytes: Buffer
  /** Names the content. */
  readonly digest: string
}

/** In bytes: 4 MB, as for other files. */
const largest = 4 * 1_024 * 1_024

/** The file, if it is WMA. Undefined: it is something else, or it can't be read. */
export async function openWma(file: string): Promise<WmaFile | undefined> {
  try {
    const stats = await stat(file)
    if (!stats.isFile() || stats.size > largest) return undefined
    const bytes = await readFile(file)
    return isWma(bytes) ? { bytes, digest: createHash('sha256').update(bytes).digest('hex') } : undefined
  } catch {
    return undefined // The caller has reported why the file can't be read.
  }
}

const converted = [
  '-map',
  '0:a:0',
  '-vn',
  '-ac',
  '1',
  '-ar',
  String(telephoneRate),
  '-c:a',
  'pcm_s16le',
  '-t',
  '300',
  '-f',
  'wav',
]
// The format and the protocol are fixed, because ffmpeg would otherwise also read playlists that lead to other files.
const options = ['-hide_banner', '-loglevel', 'error', '-protocol_whitelist', 'pipe', '-f', 'asf', '-i', 'pipe:0', ...converted]
const timeout = seconds(30)

/** Converts WMA files to sound, if ffmpeg is installed. */
export class WmaConverter {
  constructor(
    private readonly clock: Clock,
    private readonly program = 'ffmpeg',
  ) {}

  async convert({ bytes }: WmaFile, abort: AbortSignal): Promise<Result<Int16Array>> {
    const made = await this.#run([...options, 'pipe:1'], bytes, abort)
    if (!made.ok) return made
    const head = readWavHead(made.value)
    return head.ok ? ok(linear(record(head.value))) : fault(`what ffmpeg made of it can't be played: ${head.fault}`)
  }

  /** Why WMA files can't be converted on this machine. Undefined: they can. */
  async whyNot(): Promise<string | undefined> {
    const tried = await this.#run(['-version'], '', new AbortController().signal)
    return tried.ok ? undefined : tried.fault
  }

  async #run(words: readonly string[], input: string | Uint8Array, abort: AbortSignal): Promise<Result<Buffer>> {
    const result = await runProgram([this.program, ...words], input, { clock: this.clock, timeout, abort })
    if (result.ok) return result
    return fault(
      result.fault.includes('ENOENT')
        ? 'it is a WMA file, and ffmpeg, which converts it, is not installed on this machine'
        : `it is a WMA file, and ffmpeg ${result.fault}`,
    )
  }
}
