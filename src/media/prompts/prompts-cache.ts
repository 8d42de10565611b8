import { systemClock, wallNow } from '../../foundation/clock.js'
import { messageOf } from '../../foundation/errors.js'
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { threadId } from 'node:worker_threads'
import { ok, type Result } from '../../foundation/result.js'
import { telephoneRate } from './wav-resample.js'
import { readOwnWav, writeWav } from './wav.js'

/** Sound at 8,000 samples per second. `unkept`: why it could not be stored and must be made again next time. */
export interface Kept {
  readonly samples: Int16Array
  readonly unkept?: string
}

/** In bytes. A sentence takes about 50 KiB. */
const mostBytes = 256 * 1024 * 1024

/** Increased when the same words would sound different. Stored sounds are then made again. */
const edition = 1

/** Generated sounds, stored in a folder as WAV files that can be played. All of them may be deleted at any time. */
export class PromptCache {
  #folderMade: Promise<unknown> | undefined
  #drafts = 0
  /** The files that this run has used. */
  readonly #used = new Set<string>()

  constructor(private readonly folder: string) {}

  /** The sound for these words, which together are its key: the stored one, or a new one from `make`. */
  async keep(words: readonly string[], make: () => Promise<Result<Int16Array>>): Promise<Result<Kept>> {
    const file = this.#fileOf(words)
    this.#used.add(basename(file))
    const samples = await read(file)
    if (samples) return ok({ samples })
    const made = await make()
    if (!made.ok) return made
    const unkept = await this.#write(file, made.value)
    return ok({ samples: made.value, ...(unkept !== undefined && { unkept }) })
  }

  /** Whether a sound for these words is stored. */
  async has(words: readonly string[]): Promise<boolean> {
    return (await read(this.#fileOf(words))) !== undefined
  }

  /** Deletes the sounds that were used longest ago, until the others take at most `most` bytes. Sounds that this run has used stay. */
  async shrink(most = mostBytes): Promise<void> {
    // Without the folder nothing is stored.
    const names = (await readdir(this.folder).catch(() => [])).filter(name => /^[0-9a-f]{32}\.wav$/.test(name))
    const found = []
    for (const name of names) {
      const status = await stat(join(this.folder, name)).catch(() => undefined)
      if (status) found.push({ name, bytes: status.size, at: this.#used.has(name) ? Number.POSITIVE_INFINITY : status.mtimeMs })
    }
    let bytes = 0
    for (const each of found.sort((a, b) => b.at - a.at)) {
      bytes += each.bytes
      if (bytes > most && !this.#used.has(each.name)) await rm(join(this.folder, each.name), { force: true })
    }
  }

  #fileOf(words: readonly string[]): string {
    const name = createHash('sha256')
      .update(JSON.stringify([edition, ...words]))
      .digest('hex')
      .slice(0, 32)
    return join(this.folder, `${name}.wav`)
  }

  /** The file is complete or absent, even if Carillon is killed while writing or two processes share the folder. */
  async #write(file: string, samples: Int16Array): Promise<string | undefined> {
    // The name is unique to this process, thread and prompt.
    const draft = `${file}.${process.pid}-${threadId}-${(this.#drafts += 1)}.part`
    try {
      this.#folderMade ??= mkdir(this.folder, { recursive: true })
      await this.#folderMade
      await writeFile(draft, writeWav(samples, telephoneRate, digest(samples)))
      await rename(draft, file)
      return undefined
    } catch (error) {
      await rm(draft, { force: true }).catch(() => undefined)
      return messageOf(error)
    }
  }
}

/** Reads a stored sound. Undefined: the file does not exist, or somebody changed it. */
async function read(file: string): Promise<Int16Array | undefined> {
  try {
    const wav = readOwnWav(await readFile(file), telephoneRate)
    const now = new Date(wallNow(systemClock))
    await utimes(file, now, now)
    return wav && wav.comment === digest(wav.samples) ? wav.samples : undefined
  } catch {
    // Whatever is wrong with the file, the sound is made again.
    return undefined
  }
}

function digest(samples: Int16Array): string {
  return createHash('sha256')
    .update(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength))
    .digest('hex')
}
